"""Prints the Python of an environment that has atheris, made on first use in the bootstrap's cache.

It is CPython 3.9, which the backend runs on, and every file that goes into it is hash-checked.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent))

from bootstrap.fault import Fault, say  # noqa: E402
from bootstrap.fetch import pip, run  # noqa: E402
from bootstrap.interpreter import find_python39  # noqa: E402
from bootstrap.places import Place, alone, replace_text  # noqa: E402


class Fuzzers(Place):
    """Where the environment lies: beside those of the bootstrap, under its requirements' hash."""

    @property
    def requirements(self) -> Path:
        return _HERE / "requirements.txt"


def main() -> str:
    place = Fuzzers(_cache(), "fuzz", "atheris")
    with alone(place.cache, f"fuzz-{place.folder.name}", "installing atheris") as lock:
        if not place.is_whole():
            say(f"Installing atheris into {place.folder}")
            shutil.rmtree(place.folder, ignore_errors=True)
            done = run([find_python39(place, lock), "-I", "-m", "venv", str(place.folder)], lock)
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


if __name__ == "__main__":
    try:
        print(main())
    except Fault as fault:
        sys.exit(str(fault))
