"""Invokes a function that a launcher serves."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from trial_repository.processes import free_port

_SECONDS_TO_START = 300.0
_SECONDS_TO_STOP = 30.0


def invoke_served(serve: list[str], function: str, event: str, folder: Path) -> str:
    """Serve a function, and return its JSON answer to an event, or else the output of the server.

    `serve` is the command without the function.
    """
    port = free_port()
    log = folder / "serve.log"
    name = urllib.parse.quote(function, safe="")
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*serve, f"--port={port}", function],
            cwd=folder,
            env={**os.environ, "PANTS_PANTSD": "false", "PANTS_DYNAMIC_UI": "false"},
            stdin=subprocess.DEVNULL,
            stdout=output,
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
            except urllib.error.HTTPError as error:
                return str(error.read().decode(errors="replace"))
            except OSError:
                time.sleep(0.2)
        return log.read_text(encoding="utf-8", errors="replace")
    finally:
        if server.poll() is None:
            # The signal of Ctrl-C.
            os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
