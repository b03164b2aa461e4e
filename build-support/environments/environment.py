"""Virtual environments for the programs of build-support, benchmarks and tests/acceptance.

Each is installed on first use into the cache folder of ./pants, from a requirement file with pins
and hashes.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bootstrap.cache_folder import exclusive_lock, replace_text
from bootstrap.installation import Installation
from bootstrap.interpreters import find_python39
from bootstrap.messages import UserError, print_progress
from bootstrap.pip import run_pip, run_with_lock
from environments.interpreters import require_python


class Environment(Installation):
    """An installation whose `version` is the path of its requirement file."""

    @property
    def requirements(self) -> Path:
        return Path(self.version)

    @property
    def folder(self) -> Path:
        return self.cache / self.tool / super().folder.name.rpartition("-")[2]


def ensure_environment(tool: str, requirements: Path, minor: str) -> Path:
    """Install an environment for CPython `minor`, such as "3.12", if it is missing.

    Returns the path of its Python. Raises `UserError` if pip fails, and exits if the machine does
    not have this CPython.
    """
    environment = Environment(cache_folder(), tool, str(requirements))
    name = f"{tool}-{environment.folder.name}"
    with exclusive_lock(environment.cache, name, f"installing {tool}") as lock:
        if not environment.is_complete():
            print_progress(f"Installing {tool} into {environment.folder}")
            shutil.rmtree(environment.folder, ignore_errors=True)
            if minor == "3.9":
                python = find_python39(environment.cache, lock, needed_by=tool)
            else:
                python = require_python(minor)
            venv = [python, "-I", "-m", "venv", str(environment.folder)]
            done = run_with_lock(venv, lock)
            if done.returncode != 0:
                raise UserError(done.stdout)
            run_pip(str(environment.python), ["install"], environment, lock)
            replace_text(environment.marker, str(environment.folder))
    return environment.python


def cache_folder() -> Path:
    """The cache folder of ./pants on Linux."""
    named = os.environ.get("PANTS_BOOTSTRAP_CACHE")
    if named:
        return Path(named).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pants-bootstrap"
