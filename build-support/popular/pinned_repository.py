"""A trial repository with the pinned requirements of this folder."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from trial_repository.pants_toml import ROOT, THIRD_PARTY, pants_toml
from trial_repository.processes import inherited_environment, stop_daemons

HERE = Path(__file__).resolve().parent

# Modules that Pants cannot derive from the name of their distribution.
_MODULES = {
    "google-api-core": ["google.api_core"],
    "google-auth": ["google.auth"],
    "jaraco-functools": ["jaraco.functools"],
    "launchdarkly-server-sdk": ["ldclient"],
    "pymongo": ["bson", "gridfs", "pymongo"],
    "pymupdf": ["pymupdf"],
    "ruamel-yaml": ["ruamel.yaml"],
    "zope-interface": ["zope.interface"],
}
_REQUIREMENTS = """\
python_requirements(
    name="{name}",
    source="{name}.requirements.txt",
    resolve="{name}",
    module_mapping={modules},
)
"""
_FINDING = re.compile(r"\s+L\d{3} (?:error|warning|info): .*")
_WROTE = re.compile(r".*Wrote (dist/\S.*?)/?")


class PantsRun(NamedTuple):
    """The result of a run of ./pants, with its stdout and stderr in one text."""

    succeeded: bool
    output: str
    seconds: float

    def findings(self) -> Iterator[tuple[str, str]]:
        """Each artifact with a finding, and the line of the finding."""
        artifact = ""
        for line in self.output.splitlines():
            wrote = _WROTE.fullmatch(line)
            artifact = wrote[1] if wrote else artifact
            if _FINDING.fullmatch(line):
                yield artifact, line.strip()

    def artifacts(self) -> list[str]:
        """The paths of the artifacts that Pants wrote."""
        return [wrote[1] for line in self.output.splitlines() if (wrote := _WROTE.fullmatch(line))]

    def warnings(self) -> list[str]:
        """The warnings of Pants and of rules; findings are not among them."""
        return [line for line in self.output.splitlines() if "[WARN]" in line]


class PinnedRepository:
    def __init__(
        self, folder: Path, resolves: Mapping[str, str], *, find_links: Path | None = None
    ) -> None:
        """Create the repository.

        `resolves` maps the name of each resolve to its minor version of Python; the first is the
        default. `find_links` is a folder with more wheels.
        """
        self.folder = folder
        links = [find_links.as_uri()] if find_links else []
        settings = pants_toml(resolves, more={"python-repos": {"find_links": links}})
        self.write("pants.toml", settings)
        for name in resolves:
            for kind in ("requirements", "constraints"):
                file = f"{name}.{kind}.txt"
                self.write(f"{THIRD_PARTY}/{file}", (HERE / file).read_text(encoding="utf-8"))
        targets = (_REQUIREMENTS.format(name=name, modules=_MODULES) for name in resolves)
        self.write(f"{THIRD_PARTY}/BUILD", "".join(targets))

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def pants(self, *arguments: str) -> PantsRun:
        """Run ./pants. Its daemon runs until `stop_daemon`."""
        begin = time.monotonic()
        done = subprocess.run(
            [str(ROOT / "pants"), *arguments],
            check=False,
            cwd=str(self.folder),
            env=inherited_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        return PantsRun(done.returncode == 0, done.stdout, time.monotonic() - begin)

    def stop_daemon(self) -> None:
        stop_daemons(self.folder)
