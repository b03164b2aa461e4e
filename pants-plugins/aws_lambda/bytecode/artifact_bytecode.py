"""Compiles the bytecode of an artifact, and chooses the interpreter that compiles it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import CreateDigest, FileContent, FileDigest, FileEntry
from pants.engine.target import Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.bytecode import check_compiler
from aws_lambda.artifact.contents import (
    ArtifactFile,
    BytecodeOrigin,
    GeneratedOrigin,
    RepositoryOrigin,
    WheelOrigin,
)
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.options import BytecodeMode
from aws_lambda.artifact.output.bytecode_files import (
    Bytecode,
    bytecode_file,
    is_test,
    select_sources,
    source_key,
)
from aws_lambda.bytecode.compile_sources import (
    CompiledModules,
    SourcesBytecodeRequest,
    WheelBytecodeRequest,
    compile_sources,
    compile_wheel,
)
from aws_lambda.bytecode.reachable_modules import ReachableModules
from aws_lambda.contents.carried_files import CarriedFiles, find_carried_files
from aws_lambda.contents.closure_files import below_root
from aws_lambda.contents.final_files import FinalFiles
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    create_digest,
    implicitly,
    rule,
)
from aws_lambda.processes.interpreters import Interpreter, Interpreters
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import LambdaBytecodeField
from aws_lambda.third_party.python_modules import find_neighbors
from aws_lambda.third_party.wheel_contents import ResolvedWheel


@dataclass(frozen=True)
class CompilerRequest:
    """The interpreter to compile for a runtime. `pythons` are the minor versions of the
    artifact.
    """

    runtime: str
    pythons: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Compiler:
    """The interpreter that compiles, or in `because` the reason why there is none."""

    interpreter: Interpreter | None
    because: str
    is_pinned: bool

    @property
    def version(self) -> str | None:
        return f"CPython {_dotted(self.interpreter.version)}" if self.interpreter else None


@dataclass(frozen=True)
class ArtifactBytecode:
    """The bytecode of an artifact, and the files of the assembler's sandbox that contain it."""

    bytecode: Bytecode
    archives: tuple[FileEntry, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class EarlyBytecode:
    """The first-party code of a target is compiled, or not to be compiled."""


@rule(desc="Find an interpreter to compile bytecode", level=LogLevel.DEBUG)
async def find_compiler(
    request: CompilerRequest, interpreters: Interpreters, options: LambdaSubsystem
) -> Compiler:
    if len(request.pythons) > 1:
        several = " and ".join(map(_dotted, request.pythons))
        return Compiler(None, f"`complete_platforms` are for Python {several}", False)
    pinned = options.compilers.get(request.runtime)
    wanted = pinned or request.pythons[0]
    because = f"no CPython {_dotted(wanted)} was found"
    return Compiler(interpreters.exactly(wanted), because, pinned is not None)


def mode_of(target: Target, options: LambdaSubsystem) -> BytecodeMode:
    value = target[LambdaBytecodeField].value
    return BytecodeMode(value) if value else options.bytecode_mode


def compiler_for(platform: TargetPlatform) -> CompilerRequest:
    named = platform.runtime.name if platform.runtime else f"python{_dotted(platform.python)}"
    return CompilerRequest(named, platform.pythons)


async def compile_artifact(
    final: FinalFiles, reach: ReachableModules, options: LambdaSubsystem
) -> ArtifactBytecode:
    """Compile the modules of an artifact that may be reached, or all of them if that is unknown."""
    mode = mode_of(final.carried.target, options)
    if mode is BytecodeMode.NONE:
        return ArtifactBytecode(Bytecode(mode))
    request = compiler_for(final.carried.platform)
    compiler = await find_compiler(request, **implicitly())
    findings = tuple(
        check_compiler(
            request.runtime,
            compiler.version,
            because=compiler.because,
            is_pinned=compiler.is_pinned,
        )
    )
    if compiler.interpreter is None:
        return ArtifactBytecode(Bytecode(mode), findings=findings)
    reached = reach.entries
    wanted = select_sources(final.files, mode, reached, root=final.carried.root)
    compiled = await _compile(final.carried, wanted, compiler.interpreter)
    files = _bytecode_files(final.carried, wanted, compiled)
    used = {file.origin.archive for file in files if isinstance(file.origin, BytecodeOrigin)}
    archives = {
        each.archive.path: each.archive
        for each in compiled
        if each.archive and each.archive.path in used
    }
    bytecode = Bytecode(mode, compiler.version, files)
    return ArtifactBytecode(bytecode, tuple(archives.values()), findings)


async def _compile(
    carried: CarriedFiles, wanted: Sequence[ArtifactFile], interpreter: Interpreter
) -> tuple[CompiledModules, ...]:
    # Pants must store generated files before a process can read them.
    await create_digest(
        CreateDigest(
            FileContent(file.path, file.origin.content)
            for file in wanted
            if isinstance(file.origin, GeneratedOrigin)
        )
    )
    groups = await find_neighbors(f for f in wanted if isinstance(f.origin, RepositoryOrigin))
    groups += tuple((file,) for file in wanted if isinstance(file.origin, GeneratedOrigin))
    compiled = await concurrently(
        (
            *(compile_sources(_request(group, carried.root, interpreter)) for group in groups),
            *(
                compile_wheel(WheelBytecodeRequest(wheel.file, interpreter, tests))
                for wheel, tests in _wheels_to_compile(carried, wanted)
            ),
        )
    )
    return tuple(each for found in compiled for each in found.of_sources)


@rule(desc="Start to compile first-party code", level=LogLevel.DEBUG)
async def compile_early(subject: BuildSubject, options: LambdaSubsystem) -> EarlyBytecode:
    """Compile first-party files while other rules read them. `compile_artifact` needs the results,
    and Pants does not compute them twice.
    """
    carried = await find_carried_files(subject)
    if mode_of(carried.target, options) is BytecodeMode.NONE:
        return EarlyBytecode()
    compiler = await find_compiler(compiler_for(carried.platform), **implicitly())
    if compiler.interpreter is not None:
        modules = select_sources(carried.files, BytecodeMode.ALL, None, root=carried.root)
        own = [each for each in modules if isinstance(each.origin, RepositoryOrigin)]
        await _compile(carried, own, compiler.interpreter)
    return EarlyBytecode()


def _request(
    files: Iterable[ArtifactFile], root: str, interpreter: Interpreter
) -> SourcesBytecodeRequest:
    return SourcesBytecodeRequest(
        interpreter,
        tuple((below_root(f.path, root), FileDigest(f.sha256, f.size)) for f in files),
    )


def _wheels_to_compile(
    carried: CarriedFiles, wanted: Iterable[ArtifactFile]
) -> tuple[tuple[ResolvedWheel, bool], ...]:
    """The wheels that contain the sources, and for each whether to compile its tests."""
    used = {
        (file.origin.wheel, is_test(file.origin.entry))
        for file in wanted
        if isinstance(file.origin, WheelOrigin)
    }
    return tuple(
        (each, tests)
        for each in carried.wheels
        for tests in (False, True)
        if (each.wheel.file_name, tests) in used
    )


def _bytecode_files(
    carried: CarriedFiles, wanted: Iterable[ArtifactFile], compiled: Iterable[CompiledModules]
) -> tuple[ArtifactFile, ...]:
    """The bytecode of the sources that compile without an error."""
    found = {
        key: (each.archive.path, module)
        for each in compiled
        if each.archive
        for key, module in each.modules.items()
    }
    python = carried.platform.python
    modules = ((file, found.get(source_key(file, carried.root))) for file in wanted)
    return tuple(bytecode_file(file, *module, python) for file, module in modules if module)


def _dotted(version: Iterable[int]) -> str:
    return ".".join(map(str, version))


def rules() -> Iterable[Any]:
    return collect_rules()
