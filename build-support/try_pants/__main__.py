"""Tries the backend with another version of Pants, and prints a report to paste into an issue.

    PANTS_VERSION=2.31.0 build-support/try-pants pants

The launcher is any command that starts Pants, such as the official launcher, which reads
PANTS_VERSION. In a copy of this repository, ./pants first packages everything with the version of
pants.toml. The launcher then lists, packages, checks, runs, serves and tests the same targets, from
the same lockfiles. Its artifacts must be the same, byte for byte. Exits with 1 if a step fails.
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

from trial_repository.copies import copy_repository
from try_pants.invocation import invoke_served
from try_pants.settings import adapt_settings

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
_MOST_LINES = 30


@dataclass
class Report:
    """The rows of the table, and the details below it, in Markdown."""

    rows: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    passed: bool = True

    def add(self, step: str, passed: bool, result: str, details: str = "") -> None:
        """Add a row to the table, and `details` below it."""
        row = f"| {step} | {'passed' if passed else 'FAILED'} | {result} |"
        print(row, file=sys.stderr, flush=True)
        self.rows.append(row)
        self.passed = self.passed and passed
        if details:
            self.details.append(f"{step}:\n\n```text\n{details}\n```")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="build-support/try-pants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("launcher", nargs="+", help="the command, with its first arguments if any")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="work in this folder, and keep it"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.keep or Path(scratch)).resolve() / "repository"
        copy_repository(folder)
        return _try_launcher(folder, options.launcher)


def _try_launcher(folder: Path, launcher: list[str]) -> int:
    """Run every step in a copy of this repository, print the report, and return the exit code."""
    print("Packaging with the version of pants.toml", file=sys.stderr, flush=True)
    packaged = _run(["./pants", "package", "::"], folder)
    if packaged.returncode != 0:
        print(packaged.stdout, file=sys.stderr)
        return 1
    expected = _artifact_digests(folder / "dist")
    shutil.rmtree(folder / "dist")

    settings = folder / "pants.toml"
    ours = settings.read_text(encoding="utf-8")
    settings.write_text(adapt_settings(ours, (9, 9)), encoding="utf-8")
    printed = _run([*launcher, "--version"], folder)
    version = printed.stdout.strip().rpartition("\n")[2]
    if printed.returncode != 0 or not re.match(r"\d+\.\d+", version):
        command = shlex.join([*launcher, "--version"])
        print(f"`{command}` does not print a version:\n{printed.stdout}", file=sys.stderr)
        return 1
    major, minor = map(int, version.split(".")[:2])
    settings.write_text(adapt_settings(ours, (major, minor)), encoding="utf-8")

    report = Report()
    warnings: list[str] = []
    for step, arguments in _STEPS.items():
        begin = time.monotonic()
        done = _run([*launcher, *arguments], folder)
        seconds = f"{time.monotonic() - begin:.0f} s"
        passed = done.returncode == 0
        if step == "run":
            passed = passed and done.stdout.rstrip().endswith(_ANSWER)
        report.add(f"`{step}`", passed, seconds, "" if passed else _last_lines(done.stdout))
        warnings += [line for line in done.stdout.splitlines() if _is_deprecation(line)]
        if step == "package":
            _compare_artifacts(expected, _artifact_digests(folder / "dist"), report)
    answer = invoke_served([*launcher, "lambda-serve"], _FUNCTION, _EVENT, folder)
    wrong = "" if answer == _ANSWER else answer
    report.add("`lambda-serve`", not wrong, "an event over HTTP", wrong)
    deprecations = f"{len(warnings)} lines"
    report.add("no deprecations of the backend", not warnings, deprecations, _first_lines(warnings))
    print("\n".join(_report_lines(version, launcher, report)))
    return 0 if report.passed else 1


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without the daemon of Pants. `stdout` contains both of its streams."""
    return subprocess.run(
        command,
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PANTS_PANTSD": "false", "PANTS_DYNAMIC_UI": "false"},
    )


def _artifact_digests(dist: Path) -> dict[str, str]:
    """The SHA-256 of every file of a Lambda artifact, in hex, by path below `dist/`."""
    return {
        str(path.relative_to(dist)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(dist.rglob("*"))
        if path.is_file() and _is_of_artifact(path)
    }


def _is_of_artifact(path: Path) -> bool:
    """Whether there is metadata for a file, or for a folder that contains it."""
    artifact = re.sub(r"\.(metadata|cdx)\.json$", "", str(path))
    return any(Path(f"{each}.metadata.json").exists() for each in (artifact, *path.parents))


def _compare_artifacts(
    expected: Mapping[str, str], found: Mapping[str, str], report: Report
) -> None:
    paths = sorted({*expected, *found})
    different = [path for path in paths if expected.get(path) != found.get(path)]
    same = f"{len(paths) - len(different)} of {len(paths)} files are the same, byte for byte"
    report.add("artifacts", not different, same, _first_lines(different))


def _is_deprecation(line: str) -> bool:
    return "deprecat" in line.lower() and "aws_lambda" in line


def _first_lines(lines: list[str]) -> str:
    shown = [*dict.fromkeys(lines)]
    if len(shown) > _MOST_LINES:
        shown[_MOST_LINES:] = [f"and {len(shown) - _MOST_LINES} more"]
    return "\n".join(shown)


def _last_lines(output: str) -> str:
    return "\n".join(output.splitlines()[-_MOST_LINES:])


def _report_lines(version: str, launcher: list[str], report: Report) -> Iterator[str]:
    yield f"Pants {version} (`{shlex.join(launcher)}`) on {platform.platform()}"
    yield "\n| step | result | details |\n|---|---|---|"
    yield from report.rows
    for each in report.details:
        yield f"\n{each}"


if __name__ == "__main__":
    sys.exit(main())
