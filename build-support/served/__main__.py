"""Serves functions as users do, and invokes them with boto3 and the AWS CLI.

    build-support/served/run

A new repository with two functions gets served by `./pants --no-pantsd lambda-serve ::`. Clients
that know nothing of it invoke them; other commands of Pants answer meanwhile; an edit is built and
found; and when the server is told to end, nothing of it is left. Exits 1 if anything is otherwise.

It needs the package index, CPython 3.12 for the clients, and CPython 3.13 for the functions.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bootstrap.fault import Fault
from bootstrap.places import Place
from environments.install import installed
from popular.interpreter import find_python
from served.repository import Repository

# Of the clients.
_PYTHON = "3.12"
_HERE = Path(__file__).parent
# What ends at once ends within this many seconds.
_AT_ONCE = 5.0


def main() -> int:
    clients = installed("clients", _HERE / "requirements.txt", lambda place, lock: _python(place))
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder).resolve())
        repository.make()
        try:
            return int(not all([*_checked(repository, clients)]))
        finally:
            repository.stop_daemon()


def _python(place: Place) -> str:
    return find_python(_PYTHON)


def _checked(repository: Repository, clients: Path) -> Iterator[bool]:
    """Tell of each thing that has to hold, and whether it does."""
    with repository.serving() as server:
        yield _say("It serves", server.answers())
        listed = repository.pants("list", "::")
        yield _say("`./pants list ::` answers meanwhile", "//:echo" in listed.stdout)
        yield _client(clients, server.endpoint, "invoke")
        yield _client(clients, server.endpoint, "refuse")
        yield _client(clients, server.endpoint, "crowd")
        yield _client(clients, server.endpoint, "command-line")
        repository.edit("echo", "again")
        repository.pants("package", "::")
        yield _client(clients, server.endpoint, "after-edit")
        started = server.processes()
        ended = time.monotonic()
        code = server.end(signal.SIGINT)
        took = time.monotonic() - ended
        yield _say(f"Ctrl-C ends it ({took:.1f} s, {code})", took < _AT_ONCE)
        left = [pid for pid in started if Path(f"/proc/{pid}").exists()]
        yield _say(f"Of {len(started)} processes, {len(left)} are left", not left)


def _client(python: Path, endpoint: str, what: str) -> bool:
    done = subprocess.run(
        [python, _HERE / "client.py", what, endpoint], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    return _say(f"Clients: {what}", done.returncode == 0)


def _say(what: str, holds: bool) -> bool:
    print(f"{'ok ' if holds else 'NOT'} {what}", flush=True)
    return holds


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Fault as fault:
        sys.exit(str(fault))
