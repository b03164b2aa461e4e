"""The story of an artifact, for functions and layers alike.

What it carries (`carry`), how Lambda enters it, which files that makes, the zip, and what is said
of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import PythonResolveField
from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.core.util_rules.environments import EnvironmentField
from pants.engine.fs import (
    AddPrefix,
    CreateDigest,
    Digest,
    DigestContents,
    DigestSubset,
    FileContent,
    MergeDigests,
    PathGlobs,
)
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.collisions import check_layer_names, find_collisions, settle
from aws_lambda.artifact.contents import (
    ArtifactFile,
    Generated,
    InRepository,
    InWheel,
    Resolution,
    generated,
)
from aws_lambda.artifact.fault import ArtifactFault, describe
from aws_lambda.artifact.manifest import Manifest
from aws_lambda.artifact.plan import PLAN_PATH, REPOSITORY, as_document, generated_path
from aws_lambda.artifact.reexport import (
    DEFAULT_REEXPORT,
    UNREAD,
    enter,
    find_module,
    parse_reexport,
    reexporting,
)
from aws_lambda.assemble import Assembled, AssembleRequest
from aws_lambda.carry import Carried, CarriedRequest
from aws_lambda.handler import (
    Handler,
    HandlerOwners,
    HandlerOwnersRequest,
    HandlerRequest,
    explain_missing,
)
from aws_lambda.modules import ModulesRead, ReadModulesRequest
from aws_lambda.outputs import Outputs
from aws_lambda.target_types import (
    LambdaDependenciesField,
    LambdaHandlerField,
    LambdaLayoutField,
    LambdaOutputPathField,
    LambdaPrefixField,
    LambdaReexportField,
)


class EmptyArtifact(ArtifactFault):
    pass


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
class Entered:
    """A function's files with the way in, and the handler that AWS is told."""

    handler: str
    files: tuple[ArtifactFile, ...]
    resolutions: tuple[Resolution, ...] = ()
    findings: tuple[str, ...] = ()


async def _read(carried: Carried, files: Iterable[ArtifactFile]) -> ModulesRead:
    """What these Python files bind and mean; files in other languages are passed over."""
    python = tuple(file for file in files if file.path.endswith(".py"))
    if not python:
        return ModulesRead(FrozenDict(), "it is not written in Python")
    paths = [file.origin.path for file in python if isinstance(file.origin, InRepository)]
    wheels = {file.origin.wheel for file in python if isinstance(file.origin, InWheel)}
    return await Get(
        ModulesRead,
        ReadModulesRequest(
            carried.platform.python,
            python,
            await Get(Digest, DigestSubset(carried.sources, PathGlobs(paths))),
            FrozenDict({name: carried.wheels[name] for name in sorted(wheels)}),
        ),
    )


async def _append(carried: Carried, file: ArtifactFile, line: str) -> ArtifactFile:
    """The first-party file as the artifact has it, one line longer."""
    assert isinstance(file.origin, InRepository)
    contents = await Get(
        DigestContents, DigestSubset(carried.sources, PathGlobs([file.origin.path]))
    )
    source = contents[0].content
    newline = b"" if not source or source.endswith(b"\n") else b"\n"
    return generated(
        file.path, source + newline + line.encode(), file.owner, executable=file.executable
    )


async def _enter(
    field_set: LambdaFunctionFieldSet,
    carried: Carried,
    handler: Handler,
    files: tuple[ArtifactFile, ...],
) -> Entered:
    """Check that the handler is there, and see that Lambda finds it where AWS is told to look."""
    file = find_module(files, handler.module) if handler.module else None
    if file is None:
        found = await Get(
            HandlerOwners,
            HandlerOwnersRequest(
                handler, field_set.handler, field_set.dependencies, field_set.resolve
            ),
        )
        raise explain_missing(
            handler, found.owners, value=field_set.handler.value, where=carried.where
        )
    read = await _read(carried, [file])
    report = read.reports.get(file.sha256)
    entry = enter(
        handler.module,
        handler.function,
        parse_reexport(field_set.reexport.value, where=carried.where),
        file=file,
        names=report.names if report else UNREAD,
        unread_because=read.unread_because,
        where=carried.where,
    )
    if not entry.appended:
        return Entered(entry.handler, files, findings=entry.doubts)
    extended = await _append(carried, file, entry.appended)
    decided = Resolution(file.path, f"{file.owner.name} + {entry.appended.strip()}", ())
    return Entered(
        entry.handler,
        tuple(extended if each is file else each for each in files),
        (decided,),
        entry.doubts,
    )


