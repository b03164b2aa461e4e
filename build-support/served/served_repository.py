"""A small repository without third-party code, whose functions are served."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from trial_repository.pants_toml import ROOT, pants_toml
from trial_repository.processes import descendants, inherited_environment, stop_daemons

_BUILD = """\
python_sources()
lambda_function(name="echo", handler="echo.py:handler", function_name="echo")
lambda_function(name="fails", handler="fails.py:handler")
"""
_ECHO = """\
import os
import time


def handler(event, context):
    print("received", event)
    time.sleep(event.get("wait", 0))
    if "variable" in event:
        return os.environ.get(event["variable"])
    if event.get("big"):
        return "x" * 7_000_000
    custom = context.client_context.custom if context.client_context else None
    return {{"version": "{version}", "event": event, "custom": custom}}
"""
_FAILS = """\
def handler(event, context):
    raise ValueError("as always")
"""
# The settings of a user whose AWS configuration file is in an unusual place.
_PROFILE = ["--aws-profile=example"]
_CONFIG_FILE = {"AWS_CONFIG_FILE": "/etc/aws-of-user"}
_SECONDS_TO_START = 120.0


@dataclass(frozen=True)
class LambdaServer:
    """A running `lambda-serve`."""

    process: subprocess.Popen[bytes]
    endpoint: str
    log: Path

    def wait_until_ready(self) -> bool:
        """Wait until the server accepts connections. If it does not, print its log."""
        host, _, port = self.endpoint.rpartition("/")[2].rpartition(":")
        until = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError):
                socket.create_connection((host, int(port)), timeout=1).close()
                return True
            time.sleep(0.1)
        print(self.log.read_text(encoding="utf-8", errors="replace"))
        return False

    def processes(self) -> list[int]:
        """The ids of the server's process and of all that it started."""
        return [self.process.pid, *descendants(self.process.pid)]

    def stop(self, number: int) -> int:
        """Send a signal to the process group, as a terminal does, and return the exit code."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        return self.process.wait()


@dataclass(frozen=True)
class ServedRepository:
    folder: Path

    def create(self) -> None:
        (self.folder / "pants.toml").write_text(pants_toml(root_patterns=["/"]))
        (self.folder / "BUILD").write_text(_BUILD)
        (self.folder / "fails.py").write_text(_FAILS)
        self.edit_echo("first")

    def edit_echo(self, version: str) -> None:
        """Write the function `echo`, whose answers contain this version."""
        (self.folder / "echo.py").write_text(_ECHO.format(version=version))

    def pants(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Pants with its daemon. Exits if it fails."""
        done = subprocess.run(
            [ROOT / "pants", *arguments],
            cwd=self.folder,
            env=inherited_environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"./pants {' '.join(arguments)} failed:\n{done.stderr}")
        return done

    @contextmanager
    def serving(self) -> Iterator[LambdaServer]:
        """Run `lambda-serve` on a free port, and kill it afterwards if it still runs."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = self.folder / "serve.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [ROOT / "pants", "--no-pantsd", "lambda-serve", f"--port={port}", *_PROFILE, "::"],
                cwd=self.folder,
                env={**inherited_environment(), **_CONFIG_FILE},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = LambdaServer(process, f"http://127.0.0.1:{port}", log)
        try:
            yield server
        finally:
            if process.poll() is None:
                server.stop(signal.SIGKILL)

    def stop_daemon(self) -> None:
        stop_daemons(self.folder)
