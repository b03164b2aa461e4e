"""A small repository whose functions are served, without third-party code."""

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

_ROOT = Path(__file__).resolve().parents[2]
_PANTS_TOML = f"""\
[GLOBAL]
pants_version = "2.17.1"
pythonpath = ["{_ROOT}/pants-plugins"]
backend_packages = ["aws_lambda", "pants.backend.python"]
dynamic_ui = false

[anonymous-telemetry]
enabled = false

[python-infer]
use_rust_parser = true

[python]
interpreter_constraints = ["CPython==3.13.*"]
"""
_BUILD = """\
python_sources()
lambda_function(name="echo", handler="echo.py:handler", function_name="echo")
lambda_function(name="fails", handler="fails.py:handler")
"""
_ECHO = """\
import os
import time


def handler(event, context):
    print("heard", event)
    time.sleep(event.get("wait", 0))
    if "variable" in event:
        return os.environ.get(event["variable"])
    if event.get("big"):
        return "x" * 7_000_000
    custom = context.client_context.custom if context.client_context else None
    return {{"said": "{said}", "event": event, "custom": custom}}
"""
_FAILS = """\
def handler(event, context):
    raise ValueError("as always")
"""
# Of a user who keeps his profiles in a place of his own.
_PROFILE = ["--aws-profile=nobody"]
_SECONDS_TO_START = 120.0


@dataclass(frozen=True)
class Serving:
    """A running `lambda-serve`."""

    process: subprocess.Popen[bytes]
    endpoint: str
    log: Path

    def answers(self) -> bool:
        """Wait until somebody listens."""
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
        """The server's and all that it started."""
        return [self.process.pid, *_descendants(self.process.pid)]

    def end(self, number: int) -> int:
        """Send a signal, as a terminal does, to all of its group; the exit code."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        return self.process.wait()


@dataclass(frozen=True)
class Repository:
    folder: Path

    def make(self) -> None:
        (self.folder / "pants.toml").write_text(_PANTS_TOML)
        (self.folder / "BUILD").write_text(_BUILD)
        (self.folder / "fails.py").write_text(_FAILS)
        self.edit("echo", "once")

    def edit(self, name: str, said: str) -> None:
        """What the function says from its next build on."""
        (self.folder / f"{name}.py").write_text(_ECHO.format(said=said))

    def pants(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Pants with its daemon. Exits if it fails."""
        done = subprocess.run(
            [_ROOT / "pants", *arguments],
            cwd=self.folder,
            env=_environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"./pants {' '.join(arguments)} failed:\n{done.stderr}")
        return done

    @contextmanager
    def serving(self) -> Iterator[Serving]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = self.folder / "serve.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [_ROOT / "pants", "--no-pantsd", "lambda-serve", f"--port={port}", *_PROFILE, "::"],
                cwd=self.folder,
                env={**_environment(), "AWS_CONFIG_FILE": "/etc/aws-of-user"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        serving = Serving(process, f"http://127.0.0.1:{port}", log)
        try:
            yield serving
        finally:
            if process.poll() is None:
                serving.end(signal.SIGKILL)

    def stop_daemon(self) -> None:
        for pid in self.folder.glob(".pids/*/pantsd/pid"):
            with suppress(ProcessLookupError):
                os.kill(int(pid.read_text()), signal.SIGKILL)


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PANTS_CONCURRENT"}


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                yield child
                yield from _descendants(child)
