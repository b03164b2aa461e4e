"""Tries the backend with another version of Pants, and prints a report to paste into an issue.

    PANTS_VERSION=2.31.0 build-support/try-pants pants

The launcher is any command that starts a Pants: the official one, which heeds PANTS_VERSION, or one
of your own. In a copy of this repository, ./pants first packages everything with the version that
this repository is made for. The launcher then lists, packages, checks, runs, serves and tests the
same targets, from the same lockfiles. Its artifacts must be the same, byte for byte. Exits with 1
if anything is otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from try_pants.serve import answer_of
from try_pants.settings import settings_for

_ROOT = Path(__file__).resolve().parents[2]
_EVENT = '{"numbers": [1, 2]}'
_ANSWER = '{"sum": 3.0}'
_FUNCTION = "src/functions/add:fn"
_STEPS: Mapping[str, tuple[str, ...]] = {
    "list": ("list", "::"),
    "package": ("package", "::"),
    "check": ("check", "::"),
    "run": ("run", _FUNCTION, "--", "--event", _EVENT),
    "test": ("test", "tests/unit::", "tests/artifacts::", "tests/invocations::"),
}
_LINES = 30


@dataclass
class Report:
    rows: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    well: bool = True

    def add(self, step: str, well: bool, seen: str, details: str = "") -> None:
        """A row of the table; `details` are printed below it."""
        row = f"| {step} | {'passed' if well else 'FAILED'} | {seen} |"
        print(row, file=sys.stderr, flush=True)
        self.rows.append(row)
        self.well = self.well and well
        if details:
            self.details.append(f"{step}:\n\n```text\n{details}\n```")


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("launcher", nargs="+", help="the command, with its first arguments if any")
    options.add_argument("--keep", type=Path, metavar="FOLDER", help="where to work, and leave it")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (asked.keep or Path(scratch)).resolve() / "repository"
        _copy(folder)
        return _tried(folder, asked.launcher)


def _tried(folder: Path, launcher: list[str]) -> int:
    told = "Packaging with the version of Pants that this repository is made for"
    print(told, file=sys.stderr, flush=True)
    made = _run(["./pants", "package", "::"], folder)
    if made.returncode != 0:
        print(made.stdout, file=sys.stderr)
        return 1
    expected = _sums(folder / "dist")
    shutil.rmtree(folder / "dist")

    settings = folder / "pants.toml"
    ours = settings.read_text(encoding="utf-8")
    settings.write_text(settings_for(ours, (9, 9)), encoding="utf-8")
    asked = _run([*launcher, "--version"], folder)
    version = asked.stdout.strip().rpartition("\n")[2]
    if asked.returncode != 0 or not re.match(r"\d+\.\d+", version):
        command = shlex.join([*launcher, "--version"])
        print(f"`{command}` does not print a version:\n{asked.stdout}", file=sys.stderr)
        return 1
    major, minor = map(int, version.split(".")[:2])
    settings.write_text(settings_for(ours, (major, minor)), encoding="utf-8")

    report = Report()
    warnings: list[str] = []
    for step, arguments in _STEPS.items():
        begun = time.monotonic()
        done = _run([*launcher, *arguments], folder)
        took = f"{time.monotonic() - begun:.0f} s"
        well = done.returncode == 0
        if step == "run":
            well = well and done.stdout.rstrip().endswith(_ANSWER)
        report.add(f"`{step}`", well, took, "" if well else _end(done.stdout))
        warnings += [line for line in done.stdout.splitlines() if _is_deprecation(line)]
        if step == "package":
            _compare(expected, _sums(folder / "dist"), report)
    answer = answer_of([*launcher, "lambda-serve"], _FUNCTION, _EVENT, folder)
    report.add("`lambda-serve`", answer == _ANSWER, "an event over HTTP", _unlike(answer))
    report.add("no deprecation of ours", not warnings, f"{len(warnings)} lines", _list(warnings))
    print("\n".join(_page(version, launcher, report)))
    return 0 if report.well else 1


def _copy(folder: Path) -> None:
    """What git tracks or does not ignore, as it lies here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for path in filter(None, listed.stdout.split("\0")):
        if (_ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_ROOT / path, folder / path, follow_symlinks=False)


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it without a daemon, which would outlive the copy; both streams are in `stdout`."""
    return subprocess.run(
        command,
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PANTS_PANTSD": "false", "PANTS_DYNAMIC_UI": "false"},
    )


def _sums(dist: Path) -> dict[str, str]:
    """The SHA-256 of every file of a Lambda artifact, in hex, by its path below `dist/`."""
    return {
        str(path.relative_to(dist)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(dist.rglob("*"))
        if path.is_file() and _is_of_artifact(path)
    }


def _is_of_artifact(path: Path) -> bool:
    """Whether metadata lies beside it, or beside a folder that it lies in."""
    artifact = re.sub(r"\.(metadata|cdx)\.json$", "", str(path))
    return any(Path(f"{each}.metadata.json").exists() for each in (artifact, *path.parents))


def _compare(expected: Mapping[str, str], found: Mapping[str, str], report: Report) -> None:
    paths = sorted({*expected, *found})
    unlike = [path for path in paths if expected.get(path) != found.get(path)]
    same = f"{len(paths) - len(unlike)} of {len(paths)} files are the same, byte for byte"
    report.add("artifacts", not unlike, same, _list(unlike))


def _is_deprecation(line: str) -> bool:
    return "deprecat" in line.lower() and "aws_lambda" in line


def _unlike(answer: str) -> str:
    return "" if answer == _ANSWER else answer


def _list(lines: list[str]) -> str:
    shown = [*dict.fromkeys(lines)]
    if len(shown) > _LINES:
        shown[_LINES:] = [f"and {len(shown) - _LINES} more"]
    return "\n".join(shown)


def _end(output: str) -> str:
    return "\n".join(output.splitlines()[-_LINES:])


def _page(version: str, launcher: list[str], report: Report) -> Iterator[str]:
    yield f"Pants {version} (`{shlex.join(launcher)}`) on {platform.platform()}"
    yield "\n| step | result | seen |\n|---|---|---|"
    yield from report.rows
    for each in report.details:
        yield f"\n{each}"


if __name__ == "__main__":
    sys.exit(main())
