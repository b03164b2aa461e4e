"""Processes that programs start in trial repositories. Linux only, because they read /proc."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def inherited_environment() -> dict[str, str]:
    """The environment of this program, without the option of Pants that prevents its daemon."""
    return {name: value for name, value in os.environ.items() if name != "PANTS_CONCURRENT"}


def free_port() -> int:
    """A port of the loopback interface that no process uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(pid: int) -> Iterator[int]:
    """The ids of the processes that a process started, directly or indirectly."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from descendants(child)


def kill(pid: int) -> None:
    """Send SIGKILL to a process, which may have ended already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def stop_daemons(repository: Path) -> None:
    """Kill the Pants daemons of a repository.

    Finds them by the name of their process. A daemon that was interrupted during its start left no
    file with its id, and the id of an old daemon may belong to another process now.
    """
    while daemons := list(_daemons(repository)):
        for pid in daemons:
            kill(pid)
        time.sleep(0.02)


def _daemons(repository: Path) -> Iterator[int]:
    name = f"pantsd [{repository.resolve()}]".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cmdline").read_bytes().startswith(name):
                yield int(process.name)
