"""Invokes a function that a launcher serves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

_SECONDS_TO_START = 300.0
_SECONDS_TO_END = 30.0


def answer_of(serve: list[str], function: str, event: str, folder: Path) -> str:
    """What the function answers to an event, in JSON; or else what the server said."""
    port = _free_port()
    log = folder / "serve.log"
    name = urllib.parse.quote(function, safe="")
    with log.open("wb") as said:
        server = subprocess.Popen(
            [*serve, f"--port={port}", function],
            cwd=folder,
            env={**os.environ, "PANTS_PANTSD": "false", "PANTS_DYNAMIC_UI": "false"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}/2015-03-31/functions/{name}/invocations"
    try:
        until = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < until and server.poll() is None:
            try:
                with urllib.request.urlopen(address, event.encode()) as response:
                    return str(response.read().decode())
            except urllib.error.HTTPError as refusal:
                return str(refusal.read().decode(errors="replace"))
            except OSError:
                time.sleep(0.2)
        return log.read_text(encoding="utf-8", errors="replace")
    finally:
        if server.poll() is None:
            # As Ctrl-C does.
            os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
