"""What is given as an event, and the examples that have names."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.event import MOST_ASKED_BYTES, examples, read_event
from aws_lambda_emulator.fault import EmulatorFault

ALL = "@apigateway-v1, @apigateway-v2, @dynamodb, @eventbridge, @s3, @scheduled, @sns, @sqs"


def refusal(given: str, folder: Path) -> str:
    with pytest.raises(EmulatorFault) as refused:
        read_event(given, folder=str(folder))
    return str(refused.value)


def test_ways_to_give_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file below the folder, an absolute path, standard input, JSON itself; byte for byte."""
    text = '{"é":  1}\n'
    path = tmp_path / "event.json"
    path.write_text(text, encoding="utf-8")
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)

    for given in ("event.json", str(path), "-", text):
        assert read_event(given, folder=str(tmp_path)) == text.encode()
    assert read_event("@s3", folder=str(tmp_path)).startswith(b"{")


def test_an_event_that_is_no_json(tmp_path: Path) -> None:
    """A file name with a typo is taken for JSON, so all ways are listed."""
    assert refusal("evnet.json", tmp_path) == (
        "The event is not JSON.\n\n"
        "  --event evnet.json\n"
        "  Expecting value: line 1 column 1 (char 0)\n"
        "  and there is no file of this name\n\n"
        "To fix, give JSON, a file that holds JSON, `-` for standard input, or the name of an "
        f"example: {ALL}."
    )
    assert f"  --event {'x' * 77}...\n" in refusal("x" * 5000, tmp_path)


def test_an_example_that_is_not_there(tmp_path: Path) -> None:
    """The others are named."""
    assert refusal("@sqss", tmp_path) == (
        f"There is no example event @sqss.\n\nTo fix, use one of these: {ALL}."
    )
    assert refusal("@../events/sqs", tmp_path).startswith("There is no example event")


def test_an_event_that_is_too_large(tmp_path: Path) -> None:
    """6 MiB are taken, and one byte more is not."""
    path = tmp_path / "large.json"
    path.write_text('"' + "x" * (MOST_ASKED_BYTES - 2) + '"')
    assert len(read_event(str(path), folder="/")) == MOST_ASKED_BYTES

    path.write_text('"' + "x" * (MOST_ASKED_BYTES - 1) + '"')
    assert refusal(str(path), tmp_path) == (
        "The event is larger than what Lambda takes.\n\n"
        "  6291457 bytes of 6291456\n\n"
        "To fix, let the event name an object in S3 that holds the rest."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may read every file.")
def test_an_event_that_may_not_be_read(tmp_path: Path) -> None:
    """The reason is the system's."""
    path = tmp_path / "event.json"
    path.touch(mode=0)

    assert refusal("event.json", tmp_path) == (
        "The event cannot be read.\n\n"
        "  --event event.json\n"
        "  Permission denied\n\n"
        "To fix, see that you may read the file."
    )


# What handlers read first: the path of keys, and the value there.
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


def test_the_names_of_the_examples() -> None:
    """These are typed as `--event @NAME`."""
    assert examples() == sorted(READ)


@pytest.mark.parametrize("name", READ)
def test_what_handlers_read_of_an_example(name: str) -> None:
    """As AWS documents the shape."""
    event = json.loads(read_event(f"@{name}", folder="/"))

    assert {path: reached(event, path) for path, _ in READ[name]} == dict(READ[name])


def reached(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def test_an_event_that_is_a_folder(tmp_path: Path) -> None:
    """Its name is no JSON, and it says why it is no file either."""
    (tmp_path / "events").mkdir()

    assert "\n  it is a folder\n" in refusal("events", tmp_path)


@pytest.mark.parametrize("given", ["NaN", "[-Infinity]", "[" * 100_000])
def test_what_only_python_takes_for_json(given: str, tmp_path: Path) -> None:
    """Lambda refuses it, and so does the server."""
    assert refusal(given, tmp_path).startswith("The event is not JSON.")
