"""The story of an artifact, for functions and layers alike.

What it carries (`carry`), how Lambda enters it, which files that makes, the zip, and what is said
of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import PythonResolveField
from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.core.util_rules.environments import EnvironmentField
from pants.engine.addresses import Address
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
from aws_lambda.artifact.manifest import LayerRecord, Manifest
from aws_lambda.artifact.plan import PLAN_PATH, REPOSITORY, as_document, generated_path
from aws_lambda.artifact.reexport import (
    DEFAULT_REEXPORT,
    UNREAD,
    enter,
    find_module,
    parse_reexport,
    reexporting,
)
from aws_lambda.artifact.size import check_size
from aws_lambda.assemble import Assembled, AssembleRequest
from aws_lambda.carry import Carried, CarriedRequest
from aws_lambda.handler import (
    Handler,
    HandlerRequest,
    explain_missing,
)
from aws_lambda.modules import ModulesRead, ReadModulesRequest
from aws_lambda.outputs import Outputs
from aws_lambda.owners import Owners, OwnersRequest
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
class LayerRequest:
    """A layer to write, for itself or for a function that attaches it."""

    address: Address


@dataclass(frozen=True)
class WrittenArtifact:
    """An artifact as it lies under `dist/`, at `output`, with its metadata beside it."""

    digest: Digest
    output: str
    manifest: Manifest

    @property
    def as_package_artifact(self) -> BuiltPackageArtifact:
        return BuiltPackageArtifact(self.output, extra_log_lines=tuple(self.manifest.lines()))


@dataclass(frozen=True)
class Entered:
    """A function's files with the way in, and the handler that AWS is told."""

    handler: str
    files: tuple[ArtifactFile, ...]
    resolutions: tuple[Resolution, ...] = ()
    findings: tuple[str, ...] = ()


def _reading(carried: Carried, files: Iterable[ArtifactFile]) -> ReadModulesRequest:
    return ReadModulesRequest(
        carried.platform.python, tuple(files), carried.sources, carried.wheels
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
    # A layer may carry the handler, too.
    file = handler.module and (
        find_module(files, handler.module) or find_module(carried.closure, handler.module)
    )
    if not file:
        # A file that is not there has no module, and nobody owns it.
        owners = await Get(Owners, OwnersRequest(handler.module, field_set.resolve))
        raise explain_missing(
            handler, owners.found, value=field_set.handler.value, where=carried.where
        )
    read = await Get(ModulesRead, ReadModulesRequest, _reading(carried, [file]))
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
    read = await Get(ModulesRead, ReadModulesRequest, _reading(carried, undecided))
    essences = {sha256: report.essence for sha256, report in read.reports.items()}
    return settle(every, essences=essences, reexport_module=reexport, where=carried.where)


async def _write(
    carried: Carried,
    files: tuple[ArtifactFile, ...],
    *,
    entered: Entered | None = None,
    layers: tuple[LayerRecord, ...] = (),
    resolutions: tuple[Resolution, ...],
) -> WrittenArtifact:
    """Write the artifact and its metadata."""
    layout = carried.target[LambdaLayoutField].value
    output = carried.target[LambdaOutputPathField].value_or_default(
        file_ending="zip" if layout == "zip" else None
    )
    plan = as_document(files, output=output, layout=layout)
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
    used = {file.origin.wheel for file in files if isinstance(file.origin, InWheel)}
    wheels = FrozenDict({name: carried.wheels[name] for name in sorted(used)})
    assembled = await Get(Assembled, AssembleRequest(inputs, wheels, output, layout))
    platform = carried.platform
    manifest = Manifest(
        kind="function" if entered else "layer",
        address=carried.target.address.spec,
        runtime=platform.runtime.name if platform.runtime else None,
        architecture=platform.architecture.value if platform.architecture else None,
        handler=entered.handler if entered else None,
        files=files,
        distributions=carried.distributions,
        layers=layers,
        from_layers=carried.from_layers,
        provided=carried.provided,
        resolutions=tuple(sorted(resolutions, key=lambda each: each.path)),
        findings=(*(entered.findings if entered else ()), *carried.findings),
        zipped=assembled.zipped,
    )
    metadata = await Get(
        Digest,
        CreateDigest([FileContent(f"{output}.metadata.json", manifest.as_json().encode())]),
    )
    return WrittenArtifact(
        await Get(Digest, MergeDigests([assembled.digest, metadata])), output, manifest
    )


@rule(desc="Write Lambda layer", level=LogLevel.DEBUG)
async def write_layer(request: LayerRequest, outputs: Outputs) -> WrittenArtifact:
    outputs.check(request.address.spec)
    carried = await Get(Carried, CarriedRequest(request.address))
    if not carried.files:
        raise EmptyArtifact(_empty(carried))
    check_layer_names(
        carried.files,
        root=carried.root,
        reexport_module=DEFAULT_REEXPORT.module,
        where=carried.where,
    )
    files, settled = await _settle(carried, carried.files, reexport=None)
    return await _write(carried, files, resolutions=settled)


@rule(desc="Package Lambda layer", level=LogLevel.DEBUG)
async def package_layer(field_set: LambdaLayerFieldSet) -> BuiltPackage:
    written = await Get(WrittenArtifact, LayerRequest(field_set.address))
    return BuiltPackage(written.digest, (written.as_package_artifact,))


@rule(desc="Package Lambda function", level=LogLevel.DEBUG)
async def package_function(field_set: LambdaFunctionFieldSet, outputs: Outputs) -> BuiltPackage:
    outputs.check(field_set.address.spec)
    carried, handler = await MultiGet(
        Get(Carried, CarriedRequest(field_set.address)),
        Get(Handler, HandlerRequest(field_set.handler)),
    )
    layers = await MultiGet(
        Get(WrittenArtifact, LayerRequest(each))
        for each in carried.layers
        if isinstance(each, Address)
    )
    reexport = parse_reexport(field_set.reexport.value, where=carried.where)
    added = reexporting(handler.module, handler.function, reexport)
    files, settled = await _settle(
        carried, (*carried.files, *added), reexport=reexport.module if reexport else None
    )
    entered = await _enter(field_set, carried, handler, files)
    records = _records(carried, layers)
    written = await _write(
        carried,
        entered.files,
        entered=entered,
        layers=records,
        resolutions=(*entered.resolutions, *settled),
    )
    check_size(written.manifest, [layer.manifest for layer in layers], where=carried.where)
    # With its layers, so that what the metadata points at is there, and fresh.
    digests = [written.digest, *(layer.digest for layer in layers)]
    return BuiltPackage(await Get(Digest, MergeDigests(digests)), (written.as_package_artifact,))


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
