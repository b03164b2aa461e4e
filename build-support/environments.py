"""Environments of the programs in this folder: made on first use, in the bootstrap's cache.

What goes into them is pinned, and every file hash-checked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bootstrap.fault import Fault, say
from bootstrap.fetch import pip, run
from bootstrap.places import Place, alone, replace_text

_HERE = Path(__file__).resolve().parent


class Environment(Place):
    """`tool` is the folder of a program, and `version` the name of what it needs.

    It lies beside the environments of the bootstrap, under the hash of its requirements.
    """

    @property
    def requirements(self) -> Path:
        return _HERE / self.tool / "requirements.txt"


def python_of(tool: str, needs: str, find_python: Callable[[Place, int], str]) -> str:
    """The Python of a program's environment. `find_python` finds the one to make it with.

    Raises `Fault` where it cannot be made.
    """
    place = Environment(_cache(), tool, needs)
    with alone(place.cache, f"{tool}-{place.folder.name}", f"installing {needs}") as lock:
        if not place.is_whole():
            say(f"Installing {needs} into {place.folder}")
            shutil.rmtree(place.folder, ignore_errors=True)
            python = find_python(place, lock)
            done = run([python, "-I", "-m", "venv", str(place.folder)], lock)
            if done.returncode != 0:
                raise Fault(done.stdout)
            pip(str(place.python), ["install"], place, lock)
            replace_text(place.complete, str(place.folder))
    return str(place.python)


def _cache() -> Path:
    """As ./pants finds it, where it is Linux."""
    named = os.environ.get("PANTS_BOOTSTRAP_CACHE")
    if named:
        return Path(named).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pants-bootstrap"
