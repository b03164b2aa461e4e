"""Finds working CPython interpreters, and has uv install CPython 3.9 if the machine has none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from bootstrap.installation import Installation, known_versions
from bootstrap.messages import UserError, facts_table, print_progress
from bootstrap.pip import download_wheel, run_with_lock

# Prints the path of the interpreter that a shim starts. It imports ensurepip, which venv needs,
# because Debian has it in a package of its own.
PROBE = """
import platform, sys
if platform.python_implementation() != "CPython" or sys.version_info[:2] != (3, 9):
    sys.exit("is " + platform.python_implementation() + " " + platform.python_version())
try:
    import ensurepip, ssl, venv
except ImportError as error:
    sys.exit("has no module " + str(error.name))
print(sys.executable)
"""

PROBE_SECONDS = 20
UV_SECONDS = 300

# The source of uv's Pythons unless the user names a mirror (seen with uv 0.13.9, November 2026).
UV_SOURCE = "github.com/astral-sh/python-build-standalone"


class RejectedCandidate(NamedTuple):
    """A command that is not a usable CPython 3.9, and the reason."""

    candidate: str
    reason: str


def find_python39(cache: Path, lock: int, *, needed_by: str) -> str:
    """The path of a working CPython 3.9 that can create virtual environments.

    Has uv install one if the machine has none. Raises `UserError` if that fails as well, with the
    name of the tool that needs it, such as "Pants 2.17.1".
    """
    rejected: list[RejectedCandidate] = []
    for candidate in _python39_candidates(cache):
        python, reason = _probe_python39(candidate, lock)
        if python:
            return python
        rejected.append(RejectedCandidate(candidate, reason))
    python, reason = _install_with_uv(cache, lock)
    if python:
        return python
    rejected.append(RejectedCandidate("uv python install 3.9", reason))
    raise _not_found_error(needed_by, rejected)


def find_python(minor: str) -> str | None:
    """The path of a working CPython of a minor version, such as "3.13", on PATH or in pyenv."""
    probe = (
        "import platform, sys; sys.exit(platform.python_implementation() != 'CPython' "
        f"or '%d.%d' % sys.version_info[:2] != {minor!r})"
    )
    # PEX searches PATH for the same names.
    named = _named_programs(f"python{minor}", _pyenv_versions())
    for candidate in chain(named, _named_programs("python3"), _named_programs("python")):
        try:
            if not subprocess.run(
                [candidate, "-I", "-S", "-c", probe],
                check=False,
                timeout=PROBE_SECONDS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ).returncode:
                return candidate
        except (OSError, subprocess.SubprocessError):
            continue
    return None


def python_search_path() -> str:
    """The folders that Pants 2.17.1 searches for Pythons by default: those of pyenv and PATH."""
    folders = sorted(str(folder) for folder in _pyenv_versions().glob("*/bin"))
    return os.pathsep.join([*folders, *os.get_exec_path()])


def searched_places(minor: str) -> list[tuple[str, str]]:
    """The places that are searched for a CPython of a minor version, as rows of `facts_table`."""
    return [
        ("PATH", os.pathsep.join(os.get_exec_path())),
        ("pyenv", f"{_pyenv_versions()}/*/bin/python{minor}"),
    ]


def _python39_candidates(cache: Path) -> Iterator[str]:
    return _named_programs("python3.9", _pyenv_versions(), cache / "python")


def _named_programs(name: str, *folders_of_versions: Path) -> Iterator[str]:
    """Programs of this name on PATH, then in each version below the folders, newest first."""
    for folder in os.get_exec_path():
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            yield path
    for versions in folders_of_versions:
        for found in sorted(versions.glob(f"*/bin/{name}"), reverse=True):
            yield str(found)


def _pyenv_versions() -> Path:
    root = os.environ.get("PYENV_ROOT")
    return (Path(root) if root else Path.home() / ".pyenv") / "versions"


def _probe_python39(candidate: str, lock: int) -> tuple[str | None, str]:
    """The interpreter that `candidate` starts; or `None`, and the reason why it is not usable."""
    try:
        done = run_with_lock([candidate, "-I", "-S", "-c", PROBE], lock, timeout=PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        return None, f"did not answer within {PROBE_SECONDS} seconds"
    except OSError as error:
        return None, error.strerror or str(error)
    lines = done.stdout.strip().splitlines() or ["prints nothing"]
    if done.returncode == 0:
        return lines[-1], ""
    if done.returncode == 1:
        return None, lines[-1]
    return None, f"exits with {done.returncode}: {lines[0]}"


def _install_with_uv(cache: Path, lock: int) -> tuple[str | None, str]:
    """A CPython 3.9 that uv installed into the cache folder; or `None`, and the reason."""
    source = os.environ.get("UV_PYTHON_INSTALL_MIRROR", UV_SOURCE)
    timeout = os.environ.get("PANTS_BOOTSTRAP_TIMEOUT", "")
    seconds = int(timeout) if timeout.isdigit() else UV_SECONDS
    try:
        uv = _find_or_install_uv(cache, lock)
    except UserError as error:
        return None, f"uv could not be installed: {str(error).splitlines()[0]}"
    print_progress(f"Installing CPython 3.9 with uv, from {source}, within {seconds} seconds")
    environment = {"UV_PYTHON_INSTALL_DIR": str(cache / "python"), "UV_NO_PROGRESS": "1"}
    command = [uv, "python", "install", "--no-bin", "3.9"]
    try:
        done = run_with_lock(command, lock, environment, seconds)
    except subprocess.TimeoutExpired:
        return None, f"did not finish within {seconds} seconds, from {source}"
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines() or ["prints nothing"]
        return None, f"exits with {done.returncode}, from {source}: {lines[-1].strip()}"
    for path in sorted((cache / "python").glob("cpython-3.9*/bin/python3.9"), reverse=True):
        return _probe_python39(str(path), lock)
    return None, "installed no python3.9"


def _find_or_install_uv(cache: Path, lock: int) -> str:
    """The path of uv: the one on PATH, or else the pinned one from the package index."""
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    uv = Installation(cache, "uv", known_versions("uv")[-1])
    program = uv.folder / "uv"
    if not program.is_file():
        print_progress(f"Installing uv {uv.version} into {uv.folder}")
        wheel = download_wheel(sys.executable, uv, uv.folder / "wheel", lock)
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
            unfinished = uv.folder / f"uv.{os.getpid()}"
            unfinished.write_bytes(archive.read(name))
        unfinished.chmod(0o755)
        os.replace(unfinished, program)
    return str(program)


def _not_found_error(needed_by: str, rejected: list[RejectedCandidate]) -> UserError:
    return UserError(
        f"No working CPython 3.9 was found, and {needed_by} runs on no other version.\n\n"
        "./pants searched for python3.9 in\n\n"
        f"{facts_table(searched_places('3.9'))}\n\n"
        "and tried\n\n"
        f"{facts_table(rejected)}\n\n"
        "To fix, install CPython 3.9 and put it on PATH, for instance with one of\n\n"
        "  pyenv install 3.9\n"
        "  uv python install 3.9"
    )
