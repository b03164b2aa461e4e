"""Servers that run while a test uses them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SECONDS_TO_START = 120
_SECONDS_TO_STOP = 10


@dataclass(frozen=True)
class Server:
    """A server process and its address, such as 127.0.0.1:8000."""

    process: subprocess.Popen[str]
    address: str

    def is_ready(self) -> bool:
        """Whether the server accepts connections."""
        host, _, port = self.address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Let the server end by itself, and kill it if it does not."""
        self.process.terminate()
        try:
            self.process.wait(timeout=_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server like a power failure, without a message to its clients."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def running_server(
    start: Callable[..., subprocess.Popen[str]], address: str, log: Path
) -> Iterator[Server]:
    """Start a server, and stop it afterwards. `start` takes options of `Popen`."""
    with log.open("wb") as output:
        process = start(
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process, address)
    try:
        end = time.monotonic() + _SECONDS_TO_START
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > end:
                text = log.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"No server started at {address}. Its output:\n\n{text}")
            time.sleep(0.1)
        yield server
    finally:
        server.stop()
