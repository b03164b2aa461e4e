"""A trial repository with the pinned requirements of this folder.

Each resolve is pinned like those in 3rdparty/python: see CONTRIBUTING.md. The pins of `relabeled`
(for Python 3.11) need one more option, `--find-links FOLDER/wheels`, with the wheels of
`tests/acceptance/run popular/real_errors_test.py --basetemp FOLDER`.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from trial_repository.machine import Machine
from trial_repository.pants_toml import THIRD_PARTY, pants_toml

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


def pinned_files(resolves: Mapping[str, str], *, find_links: Path | None = None) -> dict[str, str]:
    """The files of the repository, without those of functions.

    `resolves` maps the name of each resolve to its minor version of Python; the first is the
    default. `find_links` is a folder with more wheels.
    """
    links = [find_links.as_uri()] if find_links else []
    targets = (_REQUIREMENTS.format(name=name, modules=_MODULES) for name in resolves)
    return {
        "pants.toml": pants_toml(resolves, more={"python-repos": {"find_links": links}}),
        f"{THIRD_PARTY}/BUILD": "".join(targets),
        **{
            f"{THIRD_PARTY}/{file}": (HERE / file).read_text(encoding="utf-8")
            for name in resolves
            for file in (f"{name}.requirements.txt", f"{name}.constraints.txt")
        },
    }


def package(machine: Machine, *targets: str) -> PantsRun:
    """Package targets, which may fail."""
    begin = time.monotonic()
    process = machine.start("package", *targets, stderr=subprocess.STDOUT)
    output, _ = process.communicate()
    run = PantsRun(process.returncode == 0, output, time.monotonic() - begin)
    print(
        f"{machine.folder.name}: {run.seconds:.1f} s, {len(run.artifacts())} artifacts", flush=True
    )
    return run
