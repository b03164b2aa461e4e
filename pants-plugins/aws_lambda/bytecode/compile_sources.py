"""Compiles Python sources in processes: one per wheel, and one for neighboring first-party files.

After an edit, Pants compiles these neighbors again. Functions share the bytecode of wheels and
files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import (
    EMPTY_DIGEST,
    CreateDigest,
    Digest,
    FileContent,
    FileDigest,
    FileEntry,
    MergeDigests,
)
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.output.assembly_plan import bytecode_archive_path, wheel_folder
from aws_lambda.artifact.output.bytecode_files import (
    CompiledModule,
    first_party_key,
    is_module,
    is_test,
    wheel_key,
)
from aws_lambda.pants_api import (
    collect_rules,
    create_digest,
    get_digest_entries,
    implicitly,
    merge_digests,
    rule,
    run_to_success,
)
from aws_lambda.processes.interpreters import Interpreter
from aws_lambda.processes.sandbox_program import ProgramRun, prepare_program
from aws_lambda.third_party.wheel_contents import WheelFile, open_wheel

_REQUEST, _MODULES = "request.json", "modules"
# A processor compiles this many modules in half a second. For fewer, a second processor is not
# worth asking: Pants may stop the process and start it again to grant one.
_MODULES_PER_PROCESSOR = 64


@dataclass(frozen=True)
class BatchRequest:
    """Sources that one process compiles.

    `wanted` is the JSON that `sandbox/compile_modules.py` reads, for `count` sources. The sources
    are in `inputs`, or in `wheels`, which maps folders of the sandbox to digests. `separate` means
    that each module gets a file of its own.
    """

    interpreter: Interpreter
    described: str
    wanted: str
    count: int
    separate: bool = False
    inputs: Digest = EMPTY_DIGEST
    wheels: FrozenDict[str, Digest] = FrozenDict()
    level: LogLevel = LogLevel.DEBUG


@dataclass(frozen=True)
class Batch:
    """The compiled modules in the order of the sources, and the files that contain them.

    A module is `None` if its source does not compile. `files` has one file for all modules, or one
    for each if the request is `separate`.
    """

    modules: tuple[CompiledModule | None, ...]
    files: tuple[FileDigest, ...]


@dataclass(frozen=True)
class WheelBytecodeRequest:
    """The modules of a wheel: those in folders of tests, or all others."""

    wheel: WheelFile
    interpreter: Interpreter
    tests: bool


@dataclass(frozen=True)
class SourcesBytecodeRequest:
    """First-party files, each with its path below the artifact's folder of importable code.

    The request does not name the artifact or the paths in the repository, so that artifacts share
    the result.
    """

    interpreter: Interpreter
    sources: tuple[tuple[str, FileDigest], ...]


@dataclass(frozen=True)
class CompiledModules:
    """Compiled modules by the keys of their sources.

    `archive` is the file in the assembler's sandbox that contains their bytecode.
    """

    modules: FrozenDict[str, CompiledModule] = FrozenDict()
    archive: FileEntry | None = None


@dataclass(frozen=True)
class CompiledSources:
    """The bytecode of a wheel, or of each first-party file in the order of the request."""

    of_sources: tuple[CompiledModules, ...]


@rule(desc="Compile in one process", level=LogLevel.DEBUG)
async def compile_batch(request: BatchRequest) -> Batch:
    wanted = await create_digest(CreateDigest([FileContent(_REQUEST, request.wanted.encode())]))
    is_large = request.count >= 2 * _MODULES_PER_PROCESSOR
    result = await run_to_success(
        await prepare_program(
            ProgramRun(
                program="compile_modules.py",
                argv=(_REQUEST, _MODULES, "{pants_concurrency}" if is_large else "1"),
                description=f"Compile {request.described}",
                inputs=await merge_digests(MergeDigests([wanted, request.inputs])),
                immutable_inputs=request.wheels,
                output_files=() if request.separate else (_MODULES,),
                output_directories=(_MODULES,) if request.separate else (),
                python=request.interpreter.path,
                fingerprint=request.interpreter.sha256,
                concurrency=request.count // _MODULES_PER_PROCESSOR if is_large else 0,
                level=request.level,
            ),
            **implicitly(),
        )
    )
    report = json.loads(result.stdout)
    entries = await get_digest_entries(result.output_digest)
    written = {each.path: each.file_digest for each in entries if isinstance(each, FileEntry)}
    names = [f"{_MODULES}/{n}" for n in range(len(report))] if request.separate else [_MODULES]
    return Batch(
        tuple(CompiledModule(**each) if each else None for each in report),
        tuple(written[name] for name in names),
    )


@rule(desc="Compile a wheel", level=LogLevel.DEBUG)
async def compile_wheel(request: WheelBytecodeRequest) -> CompiledSources:
    name = request.wheel.name
    opened = await open_wheel(request.wheel)
    sources = [
        (entry.installed_path, entry.origin)
        for entry in opened.wheel.entries
        if entry.installed_path is not None
        and is_module(entry.installed_path)
        and is_test(entry.installed_path) is request.tests
    ]
    if not sources:
        return CompiledSources(())
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
    batch = await compile_batch(
        BatchRequest(
            request.interpreter,
            f"{'the tests of ' if request.tests else ''}{opened.wheel.distribution} for Python "
            f"{python}",
            _document(wanted, checked=False, separate=False),
            len(wanted),
            wheels=FrozenDict({wheel_folder(name): request.wheel.digest}),
            level=LogLevel.INFO,
        )
    )
    archive = bytecode_archive_path(f"{name}{'-tests' if request.tests else ''}")
    keys = (wheel_key(origin) for _, origin in sources)
    modules = FrozenDict({key: module for key, module in zip(keys, batch.modules) if module})
    return CompiledSources((CompiledModules(modules, FileEntry(archive, batch.files[0])),))


@rule(desc="Compile source files", level=LogLevel.DEBUG)
async def compile_sources(request: SourcesBytecodeRequest) -> CompiledSources:
    sources = request.sources
    files = [FileEntry(f"{n}.py", digest) for n, (_, digest) in enumerate(sources)]
    wanted = [{"name": path, "file": f"{n}.py"} for n, (path, _) in enumerate(sources)]
    batch = await compile_batch(
        BatchRequest(
            request.interpreter,
            sources[0][0] + (f" and {len(sources) - 1} more" if sources[1:] else ""),
            _document(wanted, checked=True, separate=True),
            len(wanted),
            separate=True,
            inputs=await create_digest(CreateDigest(files)),
        )
    )
    return CompiledSources(
        tuple(
            # An artifact may contain a handler that is one line longer than the file in the
            # repository.
            CompiledModules(
                FrozenDict({first_party_key(path, digest.fingerprint): module} if module else {}),
                FileEntry(bytecode_archive_path(f"{digest.fingerprint}/{path}"), file),
            )
            for (path, digest), module, file in zip(sources, batch.modules, batch.files)
        )
    )


def _document(wanted: Sequence[Mapping[str, Any]], *, checked: bool, separate: bool) -> str:
    document = {"checked": checked, "separate": separate, "sources": wanted}
    return json.dumps(document, sort_keys=True)


def rules() -> Iterable[Any]:
    return collect_rules()
