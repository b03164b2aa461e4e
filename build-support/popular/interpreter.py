"""A CPython of a given version that this machine has."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path


def find_python(version: str) -> str:
    """The path of a CPython of a minor version such as "3.13", on PATH or pyenv's, that works.

    Exits where there is none: that one is there is what a shim on PATH does not tell.
    """
    for candidate in _candidates(version):
        try:
            found = subprocess.run([candidate, "-c", ""], check=False, capture_output=True)
        except OSError:
            continue
        if found.returncode == 0:
            return candidate
    raise SystemExit(f"No CPython {version} was found. To fix, put python{version} on PATH.")


def _candidates(version: str) -> Iterator[str]:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        yield os.path.join(folder, f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}")))
