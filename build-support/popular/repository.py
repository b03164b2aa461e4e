"""A repository made for one run, with this repository's backend, packaged by this one's ./pants."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

_PANTS_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
pythonpath = ["{plugins}"]
backend_packages = ["aws_lambda", "pants.backend.python"]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/src"]

[python]
enable_resolves = true
default_resolve = "{default}"
interpreter_constraints = ["CPython==3.13.*"]
interpreter_versions_universe = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]

[python.resolves]
{resolves}

[python.resolves_to_interpreter_constraints]
{pythons}

[python.resolves_to_constraints_file]
{constraints}

[python-infer]
use_rust_parser = true

[python-repos]
find_links = {find_links}
"""

# Names that a distribution's own does not tell.
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


class Ran(NamedTuple):
    """What a run of ./pants came to."""

    succeeded: bool
    said: str
    seconds: float

    def findings(self) -> Iterator[tuple[str, str]]:
        """Each line of a finding, after the artifact that it is about."""
        artifact = ""
        for line in self.said.splitlines():
            wrote = _WROTE.fullmatch(line)
            artifact = wrote[1] if wrote else artifact
            if _FINDING.fullmatch(line):
                yield artifact, line.strip()

    def artifacts(self) -> list[str]:
        return [wrote[1] for line in self.said.splitlines() if (wrote := _WROTE.fullmatch(line))]

    def warnings(self) -> list[str]:
        """What Pants itself, or a rule while it ran, warned of."""
        return [line for line in self.said.splitlines() if "[WARN]" in line]


class MadeRepository:
    def __init__(
        self, folder: Path, resolves: Mapping[str, str], *, find_links: Path | None = None
    ) -> None:
        """`resolves`: names, the first one the default, and their versions of Python. The pinned
        requirements of each lie beside this program."""
        self.folder = folder
        lines = {
            "plugins": str(ROOT / "pants-plugins"),
            "default": next(iter(resolves)),
            "resolves": _table(resolves, "3rdparty/python/{}.lock"),
            "pythons": "\n".join(f'{n} = ["CPython=={v}.*"]' for n, v in resolves.items()),
            "constraints": _table(resolves, "3rdparty/python/{}.constraints.txt"),
            "find_links": [find_links.as_uri()] if find_links else [],
        }
        self.write("pants.toml", _PANTS_TOML.format(**lines))
        for name in resolves:
            for kind in ("requirements", "constraints"):
                file = f"{name}.{kind}.txt"
                self.write(f"3rdparty/python/{file}", (HERE / file).read_text(encoding="utf-8"))
        targets = (_REQUIREMENTS.format(name=name, modules=_MODULES) for name in resolves)
        self.write("3rdparty/python/BUILD", "".join(targets))

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def pants(self, *arguments: str) -> Ran:
        begin = time.monotonic()
        done = subprocess.run(
            [str(ROOT / "pants"), *arguments],
            check=False,
            cwd=str(self.folder),
            # No daemon: it would outlive the folder.
            env={**os.environ, "PANTS_PANTSD": "false", "PANTS_DYNAMIC_UI": "false"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        return Ran(done.returncode == 0, done.stdout, time.monotonic() - begin)

    def lock(self) -> Ran:
        """Have ./pants make the lockfiles that are missing."""
        return self.pants("list", "::")


def _table(resolves: Mapping[str, str], path: str) -> str:
    return "\n".join(f'{name} = "{path.format(name)}"' for name in resolves)
