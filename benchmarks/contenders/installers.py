"""A short script that installs into a folder with uv or pip, copies the sources and zips."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.contender import Artifact, run
from benchmarks.contenders.tools import Tools
from benchmarks.projects.project import Edit, Function, Project, write

_UV = "uv pip install --quiet --python-platform x86_64-manylinux_2_34"
# pip needs each platform tag as an option.
_PIP = "python -m pip install --quiet " + " ".join(
    f"--platform {name}_x86_64"
    for name in ("manylinux_2_34", "manylinux_2_28", "manylinux_2_27", "manylinux2014")
)
_INSTALL = "--python-version 3.13 --only-binary :all: --no-deps --requirement"
COMMANDS = {"uv": f"{_UV} {_INSTALL}", "pip": f"{_PIP} {_INSTALL}"}


@dataclass(frozen=True)
class Installer:
    """A contender whose name is one of `COMMANDS`.

    Each build starts with an empty folder, because an installer does not remove files of earlier
    requirements.
    """

    name: str
    folder: Path
    project: Project
    tools: Tools

    def prepare(self) -> None:
        self.project.write(self.folder)
        for function in self.project.functions:
            self.tools.write_pins(self.project.pins, function.distributions, self._pins(function))
        self.build(None)

    def write(self, edit: Edit) -> None:
        write(self.folder / "src" / edit.path, edit.text)

    def forget(self) -> None:
        shutil.rmtree(self.folder / "build", ignore_errors=True)
        shutil.rmtree(self.folder / "dist", ignore_errors=True)

    def build(self, only: Function | None) -> None:
        script = "\n".join(map(self._script, [only] if only else self.project.functions))
        run(["sh", "-euc", script], self.folder, self.tools.environment())

    def artifact(self, function: Function) -> Artifact:
        return Artifact(self.folder / "dist" / f"{_file_name(function)}.zip")

    def stop(self) -> None:
        return

    def wake(self) -> None:
        return

    def _script(self, function: Function) -> str:
        build, package = f"build/{_file_name(function)}", f"dist/{_file_name(function)}.zip"
        parents = {str(Path(each).parent) for each in function.first_party}
        copies = [
            *(f"mkdir -p {build}/{parent}" for parent in sorted(parents)),
            *(f"cp -r src/{each} {build}/{each}" for each in function.first_party),
        ]
        return "\n".join(
            [
                f"rm -rf {build} {package}",
                f"mkdir -p {build} dist",
                f"{COMMANDS[self.name]} {self._pins(function)} --target {build}",
                *copies,
                f"(cd {build} && zip -qr ../../{package} .)",
            ]
        )

    def _pins(self, function: Function) -> Path:
        return self.folder / "pins" / f"{_file_name(function)}.txt"


def _file_name(function: Function) -> str:
    return function.folder.replace("/", ".")
