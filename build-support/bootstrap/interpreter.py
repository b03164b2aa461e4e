"""A CPython 3.9, which Pants 2.17 runs on: found by running it, or installed by uv."""

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

from bootstrap.fault import Fault, facts, say
from bootstrap.fetch import download_wheel, run
from bootstrap.places import Place, known_versions

# Prints the interpreter behind a shim. ensurepip: Debian packs it apart, and venv needs it.
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

# Where uv gets its Pythons unless the user names a mirror (seen with uv 0.13.9, November 2026).
UV_SOURCE = "github.com/astral-sh/python-build-standalone"


class Rejected(NamedTuple):
    candidate: str
    reason: str


def find_python39(pants: Place, lock: int) -> str:
    """The path of a CPython 3.9 that works and can make environments."""
    rejected: list[Rejected] = []
    for candidate in _candidates(pants.cache):
        python, reason = _probe(candidate, lock)
        if python:
            return python
        rejected.append(Rejected(candidate, reason))
    python, reason = _installed_by_uv(pants.cache, lock)
    if python:
        return python
    rejected.append(Rejected("uv python install 3.9", reason))
    raise _not_found(pants, rejected)


def has_python(minor: str) -> bool:
    """Whether PATH or pyenv has a CPython of this minor version, such as "3.13", that works."""
    probe = (
        "import platform, sys; sys.exit(platform.python_implementation() != 'CPython' "
        f"or '%d.%d' % sys.version_info[:2] != {minor!r})"
    )
    # PEX looks for these names on PATH.
    for candidate in chain(_named(f"python{minor}", _pyenv()), _named("python3"), _named("python")):
        try:
            if not subprocess.run(
                [candidate, "-I", "-S", "-c", probe],
                check=False,
                timeout=PROBE_SECONDS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ).returncode:
                return True
        except (OSError, subprocess.SubprocessError):
            continue
    return False


def places(minor: str) -> list[tuple[str, str]]:
    """Where a CPython of this minor version is looked for, as facts."""
    return [
        ("PATH", os.pathsep.join(os.get_exec_path())),
        ("pyenv", f"{_pyenv()}/*/bin/python{minor}"),
    ]


def _candidates(cache: Path) -> Iterator[str]:
    return _named("python3.9", _pyenv(), cache / "python")


def _named(name: str, *folders_of_versions: Path) -> Iterator[str]:
    for folder in os.get_exec_path():
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            yield path
    for versions in folders_of_versions:
        for found in sorted(versions.glob(f"*/bin/{name}"), reverse=True):
            yield str(found)


def _pyenv() -> Path:
    root = os.environ.get("PYENV_ROOT")
    return (Path(root) if root else Path.home() / ".pyenv") / "versions"


def _probe(candidate: str, lock: int) -> tuple[str | None, str]:
    """The interpreter that `candidate` starts, or why it is of no use."""
    try:
        done = run([candidate, "-I", "-S", "-c", PROBE], lock, timeout=PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        return None, f"did not answer within {PROBE_SECONDS} seconds"
    except OSError as error:
        return None, error.strerror or str(error)
    lines = done.stdout.strip().splitlines() or ["says nothing"]
    if done.returncode == 0:
        return lines[-1], ""
    if done.returncode == 1:
        return None, lines[-1]
    return None, f"exits with {done.returncode}: {lines[0]}"


def _installed_by_uv(cache: Path, lock: int) -> tuple[str | None, str]:
    source = os.environ.get("UV_PYTHON_INSTALL_MIRROR", UV_SOURCE)
    asked = os.environ.get("PANTS_BOOTSTRAP_TIMEOUT", "")
    seconds = int(asked) if asked.isdigit() else UV_SECONDS
    try:
        uv = _uv(cache, lock)
    except Fault as fault:
        return None, f"uv could not be installed: {str(fault).splitlines()[0]}"
    say(f"Installing CPython 3.9 with uv, from {source}, within {seconds} seconds")
    folder = {"UV_PYTHON_INSTALL_DIR": str(cache / "python"), "UV_NO_PROGRESS": "1"}
    try:
        done = run([uv, "python", "install", "--no-bin", "3.9"], lock, folder, seconds)
    except subprocess.TimeoutExpired:
        return None, f"did not end within {seconds} seconds, from {source}"
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines() or ["says nothing"]
        return None, f"exits with {done.returncode}, from {source}: {lines[-1].strip()}"
    for path in sorted((cache / "python").glob("cpython-3.9*/bin/python3.9"), reverse=True):
        return _probe(str(path), lock)
    return None, "left no python3.9"


def _uv(cache: Path, lock: int) -> str:
    """uv's path: the one on PATH, or the pinned one, fetched like everything else."""
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    place = Place(cache, "uv", known_versions("uv")[-1])
    program = place.folder / "uv"
    if not program.is_file():
        say(f"Installing uv {place.version} into {place.folder}")
        wheel = download_wheel(sys.executable, place, place.folder / "wheel", lock)
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
            unfinished = place.folder / f"uv.{os.getpid()}"
            unfinished.write_bytes(archive.read(name))
        unfinished.chmod(0o755)
        os.replace(unfinished, program)
    return str(program)


def _not_found(pants: Place, rejected: list[Rejected]) -> Fault:
    return Fault(
        f"No working CPython 3.9 was found, and Pants {pants.version} runs on nothing else.\n\n"
        "Looked for python3.9 in\n\n"
        f"{facts(places('3.9'))}\n\n"
        "and tried\n\n"
        f"{facts(rejected)}\n\n"
        "To fix, install CPython 3.9 and put it on PATH, for instance with one of\n\n"
        "  pyenv install 3.9\n"
        "  uv python install 3.9"
    )
