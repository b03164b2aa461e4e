"""`lambda-serve` as users run it. boto3 and the AWS CLI know only the address of the server."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config  # pants: no-infer-dep
from botocore.exceptions import ClientError  # pants: no-infer-dep

from acceptance.server import Server, running_server
from trial_repository.machine import Machine
from trial_repository.pants_toml import pants_toml
from trial_repository.processes import descendants, free_port

ECHO = """\
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
    return {"version": "first", "event": event, "custom": custom}
"""
FILES = {
    "pants.toml": pants_toml(root_patterns=["/"]),
    "BUILD": """\
python_sources()
lambda_function(name="echo", handler="echo.py:handler", function_name="echo")
lambda_function(name="fails", handler="fails.py:handler")
""",
    "echo.py": ECHO,
    "fails.py": 'def handler(event, context):\n    raise ValueError("as always")\n',
}
# The configuration file of a user who has it in an unusual place.
CONFIG_FILE = "/etc/aws-of-user"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
}
CONCURRENCY = 50
SECONDS_TO_STOP = 5


@pytest.fixture(scope="module")
def machine(make_machine: Callable[..., Machine]) -> Machine:
    """A small repository without third-party code."""
    return make_machine("served", FILES)


@pytest.fixture(scope="module")
def server(machine: Machine) -> Iterator[Server]:
    """A server of both functions, without a daemon."""
    users = dataclasses.replace(machine, variables={"AWS_CONFIG_FILE": CONFIG_FILE})
    port = free_port()
    command = ["--no-pantsd", "lambda-serve", f"--port={port}", "--aws-profile=example", "::"]
    log = machine.folder / "serve.log"
    with running_server(partial(users.start, *command), f"127.0.0.1:{port}", log) as running:
        yield running


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of boto3, which makes no request twice."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    config = Config(max_pool_connections=CONCURRENCY, retries={"total_max_attempts": 1})
    return boto3.client("lambda", endpoint_url=f"http://{server.address}", config=config)


def payload(response: Mapping[str, Any]) -> Any:
    return json.loads(response["Payload"].read())


def test_other_commands_run_while_the_server_runs(machine: Machine, server: Server) -> None:
    """The server holds no lock that another command of Pants waits for."""
    assert "//:echo" in machine.pants("list", "::").out


def test_log_and_client_context_of_an_invocation(client: Any) -> None:
    """The function gets the event and the client context, and its caller gets the log."""
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()

    response = client.invoke(
        FunctionName="echo", Payload=b'{"n": 1}', LogType="Tail", ClientContext=context
    )

    assert response["StatusCode"] == 200, response
    assert payload(response) == {"version": "first", "event": {"n": 1}, "custom": {"a": "b"}}
    log = base64.b64decode(response["LogResult"]).decode()
    assert "received {'n': 1}" in log
    assert "REPORT RequestId: " in log


@pytest.mark.parametrize(
    "name", ["//:echo", "arn:aws:lambda:us-east-1:123456789012:function:echo", "echo:$LATEST"]
)
def test_forms_of_a_name(client: Any, name: str) -> None:
    """An address, an ARN and a qualified name invoke the same function as its name."""
    assert payload(client.invoke(FunctionName=name, Payload=b"{}"))["version"] == "first"


@pytest.mark.parametrize(
    ("variable", "value"), [("AWS_PROFILE", "example"), ("AWS_CONFIG_FILE", CONFIG_FILE)]
)
def test_settings_of_the_user(client: Any, variable: str, value: str) -> None:
    """The function sees the profile and the configuration file of the user."""
    event = json.dumps({"variable": variable}).encode()

    assert payload(client.invoke(FunctionName="echo", Payload=event)) == value


@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
def test_invocation_types(client: Any, kind: str, status: int) -> None:
    """The answer has the status code of AWS."""
    response = client.invoke(FunctionName="echo", InvocationType=kind, Payload=b"{}")

    assert response["StatusCode"] == status


@pytest.mark.parametrize(
    ("name", "event", "error"),
    [
        ("fails", b"{}", "ValueError"),
        ("echo", b'{"big": true}', "Function.ResponseSizeTooLarge"),
    ],
)
def test_errors_of_functions(client: Any, name: str, event: bytes, error: str) -> None:
    """The caller gets the type of the error as Lambda reports it."""
    response = client.invoke(FunctionName=name, Payload=event)

    assert response["FunctionError"] == "Unhandled"
    assert payload(response)["errorType"] == error


@pytest.mark.parametrize(
    ("name", "event", "code"),
    [
        ("missing", b"", "ResourceNotFoundException"),
        ("echo", b"{", "InvalidRequestContentException"),
        ("echo", b'"%s"' % (b"x" * 6_300_000), "RequestEntityTooLargeException"),
    ],
    ids=["missing function", "no JSON", "too large"],
)
def test_wrong_requests(client: Any, name: str, event: bytes, code: str) -> None:
    """boto3 raises the error that AWS sends."""
    with pytest.raises(ClientError) as raised:
        client.invoke(FunctionName=name, Payload=event)

    assert raised.value.response["Error"]["Code"] == code


def test_concurrent_invocations(client: Any) -> None:
    """Each caller gets its own answer."""

    def invoke(number: int) -> int:
        event = json.dumps({"number": number, "wait": 0.01}).encode()
        return int(payload(client.invoke(FunctionName="echo", Payload=event))["event"]["number"])

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        assert list(pool.map(invoke, range(CONCURRENCY))) == list(range(CONCURRENCY))


def test_aws_cli(server: Server, tmp_path: Path) -> None:
    """`aws lambda invoke` writes the answer into a file."""
    out = tmp_path / "out.json"
    program = str(Path(sys.executable).with_name("aws"))
    command = [sys.executable, program, f"--endpoint-url=http://{server.address}"]
    arguments = ["lambda", "invoke", "--function-name=echo", '--payload={"n": 2}', str(out)]

    subprocess.run([*command, *arguments], check=True, env={**os.environ, **CREDENTIALS})

    assert json.loads(out.read_text())["event"] == {"n": 2}


def test_edited_function(machine: Machine, client: Any) -> None:
    """The server invokes the new code after `package`, without a restart."""
    machine.write({"echo.py": ECHO.replace("first", "again")})
    machine.pants("package", "::")

    assert payload(client.invoke(FunctionName="echo", Payload=b"{}"))["version"] == "again"


def test_ctrl_c_ends_all_processes(server: Server) -> None:
    """The server ends within seconds, and leaves no process behind."""
    children = list(descendants(server.process.pid))

    os.killpg(server.process.pid, signal.SIGINT)
    server.process.wait(timeout=SECONDS_TO_STOP)

    assert children
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
