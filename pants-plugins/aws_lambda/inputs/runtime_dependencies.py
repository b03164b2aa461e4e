"""Separates the runtime dependencies of code from those that only type checkers need.

Pants infers both from imports and does not separate them. In doubt, a dependency is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from pants.backend.python.dependency_inference.module_mapper import (
    ModuleProviderType,
    ThirdPartyPythonModuleMapping,
)
from pants.backend.python.dependency_inference.rules import InferPythonImportDependencies
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonResolveField,
    PythonSourceField,
)
from pants.core.util_rules.stripped_source_files import StrippedFileNameRequest
from pants.engine.addresses import Address
from pants.engine.environment import ChosenLocalEnvironmentName, EnvironmentName
from pants.engine.fs import PathGlobs
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    HydrateSourcesRequest,
    InferDependenciesRequest,
    Target,
)
from pants.engine.unions import UnionMembership
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import repository_file
from aws_lambda.artifact.imports.import_names import find_further_imports
from aws_lambda.inputs.import_inference import InferFurtherImports
from aws_lambda.inputs.module_owners import ModuleOwnersRequest, find_owners
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    constraints_among,
    contents_at,
    direct_dependencies,
    explicitly_provided,
    get_digest_contents,
    hydrate_sources,
    implicitly,
    imports_of,
    infer_dependencies,
    rule,
    strip_file_name,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.third_party.python_modules import read_modules, request_modules

# A file without these words has no imports for type checkers alone, and is not read.
_WORDS = (b"TYPE_CHECKING", b"MYPY")


@dataclass(frozen=True)
class ImportedNamesRequest:
    """The imports of a Python file, which an interpreter of `python` or newer can read."""

    target: Target
    python: tuple[int, int] | None = None


@dataclass(frozen=True)
class ImportedNames:
    """The names that a file imports, as Pants infers dependencies from them.

    `typed` are those that it imports for type checkers alone; `run` are all the others, and those
    that the file may import by a string.
    """

    run: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class StubFileRequest:
    """The path of a `.pyi` file in the repository."""

    path: str


@dataclass(frozen=True)
class StubFile:
    """Whether Python never reads the file.

    A module next to it with `__getattr__` may read it: `lazy_loader.attach_stub` takes the names of
    submodules from there.
    """

    is_idle: bool


@dataclass(frozen=True)
class TypeStubs:
    """The requirement targets that contain type stubs, as far as Pants knows."""

    addresses: frozenset[Address]


@dataclass(frozen=True)
class RuntimeDependenciesRequest:
    """The direct dependencies of a target. `python` or newer reads its file."""

    target: Target
    python: tuple[int, int] | None = None


@dataclass(frozen=True)
class RuntimeDependencies:
    """Direct dependencies at run time, and in `typed` those that only type checkers need."""

    targets: tuple[Target, ...]
    typed: tuple[Target, ...] = ()


def has_imports(target: Target) -> bool:
    """Whether Pants infers dependencies from imports of this target's file."""
    return target.has_field(PythonSourceField) and target.has_field(InterpreterConstraintsField)


@rule(desc="Check whether Python reads a stub", level=LogLevel.DEBUG)
async def find_stub_file(request: StubFileRequest) -> StubFile:
    modules = await contents_at(PathGlobs([request.path[: -len("i")]]))
    return StubFile(not any(b"__getattr__" in module.content for module in modules))


@rule(desc="Find imported names", level=LogLevel.DEBUG)
async def find_imported_names(
    request: ImportedNamesRequest, python_setup: PythonSetup, options: LambdaSubsystem
) -> ImportedNames:
    target = request.target
    constraints = constraints_among([target], python_setup)
    names = await imports_of(target, constraints)
    sources = await hydrate_sources(
        HydrateSourcesRequest(target[PythonSourceField]), **implicitly()
    )
    for file in await get_digest_contents(sources.snapshot.digest):
        names |= frozenset(find_further_imports(file.content.decode("utf-8", "replace")))
        if file.path.endswith(".pyi"):
            stub = await find_stub_file(StubFileRequest(file.path))
            return ImportedNames(typed=names) if stub.is_idle else ImportedNames(names)
        if not any(word in file.content for word in _WORDS):
            continue
        stripped = await strip_file_name(StrippedFileNameRequest(file.path))
        known = repository_file(
            stripped.value,
            file.path,
            sha256=hashlib.sha256(file.content).hexdigest(),
            size=len(file.content),
            executable=file.is_executable,
        )
        known_pythons = [each.version for each in options.runtimes]
        oldest = constraints.minimum_python_version(
            [*known_pythons, *python_setup.interpreter_versions_universe]
        )
        # If the runtime is known, other rules share the result.
        python = max(request.python or (3, 8), _version(oldest or "3.8"))
        to_read = await request_modules(python, [known])
        report = (await read_modules(to_read)).of(known)
        if report:
            typed = names & report.facts.typing_only_names
            return ImportedNames((names - typed) | report.facts.names_in_strings, typed)
    return ImportedNames(names)


