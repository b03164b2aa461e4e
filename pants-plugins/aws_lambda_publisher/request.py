"""The request: functions and layers to publish, from a JSON file and the artifacts' metadata."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda_publisher.errors import DuplicateName, InvalidRequest
from aws_lambda_publisher.message_text import columns, describe
from aws_lambda_publisher.protocol import DEFAULT_MAX_PARALLEL, SCHEMA_VERSION


@dataclass(frozen=True)
class WantedLayer:
    """A layer of this build.

    `zip` is the path of its file. `code_sha256` is the SHA-256 of that file in base64, as AWS
    writes it, and `content_sha256` the SHA-256 of the content in hex. Sizes are in bytes.
    `runtimes` and `architectures` are those that the layer is compatible with; empty tuples if
    they are unknown.
    """

    address: str
    name: str
    zip: str
    code_sha256: str
    content_sha256: str
    zip_bytes: int
    unzipped_bytes: int
    runtimes: tuple[str, ...]
    architectures: tuple[str, ...]


@dataclass(frozen=True)
class WantedFunction:
    """A function of this build, and its layers in AWS's order.

    A layer is a `WantedLayer`, or the ARN of a version that others publish. `runtime` and
    `architecture` are null if the build does not determine them; then those in AWS stay.
    `shown_zip` is the path of the zip as users type it. The other fields are as in `WantedLayer`.
    """

    address: str
    name: str
    zip: str
    shown_zip: str
    code_sha256: str
    zip_bytes: int
    unzipped_bytes: int
    total_unzipped_bytes: int
    handler: str
    runtime: str | None
    architecture: str | None
    layers: tuple[WantedLayer | str, ...]


@dataclass(frozen=True)
class Options:
    """The options of a request.

    `smoke_event` is the JSON text of the event. `package_command` is the command that packages the
    address after it, as users type it.
    """

    role: str | None = None
    alias: str | None = None
    publish_version: bool = False
    replace_layers: bool = False
    smoke_event: bytes | None = None
    s3_bucket: str | None = None
    max_parallel: int = DEFAULT_MAX_PARALLEL
    package_command: str = "pants package"
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True)
class Request:
    """Everything to publish. `layers` contains each layer of `functions`, and others."""

    functions: tuple[WantedFunction, ...]
    layers: tuple[WantedLayer, ...]
    options: Options


def read_request(path: str) -> Request:
    """Read a request and the metadata of its artifacts. Raises `PublishError`."""
    folder = os.path.dirname(os.path.abspath(path))
    content = _read_json(path)
    if content.get("schema_version") != SCHEMA_VERSION:
        raise InvalidRequest(
            describe(
                f"The request {path} has another format than this publisher reads.",
                facts=columns(
                    [
                        ("its schema_version", str(content.get("schema_version"))),
                        ("expected", str(SCHEMA_VERSION)),
                    ]
                ),
                fix="use the publisher that belongs to the backend.",
            )
        )
    try:
        layers = [_read_layer(entry, folder) for entry in content.get("layers", ())]
        by_zip = {entry["zip"]: layer for entry, layer in zip(content.get("layers", ()), layers)}
        dist = content.get("options", {}).get("dist_folder") or "dist"
        functions = [
            _read_function(entry, folder, by_zip, dist) for entry in content.get("functions", ())
        ]
        options = _read_options(content.get("options", {}), folder)
    except (KeyError, TypeError) as error:
        raise InvalidRequest(
            describe(
                f"The request {path}, or the metadata of one of its artifacts, is incomplete.",
                facts=[f"{type(error).__name__}: {error}"],
                fix="package the targets again with this version of the backend.",
            )
        ) from error
    _refuse_duplicate_names("function", [(each.name, each.address) for each in functions])
    _refuse_duplicate_names("layer", [(each.name, each.address) for each in layers])
    return Request(functions=tuple(functions), layers=tuple(layers), options=options)


def _read_json(path: str) -> Mapping[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError) as error:
        raise InvalidRequest(
            describe(
                "A file of the request cannot be read.",
                facts=columns([(path, str(error))]),
                fix="package the targets again.",
            )
        ) from error
    if not isinstance(content, dict):
        raise InvalidRequest(
            describe(
                "A file of the request contains no JSON object.",
                facts=[path],
                fix="package the targets again.",
            )
        )
    return content


def _read_metadata(entry: Mapping[str, Any], folder: str) -> Mapping[str, Any]:
    path = os.path.join(folder, entry["zip"])
    metadata = _read_json(f"{path}.metadata.json")
    if not os.path.isfile(path):
        raise InvalidRequest(
            describe(
                f"The zip of {entry['address']} does not exist.",
                facts=[path],
                fix=f"package it again: `pants package {entry['address']}`.",
            )
        )
    return metadata


def _read_layer(entry: Mapping[str, Any], folder: str) -> WantedLayer:
    metadata = _read_metadata(entry, folder)
    return WantedLayer(
        address=entry["address"],
        name=entry["layer_name"],
        zip=os.path.join(folder, entry["zip"]),
        code_sha256=metadata["code_sha256"],
        content_sha256=metadata["content_sha256"],
        zip_bytes=metadata["zip_bytes"],
        unzipped_bytes=metadata["unzipped_bytes"],
        runtimes=_optional_tuple(metadata["runtime"]),
        architectures=_optional_tuple(metadata["architecture"]),
    )


def _read_function(
    entry: Mapping[str, Any], folder: str, layers: Mapping[str, WantedLayer], dist: str
) -> WantedFunction:
    metadata = _read_metadata(entry, folder)
    unknown = [
        each for each in entry["layers"] if each not in layers and not each.startswith("arn:")
    ]
    if unknown:
        raise InvalidRequest(
            describe(
                f"The function {entry['address']} has layers that the request does not list.",
                facts=unknown,
                fix="package the targets again.",
            )
        )
    return WantedFunction(
        address=entry["address"],
        name=entry["function_name"],
        zip=os.path.join(folder, entry["zip"]),
        shown_zip=f"{dist}/{entry['zip']}",
        code_sha256=metadata["code_sha256"],
        zip_bytes=metadata["zip_bytes"],
        unzipped_bytes=metadata["unzipped_bytes"],
        total_unzipped_bytes=metadata["total_unzipped_bytes"],
        handler=metadata["handler"],
        runtime=metadata["runtime"],
        architecture=metadata["architecture"],
        layers=tuple(layers.get(each, each) for each in entry["layers"]),
    )


def _optional_tuple(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _read_options(options: Mapping[str, Any], folder: str) -> Options:
    event = options.get("smoke_event")
    alias = options.get("alias")
    if event and not alias:
        raise InvalidRequest(
            describe(
                "A smoke event needs an alias: it decides whether the alias moves.",
                facts=columns([("--aws-lambda-smoke-event", event)]),
                fix="add `--aws-lambda-alias NAME`, or omit `--aws-lambda-smoke-event`.",
            )
        )
    return Options(
        role=options.get("role"),
        alias=alias,
        publish_version=bool(options.get("publish_version") or alias),
        replace_layers=bool(options.get("replace_layers")),
        smoke_event=_read_event(event, folder) if event else None,
        s3_bucket=options.get("s3_bucket"),
        max_parallel=options.get("max_parallel") or DEFAULT_MAX_PARALLEL,
        package_command=options.get("package_command") or "pants package",
        profile=options.get("profile"),
        region=options.get("region"),
        endpoint_url=options.get("endpoint_url"),
    )


def _read_event(path: str, folder: str) -> bytes:
    try:
        with open(os.path.join(folder, path), "rb") as file:
            text = file.read()
        json.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidRequest(
            describe(
                "The smoke event is not a file with JSON.",
                facts=columns([("--aws-lambda-smoke-event", path), ("", str(error))]),
                fix="name a file that contains the event as JSON.",
            )
        ) from error
    return text


def _refuse_duplicate_names(kind: str, names: Sequence[tuple[str, str]]) -> None:
    """Raise `DuplicateName` if two addresses have one name in AWS."""
    addresses: dict[str, list[str]] = {}
    for name, address in names:
        addresses.setdefault(name, []).append(address)
    twice = {name: each for name, each in addresses.items() if len(each) > 1}
    if not twice:
        return
    rows = [(name, address) for name in sorted(twice) for address in sorted(twice[name])]
    raise DuplicateName(
        describe(
            f"Several targets have the same {kind} name in AWS. Nothing was published.",
            facts=columns(rows),
            why="The last one published would replace the others.",
            fix=f"give each target its own `{kind}_name`, or publish them separately.",
        )
    )
