"""Compiles bytecode: third-party code by the wheel, own code by the folder, each in a process.

So an edit compiles one folder, and a hundred functions share what was compiled for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import CreateDigest, Digest, FileContent
from pants.engine.process import ProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.bytecode import CompiledModule, is_module, is_test, wheel_key
from aws_lambda.artifact.contents import ArtifactFile, Generated
from aws_lambda.artifact.plan import (
    GENERATED,
    REPOSITORY,
    bytecode_folder,
    generated_path,
    repository_path,
    wheel_folder,
)
from aws_lambda.interpreters import Interpreter
from aws_lambda.sandboxed import SandboxRun
from aws_lambda.wheels import CarriedWheel, WheelFile

_REQUEST, _MODULES = "request.json", "modules"
# So many modules keep a processor busy for half a second; fewer do not deserve a second one, for
# which Pants may stop and start the process again.
_FEW = 64


@dataclass(frozen=True)
class BatchRequest:
    """Sources that one process compiles: `wanted` is the request of `sandbox/compile_modules.py`,
    for `count` sources, which lie below `inputs`, by path."""

    interpreter: Interpreter
    described: str
    wanted: str
    count: int
    inputs: FrozenDict[str, Digest]
    level: LogLevel = LogLevel.DEBUG


@dataclass(frozen=True)
class Batch:
    """The compiled modules in the order of the sources, `None` for what cannot be compiled, and
    the file that holds them."""

    modules: tuple[CompiledModule | None, ...]
    digest: Digest


@dataclass(frozen=True)
class WheelBytecodeRequest:
    """The modules of a wheel: either those in folders of tests, or all others."""

    wheel: WheelFile
    interpreter: Interpreter
    tests: bool


@dataclass(frozen=True)
class FolderBytecodeRequest:
    """Files of one folder of the repository, sorted: their paths below the artifact's folder of
    importable code, and in the repository. `digest` holds them and nothing else, lest other edits
    compile them again."""

    interpreter: Interpreter
    files: tuple[tuple[str, str], ...]
    digest: Digest


@dataclass(frozen=True)
class GeneratedBytecodeRequest:
    """First-party code that the backend wrote, or added a line to."""

    interpreter: Interpreter
    files: tuple[ArtifactFile, ...]


@dataclass(frozen=True)
class CompiledModules:
    """By the source's `key_of`, the file that the bytecode lies in, and where.

    `inputs` holds these files, by folder of a sandbox.
    """

    modules: FrozenDict[str, tuple[str, CompiledModule]] = FrozenDict()
    inputs: FrozenDict[str, Digest] = FrozenDict()


@rule(desc="Compile in one process", level=LogLevel.DEBUG)
async def compile_batch(request: BatchRequest) -> Batch:
    is_large = request.count >= 2 * _FEW
    result = await Get(
        ProcessResult,
        SandboxRun(
            program="compile_modules.py",
            argv=(_REQUEST, _MODULES, "{pants_concurrency}" if is_large else "1"),
            description=f"Compile {request.described}",
            inputs=await Get(
                Digest, CreateDigest([FileContent(_REQUEST, request.wanted.encode())])
            ),
            immutable_inputs=request.inputs,
            output_files=(_MODULES,),
            python=request.interpreter.path,
            fingerprint=request.interpreter.sha256,
            concurrency=request.count // _FEW if is_large else 0,
            level=request.level,
        ),
    )
    report = json.loads(result.stdout)
    return Batch(
        tuple(CompiledModule(**each) if each else None for each in report), result.output_digest
    )


@rule(desc="Compile a wheel", level=LogLevel.DEBUG)
async def compile_wheel(request: WheelBytecodeRequest) -> CompiledModules:
    name = request.wheel.name
    opened = await Get(CarriedWheel, WheelFile, request.wheel)
    sources = [
        (entry.installed, entry.origin)
        for entry in opened.wheel.entries
        if entry.installed is not None
        and is_module(entry.installed)
        and is_test(entry.installed) is request.tests
    ]
    if not sources:
        return CompiledModules()
    wanted = [
        {
            "name": path,
            "wheel": f"{wheel_folder(name)}/{name}",
            "data": origin.data,
            "packed": origin.packed,
            "method": origin.method,
        }
        for path, origin in sources
    ]
    python = ".".join(map(str, request.interpreter.version[:2]))
    batch = await Get(
        Batch,
        BatchRequest(
            request.interpreter,
            f"{'the tests of ' if request.tests else ''}{opened.wheel.distribution} for Python "
            f"{python}",
            _document(wanted, checked=False),
            len(wanted),
            FrozenDict({wheel_folder(name): request.wheel.digest}),
            LogLevel.INFO,
        ),
    )
    folder = bytecode_folder(f"{name}{'-tests' if request.tests else ''}")
    return _modules(folder, [wheel_key(origin) for _, origin in sources], batch)


@rule(desc="Compile own code", level=LogLevel.DEBUG)
async def compile_folder(request: FolderBytecodeRequest) -> CompiledModules:
    first, *others = [source for _, source in request.files]
    wanted = [{"name": path, "file": repository_path(source)} for path, source in request.files]
    batch = await Get(
        Batch,
        BatchRequest(
            request.interpreter,
            first + (f" and {len(others)} more" if others else ""),
            _document(wanted, checked=True),
            len(wanted),
            FrozenDict({REPOSITORY: request.digest}),
        ),
    )
    folder = bytecode_folder(f"{REPOSITORY}/{first.rpartition('/')[0]}")
    return _modules(folder, [first, *others], batch)


@rule(desc="Compile generated code", level=LogLevel.DEBUG)
async def compile_generated(request: GeneratedBytecodeRequest) -> CompiledModules:
    if not request.files:
        return CompiledModules()
    written = await Get(
        Digest,
        CreateDigest(
            FileContent(file.sha256, file.origin.content)
            for file in request.files
            if isinstance(file.origin, Generated)
        ),
    )
    batch = await Get(
        Batch,
        BatchRequest(
            request.interpreter,
            ", ".join(file.path for file in request.files),
            _document(
                [{"name": file.path, "file": generated_path(file)} for file in request.files],
                checked=True,
            ),
            len(request.files),
            FrozenDict({GENERATED: written}),
        ),
    )
    return _modules(bytecode_folder(GENERATED), [file.sha256 for file in request.files], batch)


def _document(wanted: Sequence[Mapping[str, Any]], *, checked: bool) -> str:
    return json.dumps({"checked": checked, "sources": wanted}, sort_keys=True)


def archive_in(folder: str) -> str:
    """The file of compiled modules that lies in a folder of the assembler's sandbox."""
    return f"{folder}/{_MODULES}"


def _modules(folder: str, keys: Sequence[str], batch: Batch) -> CompiledModules:
    archive = archive_in(folder)
    return CompiledModules(
        FrozenDict({key: (archive, module) for key, module in zip(keys, batch.modules) if module}),
        FrozenDict({folder: batch.digest}),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
