"""Plans how an artifact is written, and writes beside it what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants.engine.fs import CreateDigest, Digest, FileContent, MergeDigests, RemovePrefix
from pants.util.frozendict import FrozenDict

from aws_lambda.artifact.contents import ArtifactFile, GeneratedOrigin, RepositoryOrigin
from aws_lambda.artifact.layers.incomplete_layers import Lacking
from aws_lambda.artifact.output.assembly_plan import (
    PART_PATH,
    PLAN_PATH,
    THIRD_PARTY,
    as_document,
    as_part,
    generated_path,
    is_third_party,
    repository_path,
    wheel_folder,
)
from aws_lambda.artifact.output.bill_of_materials import bill
from aws_lambda.artifact.output.manifest import Manifest
from aws_lambda.artifact.output.small_zip import is_little
from aws_lambda.bytecode.artifact_bytecode import Compiled
from aws_lambda.contents.carried_files import Carried, Ready
from aws_lambda.output.assembly import Assembled, AssembleRequest
from aws_lambda.output.package_summary import LambdaArtifact
from aws_lambda.output.sbom import SbomRequest, write_sbom
from aws_lambda.pants_api import concurrently, create_digest, merge_digests, remove_prefix
from aws_lambda.processes.sandbox_program import entry_of
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import LambdaLayoutField, LambdaOutputPathField


@dataclass(frozen=True)
class WrittenArtifact:
    """An artifact as it lies under `dist/`, at `output`, with its metadata beside it.

    `lacking` is what it was given and does not hold, for those that take from it.
    """

    digest: Digest
    output: str
    manifest: Manifest
    ready: Ready
    lacking: tuple[Lacking, ...] = ()

    @property
    def as_package_artifact(self) -> LambdaArtifact:
        return LambdaArtifact(
            self.output,
            tuple(self.manifest.lines()),
            self.manifest.address,
            tuple(self.manifest.judged.lines_of_runtime()),
        )


def output_of(carried: Carried) -> str:
    """Where the artifact lies under `dist/`."""
    is_zip = carried.target[LambdaLayoutField].value == "zip"
    path = carried.target[LambdaOutputPathField]
    return path.value_or_default(file_ending="zip" if is_zip else None)


async def plan_artifact(ready: Ready, compiled: Compiled) -> AssembleRequest:
    """What the assembler needs, and nothing else, lest an edit of what a layer carries writes the
    function again."""
    carried, files = ready.carried, ready.files
    output, layout = output_of(carried), carried.target[LambdaLayoutField].value
    every = (*files, *compiled.bytecode.files)
    # Each once, though it may lie at two places of the artifact: given one path twice, the engine
    # of Pants 2.17.1 never answers.
    own = {file.origin.path: file for file in files if isinstance(file.origin, RepositoryOrigin)}
    if layout == "zip" and is_little(every):
        entries = [*(entry_of(file, path) for path, file in own.items()), *compiled.archives]
        stored = await create_digest(CreateDigest(entries))
        return AssembleRequest(stored, FrozenDict(), output, layout, little=every)
    ours, theirs = ([f for f in every if is_third_party(f) is kind] for kind in (False, True))
    part = f"{THIRD_PARTY}/{PART_PATH}"
    plan = as_document(ours, output=output, layout=layout, parts=[part])
    planned = FileContent(PLAN_PATH, plan.encode())
    sources = (entry_of(file, repository_path(path)) for path, file in own.items())
    inputs, apart = await concurrently(
        create_digest(CreateDigest([planned, *_generated(ours), *sources, *compiled.archives])),
        create_digest(
            CreateDigest([FileContent(part, as_part(theirs).encode()), *_generated(theirs)])
        ),
    )
    third_party = await remove_prefix(RemovePrefix(apart, THIRD_PARTY))
    wheels = carried.digests_of(files)
    shared = {THIRD_PARTY: third_party, **{wheel_folder(n): each for n, each in wheels.items()}}
    return AssembleRequest(inputs, FrozenDict(shared), output, layout)


def _generated(files: Iterable[ArtifactFile]) -> Iterable[FileContent]:
    """What the backend wrote, each content once."""
    contents = {
        generated_path(file): file.origin.content
        for file in files
        if isinstance(file.origin, GeneratedOrigin)
    }
    return (FileContent(path, content) for path, content in contents.items())


async def describe_artifact(
    ready: Ready, assembled: Assembled, manifest: Manifest, options: LambdaSubsystem
) -> WrittenArtifact:
    """Put beside the artifact what is known of it: its metadata, and a bill where one is wanted.

    Nobody wants one of what only stands in.
    """
    output = output_of(ready.carried)
    metadata = await create_digest(
        CreateDigest([FileContent(f"{output}.metadata.json", manifest.as_json().encode())])
    )
    beside = [metadata]
    if options.sbom and not ready.carried.stand_in:
        licences = {w.wheel.file_name: w.wheel.licenses for w in ready.carried.own_wheels}
        sbom = await write_sbom(SbomRequest(bill(manifest, licences), output))
        beside.append(sbom.digest)
    digest = await merge_digests(MergeDigests([assembled.digest, *beside]))
    return WrittenArtifact(digest, output, manifest, ready)
