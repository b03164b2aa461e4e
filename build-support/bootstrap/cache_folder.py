"""The cache folder of ./pants: writes that no kill leaves half-done, and locks between runs.

    python3.path                  path of the Python that runs this program, which ./pants reads
    pants/VERSION-HASH/           environment with Pants; its file `complete` is written last
    pex/VERSION-HASH/             the pex tool, renamed into place when it is complete
    uv/VERSION-HASH/, python/     uv and the CPython 3.9 that it installed, on machines without one
    pants-toml/                   parsed `pants.toml` files
    requirement-targets/          parsed BUILD files
    needed-resolves/              resolves of the targets of commands
    locks/                        one file for each job that two runs must not do at the same time
    bytecode/                     bytecode of this program

HASH identifies the requirement file that was installed: see `installation.py`. The whole folder can
be deleted at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from bootstrap.messages import UserError, facts_table, print_progress


def replace_text(path: Path, text: str) -> None:
    """Write a file by a rename. Readers and killed runs never see or leave a partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)


@contextlib.contextmanager
def exclusive_lock(cache: Path, name: str, doing: str) -> Iterator[int]:
    """Let one process at a time do a job. The others wait, and then check what is left to do.

    `doing` describes the job to processes that wait, such as "installing Pants 2.17.1".

    Yields the file descriptor of the lock, for child processes to inherit. The children of a killed
    run may still write, and then the next run has to wait for them as well.
    """
    path = cache / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print_progress(f"Waiting for another ./pants, which is {doing}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def require_writable(cache: Path) -> None:
    """Raise `UserError` if files cannot be created in the cache folder."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        probe = cache / f"probe.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        table = facts_table(
            [("cache folder", str(cache)), ("reason", error.strerror or str(error))]
        )
        raise UserError(
            "./pants cannot write to its cache folder, which it installs Pants into.\n\n"
            f"{table}\n\n"
            "To fix, name a folder that you can write to:\n\n"
            "  export PANTS_BOOTSTRAP_CACHE=/path/to/folder"
        ) from None
