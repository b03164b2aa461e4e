"""How this backend runs its own programs: standard-library Python, in a sandbox, cached."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
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


# The modules of `sandbox/` that a program imports. A program that is not listed is a single file.
MODULES_OF_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "read_module.py": (
        "syntax/bindings.py",
        "syntax/conditions.py",
        "syntax/imports.py",
        "syntax/names.py",
        "syntax/texts.py",
    ),
}


@dataclass(frozen=True)
class SandboxProgram:
    """A program in `sandbox/`, by its file name."""

    name: str


@dataclass(frozen=True)
class ProgramFiles:
    """The digest of a program and the modules that it imports, by their paths in the sandbox."""

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


def read_program(name: str) -> dict[str, bytes]:
    """Return the files of a program by their paths in the sandbox.

    The program is at the root, which Python adds to `sys.path`. Its modules are in
    `aws_lambda/sandbox/`, so that their names are the same in the sandbox and in this repository.
    """
    modules = MODULES_OF_PROGRAMS.get(name, ())
    return {
        name: _read_file(f"sandbox/{name}"),
        **{f"aws_lambda/sandbox/{path}": _read_file(f"sandbox/{path}") for path in modules},
    }


def _read_file(path: str) -> bytes:
    """Return the content of a file of this backend."""
    content = pkgutil.get_data("aws_lambda", path)
    if content is None:
        raise FileNotFoundError(f"aws_lambda/{path}")
    return content


@rule
async def load_program(program: SandboxProgram) -> ProgramFiles:
    files = read_program(program.name)
    digest = await create_digest(
        CreateDigest([FileContent(path, content) for path, content in files.items()])
    )
    return ProgramFiles(digest)


@rule
async def prepare_sandbox(run: SandboxRun, own_python: PythonBuildStandaloneBinary) -> Process:
    program = await load_program(SandboxProgram(run.program))
    inputs = await merge_digests(MergeDigests([program.digest, run.inputs]))
    environment = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    if run.fingerprint:
        environment["AWS_LAMBDA_INTERPRETER_SHA256"] = run.fingerprint
    process = Process(
        # -B writes no bytecode, because the sandbox is deleted. -S ignores installed packages. -I
        # would do so too, but it also ignores the environment.
        argv=[run.python or own_python.path, "-B", "-S", "-s", run.program, *run.argv],
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
