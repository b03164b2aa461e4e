"""Checks the backend against the sources of releases of Pants, without their engines.

    build-support/pants_versions/run FOLDER [FOLDER...]

A FOLDER contains the sources of one release, with the subfolder `src/python/pants`. Each release
gets two checks. First, mypy checks the backend against its sources: every imported name must exist
and accept the arguments. Then the `@rule` of the release reads all rules of the backend, as it does
when Pants starts, on the version of CPython that the release requires. A stub replaces the engine.

This program neither solves the graph of rules nor runs them, because only the engine does that. If
you have this version of Pants, use `build-support/try-pants`.

Exits with 1 if a check fails, and with 3 if a check cannot run. It needs the package index, and
CPython 3.13 for mypy.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bootstrap.messages import UserError
from environments.environment import ensure_environment
from environments.interpreters import require_python

_HERE = Path(__file__).resolve().parent
_PLUGINS = _HERE.parents[1] / "pants-plugins"
_API = _PLUGINS / "aws_lambda" / "pants_api"
_PYTHON_OF_MYPY = "3.13"

_PASSED, _FAILED, _NOT_RUN = 0, 1, 3

_MYPY_INI = """\
[mypy]
strict = True
namespace_packages = True
explicit_package_bases = True
follow_imports = silent
# Libraries of Pants that are not installed here. A missing module of Pants itself is an error.
disable_error_code = import-untyped
[mypy-pants.*]
ignore_errors = True
{libraries}"""
_LIBRARY = """\
[mypy-{module}.*]
ignore_missing_imports = True
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="build-support/pants_versions/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", nargs="+", type=Path, help="the sources of a release of Pants")
    folders: list[Path] = [each.resolve() for each in parser.parse_args().folder]
    requirements = _HERE / "requirements.txt"
    python = ensure_environment("pants-versions", requirements, _PYTHON_OF_MYPY)
    codes = {code for folder in folders for code in _check_release(folder, python)}
    return _FAILED if _FAILED in codes else max(codes)


def _check_release(folder: Path, python: Path) -> Iterator[int]:
    """Print the result of each check of one release, and yield its exit code."""
    version_file = folder / "src" / "python" / "pants" / "VERSION"
    if not version_file.is_file():
        print(f"{folder} contains no sources of Pants: src/python/pants/VERSION does not exist.")
        yield _NOT_RUN
        return
    version = version_file.read_text(encoding="utf-8").strip()
    print(f"Pants {version}")
    yield _check_types(folder, _minor(version), python)
    yield _collect_rules(folder, version, python)


def _check_types(folder: Path, minor: int, python: Path) -> int:
    """Run mypy on the modules of the backend that this release imports, without tests."""
    not_imported = "by_get.py" if minor >= 28 else "by_name.py"
    files = [
        path
        for path in sorted(_PLUGINS.glob("aws_lambda/**/*.py"))
        if path.relative_to(_PLUGINS / "aws_lambda").parts[0] not in ("sandbox", "testing")
        and path.name != not_imported
        and not re.search(r"_test\.py$|^conftest", path.name)
    ]
    with tempfile.TemporaryDirectory() as scratch:
        settings = Path(scratch, "mypy.ini")
        libraries = "".join(_LIBRARY.format(module=each) for each in _libraries_of(folder))
        settings.write_text(_MYPY_INI.format(libraries=libraries), encoding="utf-8")
        done = subprocess.run(
            [
                *(str(python), "-m", "mypy", f"--config-file={settings}"),
                *(f"--cache-dir={scratch}", f"--python-version={_python_of(minor)}"),
                *_version_flags(minor),
                *map(str, files),
            ],
            check=False,
            capture_output=True,
            text=True,
            env={"MYPYPATH": f"{_PLUGINS}:{folder / 'src' / 'python'}"},
        )
    return _report(done, f"mypy finds no errors in {len(files)} files.", "mypy finds errors:")


def _collect_rules(folder: Path, version: str, python: Path) -> int:
    """Let this release read the rules of the backend."""
    try:
        own_python = require_python(_python_of(_minor(version)))
    except SystemExit as missing:
        print(f"  The rules were not read. {missing}")
        return _NOT_RUN
    libraries = python.parents[1] / "lib" / f"python{_PYTHON_OF_MYPY}" / "site-packages"
    done = subprocess.run(
        [
            *(own_python, "-m", "pants_versions.rule_collection"),
            *(folder / "src" / "python", _PLUGINS, libraries),
        ],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "_PANTS_VERSION_OVERRIDE": version},
    )
    return _report(done, done.stdout.strip(), "The release cannot read the rules:")


def _report(done: subprocess.CompletedProcess[str], passed: str, failed: str) -> int:
    """Print one of the two lines, and return the exit code of the check."""
    if done.returncode == 0:
        print(f"  {passed}")
        return _PASSED
    print(f"  {failed}\n{done.stdout}{done.stderr}")
    return _FAILED


def _minor(version: str) -> int:
    """The minor version: 31 for "2.31.1rc1"."""
    return int(version.split(".")[1])


def _python_of(minor: int) -> str:
    """The version of CPython that runs Pants 2.`minor`."""
    if minor < 25:
        return "3.9"
    return "3.11" if minor < 32 else "3.14"


def _version_flags(minor: int) -> Iterator[str]:
    """The options of mypy that set each `SINCE_…` constant of `pants_api` for this release."""
    constants = (_API / "versions.py").read_text(encoding="utf-8")
    for name, since in re.findall(r"^(SINCE_2_(\d+)) ", constants, re.M):
        yield f"--always-{'true' if int(since) <= minor else 'false'}={name}"


def _libraries_of(folder: Path) -> set[str]:
    """The top-level modules of other projects that the sources of Pants import."""
    found = set()
    for path in (folder / "src" / "python" / "pants").rglob("*.py"):
        text = path.read_text(encoding="utf-8", errors="replace")
        found.update(re.findall(r"^\s*(?:from|import) ([a-zA-Z]\w*)", text, re.M))
    return found - {"aws_lambda", "packaging", "pants", "typing_extensions"}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
