"""Runs the assembler, a process that writes an artifact from its plan."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import (
    CreateDigest,
    Digest,
    DigestContents,
    FileContent,
    FileEntry,
    RemovePrefix,
)
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.output.assembly_plan import (
    OUTPUT,
    PLAN_PATH,
    THIRD_PARTY,
    THIRD_PARTY_PLAN,
    output_path,
)
from aws_lambda.artifact.output.manifest import WrittenZip
from aws_lambda.artifact.output.small_zip import write_zip
from aws_lambda.pants_api import (
    collect_rules,
    create_digest,
    get_digest_contents,
    get_digest_entries,
    implicitly,
    remove_prefix,
    rule,
    run_to_success,
)
from aws_lambda.processes.sandbox_program import ProgramRun, prepare_program


@dataclass(frozen=True)
class AssemblyRequest:
    """The files of an artifact, and the path `output` to write it to.

    `inputs` contains the plan of first-party files, and these files. `shared` maps folders of the
    sandbox to digests that other artifacts use as well, and one of them contains the plan of the
    distributions. If the artifact is small, `little` lists its files, and there are no plans.
    """

    inputs: Digest
    shared: FrozenDict[str, Digest]
    output: str
    layout: str
    little: tuple[ArtifactFile, ...] = ()


@dataclass(frozen=True)
class ThirdPartyInputs:
    """The plan of an artifact's distributions, and their generated files, by their paths in the
    sandbox.
    """

    files: tuple[FileContent, ...]


@dataclass(frozen=True)
class StoredInputs:
    """The digest of a folder of the sandbox."""

    digest: Digest


@dataclass(frozen=True)
class AssembledArtifact:
    """A written artifact. `zipped` is `None` for a folder."""

    digest: Digest
    zipped: WrittenZip | None


@rule(desc="Store the plan of distributions", level=LogLevel.DEBUG)
async def store_third_party(inputs: ThirdPartyInputs) -> StoredInputs:
    """Store these files once, and not after every edit of first-party code.

    Pants keeps the result of this rule, but not that of `create_digest`, which takes 23 ms for a
    megabyte (Pants 2.17.1).
    """
    stored = await create_digest(CreateDigest(inputs.files))
    return StoredInputs(await remove_prefix(RemovePrefix(stored, THIRD_PARTY)))


async def _write_small(request: AssemblyRequest, contents: DigestContents) -> AssembledArtifact:
    content = write_zip(request.little, {each.path: each.content for each in contents})
    digest = await create_digest(CreateDigest([FileContent(request.output, content)]))
    return AssembledArtifact(digest, WrittenZip(hashlib.sha256(content).hexdigest(), len(content)))


@rule(desc="Assemble the artifact", level=LogLevel.DEBUG)
async def assemble(request: AssemblyRequest) -> AssembledArtifact:
    if request.little:
        # Starting a process would take longer than writing the zip.
        contents = await get_digest_contents(request.inputs)
        return await _write_small(request, contents)
    is_zip = request.layout == "zip"
    written = output_path(request.output)
    result = await run_to_success(
        await prepare_program(
            ProgramRun(
                program="assemble.py",
                argv=(request.layout, written, PLAN_PATH, THIRD_PARTY_PLAN),
                description=f"Assemble {request.output}",
                inputs=request.inputs,
                immutable_inputs=request.shared,
                output_files=(written,) if is_zip else (),
                output_directories=() if is_zip else (written,),
                level=LogLevel.INFO,
            ),
            **implicitly(),
        )
    )
    digest = await remove_prefix(RemovePrefix(result.output_digest, OUTPUT))
    if not is_zip:
        return AssembledArtifact(digest, None)
    entries = await get_digest_entries(digest)
    (zipped,) = (entry for entry in entries if isinstance(entry, FileEntry))
    return AssembledArtifact(
        digest,
        WrittenZip(zipped.file_digest.fingerprint, zipped.file_digest.serialized_bytes_length),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
