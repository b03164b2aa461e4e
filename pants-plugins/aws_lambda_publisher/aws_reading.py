"""Reads the state of functions, aliases and layers from AWS."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError  # pants: no-infer-dep

from aws_lambda_publisher.archive_reading import (
    has_equal_contents,
    read_local_contents,
    read_remote_contents,
)
from aws_lambda_publisher.aws_clients import Answer, Aws
from aws_lambda_publisher.aws_errors import error_code, error_message, translate_error
from aws_lambda_publisher.errors import UpdateFailed, UpdateTooSlow
from aws_lambda_publisher.layer_choice import AttachedLayer, matching_versions
from aws_lambda_publisher.message_text import columns, describe
from aws_lambda_publisher.request import WantedFunction, WantedLayer
from aws_lambda_publisher.state import (
    AliasState,
    FunctionState,
    LayerVersion,
    parse_configuration,
    parse_function,
    parse_layer_version,
    split_layer_arn,
    split_version_arn,
)
from aws_lambda_publisher.update_order import ArchiveContents, UpdateContents

# Codes of answers to a write that mean: the function is not in the state that the write expects.
_CONFLICTS = {"ConflictException", "PreconditionFailedException", "ResourceConflictException"}


class StateChanged(Exception):
    """A function is not in the state that a plan was made for. Reading and planning again helps."""


@dataclass(frozen=True)
class Patience:
    """How long the publisher waits for AWS.

    Pauses grow from `first_pause` to `longest_pause` seconds. An update may take `settle_seconds`,
    which is generous: AWS needs minutes only for functions in a VPC (AWS's page on function states,
    2026). `rounds` is the number of plans for a function that other programs change, and of
    attempts for requests that botocore does not repeat.
    """

    first_pause: float = 0.2
    longest_pause: float = 5.0
    settle_seconds: float = 300.0
    rounds: int = 8

    def pause(self, attempt: int) -> None:
        """Sleep before the next attempt. The duration is random, since two publishers may wait."""
        longest = min(self.first_pause * 2**attempt, self.longest_pause)
        time.sleep(longest * random.uniform(0.5, 1.0))


@dataclass(frozen=True)
class LayerVersions:
    """The versions of a layer with the wanted content, and whether it has any version at all."""

    matching: tuple[LayerVersion, ...]
    has_versions: bool


@dataclass(frozen=True)
class LayerOwners:
    """Remembers which attached layers the publisher published, by ARN. Threads share it."""

    _own: dict[str, bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find_own(self, aws: Aws, function: FunctionState, names: Sequence[str]) -> frozenset[str]:
        """The ARNs among the function's layers that the publisher published earlier.

        Layers called as one in `names` are not read, since the wanted layers replace them. Layers
        of other accounts belong to others.
        """
        account = function.arn.split(":")[4]
        own = set()
        for arn in function.layers:
            owner, name = split_layer_arn(arn)
            if name in names or owner != account:
                continue
            with self._lock:
                known = self._own.get(arn)
            if known is None:
                known = _is_own(aws, arn)
                with self._lock:
                    self._own[arn] = known
            if known:
                own.add(arn)
        return frozenset(own)


def _is_own(aws: Aws, arn: str) -> bool:
    _, version = split_version_arn(arn)
    with translated(f"the layer {arn}"):
        found = _read_layer_version(aws, split_layer_arn(arn)[1], version)
    return found is not None and found.content_sha256 is not None


@contextmanager
def translated(subject: str, completed: Sequence[str] = ()) -> Iterator[None]:
    """Translate the exceptions of boto3. Raises `StateChanged` for conflicts."""
    try:
        yield
    except ClientError as error:
        if error_code(error) in _CONFLICTS or "current CodeSHA256" in error_message(error):
            raise StateChanged(error_message(error)) from error
        raise translate_error(error, subject=subject, completed=completed) from error
    except BotoCoreError as error:
        raise translate_error(error, subject=subject, completed=completed) from error


def optional(call: Callable[[], Answer]) -> Answer | None:
    """The answer of a call, or null if the resource does not exist."""
    try:
        return call()
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise


def read_layer_versions(aws: Aws, layer: WantedLayer) -> LayerVersions:
    """Find the versions of a layer with the wanted content.

    `ListLayerVersions` returns descriptions only. The bytes that `GetLayerVersion` states confirm
    the content, or the zip itself if another machine compressed it.
    """
    subject = f"the layer {layer.name} ({layer.address})"
    versions: list[LayerVersion] = []
    marker: dict[str, str] = {}
    with translated(subject):
        while True:
            answer = _list_page(aws, layer.name, marker)
            versions += map(parse_layer_version, answer.get("LayerVersions") or ())
            if not answer.get("NextMarker"):
                break
            marker = {"Marker": answer["NextMarker"]}
        confirmed = []
        for each in matching_versions(layer, versions):
            found = _read_layer_version(aws, layer.name, each.version)
            if found and has_equal_zip(layer, found.code_sha256, found.location):
                confirmed.append(found)
    return LayerVersions(matching_versions(layer, confirmed), bool(versions))


def has_equal_zip(wanted: WantedLayer | WantedFunction, code_sha256: str | None, url: str) -> bool:
    """Whether a zip in AWS, with this hash and presigned URL, has the files of the wanted one."""
    return code_sha256 == wanted.code_sha256 or has_equal_contents(
        url, code_sha256 or "", wanted.zip
    )


def _read_layer_version(aws: Aws, name: str, version: int) -> LayerVersion | None:
    answer = optional(
        lambda: aws.functions.get_layer_version(LayerName=name, VersionNumber=version)
    )
    return parse_layer_version(answer) if answer is not None else None


def _list_page(aws: Aws, name: str, marker: dict[str, str]) -> Answer:
    page = optional(lambda: aws.functions.list_layer_versions(LayerName=name, **marker))
    return page or {}


def read_function(aws: Aws, name: str, qualifier: str | None = None) -> FunctionState | None:
    """Read a function, or one of its versions or aliases. Null if it does not exist.

    `GetFunction` has a quota of 100 requests per second. All other requests to the control plane of
    Lambda share 15 (quota page of Lambda, read in 2026), so even polling uses `GetFunction`.
    """
    version = {"Qualifier": qualifier} if qualifier else {}
    with translated(f"the function {name}"):
        answer = optional(lambda: aws.functions.get_function(FunctionName=name, **version))
    return parse_function(answer) if answer is not None else None


def read_alias(aws: Aws, name: str, alias: str) -> AliasState | None:
    """Read an alias and its version. Null if it does not exist."""
    with translated(f"the alias {alias} of the function {name}"):
        answer = optional(lambda: aws.functions.get_alias(FunctionName=name, Name=alias))
    if answer is None:
        return None
    return AliasState(
        name=alias,
        version=answer["FunctionVersion"],
        revision=answer.get("RevisionId"),
        routes=bool((answer.get("RoutingConfig") or {}).get("AdditionalVersionWeights")),
        target=read_function(aws, name, answer["FunctionVersion"]),
    )


def read_newest_version(aws: Aws, name: str) -> FunctionState | None:
    """The published version with the highest number. Null if there is none."""
    newest: FunctionState | None = None
    marker: dict[str, str] = {}
    with translated(f"the function {name}"):
        while True:
            answer = aws.functions.list_versions_by_function(FunctionName=name, **marker)
            for each in map(parse_configuration, answer.get("Versions") or ()):
                if each.version.isdigit() and int(each.version) > int(
                    newest.version if newest else 0
                ):
                    newest = each
            if not answer.get("NextMarker"):
                return newest
            marker = {"Marker": answer["NextMarker"]}


def wait_until_settled(
    aws: Aws, name: str, patience: Patience, qualifier: str | None = None
) -> FunctionState:
    """Wait until AWS has completed an update of a function, and return its state.

    Raises `UpdateFailed` with AWS's reason, `UpdateTooSlow`, or `StateChanged` if the function was
    deleted.
    """
    deadline = time.monotonic() + patience.settle_seconds
    attempt = 0
    while True:
        state = read_function(aws, name, qualifier)
        if state is None:
            raise StateChanged(f"the function {name} does not exist any more")
        if state.state == "Failed" or state.update_status == "Failed":
            raise UpdateFailed(_describe_failure(state))
        if state.is_settled:
            return state
        if time.monotonic() > deadline:
            raise UpdateTooSlow(
                describe(
                    f"AWS did not complete the update of the function {name} within "
                    f"{patience.settle_seconds:.0f} seconds.",
                    facts=columns(
                        [("State", state.state), ("LastUpdateStatus", state.update_status)]
                    ),
                    fix=f"look at `aws lambda get-function --function-name {name}`, and publish "
                    "again.",
                )
            )
        patience.pause(attempt)
        attempt += 1


def _describe_failure(state: FunctionState) -> str:
    return describe(
        f"AWS could not update the function {state.name}.",
        facts=columns(
            [
                ("State", f"{state.state} {state.state_reason}".strip()),
                ("LastUpdateStatus", f"{state.update_status} {state.update_reason}".strip()),
            ]
        ),
        fix="remove the reason that AWS gives, and publish again.",
    )


def read_code_signing(aws: Aws, name: str) -> str | None:
    """The ARN of the function's code signing configuration, or null."""
    with translated(f"the function {name}"):
        answer = optional(lambda: aws.functions.get_function_code_signing_config(FunctionName=name))
    return (answer or {}).get("CodeSigningConfigArn") or None


