"""What a user's program does, with boto3 and the AWS CLI, that knows only an endpoint.

    python3 client.py invoke|refuse|crowd|command-line|after-edit ENDPOINT

Runs with the packages of requirements.txt. Ends with a traceback if an answer is not Lambda's.
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
from botocore.config import Config
from botocore.exceptions import ClientError

_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_CROWD = 50


def main(what: str, endpoint: str) -> None:
    os.environ.update(_ACCOUNT)
    config = Config(max_pool_connections=_CROWD, retries={"total_max_attempts": 1})
    client = boto3.client("lambda", endpoint_url=endpoint, config=config)
    _ACTS[what](client, endpoint)


def invoke(client: Any, endpoint: str) -> None:
    """All three types, a log, a client context, the user's profile, and a function's names."""
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    answered = client.invoke(
        FunctionName="echo", Payload=b'{"n": 1}', LogType="Tail", ClientContext=context
    )
    assert answered["StatusCode"] == 200, answered
    assert _payload(answered) == {"said": "once", "event": {"n": 1}, "custom": {"a": "b"}}
    log = base64.b64decode(answered["LogResult"]).decode()
    assert "heard {'n': 1}" in log, log
    assert "REPORT RequestId: " in log, log
    for name in ("//:echo", "arn:aws:lambda:us-east-1:123456789012:function:echo", "echo:$LATEST"):
        assert _payload(client.invoke(FunctionName=name, Payload=b"{}"))["said"] == "once", name
    for variable, value in (("AWS_PROFILE", "nobody"), ("AWS_CONFIG_FILE", "/etc/aws-of-user")):
        event = json.dumps({"variable": variable}).encode()
        assert _payload(client.invoke(FunctionName="echo", Payload=event)) == value, variable
    later = client.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{}")
    assert later["StatusCode"] == 202, later
    dry = client.invoke(FunctionName="echo", InvocationType="DryRun", Payload=b"{}")
    assert dry["StatusCode"] == 204, dry


def refuse(client: Any, endpoint: str) -> None:
    """What Lambda gives for an error, for what is too large, and for what is not there."""
    failed = client.invoke(FunctionName="fails", Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled", failed
    assert _payload(failed)["errorType"] == "ValueError"
    large = client.invoke(FunctionName="echo", Payload=b'{"big": true}')
    assert _payload(large)["errorType"] == "Function.ResponseSizeTooLarge"
    padded = json.dumps({"padding": "x" * 6_300_000}).encode()
    for code, asked in (
        ("ResourceNotFoundException", {"FunctionName": "nobody"}),
        ("InvalidRequestContentException", {"FunctionName": "echo", "Payload": b"{"}),
        ("RequestEntityTooLargeException", {"FunctionName": "echo", "Payload": padded}),
    ):
        assert _refusal(client, asked) == code


def _refusal(client: Any, asked: Mapping[str, Any]) -> str:
    """The code of the error, "" if there is none."""
    try:
        client.invoke(**asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def crowd(client: Any, endpoint: str) -> None:
    """As many at once as there may be: each gets its own answer."""

    def ask(number: int) -> int:
        event = json.dumps({"number": number, "wait": 0.01}).encode()
        return int(_payload(client.invoke(FunctionName="echo", Payload=event))["event"]["number"])

    with ThreadPoolExecutor(_CROWD) as pool:
        assert list(pool.map(ask, range(_CROWD))) == list(range(_CROWD))


def command_line(client: Any, endpoint: str) -> None:
    """`aws lambda invoke`, as it is typed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        program = Path(sys.executable).with_name("aws")
        command = [sys.executable, str(program), "--endpoint-url", endpoint, "lambda", "invoke"]
        payload = ["--function-name", "echo", "--payload", '{"n": 2}', str(out)]
        subprocess.run([*command, *payload], check=True)
        assert json.loads(out.read_text())["event"] == {"n": 2}


def after_edit(client: Any, endpoint: str) -> None:
    """What was built meanwhile answers."""
    assert _payload(client.invoke(FunctionName="echo", Payload=b"{}"))["said"] == "again"


def _payload(answered: Mapping[str, Any]) -> Any:
    return json.loads(answered["Payload"].read())


_ACTS: Mapping[str, Callable[[Any, str], None]] = {
    "invoke": invoke,
    "refuse": refuse,
    "crowd": crowd,
    "command-line": command_line,
    "after-edit": after_edit,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
