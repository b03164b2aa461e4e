"""Reads events, and checks the examples that have names."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.event import MAX_REQUEST_BYTES, example_names, read_event

ALL = "@apigateway-v1, @apigateway-v2, @dynamodb, @eventbridge, @s3, @scheduled, @sns, @sqs"


def refusal(given: str, folder: Path) -> str:
    with pytest.raises(EmulatorError) as refused:
        read_event(given, folder=str(folder))
    return str(refused.value)


def test_sources_of_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path, an absolute path, standard input and JSON give the same bytes."""
    text = '{"é":  1}\n'
    path = tmp_path / "event.json"
    path.write_text(text, encoding="utf-8")
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)

    for given in ("event.json", str(path), "-", text):
        assert read_event(given, folder=str(tmp_path)) == text.encode()
    assert read_event("@s3", folder=str(tmp_path)).startswith(b"{")


def test_event_is_not_json(tmp_path: Path) -> None:
    """A misspelled file name is read as JSON, so the message lists all kinds of events."""
    assert refusal("evnet.json", tmp_path) == (
        "The event is not JSON.\n\n"
        "  --event evnet.json\n"
        "  Expecting value: line 1 column 1 (char 0)\n"
        "  there is no file with this name\n\n"
        "To fix, give JSON, a file that contains JSON, `-` for standard input, or the name of an "
        f"example: {ALL}."
    )
    assert f"  --event {'x' * 77}...\n" in refusal("x" * 5000, tmp_path)


def test_example_does_not_exist(tmp_path: Path) -> None:
    """The message lists the examples."""
    assert refusal("@sqss", tmp_path) == (
        f"There is no example event @sqss.\n\nTo fix, use one of these: {ALL}."
    )
    assert refusal("@../events/sqs", tmp_path).startswith("There is no example event")


def test_event_exceeds_the_limit(tmp_path: Path) -> None:
    """The limit is exactly 6 MiB."""
    path = tmp_path / "large.json"
    path.write_text('"' + "x" * (MAX_REQUEST_BYTES - 2) + '"')
    assert len(read_event(str(path), folder="/")) == MAX_REQUEST_BYTES

    path.write_text('"' + "x" * (MAX_REQUEST_BYTES - 1) + '"')
    assert refusal(str(path), tmp_path) == (
        "The event exceeds Lambda's limit of 6 MB.\n\n"
        "  6291457 bytes of 6291456\n\n"
        "To fix, store the data in S3 and put the name of the object into the event."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="Root can read every file.")
def test_event_file_is_not_readable(tmp_path: Path) -> None:
    """The message contains the system's reason."""
    path = tmp_path / "event.json"
    path.touch(mode=0)

    assert refusal("event.json", tmp_path) == (
        "The event cannot be read.\n\n"
        "  --event event.json\n"
        "  Permission denied\n\n"
        "To fix, make the file readable for your user."
    )


# The paths that handlers read first in each example, and the values there.
READ: dict[str, list[tuple[str, Any]]] = {
    "apigateway-v1": [
        ("httpMethod", "POST"),
        ("path", "/orders/42"),
        ("resource", "/orders/{id}"),
        ("pathParameters.id", "42"),
        ("multiValueQueryStringParameters.tag", ["a", "b"]),
        ("requestContext.stage", "prod"),
    ],
    "apigateway-v2": [
        ("version", "2.0"),
        ("routeKey", "POST /orders/{id}"),
        ("rawPath", "/orders/42"),
        ("rawQueryString", "dry=true&tag=a&tag=b"),
        ("requestContext.http.method", "POST"),
        ("pathParameters.id", "42"),
    ],
    "sqs": [
        ("Records.0.eventSource", "aws:sqs"),
        ("Records.0.body", '{"order": 42}'),
        ("Records.0.eventSourceARN", "arn:aws:sqs:us-east-1:123456789012:orders"),
        ("Records.1.attributes.ApproximateReceiveCount", "2"),
    ],
    "sns": [
        ("Records.0.EventSource", "aws:sns"),
        ("Records.0.Sns.Message", '{"order": 42}'),
        ("Records.0.Sns.TopicArn", "arn:aws:sns:us-east-1:123456789012:orders"),
    ],
    "s3": [
        ("Records.0.eventName", "ObjectCreated:Put"),
        ("Records.0.s3.bucket.name", "example-orders"),
        ("Records.0.s3.object.key", "incoming/order+42.json"),
    ],
    "eventbridge": [
        ("source", "com.example.orders"),
        ("detail-type", "Order Placed"),
        ("detail.order", 42),
    ],
    "dynamodb": [
        ("Records.0.eventName", "INSERT"),
        ("Records.0.dynamodb.NewImage.id.S", "42"),
        ("Records.1.eventName", "MODIFY"),
        ("Records.2.eventName", "REMOVE"),
    ],
    "scheduled": [
        ("source", "aws.events"),
        ("detail-type", "Scheduled Event"),
        ("detail", {}),
        ("resources", ["arn:aws:events:us-east-1:123456789012:rule/nightly"]),
    ],
}


def test_names_of_the_examples() -> None:
    """Users type these names as `--event @NAME`."""
    assert example_names() == sorted(READ)


@pytest.mark.parametrize("name", READ)
def test_shape_of_an_example(name: str) -> None:
    """Each example has the shape that AWS documents."""
    event = json.loads(read_event(f"@{name}", folder="/"))

    assert {path: look_up(event, path) for path, _ in READ[name]} == dict(READ[name])


def look_up(value: Any, path: str) -> Any:
    """The value at a path of keys and indices."""
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def test_event_is_a_folder(tmp_path: Path) -> None:
    """The name of a folder is not JSON, and the message says that it is a folder."""
    (tmp_path / "events").mkdir()

    assert "\n  this path is a folder\n" in refusal("events", tmp_path)


@pytest.mark.parametrize("given", ["NaN", "[-Infinity]", "[" * 100_000])
def test_json_that_only_python_accepts(given: str, tmp_path: Path) -> None:
    """Lambda and `serve` refuse these values as well."""
    assert refusal(given, tmp_path).startswith("The event is not JSON.")
