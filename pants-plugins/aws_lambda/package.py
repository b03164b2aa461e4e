"""The goal `package`: the story of an artifact, for functions and layers alike.

1. `contents/` decides which files the artifact contains.
2. `bytecode/` compiles the modules that may be reached.
3. `verify/` looks for everything that would fail in Lambda.
4. `output/` writes the artifact.
5. `output/` describes it in the metadata.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import PythonResolveField
from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.fs import MergeDigests
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.bytecode import check_hidden_sources
from aws_lambda.artifact.checks.size import check_size
from aws_lambda.bytecode.artifact_bytecode import compile_artifact, compile_early
from aws_lambda.bytecode.reachable_modules import ReachableModules, find_reachable_modules
from aws_lambda.contents.final_files import find_final_files
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.output.artifact_files import (
    WrittenArtifact,
    build_manifest,
    plan_artifact,
    unzipped_bytes,
    write_description,
)
from aws_lambda.output.assembly import assemble
from aws_lambda.output.output_paths import OutputPaths
from aws_lambda.pants_api import (
    EnvironmentField,
    collect_rules,
    concurrently,
    implicitly,
    merge_digests,
    rule,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaDependenciesField,
    LambdaHandlerField,
    LambdaLayoutField,
    LambdaOutputPathField,
    LambdaPrefixField,
    LambdaReexportField,
)
from aws_lambda.verify.early_install import install_early
from aws_lambda.verify.verify import judge_artifact, verify_artifact


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
class ArtifactRequest:
    """An artifact to write.

    `reach` is a value, not the functions that it comes from: an edit of a function rarely changes
    the modules that it reaches, and then Pants does not write its layers again.
    """

    subject: BuildSubject
    reach: ReachableModules


@rule(desc="Write Lambda artifact", level=LogLevel.DEBUG)
async def write_artifact(request: ArtifactRequest, options: LambdaSubsystem) -> WrittenArtifact:
    """Write a function with its layers, or a layer.

    The five steps are those at the top of this module. Nothing is written to `dist/` if one fails.
    """
    subject = request.subject
    artifact = await find_final_files(subject)
    is_function = artifact.entry is not None
    attached = [each.carried.subject for each in artifact.layers] if is_function else []
    reaches = await concurrently(find_reachable_modules(each) for each in attached)
    layers = await concurrently(
        write_artifact(ArtifactRequest(each, reach), **implicitly())
        for each, reach in zip(attached, reaches)
    )
    where = artifact.carried.where
    check_hidden_sources([(each.view, each.manifest.bytecode) for each in layers], where=where)

    bytecode = await compile_artifact(artifact, request.reach, options)

    plan = await plan_artifact(artifact, bytecode)
    assembled, verified = await concurrently(assemble(plan), verify_artifact(subject))
    found = (*verified.findings, *bytecode.findings)
    judged = judge_artifact(artifact, found, unzipped_bytes(artifact, bytecode, layers), options)

    manifest = build_manifest(artifact, bytecode, layers, judged, assembled.zipped)
    if not subject.platform_override:
        check_size(manifest, [each.manifest for each in layers], where=where)
    judged.refuse_errors(where=where)
    return await write_description(artifact, assembled, manifest, layers, options)


@rule(desc="Package for Lambda", level=LogLevel.DEBUG)
async def package_artifact(subject: BuildSubject, outputs: OutputPaths) -> BuiltPackage:
    """Package a target. The package of a function contains its layers as well."""
    outputs.check(subject.address.spec)
    # The last two start early: they keep a second processor busy.
    reach, artifact, _compiled, _installed = await concurrently(
        find_reachable_modules(subject),
        find_final_files(subject),
        compile_early(subject, **implicitly()),
        install_early(subject),
    )
    for layer in artifact.layers if artifact.entry else ():
        outputs.check(layer.view.address)
    written = await write_artifact(ArtifactRequest(subject, reach), **implicitly())
    digests = [written.digest, *(layer.digest for layer in written.layers)]
    return BuiltPackage(await merge_digests(MergeDigests(digests)), (written.package_artifact,))


@rule(desc="Package Lambda layer", level=LogLevel.DEBUG)
async def package_layer(field_set: LambdaLayerFieldSet) -> BuiltPackage:
    return await package_artifact(BuildSubject(field_set.address), **implicitly())


@rule(desc="Package Lambda function", level=LogLevel.DEBUG)
async def package_function(field_set: LambdaFunctionFieldSet) -> BuiltPackage:
    return await package_artifact(BuildSubject(field_set.address), **implicitly())


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        UnionRule(PackageFieldSet, LambdaFunctionFieldSet),
        UnionRule(PackageFieldSet, LambdaLayerFieldSet),
    )
