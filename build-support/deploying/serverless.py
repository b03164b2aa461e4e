"""The example of the Serverless Framework: it validates and packages the service, without AWS.

The program is osls, a fork of version 3, because version 4 needs an account, and version 3 knows no
Python after 3.11.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bootstrap.cache_folder import exclusive_lock, replace_text
from bootstrap.messages import print_progress
from deploying.cloudformation import compare_functions, read_resources
from deploying.tools import Artifacts, MissingTool, Result, Tools
from environments.environment import cache_folder

# npm ignores releases after this day, so the versions of dependencies do not change.
_VERSION = "4.3.1"
_BEFORE = "2026-11-01"


def check_serverless(tools: Tools, artifacts: Artifacts) -> Iterator[Result]:
    program = str(_installed_program())
    # The program asks CloudFormation for the layers of an earlier deployment.
    with _empty_account() as endpoint:
        tools = replace(tools, variables={"AWS_ENDPOINT_URL": endpoint})
        packaged = tools.run(program, "package", "--region", "eu-west-1")
    yield "the configuration is valid, and the service is packaged", packaged
    if not packaged:
        return
    template = tools.folder / ".serverless/cloudformation-template-update-stack.json"
    yield compare_functions(template, artifacts)
    versions = read_resources(template, "AWS::Lambda::Version").values()
    hashes = {each["CodeSha256"] for each in versions}
    yield (
        "the versions have the hashes of the zips",
        hashes == {artifacts.of(name)["code_sha256"] for name in artifacts.functions},
    )


class _EmptyAccount(BaseHTTPRequestHandler):
    """CloudFormation's answer to a request for a stack, in an account without stacks."""

    def do_POST(self) -> None:  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        error = "<Code>ValidationError</Code><Message>The stack does not exist</Message>"
        body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode()
        self.send_response(400)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Print no line for each request."""


@contextmanager
def _empty_account() -> Iterator[str]:
    """The URL of a server with the answers above."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _EmptyAccount) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _installed_program() -> Path:
    """Install the framework from npm on first use, without scripts of packages."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingTool("npm is not on PATH")
    cache = cache_folder()
    folder = cache / "osls" / f"{_VERSION}-{_BEFORE}"
    marker = folder / "complete"
    with exclusive_lock(cache, f"osls-{folder.name}", "installing osls") as lock:
        if not marker.exists():
            print_progress(f"Installing osls into {folder}")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            command = [npm, "install", "--prefix", str(folder), f"--before={_BEFORE}"]
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
            done = subprocess.run(
                [*command, *options, f"osls@{_VERSION}"],
                check=False,
                capture_output=True,
                text=True,
                pass_fds=[lock],
            )
            if done.returncode != 0:
                raise MissingTool(f"npm cannot install osls {_VERSION}: {done.stderr}")
            replace_text(marker, "")
    return folder / "node_modules/.bin/osls"