@dataclass(frozen=True)
class ContentsReader:
    """Reads the contents of zips, those of each layer once. Threads share it."""

    aws: Aws
    _remote: dict[str, ArchiveContents | None] = field(default_factory=dict)
    _local: dict[str, ArchiveContents] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(
        self, wanted: WantedFunction, attached: Sequence[AttachedLayer], state: FunctionState
    ) -> UpdateContents:
        """The contents on both sides of an update. Unreadable ones are null."""
        build = {each.name: each for each in wanted.layers if isinstance(each, WantedLayer)}
        new_layers = [
            (
                self._read_local(build[each.name].zip)
                if each.name in build
                else self._read_remote(each.arn or "")
            )
            for each in attached
        ]
        old_layers = [self._read_remote(arn) for arn in state.layers]
        complete = [each for each in old_layers if each is not None]
        return UpdateContents(
            old_code=read_remote_contents(state.code_location),
            old_layers=tuple(complete) if len(complete) == len(old_layers) else None,
            new_code=read_local_contents(wanted.zip),
            new_layers=tuple(each for each in new_layers if each is not None),
        )

    def _read_local(self, path: str) -> ArchiveContents:
        with self._lock:
            if path not in self._local:
                self._local[path] = read_local_contents(path)
            return self._local[path]

    def _read_remote(self, arn: str) -> ArchiveContents | None:
        # One at a time, so that functions that share layers do not read them at the same time.
        with self._lock:
            if arn not in self._remote:
                self._remote[arn] = _read_layer_contents(self.aws, arn)
            return self._remote[arn]


def _read_layer_contents(aws: Aws, arn: str) -> ArchiveContents | None:
    layer, version = split_version_arn(arn)
    try:
        answer = aws.functions.get_layer_version(LayerName=layer, VersionNumber=version)
    except (BotoCoreError, ClientError):
        # A layer of another account may be attachable and not readable.
        return None
    return read_remote_contents((answer.get("Content") or {}).get("Location") or "")
