"""Servers of this machine's own, on free ports of its loopback interface."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bootstrap.places import Place
from environments.install import installed
from popular.interpreter import find_python

# One that the wheels of BuildGrid 0.8.16 are for.
_PYTHON = "3.12"
# Content lies on disk, and which result belongs to which process in memory.
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
    """A process that serves at an address, with all that it starts."""

    def __init__(self, name: str, address: str, command: list[str], log: Path) -> None:
        """Start it. Exits where it does not answer."""
        self.address = address
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            answers = self._answers()
        except BaseException:
            self.kill()
            raise
        if not answers:
            self.kill()
            said_text = log.read_text(encoding="utf-8", errors="replace")
            raise SystemExit(f"{name} did not start at {address}. It said:\n\n{said_text}")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would, with no word to its clients."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _answers(self) -> bool:
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
def buildgrid(folder: Path) -> Iterator[Server]:
    """A BuildGrid that caches what it is given, in a new folder.

    Raises `bootstrap.fault.Fault` where BuildGrid cannot be installed.
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
def worker(store: Server, folder: Path) -> Iterator[Server]:
    """What runs processes whose inputs and outputs are in a store, in a new folder."""
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
    def find(place: Place, lock: int) -> str:
        return find_python(_PYTHON)

    return str(installed("remote", Path(__file__).with_name("requirements.txt"), find))


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host, port = probe.getsockname()
        return f"{host}:{port}"
