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
from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest, FileContent, MergeDigests
from pants.engine.target import Target
from pants.util.logging import LogLevel

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

    @classmethod
    def opt_out(cls, tgt: Target) -> bool:
        return tgt[LambdaLayerNameField].value is None


@dataclass(frozen=True)
class LambdaPublishPackages(PublishPackages):
    """A target to publish, with a process that publishes it and its layers. A function without a
    name has neither a process nor a `publisher`.

    `part` is the JSON that `describe_artifact` returned, and `request_options` the options of the
    request. `artifacts` contains the zips with their metadata.
    """

    address: str = ""
    part: str = ""
    request_options: str = ""
    artifacts: Digest = EMPTY_DIGEST
    publisher: Publisher | None = None
    mode: tuple[str, ...] = ()


def request_options(
    options: LambdaSubsystem, dist: str, build_root: str
) -> Mapping[str, str | bool | None]:
    """The options of the request. The publisher reads the smoke event at an absolute path."""
    event = options.smoke_event
    return {
        "alias": options.alias,
        "dist_folder": dist,
        "publish_version": options.publish_version,
        "replace_layers": options.replace_layers,
        "role": options.role,
        "s3_bucket": options.s3_bucket,
        "smoke_event": f"{build_root}/{event}" if event and event[0] != "/" else event,
    }


@dataclass(frozen=True)
class PublishedTarget:
    """A packaged target and its `function_name` or `layer_name`."""

    packages: tuple[BuiltPackage, ...]
    name: str


@rule(desc="Prepare to publish to AWS Lambda", level=LogLevel.DEBUG)
async def prepare_target(
    target: PublishedTarget,
    options: LambdaSubsystem,
    dist_dir: DistDir,
    build_root: BuildRoot,
) -> PublishProcesses:
    publisher = await prepare_publisher(PublisherRequest(), **implicitly())
    [package] = target.packages
    [artifact] = package.artifacts
    assert isinstance(artifact, LambdaArtifact)
    output = str(artifact.relpath)
    contents = await get_digest_contents(package.digest)
    [metadata] = [
        json.loads(each.content) for each in contents if each.path == f"{output}.metadata.json"
    ]
    of_layers = [each.get("layer_name") for each in metadata.get("layers", ())]
    names = {
        each: fill_template(options.name_template, each, publisher.of_template)
        for each in (target.name, *of_layers)
        if each
    }
    part = describe_artifact(output, metadata, names[target.name], names)
    dist = dist_dir.relpath.as_posix()
    settings = request_options(options, dist, build_root.path)
    request = FileContent(REQUEST_FILE, as_request([part], settings))
    written = await create_digest(CreateDigest([request]))
    digest = await merge_digests(MergeDigests([publisher.digest, package.digest, written]))
    mode = ("--dry-run",) if options.dry_run else ("--check",) if options.check else ()
    return PublishProcesses(
        [
            LambdaPublishPackages(
                names=(names[target.name],),
                process=publisher.process(digest, *mode),
                description=DESTINATION,
                address=artifact.address,
                part=json.dumps(part),
                request_options=json.dumps(settings),
                artifacts=package.digest,
                publisher=publisher,
                mode=mode,
            )
        ]
    )


@rule(desc="Prepare to publish Lambda function", level=LogLevel.DEBUG)
async def publish_function(request: FunctionPublishRequest) -> PublishProcesses:
    if request.field_set.function_name.value is None:
        address = request.field_set.address.spec
        skipped = LambdaPublishPackages(
            (address,), description="(it has no `function_name`)", address=address
        )
        return PublishProcesses([skipped])
    return await prepare_target(
        PublishedTarget(request.packages, str(request.field_set.function_name.value)),
        **implicitly(),
    )


@rule(desc="Prepare to publish Lambda layer", level=LogLevel.DEBUG)
async def publish_layer(request: LayerPublishRequest) -> PublishProcesses:
    return await prepare_target(
        PublishedTarget(request.packages, str(request.field_set.layer_name.value)),
        **implicitly(),
    )


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        *FunctionPublishFieldSet.rules(),
        *LayerPublishFieldSet.rules(),
    )
