"""Runs the programs in `sandbox/` as processes of Pants, which caches their results."""

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

# The default of `remote_cache_rpc_timeout_millis`, after which Pants ignores the remote cache.
_REMOTE_CACHE_MILLIS = 1500


# The modules of `sandbox/` that a program imports. A program that is not listed is a single file.
MODULES_OF_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "find_handlers.py": (
        "syntax/bindings.py",
        "syntax/names.py",
    ),
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
class ProgramRun:
    """A run of a program in `sandbox/`.

    `program` is a file name in `sandbox/`. Pants copies `inputs` into the sandbox. Sandboxes share
    `immutable_inputs`, which are digests by path, and must not write to them.

    `python` is the path of the interpreter, by default the one that Pants runs on. If the result
    depends on the version of the interpreter, `fingerprint` is its SHA-256, which becomes a part of
    the cache key. `concurrency` is the number of processors that the program can use. In `argv`,
    Pants replaces `{pants_concurrency}` by the number that it may use.
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


def create_file_entry(file: ArtifactFile, path: str) -> FileEntry:
    """Return the entry of a digest with the content of this file at this path."""
    return FileEntry(path, FileDigest(file.sha256, file.size))


def prefer_remote_cache(process: Process) -> Process:
    """Return a process that starts only if the remote cache does not have its result.

    By default, Pants 2.17 starts a process at once, asks the remote cache at the same time, and
    kills the process if the cache has the result. The wait ends when the cache answers, so a miss
    costs only the time of the request.
    """
    return replace(process, remote_cache_speculation_delay_millis=_REMOTE_CACHE_MILLIS)


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
async def prepare_program(run: ProgramRun, own_python: PythonBuildStandaloneBinary) -> Process:
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
    return prefer_remote_cache(process)


def rules() -> Iterable[Any]:
    return collect_rules()