@rule(desc="Find type stubs", level=LogLevel.DEBUG)
async def find_type_stubs(mapping: ThirdPartyPythonModuleMapping) -> TypeStubs:
    of_kind: dict[ModuleProviderType, set[Address]] = {each: set() for each in ModuleProviderType}
    for modules in mapping.resolves_to_modules_to_providers.values():
        for provider in chain.from_iterable(modules.values()):
            of_kind[provider.typ].add(provider.addr)
    return TypeStubs(
        frozenset(of_kind[ModuleProviderType.TYPE_STUB] - of_kind[ModuleProviderType.IMPL])
    )


@rule(desc="Find what is needed at run time", level=LogLevel.DEBUG)
async def find_runtime_dependencies(
    request: RuntimeDependenciesRequest,
    unions: UnionMembership,
    third_party: TypeStubs,
    environment: ChosenLocalEnvironmentName,
) -> RuntimeDependencies:
    """Find the dependencies of a target, without those that only type checkers need.

    1. Find the stubs among its dependencies, and the imports that only type checkers run. Without
       any, all dependencies are needed at run time.
    2. Find the targets of its other imports, and those that other rules infer.
    3. Leave out the targets that only the imports of step 1 lead to, unless a BUILD file lists
       them.
    """
    target = request.target
    every = await direct_dependencies(DependenciesRequest(target.get(Dependencies)))
    names = ImportedNames()
    if has_imports(target):
        names = await find_imported_names(
            ImportedNamesRequest(target, request.python), **implicitly()
        )
    stubs = {each.address for each in every} & third_party.addresses
    files = [each for each in every if _path(each).endswith(".pyi")]
    read = await concurrently(find_stub_file(StubFileRequest(_path(each))) for each in files)
    stubs |= {each.address for each, stub in zip(files, read) if stub.is_idle}
    if not stubs and not names.typed:
        return RuntimeDependencies(tuple(every))

    explicit = await explicitly_provided(DependenciesRequest(target.get(Dependencies)))
    inferences = [
        each
        for each in cast("Iterable[Any]", unions.get(InferDependenciesRequest))
        if each not in (InferPythonImportDependencies, InferFurtherImports)
        and each.infer_from.is_applicable(target)
    ]
    inferred = await concurrently(
        infer_dependencies(
            **implicitly(
                {
                    each(each.infer_from.create(target)): InferDependenciesRequest,
                    environment.val: EnvironmentName,
                }
            )
        )
        for each in inferences
    )
    owners = await concurrently(
        find_owners(ModuleOwnersRequest(name, target[PythonResolveField]), **implicitly())
        for name in sorted(names.run | names.typed)
    )
    kept = set(chain.from_iterable(each.include for each in inferred)) - stubs
    only_typed = set(stubs)
    for each in owners:
        found = {*each.found.unambiguous, *each.found.ambiguous}
        if each.module in names.run:
            # If only stubs own the module, they may be more than stubs.
            kept |= (found - stubs) or found
        else:
            only_typed |= found
    dropped = {
        each
        for each in only_typed - kept
        if not any(_matches_entry(include, each) for include in explicit.includes)
    }
    return RuntimeDependencies(
        tuple(each for each in every if each.address not in dropped),
        tuple(each for each in every if each.address in dropped),
    )


def _path(target: Target) -> str:
    return target[PythonSourceField].file_path if target.has_field(PythonSourceField) else ""


def _version(text: str) -> tuple[int, int]:
    major, minor = map(int, text.split("."))
    return (major, minor)


def _matches_entry(include: Address, each: Address) -> bool:
    """Whether an entry of `dependencies` names this target or its generator."""
    return (
        (include.spec_path, include.target_name) == (each.spec_path, each.target_name)
        and include.generated_name in (None, each.generated_name)
        and include.relative_file_path in (None, each.relative_file_path)
        and include.parameters.items() <= each.parameters.items()
    )


def rules() -> Iterable[Any]:
    return collect_rules()
