"""Environments for the programs of this folder, each made on first use from one pinned file.

They lie in the bootstrap's cache, and every file that goes into one is hash-checked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bootstrap.fault import Fault, say
from bootstrap.fetch import pip, run
from bootstrap.places import Place, alone, replace_text


class Environment(Place):
    """`version` is the requirement file; the environment lies under its hash."""

    @property
    def requirements(self) -> Path:
        return Path(self.version)

    @property
    def folder(self) -> Path:
        return self.cache / self.tool / super().folder.name.rpartition("-")[2]


def installed(tool: str, requirements: Path, find_python: Callable[[Place, int], str]) -> Path:
    """The Python of the environment that this file describes. Raises `Fault`.

    `find_python` is asked only where the environment has to be made.
    """
    place = Environment(cache_folder(), tool, str(requirements))
    with alone(place.cache, f"{tool}-{place.folder.name}", f"installing {tool}") as lock:
        if not place.is_whole():
            say(f"Installing {tool} into {place.folder}")
            shutil.rmtree(place.folder, ignore_errors=True)
            python = find_python(place, lock)
            done = run([python, "-I", "-m", "venv", str(place.folder)], lock)
            if done.returncode != 0:
                raise Fault(done.stdout)
            pip(str(place.python), ["install"], place, lock)
            replace_text(place.complete, str(place.folder))
    return place.python


def cache_folder() -> Path:
    """As ./pants finds it, where it is Linux."""
    named = os.environ.get("PANTS_BOOTSTRAP_CACHE")
    if named:
        return Path(named).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pants-bootstrap"