async def _settle(
    carried: Carried, files: Iterable[ArtifactFile], *, reexport: str | None
) -> tuple[tuple[ArtifactFile, ...], tuple[Resolution, ...]]:
    """The artifact's files, one for each path; an error if two owners differ on one."""
    every = tuple(files)
    undecided = [
        file
        for collision in find_collisions(every)
        if collision.may_be_equivalent
        for file in collision.files
    ]
    read = await _read(carried, undecided)
    essences = {sha256: report.essence for sha256, report in read.reports.items()}
    return settle(every, essences=essences, reexport_module=reexport, where=carried.where)


async def _build(
    carried: Carried,
    files: tuple[ArtifactFile, ...],
    output_path: LambdaOutputPathField,
    layout: LambdaLayoutField,
    *,
    handler: str | None,
    resolutions: tuple[Resolution, ...],
    findings: tuple[str, ...],
) -> BuiltPackage:
    """Write the artifact and its metadata."""
    output = output_path.value_or_default(file_ending="zip" if layout.value == "zip" else None)
    plan = as_document(files, output=output, layout=layout.value)
    written = [
        FileContent(generated_path(file), file.origin.content)
        for file in files
        if isinstance(file.origin, Generated)
    ]
    prepared, sources = await MultiGet(
        Get(Digest, CreateDigest([FileContent(PLAN_PATH, plan.encode()), *written])),
        Get(Digest, AddPrefix(carried.sources, REPOSITORY)),
    )
    inputs = await Get(Digest, MergeDigests([prepared, sources]))
    assembled = await Get(Assembled, AssembleRequest(inputs, carried.wheels, output, layout.value))
    manifest = Manifest(
        kind="function" if handler is not None else "layer",
        address=carried.target.address.spec,
        runtime=carried.platform.runtime.name if carried.platform.runtime else None,
        architecture=(
            carried.platform.architecture.value if carried.platform.architecture else None
        ),
        handler=handler,
        files=files,
        distributions=carried.distributions,
        resolutions=tuple(sorted(resolutions, key=lambda each: each.path)),
        findings=findings,
        zipped=assembled.zipped,
    )
    metadata = await Get(
        Digest,
        CreateDigest([FileContent(f"{output}.metadata.json", manifest.as_json().encode())]),
    )
    return BuiltPackage(
        await Get(Digest, MergeDigests([assembled.digest, metadata])),
        (BuiltPackageArtifact(output, extra_log_lines=tuple(manifest.lines())),),
    )


@rule(desc="Package Lambda function", level=LogLevel.DEBUG)
async def package_function(field_set: LambdaFunctionFieldSet, outputs: Outputs) -> BuiltPackage:
    outputs.check(field_set.address.spec)
    carried, handler = await MultiGet(
        Get(Carried, CarriedRequest(field_set.address)),
        Get(Handler, HandlerRequest(field_set.handler)),
    )
    reexport = parse_reexport(field_set.reexport.value, where=carried.where)
    added = reexporting(handler.module, handler.function, reexport)
    files, settled = await _settle(
        carried, (*carried.files, *added), reexport=reexport.module if reexport else None
    )
    entered = await _enter(field_set, carried, handler, files)
    return await _build(
        carried,
        entered.files,
        field_set.output_path,
        field_set.layout,
        handler=entered.handler,
        resolutions=(*entered.resolutions, *settled),
        findings=(*entered.findings, *carried.findings),
    )


@rule(desc="Package Lambda layer", level=LogLevel.DEBUG)
async def package_layer(field_set: LambdaLayerFieldSet, outputs: Outputs) -> BuiltPackage:
    outputs.check(field_set.address.spec)
    carried = await Get(Carried, CarriedRequest(field_set.address))
    if not carried.files:
        raise EmptyArtifact(_empty(carried))
    check_layer_names(
        carried.files,
        root=carried.root,
        reexport_module=DEFAULT_REEXPORT.module,
        where=carried.where,
    )
    files, settled = await _settle(carried, carried.files, reexport=None)
    return await _build(
        carried,
        files,
        field_set.output_path,
        field_set.layout,
        handler=None,
        resolutions=settled,
        findings=carried.findings,
    )


def _empty(carried: Carried) -> str:
    return describe(
        f"{carried.where[0].upper()}{carried.where[1:]} would be empty, and AWS refuses an "
        "empty layer.",
        fix=(
            "name in `dependencies` what it shall carry, and see that `include_sources` and "
            "`include_requirements` leave something of it."
        ),
    )


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        UnionRule(PackageFieldSet, LambdaFunctionFieldSet),
        UnionRule(PackageFieldSet, LambdaLayerFieldSet),
    )
