"""The story of an artifact, for functions and layers alike.

What it carries (`carry`), who gets a path (`collide`), how Lambda enters it (`enter`), what would
fail (`verify`), the zip and what is said of it (`write`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pants.backend.python.target_types import PythonResolveField
from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.addresses import Address
from pants.engine.fs import MergeDigests
from pants.engine.target import Target, WrappedTargetRequest
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.file_checks import check_patterns, check_share
from aws_lambda.artifact.checks.size import check_size
from aws_lambda.artifact.collisions.detection import check_layer_names
from aws_lambda.artifact.collisions.resolution import ResolvedCollisions
from aws_lambda.artifact.errors import LayerError, describe
from aws_lambda.artifact.findings import NO_FINDINGS, Finding, JudgedFindings, judge_findings
from aws_lambda.artifact.handler import DEFAULT_REEXPORT, generate_reexport, parse_reexport
from aws_lambda.artifact.layers.incomplete_layers import Taken, check_taken
from aws_lambda.artifact.output.bytecode_files import check_hidden
from aws_lambda.artifact.output.manifest import LayerRecord, Manifest
from aws_lambda.bytecode.artifact_bytecode import (
    Compiled,
    OwnCodeRequest,
    compile_artifact,
    compile_own_code,
)
from aws_lambda.bytecode.reachable_modules import Reach, ReachRequest, follow_function
from aws_lambda.contents.carried_files import Carried, CarriedRequest, Ready, carry
from aws_lambda.contents.handler_entry import Entered, enter_function
from aws_lambda.contents.path_collisions import lacking, settle_files, settle_layers
from aws_lambda.inputs.handler_module import Handler, HandlerRequest, find_handler
from aws_lambda.inputs.parametrized import ServedFunctionsRequest, find_functions
from aws_lambda.inputs.target_inputs import NeedsRequest, find_needs
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.output.artifact_files import WrittenArtifact, describe_artifact, plan_artifact
from aws_lambda.output.assembly import assemble
from aws_lambda.output.output_paths import Outputs
from aws_lambda.pants_api import (
    EnvironmentField,
    collect_rules,
    concurrently,
    implicitly,
    merge_digests,
    resolve_target,
    rule,
)
from aws_lambda.pants_api.daemon_memory import MemoryGivenBack
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaDependenciesField,
    LambdaHandlerField,
    LambdaIgnoreField,
    LambdaLayerNameField,
    LambdaLayoutField,
    LambdaOutputPathField,
    LambdaPrefixField,
    LambdaReexportField,
)
from aws_lambda.verify.early_install import AheadRequest, prepare
from aws_lambda.verify.import_checks import verify_imports
from aws_lambda.verify.verify import Verified, verify_files


class EmptyArtifact(LayerError):
    """A layer would be empty. AWS refuses empty layers.

    To fix, name its code in `dependencies`, and make sure that `include_sources`,
    `include_requirements` and `exclude` do not leave out all of it.
    """


@dataclass(frozen=True)
class LambdaFunctionFieldSet(PackageFieldSet):
    required_fields = (LambdaHandlerField, LambdaReexportField, LambdaLayoutField)

    dependencies: LambdaDependenciesField
    environment: EnvironmentField
    handler: LambdaHandlerField
    layout: LambdaLayoutField
    output_path: LambdaOutputPathField
    reexport: LambdaReexportField
    resolve: PythonResolveField


@dataclass(frozen=True)
class LambdaLayerFieldSet(PackageFieldSet):
    required_fields = (LambdaPrefixField, LambdaLayoutField)

    environment: EnvironmentField
    layout: LambdaLayoutField
    output_path: LambdaOutputPathField
    prefix: LambdaPrefixField


@dataclass(frozen=True)
class LayerRequest:
    """A layer to write, for itself or for a function that attaches it.

    `stand_in` is a platform for which it is built instead of its own.
    """

    address: Address
    stand_in: TargetPlatform | None = None


async def _reach_of_served(layer: Target, stand_in: TargetPlatform | None) -> Reach | None:
    """What the functions reach whose third-party code a layer carries, if it carries no other."""
    served, own = await concurrently(
        find_functions(ServedFunctionsRequest(layer), **implicitly()),
        find_needs(NeedsRequest(layer, stand_in), **implicitly()),
    )
    if not served.targets or own.closure.requirements:
        return None
    reaches = await concurrently(
        follow_function(ReachRequest(each.address, stand_in)) for each in served.targets
    )
    return Reach(frozenset().union(*(each.entries for each in reaches)))


@dataclass(frozen=True)
class ReachedLayerRequest:
    """A layer, given what is reached of it.

    Apart from `LayerRequest`, since an edit of a function seldom changes what it reaches, and then
    this one is answered already.
    """

    address: Address
    reach: Reach | None
    stand_in: TargetPlatform | None = None


@rule(desc="Write Lambda layer", level=LogLevel.DEBUG)
async def write_reached_layer(
    request: ReachedLayerRequest, options: LambdaSubsystem
) -> WrittenArtifact:
    carried = await carry(CarriedRequest(request.address, request.stand_in))
    if not carried.files:
        raise EmptyArtifact(_empty(carried))
    check_layer_names(
        carried.files,
        root=carried.root,
        reexport_module=DEFAULT_REEXPORT.module,
        where=carried.where,
    )
    settled = await settle_files(carried, carried.files, reexport=None)
    presupposed = await concurrently(
        carry(CarriedRequest(each, request.stand_in))
        for each in carried.layers
        if isinstance(each, Address)
    )
    layer = Ready(carried, settled.files)
    found = await verify_files(layer, [Ready(each, each.files) for each in presupposed])
    compiled = await compile_artifact(layer, options, request.reach)
    manifest = _manifest(layer, settled, compiled)
    judged = _judge(carried, options, manifest, settled, (*found, *compiled.findings))
    plan = await plan_artifact(layer, compiled)
    assembled = await assemble(plan)
    manifest = replace(manifest, judged=judged, zipped=assembled.zipped)
    written = await describe_artifact(layer, assembled, manifest, options)
    return replace(written, lacking=lacking(carried, settled))


@rule(desc="Write Lambda layer", level=LogLevel.DEBUG)
async def write_layer(
    request: LayerRequest, outputs: Outputs, _: MemoryGivenBack
) -> WrittenArtifact:
    outputs.check(request.address.spec)
    wrapped = await resolve_target(
        WrappedTargetRequest(request.address, description_of_origin="package"), **implicitly()
    )
    reach = await _reach_of_served(wrapped.target, request.stand_in)
    reached = ReachedLayerRequest(request.address, reach, request.stand_in)
    return await write_reached_layer(reached, **implicitly())


@rule(desc="Package Lambda layer", level=LogLevel.DEBUG)
async def package_layer(field_set: LambdaLayerFieldSet) -> BuiltPackage:
    written = await write_layer(LayerRequest(field_set.address), **implicitly())
    return BuiltPackage(written.digest, (written.as_package_artifact,))


@dataclass(frozen=True)
class FunctionRequest:
    """A function to package; `stand_in` is a platform for which it is built instead of its own."""

    field_set: LambdaFunctionFieldSet
    stand_in: TargetPlatform | None = None


@dataclass(frozen=True)
class ReadyFunction:
    """A function's files as they get written, what was decided about them, and its layers."""

    ready: Ready
    handler: Handler
    entered: Entered
    settled: ResolvedCollisions
    layers: tuple[WrittenArtifact, ...]


