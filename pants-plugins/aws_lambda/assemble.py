"""Writes the artifact: hands the plan and all it names to the assembler."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import Digest, DigestEntries, FileEntry
from pants.engine.process import ProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.manifest import Zipped
from aws_lambda.artifact.plan import PLAN_PATH, wheel_folder
from aws_lambda.sandboxed import SandboxRun


@dataclass(frozen=True)
class AssembleRequest:
    """`inputs` holds the plan and the files that it names; `wheels` the digest of each wheel, by
    file name. The artifact is written to `output`."""

    inputs: Digest
    wheels: FrozenDict[str, Digest]
    output: str
    layout: str


@dataclass(frozen=True)
class Assembled:
    """The written artifact; `zipped` is `None` for a folder."""

    digest: Digest
    zipped: Zipped | None


@rule(desc="Assemble the artifact", level=LogLevel.DEBUG)
async def assemble(request: AssembleRequest) -> Assembled:
    is_zip = request.layout == "zip"
    result = await Get(
        ProcessResult,
        SandboxRun(
            program="assemble.py",
            argv=(PLAN_PATH,),
            description=f"Assemble {request.output}",
            inputs=request.inputs,
            immutable_inputs=FrozenDict(
                {wheel_folder(name): digest for name, digest in request.wheels.items()}
            ),
            output_files=(request.output,) if is_zip else (),
            output_directories=() if is_zip else (request.output,),
            level=LogLevel.INFO,
        ),
    )
    if not is_zip:
        return Assembled(result.output_digest, None)
    entries = await Get(DigestEntries, Digest, result.output_digest)
    (zipped,) = (entry for entry in entries if isinstance(entry, FileEntry))
    return Assembled(
        result.output_digest,
        Zipped(zipped.file_digest.fingerprint, zipped.file_digest.serialized_bytes_length),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
