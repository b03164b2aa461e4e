"""Writes a judged artifact, and beside it what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pants.core.goals.package import BuiltPackageArtifact
from pants.engine.fs import CreateDigest, Digest, FileContent, MergeDigests
from pants.engine.rules import Get
from pants.util.frozendict import FrozenDict

from aws_lambda.artifact.bill import bill
from aws_lambda.artifact.contents import ArtifactFile, Generated, InRepository
from aws_lambda.artifact.lacking import Lacking
from aws_lambda.artifact.manifest import Manifest
from aws_lambda.artifact.plan import (
    PLAN_PATH,
    as_document,
    generated_path,
    repository_path,
    wheel_folder,
)
from aws_lambda.assemble import Assembled, AssembleRequest
from aws_lambda.bytecode import Compiled
from aws_lambda.carry import Carried, Ready
from aws_lambda.sandboxed import entry_of
from aws_lambda.sbom import Sbom, SbomRequest
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
    def as_package_artifact(self) -> BuiltPackageArtifact:
        return BuiltPackageArtifact(self.output, extra_log_lines=tuple(self.manifest.lines()))


async def _assemble(
    carried: Carried, files: tuple[ArtifactFile, ...], compiled: Compiled, output: str
) -> Assembled:
    layout = carried.target[LambdaLayoutField].value
    plan = as_document((*files, *compiled.bytecode.files), output=output, layout=layout)
    # These and nothing else, lest an edit of what a layer carries writes the function again.
    inputs = await Get(
        Digest,
        CreateDigest(
            [
                FileContent(PLAN_PATH, plan.encode()),
                *(
                    FileContent(generated_path(file), file.origin.content)
                    for file in files
                    if isinstance(file.origin, Generated)
                ),
                *(
                    entry_of(file, repository_path(file.origin.path))
                    for file in files
                    if isinstance(file.origin, InRepository)
                ),
            ]
        ),
    )
    wheels = carried.digests_of(files)
    shared = {wheel_folder(name): digest for name, digest in wheels.items()}
    return await Get(
        Assembled,
        AssembleRequest(inputs, FrozenDict({**shared, **compiled.inputs}), output, layout),
    )


async def write_artifact(
    ready: Ready, compiled: Compiled, manifest: Manifest, options: LambdaSubsystem
) -> WrittenArtifact:
    """Write the files; `manifest` says all of them but how they were zipped."""
    target = ready.carried.target
    is_zip = target[LambdaLayoutField].value == "zip"
    output = target[LambdaOutputPathField].value_or_default(file_ending="zip" if is_zip else None)
    assembled = await _assemble(ready.carried, ready.files, compiled, output)
    complete = replace(manifest, zipped=assembled.zipped)
    metadata = await Get(
        Digest,
        CreateDigest([FileContent(f"{output}.metadata.json", complete.as_json().encode())]),
    )
    beside = [metadata]
    if options.sbom:
        licences = {w.wheel.file_name: w.wheel.licences for w in ready.carried.own_wheels}
        sbom = await Get(Sbom, SbomRequest(bill(complete, licences), output))
        beside.append(sbom.digest)
    digest = await Get(Digest, MergeDigests([assembled.digest, *beside]))
    return WrittenArtifact(digest, output, complete, ready)
