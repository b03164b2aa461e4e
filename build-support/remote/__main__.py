"""Builds a fleet of functions on several machines that share a remote cache, a real server.

    build-support/remote/run [--keep FOLDER] [FUNCTIONS]

FUNCTIONS is 100 without a number, and has to be 10 or more. All of it happens on this machine: the
server is a BuildGrid on the loopback interface, and a machine is a checkout in a folder of its own
with a store that is empty at first. Five of them build:

- one that fills the cache;
- one that gets everything from it, under another PATH, locale, user name and umask;
- one that lets a worker run every process, and builds a part;
- one whose server is killed in the middle of the build;
- one whose server is not there at all, which builds a part.

Each build has to succeed, and to leave the same bytes in `dist/`. Exits 1 if anything is otherwise.

It needs the package index, CPython 3.12 for BuildGrid, and CPython 3.13 for the fleet.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bootstrap.fault import Fault
from remote import judge
from remote.build import HIT
from remote.machine import Machine
from remote.server import Server, buildgrid, worker

# One function over native code, and its layer.
_PART = ["src/functions/catalog_0:fn"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="where to work, and to leave it"
    )
    parser.add_argument("functions", nargs="?", type=int, default=100, metavar="FUNCTIONS")
    asked = parser.parse_args()
    # So that the servers end with this program.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.keep or Path(temporary)).absolute()
        return int(not all([*_builds(folder, asked.functions)]))


def _builds(folder: Path, functions: int) -> Iterator[bool]:
    """Tell of each machine, and whether all is as it has to be."""
    first = Machine(folder / "first", functions=functions)
    first.lock()
    second = Machine.elsewhere(folder / "second", functions=functions)
    rest = [Machine(folder / name, functions=functions) for name in ("third", "fourth", "fifth")]
    for machine in (second, *rest):
        machine.take_lockfile_of(first)
    delegating, orphaned, alone = rest
    with buildgrid(folder / "server") as server:
        filling = first.build(server.address)
        yield judge.fills(filling)
        warm = second.build(server.address)
        yield judge.gets_all(warm, filling)
        with worker(server, folder / "worker") as remote:
            delegated = delegating.build_at(remote.address, server.address, targets=_PART)
        yield judge.delegates(delegated, filling)
        assassin = _Assassin(server, after=warm.counter("remote_cache_requests_cached") // 2)
        yield judge.loses_its_server(orphaned.build(server.address, listen=assassin.hear), filling)
        yield judge.has_no_server(alone.build(server.address, targets=_PART), filling)


class _Assassin:
    """Kills a server when a build got so many results from it."""

    def __init__(self, server: Server, *, after: int) -> None:
        self._server = server
        self._left = after

    def hear(self, line: str) -> None:
        self._left -= HIT in line
        if self._left <= 0:
            self._server.kill()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Fault as fault:
        sys.exit(str(fault))