@rule(desc="Decide what lies where", level=LogLevel.DEBUG)
async def decide_function(request: FunctionRequest) -> ReadyFunction:
    fields = request.field_set
    carried, handler = await concurrently(
        carry(CarriedRequest(fields.address, request.stand_in)),
        find_handler(HandlerRequest(fields.handler)),
    )
    written_layers = await concurrently(
        write_layer(LayerRequest(each, request.stand_in), **implicitly())
        for each in carried.layers
        if isinstance(each, Address)
    )
    _check_layers(carried, written_layers)
    reexport = parse_reexport(fields.reexport.value, where=carried.where)
    added = generate_reexport(handler.module, handler.function, reexport)
    settled = await settle_files(
        carried, (*carried.files, *added), reexport=reexport.module if reexport else None
    )
    entered = await enter_function(carried, handler, settled.files)
    ready = Ready(carried, entered.files)
    hidden, confirming = await settle_layers(ready, [each.ready for each in written_layers])
    settled = settled.with_resolutions(entered.resolutions + hidden, confirming)
    return ReadyFunction(ready, handler, entered, settled, written_layers)


@rule(desc="Look for what would fail", level=LogLevel.DEBUG)
async def verify_function(request: FunctionRequest) -> Verified:
    function = await decide_function(request)
    layers = [each.ready for each in function.layers]
    in_imports = await verify_imports(function.ready, layers, entry=function.handler.module)
    in_files = await verify_files(function.ready, layers, needed=in_imports.needed)
    return Verified((*in_files, *in_imports.findings))


