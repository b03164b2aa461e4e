"""Checks the backend against the sources of releases of Pants, without their engines.

    build-support/pants_versions/run FOLDER [FOLDER...]

A FOLDER holds the sources of one release, with `src/python/pants` in it. Each gets two checks. mypy
checks the backend against these sources: every name that we import must be there, and take what we
pass. Then the release's own `@rule` reads all of our rules, as it does when Pants starts, on the
version of CPython that runs this release. A stub stands in for the engine.

Not checked is what only the engine does: to solve the graph of rules, and to run them.
`build-support/try-pants` does that, for those who have this Pants. Exits with 1 if a check failed,
with 3 if one could not be done.

It needs the package index, and CPython 3.13 for mypy.
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

from bootstrap.fault import Fault
from environments.install import installed
from popular.interpreter import find_python

_HERE = Path(__file__).resolve().parent
_PLUGINS = _HERE.parents[1] / "pants-plugins"
_API = _PLUGINS / "aws_lambda" / "pants_api"
_MYPY_ON = "3.13"

_DONE, _FAILED, _NOT_DONE = 0, 1, 3

_SETTINGS = """\
[mypy]
strict = True
namespace_packages = True
explicit_package_bases = True
follow_imports = silent
# What Pants imports and this environment lacks. A module of Pants that is not there is an error.
disable_error_code = import-untyped
[mypy-pants.*]
ignore_errors = True
{of_others}"""
_OF_OTHERS = """\
[mypy-{module}.*]
ignore_missing_imports = True
"""


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("folder", nargs="+", type=Path, help="the sources of a release of Pants")
    folders: list[Path] = [each.resolve() for each in options.parse_args().folder]
    requirements = _HERE / "requirements.txt"
    python = installed("pants-versions", requirements, lambda *_: find_python(_MYPY_ON))
    codes = {code for folder in folders for code in _checked(folder, python)}
    return _FAILED if _FAILED in codes else max(codes)


def _checked(folder: Path, python: Path) -> Iterator[int]:
    """Print what each check says about one release, and yield its exit code."""
    version_file = folder / "src" / "python" / "pants" / "VERSION"
    if not version_file.is_file():
        print(f"{folder} holds no sources of Pants: it has no src/python/pants/VERSION.")
        yield _NOT_DONE
        return
    version = version_file.read_text(encoding="utf-8").strip()
    print(f"Pants {version}")
    yield _typed(folder, _minor(version), python)
    yield _collected(folder, version, python)


def _typed(folder: Path, minor: int, python: Path) -> int:
    """Let mypy read the backend's programs, tests apart, as this release runs them."""
    unread = "by_get.py" if minor >= 28 else "by_name.py"
    files = [
        path
        for path in sorted(_PLUGINS.glob("aws_lambda/**/*.py"))
        if path.parent.name not in ("sandbox", "testing")
        and path.name != unread
        and not re.search(r"_test\.py$|^conftest", path.name)
    ]
    with tempfile.TemporaryDirectory() as scratch:
        settings = Path(scratch, "mypy.ini")
        others = "".join(_OF_OTHERS.format(module=each) for each in _others(folder))
        settings.write_text(_SETTINGS.format(of_others=others), encoding="utf-8")
        done = subprocess.run(
            [
                *(str(python), "-m", "mypy", f"--config-file={settings}"),
                *(f"--cache-dir={scratch}", f"--python-version={_python_of(minor)}"),
                *_changes(minor),
                *map(str, files),
            ],
            check=False,
            capture_output=True,
            text=True,
            env={"MYPYPATH": f"{_PLUGINS}:{folder / 'src' / 'python'}"},
        )
    return _told(
        done, f"mypy finds nothing in {len(files)} files.", "mypy finds what does not fit:"
    )


def _collected(folder: Path, version: str, python: Path) -> int:
    """Let this release read the backend's rules."""
    try:
        own_python = find_python(_python_of(_minor(version)))
    except SystemExit as absent:
        print(f"  The rules could not be read. {absent}")
        return _NOT_DONE
    libraries = python.parents[1] / "lib" / f"python{_MYPY_ON}" / "site-packages"
    done = subprocess.run(
        [
            *(own_python, "-m", "pants_versions.collect"),
            *(folder / "src" / "python", _PLUGINS, libraries),
        ],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "_PANTS_VERSION_OVERRIDE": version},
    )
    return _told(done, done.stdout.strip(), "It does not read the rules:")


def _told(done: subprocess.CompletedProcess[str], well: str, else_: str) -> int:
    if done.returncode == 0:
        print(f"  {well}")
        return _DONE
    print(f"  {else_}\n{done.stdout}{done.stderr}")
    return _FAILED


def _minor(version: str) -> int:
    """The 31 of "2.31.1rc1"."""
    return int(version.split(".")[1])


def _python_of(minor: int) -> str:
    """The CPython that runs Pants 2.`minor`."""
    if minor < 25:
        return "3.9"
    return "3.11" if minor < 32 else "3.14"


def _changes(minor: int) -> Iterator[str]:
    """Tell mypy which of the versions that `pants_api` asks about this release has reached."""
    asked = (_API / "versions.py").read_text(encoding="utf-8")
    for name, since in re.findall(r"^(SINCE_2_(\d+)) ", asked, re.M):
        yield f"--always-{'true' if int(since) <= minor else 'false'}={name}"


def _others(folder: Path) -> set[str]:
    """The top-level modules that Pants' sources import, apart from its own."""
    found = set()
    for path in (folder / "src" / "python" / "pants").rglob("*.py"):
        text = path.read_text(encoding="utf-8", errors="replace")
        found.update(re.findall(r"^\s*(?:from|import) ([a-zA-Z]\w*)", text, re.M))
    return found - {"aws_lambda", "packaging", "pants", "typing_extensions"}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Fault as fault:
        sys.exit(str(fault))
