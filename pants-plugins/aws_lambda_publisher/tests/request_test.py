"""Requests that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_publisher.errors import InvalidRequest
from aws_lambda_publisher.request import read_request
from aws_lambda_publisher.tests.build_folder import BuildFolder


def test_defaults(tmp_path: Path) -> None:
    """Options that the request omits, or that are null, have defaults. An alias needs a version."""
    build = BuildFolder(tmp_path, options={"alias": "live", "max_parallel": None})
    layer = build.add_layer("deps", ["requests/__init__"])
    build.add_function("orders", "v1", [layer, "arn:aws:lambda:{region}:1:layer:other:1"])

    request = read_request(build.write_request())

    assert request.options.publish_version
    assert request.options.max_parallel == 8
    assert request.functions[0].layers == (
        request.layers[0],
        "arn:aws:lambda:{region}:1:layer:other:1",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema_version": 2}, "has another format than this publisher reads."),
        ({"functions": [{"address": "a"}]}, "is incomplete."),
        ({"options": {"smoke_event": "e.json"}}, "A smoke event needs an alias"),
        (
            {"options": {"smoke_event": "e.json", "alias": "live"}},
            "The smoke event is not a file with JSON.",
        ),
        ({"layers": []}, "has layers that the request does not list."),
    ],
)
def test_unreadable_requests(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """The message names the problem, and nothing is sent to AWS."""
    build = BuildFolder(tmp_path)
    build.add_function("orders", "v1", [build.add_layer("deps", ["requests/__init__"])])
    path = Path(build.write_request())
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    with pytest.raises(InvalidRequest, match=message):
        read_request(str(path))


def test_missing_zip(tmp_path: Path) -> None:
    """The metadata of a zip that was deleted does not suffice."""
    build = BuildFolder(tmp_path)
    build.add_function("orders", "v1")
    (tmp_path / "src/orders.zip").unlink()

    with pytest.raises(InvalidRequest, match="The zip of src:orders does not exist"):
        read_request(build.write_request())