@rule(desc="Write Lambda function", level=LogLevel.DEBUG)
async def write_function(
    request: FunctionRequest, outputs: Outputs, options: LambdaSubsystem, _: MemoryGivenBack
) -> BuiltPackage:
    address, stand_in = request.field_set.address, request.stand_in
    outputs.check(address.spec)
    function, reach, _own, _ahead = await concurrently(
        decide_function(request),
        follow_function(ReachRequest(address, stand_in)),
        # Not before they are needed, but while there is a processor to spare.
        compile_own_code(OwnCodeRequest(address, stand_in), **implicitly()),
        prepare(AheadRequest(address, stand_in)),
    )
    carried = function.ready.carried
    compiled = await compile_artifact(function.ready, options, reach)
    plan = await plan_artifact(function.ready, compiled)
    # Nothing of it is seen before it is judged.
    assembled, verified = await concurrently(assemble(plan), verify_function(request))
    records = _records(carried, function.layers)
    manifest = _manifest(function.ready, function.settled, compiled)
    manifest = replace(manifest, handler=function.entered.handler, layers=records)
    if not stand_in:
        check_size(manifest, [each.manifest for each in function.layers], where=carried.where)
    found = (*function.entered.findings, *verified.findings, *compiled.findings)
    judged = _judge(carried, options, manifest, function.settled, found)
    manifest = replace(manifest, judged=judged, zipped=assembled.zipped)
    written = await describe_artifact(function.ready, assembled, manifest, options)
    # With its layers, so that what the metadata points at is there, and fresh.
    digests = [written.digest, *(layer.digest for layer in function.layers)]
    return BuiltPackage(await merge_digests(MergeDigests(digests)), (written.as_package_artifact,))


@rule(desc="Package Lambda function", level=LogLevel.DEBUG)
async def package_function(field_set: LambdaFunctionFieldSet) -> BuiltPackage:
    return await write_function(FunctionRequest(field_set), **implicitly())


def _check_layers(carried: Carried, layers: Sequence[WrittenArtifact]) -> None:
    """Refuse layers that would not do as they were written."""
    views = [(each.ready.view, each.manifest.bytecode) for each in layers]
    check_hidden(views, where=carried.where)
    left = [each for layer in layers for each in layer.lacking]
    if left:
        present = [layer.ready.view for layer in layers]
        taken = Taken(carried.from_layers, carried.left_to_layers, carried.exclude)
        check_taken(taken, left, present, where=carried.where)


def _manifest(ready: Ready, settled: ResolvedCollisions, compiled: Compiled) -> Manifest:
    """What is known of an artifact before it is judged and written."""
    carried, platform = ready.carried, ready.carried.platform
    return Manifest(
        kind="layer" if carried.target.has_field(LambdaPrefixField) else "function",
        address=carried.target.address.spec,
        runtime=platform.runtime.name if platform.runtime else None,
        architecture=platform.architecture.value if platform.architecture else None,
        handler=None,
        files=ready.files,
        distributions=carried.distributions,
        from_layers=carried.from_layers,
        provided=carried.provided,
        left_out=carried.left_out,
        typing_only=carried.typing_only,
        bytecode=compiled.bytecode,
        resolutions=tuple(sorted(settled.resolutions, key=lambda each: each.path)),
        judged=NO_FINDINGS,
        zipped=None,
        layer_name=carried.target.get(LambdaLayerNameField).value,
        aside=carried.aside,
    )


def _judge(
    carried: Carried,
    options: LambdaSubsystem,
    manifest: Manifest,
    settled: ResolvedCollisions,
    found: Iterable[Finding],
) -> JudgedFindings:
    """What the repository and the target make of all findings; an error if one is grave.

    Of what only stands in, nothing.
    """
    if carried.stand_in:
        return NO_FINDINGS
    where = carried.where
    needed = carried.closure
    judged = judge_findings(
        (
            *found,
            *check_share(manifest, options.share_to_warn_from, where=where),
            *check_patterns(carried.exclude, needed, settled.unused_policies, where=where),
            *carried.findings,
        ),
        options.severities,
        carried.target[LambdaIgnoreField].value,
        where=where,
    )
    judged.refuse_errors(where=where)
    return judged


def _records(carried: Carried, layers: Sequence[WrittenArtifact]) -> tuple[LayerRecord, ...]:
    """The layers in AWS's order, as the metadata has them."""
    by_address = {layer.manifest.address: layer for layer in layers}

    def record(layer: Address | str) -> LayerRecord:
        if isinstance(layer, str):
            return LayerRecord(arn=layer)
        written = by_address[layer.spec]
        return LayerRecord(written.output, written.manifest)

    return tuple(map(record, carried.layers))


def _empty(carried: Carried) -> str:
    return describe(
        f"{carried.where.at_start} would be empty, and AWS refuses an " "empty layer.",
        fix=(
            "name in `dependencies` what it shall carry, and see that `include_sources`, "
            "`include_requirements` and `exclude` leave something of it."
        ),
    )


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        UnionRule(PackageFieldSet, LambdaFunctionFieldSet),
        UnionRule(PackageFieldSet, LambdaLayerFieldSet),
    )
