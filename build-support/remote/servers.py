"""The remote cache and the worker, on free ports of the loopback interface."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environments.environment import ensure_environment

# A version that the wheels of BuildGrid 0.8.16 support.
_PYTHON = "3.12"
# BuildGrid keeps the contents of files on disk, and the results of processes in memory.
_CONFIGURATION = """\
server:
  - !channel
    address: "{address}"
    insecure-mode: true
instances:
  - name: ""
    storages:
      - !disk-storage &content
        path: {folder}/content
    caches:
      - !lru-action-cache &results
        storage: *content
        max-cached-refs: 100000
        allow-updates: true
        cache-failed-actions: false
    services:
      - !cas
        storage: *content
      - !bytestream
        storage: *content
      - !action-cache
        cache: *results
thread-pool-size: 200
"""
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 10


class Server:
    """A server process and its children."""

    def __init__(self, name: str, address: str, command: list[str], log: Path) -> None:
        """Start the process, and wait until it accepts connections. Exits if it does not."""
        self.address = address
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            is_ready = self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        if not is_ready:
            self.kill()
            text = log.read_text(encoding="utf-8", errors="replace")
            raise SystemExit(f"{name} did not start at {address}. Its output:\n\n{text}")

    def stop(self) -> None:
        """Let the server end by itself, and kill it if it does not."""
        self._process.terminate()
        try:
            self._process.wait(timeout=_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server like a power failure, without a message to its clients."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _wait_until_ready(self) -> bool:
        host, _, port = self.address.rpartition(":")
        end = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.1)
        return False


@contextmanager
def start_buildgrid(folder: Path) -> Iterator[Server]:
    """Run BuildGrid as a cache that keeps its files in a new folder.

    Raises `UserError` if BuildGrid cannot be installed.
    """
    folder.mkdir(parents=True)
    python, address = _python_of_buildgrid(), _free_address()
    configuration = folder / "server.yml"
    configuration.write_text(
        _CONFIGURATION.format(address=address, folder=folder), encoding="utf-8"
    )
    program = Path(python).with_name("bgd")
    command = [python, str(program), "server", "start", str(configuration)]
    server = Server("BuildGrid", address, command, folder / "log")
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def start_worker(store: Server, folder: Path) -> Iterator[Server]:
    """Run a worker, whose processes read their inputs from a store and write their outputs there.

    Their sandboxes are in a new folder.
    """
    sandboxes = folder / "sandboxes"
    sandboxes.mkdir(parents=True)
    address = _free_address()
    program = str(Path(__file__).with_name("worker.py"))
    command = [_python_of_buildgrid(), program, address, store.address, str(sandboxes)]
    server = Server("The worker", address, command, folder / "log")
    try:
        yield server
    finally:
        server.kill()


def _python_of_buildgrid() -> str:
    requirements = Path(__file__).with_name("requirements.txt")
    return str(ensure_environment("remote", requirements, _PYTHON))


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host, port = probe.getsockname()
        return f"{host}:{port}"
