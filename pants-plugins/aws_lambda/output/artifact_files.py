"""Plans the files of an artifact for the assembler, and describes them in the metadata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pants.engine.addresses import Address
from pants.engine.fs import CreateDigest, Digest, FileContent, MergeDigests
from pants.util.frozendict import FrozenDict

from aws_lambda.artifact.contents import ArtifactFile, GeneratedOrigin, RepositoryOrigin
from aws_lambda.artifact.findings import JudgedFindings
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.output.assembly_plan import (
    PLAN_PATH,
    THIRD_PARTY,
    THIRD_PARTY_PLAN,
    generated_path,
    repository_path,
    wheel_folder,
    write_plan,
)
from aws_lambda.artifact.output.bill_of_materials import bill_as_json
from aws_lambda.artifact.output.manifest import LayerRecord, Manifest, WrittenZip
from aws_lambda.artifact.output.small_zip import is_small
from aws_lambda.bytecode.artifact_bytecode import ArtifactBytecode
from aws_lambda.contents.carried_files import CarriedFiles
from aws_lambda.contents.final_files import FinalFiles
from aws_lambda.output.assembly import (
    AssembledArtifact,
    AssemblyRequest,
    ThirdPartyInputs,
    store_third_party,
)
from aws_lambda.output.package_summary import LambdaArtifact
from aws_lambda.output.sbom import SbomRequest, write_sbom
from aws_lambda.pants_api import concurrently, create_digest, merge_digests
from aws_lambda.processes.sandbox_program import create_file_entry
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaLayerNameField,
    LambdaLayoutField,
    LambdaOutputPathField,
)


@dataclass(frozen=True)
class WrittenArtifact:
    """An artifact below `dist/`, at `output`, and its metadata next to it.

    `layers` are the layers of this repository that a function attaches, in AWS's order.
    """

    digest: Digest
    output: str
    manifest: Manifest
    view: ArtifactView
    layers: tuple[WrittenArtifact, ...] = ()

    @property
    def package_artifact(self) -> LambdaArtifact:
        return LambdaArtifact(
            self.output,
            tuple(self.manifest.lines()),
            self.manifest.address,
            tuple(self.manifest.findings.lines_of_runtime()),
        )


def output_of(carried: CarriedFiles) -> str:
    """The path of the artifact below `dist/`."""
    is_zip = carried.target[LambdaLayoutField].value == "zip"
    path = carried.target[LambdaOutputPathField]
    return path.value_or_default(file_ending="zip" if is_zip else None)


async def plan_artifact(final: FinalFiles, compiled: ArtifactBytecode) -> AssemblyRequest:
    """The input of the assembler, and nothing else.

    An edit of a file that only a layer contains must not write the function again.
    """
    carried, files = final.carried, final.files
    output, layout = output_of(carried), carried.target[LambdaLayoutField].value
    every = (*files, *compiled.bytecode.files)
    # Each path once: the engine of Pants 2.17.1 hangs if a digest gets one path twice.
    own = {file.origin.path: file for file in files if isinstance(file.origin, RepositoryOrigin)}
    if layout == "zip" and is_small(every):
        entries = [
            *(create_file_entry(file, path) for path, file in own.items()),
            *compiled.archives,
        ]
        stored = await create_digest(CreateDigest(entries))
        return AssemblyRequest(stored, FrozenDict(), output, layout, little=every)
    ours, theirs = ([f for f in every if f.is_third_party is kind] for kind in (False, True))
    sources = (create_file_entry(file, repository_path(path)) for path, file in own.items())
    plan = FileContent(PLAN_PATH, write_plan(ours))
    apart = FileContent(THIRD_PARTY_PLAN, write_plan(theirs))
    inputs, third_party = await concurrently(
        create_digest(CreateDigest([plan, *_generated(ours), *sources, *compiled.archives])),
        store_third_party(ThirdPartyInputs((apart, *_generated(theirs)))),
    )
    wheels = carried.digests_of(files)
    shared = {
        THIRD_PARTY: third_party.digest,
        **{wheel_folder(n): each for n, each in wheels.items()},
    }
    return AssemblyRequest(inputs, FrozenDict(shared), output, layout)


def _generated(files: Iterable[ArtifactFile]) -> Iterable[FileContent]:
    """The generated files, each content once."""
    contents = {
        generated_path(file): file.origin.content
        for file in files
        if isinstance(file.origin, GeneratedOrigin)
    }
    return (FileContent(path, content) for path, content in contents.items())


def unzipped_bytes(
    artifact: FinalFiles, bytecode: ArtifactBytecode, layers: Iterable[WrittenArtifact]
) -> int:
    """The size of an artifact together with its layers, as AWS counts it: the sum of the files."""
    own = (*artifact.files, *bytecode.bytecode.files)
    return sum(each.size for each in own) + sum(each.manifest.unzipped_bytes for each in layers)


def build_manifest(
    artifact: FinalFiles,
    bytecode: ArtifactBytecode,
    layers: Iterable[WrittenArtifact],
    judged: JudgedFindings,
    zipped: WrittenZip | None,
) -> Manifest:
    """Everything that is known of an artifact. `zipped` is `None` for a folder."""
    carried, platform, entry = artifact.carried, artifact.carried.platform, artifact.entry
    by_address = {each.manifest.address: each for each in layers}
    return Manifest(
        kind="function" if entry else "layer",
        address=carried.target.address.spec,
        runtime=platform.runtime.name if platform.runtime else None,
        architecture=platform.architecture.value if platform.architecture else None,
        handler=entry.handler if entry else None,
        files=artifact.files,
        distributions=carried.distributions,
        resolutions=tuple(sorted(artifact.resolved.resolutions, key=lambda each: each.path)),
        findings=judged,
        written_zip=zipped,
        layers=tuple(_layer_record(each, by_address) for each in carried.layers) if entry else (),
        from_layers=carried.from_layers,
        provided=carried.provided,
        omitted=carried.left_out,
        typing_only=carried.typing_only,
        bytecode=bytecode.bytecode,
        layer_name=carried.target.get(LambdaLayerNameField).value,
        omitted_wheel_files=carried.aside,
    )


def _layer_record(layer: Address | str, written: Mapping[str, WrittenArtifact]) -> LayerRecord:
    if isinstance(layer, str):
        return LayerRecord(arn=layer)
    of_layer = written[layer.spec]
    return LayerRecord(of_layer.output, of_layer.manifest)


async def write_description(
    artifact: FinalFiles,
    assembled: AssembledArtifact,
    manifest: Manifest,
    layers: tuple[WrittenArtifact, ...],
    options: LambdaSubsystem,
) -> WrittenArtifact:
    """Write the metadata next to an artifact, and a bill of materials if the option `sbom` is set.

    An artifact for a local run gets no bill of materials.
    """
    carried = artifact.carried
    output = output_of(carried)
    metadata = await create_digest(
        CreateDigest([FileContent(f"{output}.metadata.json", manifest.as_json().encode())])
    )
    described = [metadata]
    if options.sbom and not carried.platform.is_override:
        licenses = {w.wheel.file_name: w.wheel.licenses for w in carried.own_wheels}
        sbom = await write_sbom(SbomRequest(bill_as_json(manifest, licenses), output))
        described.append(sbom.digest)
    digest = await merge_digests(MergeDigests([assembled.digest, *described]))
    return WrittenArtifact(digest, output, manifest, artifact.view, layers)
