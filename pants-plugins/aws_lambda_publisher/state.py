"""AWS's state as values: functions, aliases and versions of layers, as read at one moment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Configuration that a published version shares with `$LATEST` if nothing changed since. AWS also
# returns `ConfigSha256` (botocore 1.44.8), but does not document what the hash covers.
_VERSIONED = (
    "CodeSha256",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "KMSKeyArn",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)

_CONTENT = re.compile(r"\bcontent_sha256=([0-9a-f]{64})\b")

# AWS's limit for descriptions of layer versions (API reference of PublishLayerVersion, 2026).
_MAX_DESCRIPTION = 256


@dataclass(frozen=True)
class LayerVersion:
    """A published version of a layer.

    `code_sha256` is the SHA-256 of its zip in base64, and `location` a presigned URL of the zip,
    which must not be printed. Only `GetLayerVersion` returns them.
    """

    arn: str
    version: int
    description: str
    runtimes: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    code_sha256: str | None = None
    location: str = field(default="", repr=False)

    @property
    def content_sha256(self) -> str | None:
        """The hash in the description, or null if the publisher did not publish the version."""
        found = _CONTENT.search(self.description)
        return found[1] if found else None


@dataclass(frozen=True)
class FunctionState:
    """A function as `GetFunction` returns it: `$LATEST`, or a version.

    `code_location` is a presigned URL of its zip, which must not be printed. `settings` is equal
    for `$LATEST` and a version if nothing changed after the version was published.
    """

    name: str
    arn: str
    version: str
    revision: str | None
    code_sha256: str
    handler: str | None
    runtime: str | None
    architectures: tuple[str, ...]
    layers: tuple[str, ...]
    package_type: str = "Zip"
    state: str = "Active"
    state_reason: str = ""
    update_status: str = "Successful"
    update_reason: str = ""
    code_location: str = field(default="", repr=False)
    settings: str = field(default="", repr=False)

    @property
    def is_settled(self) -> bool:
        """Whether AWS accepts another update."""
        return self.state != "Pending" and self.update_status != "InProgress"


@dataclass(frozen=True)
class AliasState:
    """An alias, and the version that it points to. `routes` is whether it splits the traffic."""

    name: str
    version: str
    revision: str | None
    routes: bool
    target: FunctionState | None = None


def describe_layer(content_sha256: str, address: str) -> str:
    """The description of a layer version, which later runs find by its content."""
    return f"content_sha256={content_sha256} {address}"[:_MAX_DESCRIPTION]


def parse_layer_version(answer: Mapping[str, Any]) -> LayerVersion:
    """Parse an entry of `ListLayerVersions`, or an answer of `GetLayerVersion`."""
    content = answer.get("Content") or {}
    return LayerVersion(
        arn=answer["LayerVersionArn"],
        version=answer["Version"],
        description=answer.get("Description") or "",
        runtimes=tuple(answer.get("CompatibleRuntimes") or ()),
        architectures=tuple(answer.get("CompatibleArchitectures") or ()),
        code_sha256=content.get("CodeSha256"),
        location=content.get("Location") or "",
    )


def parse_function(answer: Mapping[str, Any]) -> FunctionState:
    """Parse an answer of `GetFunction`."""
    configuration = answer["Configuration"]
    return parse_configuration(configuration, (answer.get("Code") or {}).get("Location") or "")


def parse_configuration(configuration: Mapping[str, Any], location: str = "") -> FunctionState:
    """Parse a configuration, as `GetFunction` and `ListVersionsByFunction` return it."""
    layers = tuple(each["Arn"] for each in configuration.get("Layers") or ())
    architectures = tuple(configuration.get("Architectures") or ("x86_64",))
    versioned = {name: configuration.get(name) for name in _VERSIONED}
    return FunctionState(
        name=configuration["FunctionName"],
        arn=configuration["FunctionArn"],
        version=configuration.get("Version") or "$LATEST",
        revision=configuration.get("RevisionId"),
        code_sha256=configuration.get("CodeSha256") or "",
        handler=configuration.get("Handler"),
        runtime=configuration.get("Runtime"),
        architectures=architectures,
        layers=layers,
        package_type=configuration.get("PackageType") or "Zip",
        state=configuration.get("State") or "Active",
        state_reason=configuration.get("StateReason") or "",
        update_status=configuration.get("LastUpdateStatus") or "Successful",
        update_reason=configuration.get("LastUpdateStatusReason") or "",
        code_location=location,
        settings=repr([versioned, layers, architectures]),
    )


def split_layer_arn(arn: str) -> tuple[str, str]:
    """The account and the name in the ARN of a layer version."""
    parts = arn.split(":")
    return (parts[4], parts[6]) if len(parts) >= 7 else ("", arn)


def split_version_arn(arn: str) -> tuple[str, int]:
    """The ARN of a layer, and the version, from the ARN of a layer version."""
    layer, _, version = arn.rpartition(":")
    return layer, int(version)


def short_layer(arn: str) -> str:
    """The name and version in the ARN of a layer version, such as `deps:3`."""
    return ":".join(arn.split(":")[6:]) or arn
