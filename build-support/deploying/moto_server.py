"""A moto server, which answers the requests of tools instead of AWS."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from deploying.tools import Tools
from trial_repository.processes import free_port

# Seconds that moto may need to start.
_STARTUP = 60


@contextmanager
def start_moto(tools: Tools) -> Iterator[str]:
    """The URL of a server that runs in this context. Its requests are in the file `moto.log`."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with (tools.folder / "moto.log").open("w") as log:
        server = subprocess.Popen(
            ["moto_server", "-H", "127.0.0.1", "-p", str(port)],
            env=tools.environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(endpoint)
            yield endpoint
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def create_role(endpoint: str, name: str) -> None:
    """Create a role, because moto refuses functions with a role that does not exist."""
    action = "Action=CreateRole&Version=2010-05-08&AssumeRolePolicyDocument={}"
    send_to_moto(endpoint, "iam", "/", f"{action}&RoleName={name}")


def send_to_moto(endpoint: str, service: str, path: str, body: str | None = None) -> bytes:
    """Send a request. moto reads the service from the signature, and does not verify it."""
    scope = f"AKIAIOSFODNN7EXAMPLE/20240101/eu-west-1/{service}/aws4_request"
    request = urllib.request.Request(
        endpoint + path,
        data=body.encode() if body else None,
        headers={"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}"},
    )
    with urllib.request.urlopen(request) as response:
        answer: bytes = response.read()
    return answer


def _wait(endpoint: str) -> None:
    deadline = time.monotonic() + _STARTUP
    while True:
        try:
            send_to_moto(endpoint, "iam", "/", "Action=ListRoles&Version=2010-05-08")
            return
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
