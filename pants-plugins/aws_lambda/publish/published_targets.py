"""Publishes functions and layers: the processes that Pants' goal `publish` runs for each target.

`publish_goal.py` combines these processes into one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pants.base.build_root import BuildRoot
from pants.core.goals.package import BuiltPackage
from pants.core.goals.publish import (
    PublishFieldSet,
    PublishPackages,
    PublishProcesses,
    PublishRequest,
)
from pants.core.util_rules.distdir import DistDir
from pants.engine.addresses import Address
from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest, FileContent, MergeDigests
from pants.engine.internals.options_parsing import _Options
from pants.engine.target import StringField
from pants.util.logging import LogLevel

from aws_lambda.artifact.commands import pants_command
from aws_lambda.output.package_summary import LambdaArtifact
from aws_lambda.pants_api import (
    collect_rules,
    create_digest,
    get_digest_contents,
    implicitly,
    merge_digests,
    rule,
)
from aws_lambda.publish.publisher import (
    REQUEST_FILE,
    Publisher,
    PublisherRequest,
    prepare_publisher,
)
from aws_lambda.publish.request_document import (
    as_request,
    describe_artifact,
    fill_template,
    is_named_by,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaFunctionNameField,
    LambdaHandlerField,
    LambdaLayerNameField,
    LambdaPrefixField,
)

# The name of AWS in the results of the goal.
DESTINATION = "AWS Lambda"


class FunctionPublishRequest(PublishRequest):  # type: ignore[type-arg]
    """A function that the goal `publish` has packaged."""


class LayerPublishRequest(PublishRequest):  # type: ignore[type-arg]
    """A layer that the goal `publish` has packaged."""


@dataclass(frozen=True)
class FunctionPublishFieldSet(PublishFieldSet):  # type: ignore[type-arg]
    publish_request_type = FunctionPublishRequest
    required_fields = (LambdaHandlerField, LambdaFunctionNameField)

    function_name: LambdaFunctionNameField


@dataclass(frozen=True)
class LayerPublishFieldSet(PublishFieldSet):  # type: ignore[type-arg]
    publish_request_type = LayerPublishRequest
    required_fields = (LambdaPrefixField, LambdaLayerNameField)

    layer_name: LambdaLayerNameField


@dataclass(frozen=True)
class LambdaPublishPackages(PublishPackages):
    """A target to publish, with a process that publishes it and its layers. A target without a name
    has neither a process nor a `publisher`.

    `required_field` is the alias of the field that is missing, if the command line names a target
    without a name. `part` is the JSON that `describe_artifact` returned, and `request_options` the
    options of the request. `artifacts` contains the zips with their metadata.
    """

    address: str = ""
    required_field: str = ""
    part: str = ""
    request_options: str = ""
    artifacts: Digest = EMPTY_DIGEST
    publisher: Publisher | None = None


def request_options(
    options: LambdaSubsystem, dist: str, build_root: str
) -> Mapping[str, str | bool | None]:
    """The options of the request. The publisher reads the smoke event at an absolute path."""
    event = options.smoke_event
    return {
        "alias": options.alias,
        "dist_folder": dist,
        "package_command": pants_command("package"),
        "publish_version": options.publish_version,
        "replace_layers": options.replace_layers,
        "role": options.role,
        "s3_bucket": options.s3_bucket,
        "smoke_event": f"{build_root}/{event}" if event and event[0] != "/" else event,
    }


@dataclass(frozen=True)
class PublishedTarget:
    """A packaged target, and its field `function_name` or `layer_name`."""

    address: Address
    packages: tuple[BuiltPackage, ...]
    name: StringField


@rule(desc="Prepare to publish to AWS Lambda", level=LogLevel.DEBUG)
async def prepare_target(
    target: PublishedTarget,
    options: LambdaSubsystem,
    dist_dir: DistDir,
    build_root: BuildRoot,
    command_line: _Options,
) -> PublishProcesses:
    """Prepare the process that publishes a target, with its layers.

    1. Prepare the publisher, and read the metadata of the package.
    2. Derive the names in AWS from the template of names.
    3. Write the request, which the process reads together with the package.
    """
    if target.name.value is None:
        return PublishProcesses([_skip(target, command_line.options.specs)])
    publisher = await prepare_publisher(PublisherRequest(), **implicitly())
    [package] = target.packages
    [artifact] = package.artifacts
    assert isinstance(artifact, LambdaArtifact)
    output = str(artifact.relpath)
    contents = await get_digest_contents(package.digest)
    [metadata] = [
        json.loads(each.content) for each in contents if each.path == f"{output}.metadata.json"
    ]
    of_layers = [("layer", each.get("layer_name")) for each in metadata.get("layers", ())]
    names = {
        each: fill_template(options.name_template, kind, each, publisher.of_template)
        for kind, each in ((metadata["kind"], target.name.value), *of_layers)
        if each
    }
    name = names[target.name.value]
    part = describe_artifact(output, metadata, name, names)
    dist = dist_dir.relpath.as_posix()
    settings = request_options(options, dist, build_root.path)
    request = FileContent(REQUEST_FILE, as_request([part], settings))
    written = await create_digest(CreateDigest([request]))
    digest = await merge_digests(MergeDigests([publisher.digest, package.digest, written]))
    return PublishProcesses(
        [
            LambdaPublishPackages(
                names=(name,),
                process=publisher.process(digest),
                description=DESTINATION,
                address=artifact.address,
                part=json.dumps(part),
                request_options=json.dumps(settings),
                artifacts=package.digest,
                publisher=publisher,
            )
        ]
    )


def _skip(target: PublishedTarget, specs: Iterable[str]) -> LambdaPublishPackages:
    """A target without a name. `specs` are the arguments of the command line."""
    address, field = target.address, target.name.alias
    is_named = any(is_named_by(each, address.spec_path, address.target_name) for each in specs)
    return LambdaPublishPackages(
        (address.spec,),
        description=f"(it has no `{field}`)",
        address=address.spec,
        required_field=field if is_named else "",
    )


@rule(desc="Prepare to publish Lambda function", level=LogLevel.DEBUG)
async def publish_function(request: FunctionPublishRequest) -> PublishProcesses:
    fields = request.field_set
    return await prepare_target(
        PublishedTarget(fields.address, request.packages, fields.function_name), **implicitly()
    )


@rule(desc="Prepare to publish Lambda layer", level=LogLevel.DEBUG)
async def publish_layer(request: LayerPublishRequest) -> PublishProcesses:
    fields = request.field_set
    return await prepare_target(
        PublishedTarget(fields.address, request.packages, fields.layer_name), **implicitly()
    )


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        *FunctionPublishFieldSet.rules(),
        *LayerPublishFieldSet.rules(),
    )
