"""Artifacts, and invocations with only the standard library, as Lambda mounts them."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any
from zipfile import ZipFile

import pytest

# Loads the handler like Lambda's runtime client: it imports the text before the last dot.
INVOKE = """
import json, sys
from importlib import import_module
from types import SimpleNamespace

handler, *folders = sys.argv[1:]
sys.path[:0] = folders
module, _, name = handler.rpartition(".")
function = getattr(import_module(module.replace("/", ".")), name)
context = SimpleNamespace(aws_request_id="1", function_name="fn", memory_limit_in_mb=128)
json.dump(function(json.load(sys.stdin), context), sys.stdout)
"""


@dataclass(frozen=True)
class Artifact:
    """A zip that `package` wrote, and its metadata."""

    path: Path

    @property
    def metadata_text(self) -> str:
        return self.path.with_name(f"{self.path.name}.metadata.json").read_text(encoding="utf-8")

    @property
    def metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = json.loads(self.metadata_text)
        return metadata

    @property
    def layers(self) -> list["Artifact"]:
        """The layers of the repository that the function attaches, in AWS's order."""
        return [artifact(layer["path"]) for layer in self.metadata["layers"]]

    @property
    def root(self) -> str:
        """The folder of importable code: the root of a function, and `python/` in a layer."""
        return "" if self.metadata["kind"] == "function" else "python/"

    def importable(self) -> dict[str, bytes]:
        """The content of each file below `root` except bytecode, by path."""
        return {path: each for path, each in self._below_root().items() if not is_bytecode(path)}

    def bytecode(self) -> dict[str, bytes]:
        """The content of each bytecode file below `root`, by path."""
        return {path: each for path, each in self._below_root().items() if is_bytecode(path)}

    def _below_root(self) -> dict[str, bytes]:
        return {
            path.removeprefix(self.root): content
            for path, content in self.files().items()
            if path.startswith(self.root)
        }

    def files(self) -> dict[str, bytes]:
        """The content of each file, by path."""
        with ZipFile(self.path) as archive:
            return {
                entry.filename: archive.read(entry)
                for entry in archive.infolist()
                if not entry.is_dir()
            }

    def modes(self) -> dict[str, int]:
        """The permission bits of each file, by path."""
        with ZipFile(self.path) as archive:
            return {
                entry.filename: entry.external_attr >> 16 & 0o777
                for entry in archive.infolist()
                if not entry.is_dir()
            }

    def unpack(self, folder: Path) -> Path:
        """Unpack the zip into the folder, with the permissions of its files."""
        with ZipFile(self.path) as archive:
            archive.extractall(folder)
        for path, mode in self.modes().items():
            (folder / path).chmod(mode)
        return folder

    def answer(
        self,
        event: Mapping[str, Any],
        folder: Path,
        *,
        handler: str | None = None,
        installed: Path | None = None,
    ) -> Any:
        """Invoke the function with its layers, and return the answer.

        `installed` is a folder with distributions that the runtime provides.
        """
        task_root, opt = folder / "task", folder / "opt"
        self.unpack(task_root)
        for layer in self.layers:
            layer.unpack(opt)
        metadata = self.metadata
        runtime = metadata["runtime"]
        behind = [opt / "python" / "lib" / runtime / "site-packages", opt / "python"]
        return invoke(
            task_root,
            runtime,
            handler or metadata["handler"],
            event,
            behind=behind + ([installed] if installed else []),
        )


def is_bytecode(path: str) -> bool:
    return "__pycache__" in path.split("/")


def artifact(path: str) -> Artifact:
    return Artifact(find_built(path))


def find_built(path: str) -> Path:
    """A built file in the sandbox of Pants, or in `dist/` if pytest was started without Pants."""
    for place in (Path(path), Path("dist", path)):
        if place.exists():
            return place.absolute()
    if Path("pants.toml").exists():
        pytest.skip(f"{path} is not built: run `./pants package ::` first.")
    raise LookupError(f"{path} is not in the sandbox: see `runtime_package_dependencies`.")


def invoke(
    task_root: Path,
    runtime: str,
    handler: str,
    event: Mapping[str, Any],
    *,
    behind: Sequence[Path] = (),
) -> Any:
    """Invoke a handler with these folders and the standard library, and return the answer.

    As in Lambda, the folders come before the standard library, and the task root is first.
    """
    folders = map(str, (task_root, *behind))
    process = subprocess.run(
        [interpreter(runtime), "-I", "-S", "-B", "-c", INVOKE, handler, *folders],
        cwd=task_root,
        env={"LAMBDA_TASK_ROOT": str(task_root), "PATH": os.environ["PATH"]},
        input=json.dumps(event),
        capture_output=True,
        check=False,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def interpreter(runtime: str) -> str:
    """A working interpreter of a runtime, such as `python3.13`, on PATH or in pyenv."""
    for candidate in candidates(runtime):
        if works(candidate):
            return candidate
    raise LookupError(f"No working {runtime} was found on PATH or in pyenv.")


def candidates(runtime: str) -> Iterator[str]:
    for folder in os.get_exec_path():
        if found := which(runtime, path=folder):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    version = runtime.removeprefix("python")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{runtime}")))


def works(candidate: str) -> bool:
    """Whether an interpreter starts. A shim of pyenv exists even if the version does not."""
    return not subprocess.run(
        [candidate, "-I", "-c", ""], check=False, capture_output=True
    ).returncode
