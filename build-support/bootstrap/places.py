"""Where everything lies in the cache folder, and whether it is whole: all that a warm run asks.

    python3.path                  the Python that runs this program, for ./pants to start with
    pants/VERSION-HASHES/         an environment with Pants; its file `complete` is written last
    pex/VERSION-HASHES/           the pex tool; put in its place by one rename
    uv/VERSION-HASHES/, python/   uv, and the CPython that it installed: only where there was none
    pants-toml/                   what Pants' TOML library read
    locks/                        one file for each thing that two runs must not do at once
    bytecode/                     of this program

HASHES stands for the requirement file: another file is another folder, so that two repositories,
or two states of one, do not disturb each other. All of it can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bootstrap.fault import Fault, facts, say

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"


class Place(NamedTuple):
    """What one pinned and hashed requirement file installs, and the folder that it goes to."""

    cache: Path
    tool: str
    version: str

    @property
    def requirements(self) -> Path:
        return REQUIREMENTS / self.tool / f"{self.version}.txt"

    @property
    def folder(self) -> Path:
        hashes = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        return self.cache / self.tool / f"{self.version}-{hashes[:12]}"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def complete(self) -> Path:
        return self.folder / "complete"

    def is_whole(self) -> bool:
        """Whether an environment was installed to its end, here, and its interpreter still exists.

        The marker holds the folder's own path: an environment does not survive being moved.
        """
        try:
            return self.complete.read_text() == str(self.folder) and os.access(self.python, os.X_OK)
        except OSError:
            return False


def known_versions(tool: str) -> list[str]:
    return sorted(path.stem for path in (REQUIREMENTS / tool).glob("*.txt"))


def replace_text(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees, and no kill leaves, half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)


@contextlib.contextmanager
def alone(cache: Path, name: str, doing: str) -> Iterator[int]:
    """Let one process at a time do something; the others wait, and then look again.

    Yields the lock's file descriptor for child processes to inherit: what a killed run started may
    go on writing, and the next run has to wait for that as well.
    """
    path = cache / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another ./pants, which is {doing}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def require_writable(cache: Path) -> None:
    """Judge the cache folder before anything slow is put into it."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        probe = cache / f"probe.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        table = facts([("cache folder", str(cache)), ("reason", error.strerror or str(error))])
        raise Fault(
            "The cache folder that Pants is installed into cannot be written.\n\n"
            f"{table}\n\n"
            "To fix, name a folder that you may write to:\n\n"
            "  export PANTS_BOOTSTRAP_CACHE=/path/to/folder"
        ) from None
