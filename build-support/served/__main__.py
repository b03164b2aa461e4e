"""Serves functions as users do, and invokes them with boto3 and the AWS CLI.

    build-support/served/run

In a new repository with two functions, `./pants --no-pantsd lambda-serve ::` runs. Clients that
know only its address invoke the functions. Meanwhile, other commands of Pants must work, and an
edited function must be built and served. When the server is stopped, all of its processes must end.

Exits with 1 if a check fails. It needs the package index, CPython 3.12 for the clients, and CPython
3.13 for the functions.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bootstrap.messages import UserError
from environments.environment import ensure_environment
from served.served_repository import ServedRepository

_PYTHON_OF_CLIENTS = "3.12"
_HERE = Path(__file__).parent
_SECONDS_TO_STOP = 5.0


def main() -> int:
    clients = ensure_environment("clients", _HERE / "requirements.txt", _PYTHON_OF_CLIENTS)
    with tempfile.TemporaryDirectory() as folder:
        repository = ServedRepository(Path(folder).resolve())
        repository.create()
        try:
            return int(not all([*_run_checks(repository, clients)]))
        finally:
            repository.stop_daemon()


def _run_checks(repository: ServedRepository, clients: Path) -> Iterator[bool]:
    """Print and yield the result of each check."""
    with repository.serving() as server:
        yield _report("the server starts", server.wait_until_ready())
        listed = repository.pants("list", "::")
        yield _report("`./pants list ::` works meanwhile", "//:echo" in listed.stdout)
        yield _run_client(clients, server.endpoint, "invoke")
        yield _run_client(clients, server.endpoint, "errors")
        yield _run_client(clients, server.endpoint, "concurrency")
        yield _run_client(clients, server.endpoint, "command-line")
        repository.edit_echo("again")
        repository.pants("package", "::")
        yield _run_client(clients, server.endpoint, "after-edit")
        processes = server.processes()
        begin = time.monotonic()
        code = server.stop(signal.SIGINT)
        seconds = time.monotonic() - begin
        result = f"Ctrl-C stops the server (after {seconds:.1f} s, with exit code {code})"
        yield _report(result, seconds < _SECONDS_TO_STOP)
        left = [pid for pid in processes if Path(f"/proc/{pid}").exists()]
        yield _report(f"{len(left)} of {len(processes)} processes are left", not left)


def _run_client(python: Path, endpoint: str, check: str) -> bool:
    done = subprocess.run(
        [python, _HERE / "client.py", check, endpoint], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    return _report(f"client: {check}", done.returncode == 0)


def _report(result: str, passed: bool) -> bool:
    print(f"{'passed' if passed else 'FAILED'}  {result}", flush=True)
    return passed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
