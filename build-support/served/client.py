"""Invokes functions at an endpoint with boto3 and the AWS CLI, as the program of a user does.

    python3 client.py invoke|errors|concurrency|command-line|after-edit ENDPOINT

Runs in an environment with requirements.txt. Ends with a traceback if an answer differs from that
of Lambda.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config  # pants: no-infer-dep
from botocore.exceptions import ClientError  # pants: no-infer-dep

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_CONCURRENCY = 50


def main(check: str, endpoint: str) -> None:
    os.environ.update(_CREDENTIALS)
    config = Config(max_pool_connections=_CONCURRENCY, retries={"total_max_attempts": 1})
    client = boto3.client("lambda", endpoint_url=endpoint, config=config)
    _CHECKS[check](client, endpoint)


def check_invocations(client: Any, endpoint: str) -> None:
    """Invoke with each invocation type, a log, a client context, and each form of a name.

    The function must see the profile and the configuration file of the user.
    """
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    response = client.invoke(
        FunctionName="echo", Payload=b'{"n": 1}', LogType="Tail", ClientContext=context
    )
    assert response["StatusCode"] == 200, response
    assert _payload(response) == {"version": "first", "event": {"n": 1}, "custom": {"a": "b"}}
    log = base64.b64decode(response["LogResult"]).decode()
    assert "received {'n': 1}" in log, log
    assert "REPORT RequestId: " in log, log
    for name in ("//:echo", "arn:aws:lambda:us-east-1:123456789012:function:echo", "echo:$LATEST"):
        response = client.invoke(FunctionName=name, Payload=b"{}")
        assert _payload(response)["version"] == "first", name
    for variable, value in (("AWS_PROFILE", "example"), ("AWS_CONFIG_FILE", "/etc/aws-of-user")):
        event = json.dumps({"variable": variable}).encode()
        assert _payload(client.invoke(FunctionName="echo", Payload=event)) == value, variable
    asynchronous = client.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{}")
    assert asynchronous["StatusCode"] == 202, asynchronous
    dry_run = client.invoke(FunctionName="echo", InvocationType="DryRun", Payload=b"{}")
    assert dry_run["StatusCode"] == 204, dry_run


def check_errors(client: Any, endpoint: str) -> None:
    """Invoke a failing function and a missing one, and send wrong payloads."""
    failed = client.invoke(FunctionName="fails", Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled", failed
    assert _payload(failed)["errorType"] == "ValueError"
    large = client.invoke(FunctionName="echo", Payload=b'{"big": true}')
    assert _payload(large)["errorType"] == "Function.ResponseSizeTooLarge"
    padded = json.dumps({"padding": "x" * 6_300_000}).encode()
    for code, request in (
        ("ResourceNotFoundException", {"FunctionName": "missing"}),
        ("InvalidRequestContentException", {"FunctionName": "echo", "Payload": b"{"}),
        ("RequestEntityTooLargeException", {"FunctionName": "echo", "Payload": padded}),
    ):
        assert _error_code(client, request) == code


def _error_code(client: Any, request: Mapping[str, Any]) -> str:
    """The code of the error of a request, or "" if it succeeds."""
    try:
        client.invoke(**request)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def check_concurrency(client: Any, endpoint: str) -> None:
    """Invoke a function many times at once. Each caller must get its own answer."""

    def invoke(number: int) -> int:
        event = json.dumps({"number": number, "wait": 0.01}).encode()
        return int(_payload(client.invoke(FunctionName="echo", Payload=event))["event"]["number"])

    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        assert list(pool.map(invoke, range(_CONCURRENCY))) == list(range(_CONCURRENCY))


def check_command_line(client: Any, endpoint: str) -> None:
    """Run `aws lambda invoke`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        program = Path(sys.executable).with_name("aws")
        command = [sys.executable, str(program), "--endpoint-url", endpoint, "lambda", "invoke"]
        payload = ["--function-name", "echo", "--payload", '{"n": 2}', str(out)]
        subprocess.run([*command, *payload], check=True)
        assert json.loads(out.read_text())["event"] == {"n": 2}


def check_after_edit(client: Any, endpoint: str) -> None:
    """Invoke a function that was edited and packaged while the server ran."""
    assert _payload(client.invoke(FunctionName="echo", Payload=b"{}"))["version"] == "again"


def _payload(response: Mapping[str, Any]) -> Any:
    return json.loads(response["Payload"].read())


_CHECKS: Mapping[str, Callable[[Any, str], None]] = {
    "invoke": check_invocations,
    "errors": check_errors,
    "concurrency": check_concurrency,
    "command-line": check_command_line,
    "after-edit": check_after_edit,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
