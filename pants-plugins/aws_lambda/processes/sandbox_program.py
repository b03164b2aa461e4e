"""How this backend runs its own programs: standard-library Python, in a sandbox, cached."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.fs import (
    EMPTY_DIGEST,
    CreateDigest,
    Digest,
    FileContent,
    FileDigest,
    FileEntry,
    MergeDigests,
)
from pants.engine.process import Process, ProcessCacheScope
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.pants_api import collect_rules, create_digest, merge_digests, rule

# Of Pants' own default for the answer of a remote cache, `remote_cache_rpc_timeout_millis`.
_PATIENCE_MILLIS = 1500


@dataclass(frozen=True)
class SandboxProgram:
    """A program of the folder `sandbox/`, by its file name."""

    name: str


@dataclass(frozen=True)
class ProgramFile:
    """The digest that holds a sandbox program, at its file name."""

    digest: Digest


@dataclass(frozen=True)
class SandboxRun:
    """One run of a sandbox program.

    `inputs` are copied into the sandbox; `immutable_inputs`, by path, are shared between sandboxes
    and must not be written. `python` is the interpreter, Pants' own if not given, and
    `fingerprint` belongs into the cache key of whatever depends on its version. Of the processors,
    it can use `concurrency`; how many it gets stands for `{pants_concurrency}` in `argv`.
    """

    program: str
    argv: tuple[str, ...]
    description: str = field(compare=False)
    inputs: Digest = EMPTY_DIGEST
    immutable_inputs: FrozenDict[str, Digest] = FrozenDict()
    output_files: tuple[str, ...] = ()
    output_directories: tuple[str, ...] = ()
    python: str | None = None
    fingerprint: str = ""
    cache_scope: ProcessCacheScope = ProcessCacheScope.SUCCESSFUL
    level: LogLevel = LogLevel.DEBUG
    concurrency: int = 0


def entry_of(file: ArtifactFile, path: str) -> FileEntry:
    """An unpacked file of an artifact, as a sandbox has it at this path."""
    return FileEntry(path, FileDigest(file.sha256, file.size))


def patient(process: Process) -> Process:
    """The process, which starts here only when a remote cache does not have its result.

    Unless told, Pants 2.17 starts a process and asks the cache at once, and kills the process when
    the cache has it. The wait ends with the answer, so that a miss costs no more than the question.
    """
    return replace(process, remote_cache_speculation_delay_millis=_PATIENCE_MILLIS)


@rule
async def load_program(program: SandboxProgram) -> ProgramFile:
    content = pkgutil.get_data("aws_lambda", f"sandbox/{program.name}")
    if content is None:
        raise FileNotFoundError(f"aws_lambda/sandbox/{program.name}")
    return ProgramFile(await create_digest(CreateDigest([FileContent(program.name, content)])))


@rule
async def prepare_sandbox(run: SandboxRun, own_python: PythonBuildStandaloneBinary) -> Process:
    program = await load_program(SandboxProgram(run.program))
    inputs = await merge_digests(MergeDigests([program.digest, run.inputs]))
    environment = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    if run.fingerprint:
        environment["AWS_LAMBDA_INTERPRETER_SHA256"] = run.fingerprint
    process = Process(
        # -S: no site-packages; not -I, which would ignore the environment.
        argv=[run.python or own_python.path, "-S", "-s", run.program, *run.argv],
        description=run.description,
        level=run.level,
        input_digest=inputs,
        immutable_input_digests=run.immutable_inputs,
        output_files=run.output_files,
        output_directories=run.output_directories,
        env=environment,
        cache_scope=run.cache_scope,
        concurrency_available=run.concurrency,
    )
    return patient(process)


def rules() -> Iterable[Any]:
    return collect_rules()
