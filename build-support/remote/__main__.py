"""Builds a fleet of functions on several simulated machines that share a real remote cache.

    build-support/remote/run [--keep FOLDER] [FUNCTIONS]

FUNCTIONS is the number of functions: 100 by default, and at least 10. The cache is a BuildGrid
server on the loopback interface. A simulated machine is a checkout in its own folder, with an empty
store. Five of them build:

- one that fills the cache;
- one that gets every result from the cache, with another PATH, locale, user name and umask;
- one that runs every process of a partial build on a worker;
- one whose server is killed in the middle of the build;
- one without a server, which does a partial build.

Each build must succeed and leave the same bytes in `dist/`. Exits with 1 if one does not.

It needs the package index, CPython 3.12 for BuildGrid, and CPython 3.13 for the fleet.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bootstrap.messages import UserError
from remote import expectations
from remote.remote_build import HIT
from remote.servers import Server, start_buildgrid, start_worker
from remote.simulated_machine import SimulatedMachine

# One function with native code, and its layer.
_PARTIAL_BUILD = ["src/functions/catalog_0:fn"]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="build-support/remote/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="work in this folder, and keep it"
    )
    parser.add_argument("functions", nargs="?", type=int, default=100, metavar="FUNCTIONS")
    options = parser.parse_args()
    # End through the `finally` blocks that stop the servers.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).absolute()
        return int(not all([*_run_builds(folder, options.functions)]))


def _run_builds(folder: Path, functions: int) -> Iterator[bool]:
    """Build on each machine, and yield whether the build meets its expectations."""
    first = SimulatedMachine(folder / "first", functions=functions)
    second = SimulatedMachine.with_other_user(folder / "second", functions=functions)
    names = ("third", "fourth", "fifth")
    rest = [SimulatedMachine(folder / name, functions=functions) for name in names]
    third, fourth, fifth = rest
    with start_buildgrid(folder / "server") as server:
        # ./pants also generates the lockfile, before the build.
        filling = first.build(server.address)
        for machine in (second, *rest):
            machine.copy_lockfile_of(first)
        yield expectations.fills_the_cache(filling)
        warm = second.build(server.address)
        yield expectations.gets_all_results(warm, filling)
        with start_worker(server, folder / "worker") as worker:
            delegated = third.build_on_worker(
                worker.address, server.address, targets=_PARTIAL_BUILD
            )
        yield expectations.runs_on_the_worker(delegated, filling)
        killer = _ServerKiller(server, after=warm.counter("remote_cache_requests_cached") // 2)
        interrupted = fourth.build(server.address, on_line=killer.read_line)
        yield expectations.loses_its_server(interrupted, filling)
        offline = fifth.build(server.address, targets=_PARTIAL_BUILD)
        yield expectations.has_no_server(offline, filling)


class _ServerKiller:
    """Kills a server after a build got a number of results from it."""

    def __init__(self, server: Server, *, after: int) -> None:
        self._server = server
        self._left = after

    def read_line(self, line: str) -> None:
        """Count the line of the build's log if it reports a result from the cache."""
        self._left -= HIT in line
        if self._left <= 0:
            self._server.kill()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
