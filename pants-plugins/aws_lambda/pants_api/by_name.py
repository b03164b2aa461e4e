"""Implements `pants_api` for Pants 2.28 and later, which call rules by name themselves."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from pants.backend.python.dependency_inference.module_mapper import map_module_to_address
from pants.backend.python.dependency_inference.parse_python_dependencies import (
    ParsePythonDependenciesRequest,
    parse_python_dependencies,
)
from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonResolveField,
    PythonSourceField,
)
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.local_dists import isolate_local_dist_wheels
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, create_venv_pex
from pants.backend.python.util_rules.pex_cli import setup_pex_cli_process
from pants.backend.python.util_rules.pex_environment import CompletePexEnvironment
from pants.backend.python.util_rules.pex_requirements import (
    LoadedLockfile,
    get_lockfile_for_resolve,
    load_lockfile,
)
from pants.backend.python.util_rules.python_sources import prepare_python_sources
from pants.core.environments.target_types import EnvironmentField, EnvironmentTarget
from pants.core.goals.package import environment_aware_package
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.core.util_rules.source_files import SourceFilesRequest, determine_source_files
from pants.core.util_rules.stripped_source_files import strip_file_name
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.environment import EnvironmentName
from pants.engine.fs import DigestContents, DigestEntries, PathGlobs
from pants.engine.internals.build_files import resolve_address
from pants.engine.internals.graph import (
    Owners,
    OwnersRequest,
    determine_explicitly_provided_dependencies,
    find_all_targets,
    find_owners,
    hydrate_sources,
    resolve_target,
    resolve_targets,
    resolve_unexpanded_targets,
    resolve_unparsed_address_inputs,
)
from pants.engine.internals.native_engine import AddressInput
from pants.engine.internals.specs_rules import find_valid_field_sets_for_target_roots
from pants.engine.intrinsics import (
    add_prefix,
    create_digest,
    digest_subset_to_digest,
    execute_process,
    get_digest_contents,
    get_digest_entries,
    merge_digests,
    path_globs_to_digest,
    path_globs_to_paths,
    remove_prefix,
    run_interactive_process,
)
from pants.engine.process import Process, ProcessResult, execute_process_or_raise
from pants.engine.rules import QueryRule, collect_rules, concurrently, goal_rule, implicitly, rule
from pants.engine.target import (
    DependenciesRequest,
    ExplicitlyProvidedDependencies,
    InferDependenciesRequest,
    InferredDependencies,
    Target,
    Targets,
    UnexpandedTargets,
)
from pants.source.source_root import get_optional_source_root, get_source_root
from pants.util.pip_requirement import PipRequirement

from aws_lambda.pants_api.versions import (
    SINCE_2_29,
    SINCE_2_30,
    SINCE_2_31,
    SINCE_2_32,
)

if SINCE_2_29:
    from pants.core.util_rules.env_vars import environment_vars_subset
    from pants.engine.internals.graph import infer_dependencies
else:
    from pants.engine.internals.platform_rules import environment_vars_subset

    @rule(polymorphic=True)
    async def infer_dependencies(
        request: InferDependenciesRequest,  # type: ignore[type-arg]
        environment_name: EnvironmentName,
    ) -> InferredDependencies:
        """Return the dependencies that one kind of inference finds."""
        raise NotImplementedError


if SINCE_2_32:
    from pants.backend.python.subsystems.setup import Resolver
    from pants.backend.python.util_rules.lockfile_metadata import LockfileFormat
    from pants.backend.python.util_rules.pex_requirements import (
        ResolveConfigRequest,
        determine_resolve_config,
    )
else:
    from pants.backend.python.util_rules.pex_requirements import (
        ResolvePexConfigRequest as ResolveConfigRequest,
    )
    from pants.backend.python.util_rules.pex_requirements import (
        determine_resolve_pex_config as determine_resolve_config,
    )

__all__ = [
    "NAMES_IN_OUTPUT_PATHS",
    "EnvironmentField",
    "EnvironmentTarget",
    "QueryRule",
    "ResolveConfigRequest",
    "SecondaryOwnerMixin",
    "add_prefix",
    "address_of",
    "collect_rules",
    "concurrently",
    "constraints_among",
    "contents_at",
    "create_digest",
    "determine_resolve_config",
    "determine_source_files",
    "digest_subset_to_digest",
    "direct_dependencies",
    "entries_at",
    "environment_aware_package",
    "environment_vars_subset",
    "execute_process",
    "explicitly_provided",
    "files_to_parse",
    "find_all_targets",
    "find_valid_field_sets_for_target_roots",
    "first_and_rest",
    "get_digest_contents",
    "get_digest_entries",
    "get_lockfile_for_resolve",
    "get_optional_source_root",
    "get_source_root",
    "goal_rule",
    "hydrate_sources",
    "implicitly",
    "imports_of",
    "infer_dependencies",
    "is_pex_lockfile",
    "isolate_local_dist_wheels",
    "load_lockfile",
    "locks_with_uv",
    "map_module_to_address",
    "merge_digests",
    "owners_of",
    "parses_in_rust",
    "path_globs_to_paths",
    "pex_variables",
    "pip_version",
    "prepare_python_sources",
    "project_of",
    "remove_prefix",
    "resolve_target",
    "resolve_unexpanded_targets",
    "resolve_unparsed_address_inputs",
    "rule",
    "rules",
    "run_interactive_process",
    "run_to_success",
    "setup_pex_cli_process",
    "strip_file_name",
    "targets_at",
    "targets_named",
    "unexpanded_dependencies",
    "venv_pex",
]

_Output = TypeVar("_Output")
_Other = TypeVar("_Other")


class SecondaryOwnerMixin:
    """Removed in Pants 2.18: a path on the command line only names its primary owners."""


# The placeholders, such as `${file_suffix}`, that Pants replaces.
NAMES_IN_OUTPUT_PATHS = ("file_suffix", "spec_path_normalized", "target_name_normalized")


async def first_and_rest(
    first: Coroutine[Any, Any, _Output], rest: Iterable[Coroutine[Any, Any, _Other]]
) -> tuple[_Output, tuple[_Other, ...]]:
    """Await a call and any number of calls of another kind concurrently.

    `concurrently` of Pants 2.19 to 2.31 accepts at most ten arguments.
    """
    calls: list[Coroutine[Any, Any, Any]] = [first, *rest]
    found = await concurrently(calls)
    return found[0], found[1:]


async def address_of(request: AddressInput) -> Address:
    return await resolve_address(**implicitly({request: AddressInput}))


async def contents_at(globs: PathGlobs) -> DigestContents:
    return await get_digest_contents(await path_globs_to_digest(globs))


async def entries_at(globs: PathGlobs) -> DigestEntries:
    return await get_digest_entries(await path_globs_to_digest(globs))


async def explicitly_provided(request: DependenciesRequest) -> ExplicitlyProvidedDependencies:
    return await determine_explicitly_provided_dependencies(
        **implicitly({request: DependenciesRequest})
    )


async def owners_of(request: OwnersRequest) -> Owners:
    return await find_owners(request, **implicitly())


async def direct_dependencies(request: DependenciesRequest) -> Targets:
    return await resolve_targets(**implicitly({request: DependenciesRequest}))


async def targets_at(addresses: Addresses) -> Targets:
    return await resolve_targets(**implicitly({addresses: Addresses}))


async def targets_named(unparsed: UnparsedAddressInputs) -> Targets:
    return await resolve_targets(**implicitly({unparsed: UnparsedAddressInputs}))


async def unexpanded_dependencies(request: DependenciesRequest) -> UnexpandedTargets:
    return await resolve_unexpanded_targets(**implicitly({request: DependenciesRequest}))


async def run_to_success(process: Process) -> ProcessResult:
    return await execute_process_or_raise(**implicitly({process: Process}))


async def venv_pex(request: PexRequest) -> VenvPex:
    return await create_venv_pex(**implicitly({request: PexRequest}))


async def imports_of(target: Target, constraints: InterpreterConstraints) -> frozenset[str]:
    """Return the names that the file of a target imports, as dependency inference finds them."""
    if SINCE_2_32:
        sources = await determine_source_files(SourceFilesRequest([target[PythonSourceField]]))
        parsed = await parse_python_dependencies(
            ParsePythonDependenciesRequest(sources), **implicitly()
        )
        return frozenset(name for each in parsed.path_to_deps.values() for name in each.imports)
    of_file = await parse_python_dependencies(
        ParsePythonDependenciesRequest(target[PythonSourceField], constraints), **implicitly()
    )
    return frozenset(of_file.imports)


def files_to_parse(request: ParsePythonDependenciesRequest) -> tuple[str, ...]:
    """Return the paths of the source files of a request."""
    if SINCE_2_32:
        return tuple(request.source.snapshot.files)
    return (request.source.file_path,)


def parses_in_rust(infer: PythonInferSubsystem) -> bool:
    """Return whether Pants reads imports with its Rust parser, the only one since Pants 2.19."""
    return True


def constraints_among(
    targets: Iterable[Target], python_setup: PythonSetup
) -> InterpreterConstraints:
    """Return the interpreter constraints of these targets combined. Each target has some."""
    if SINCE_2_31:
        return InterpreterConstraints.create_from_compatibility_fields(
            [
                (
                    target[InterpreterConstraintsField],
                    target[PythonResolveField] if target.has_field(PythonResolveField) else None,
                )
                for target in targets
            ],
            python_setup,
        )
    return InterpreterConstraints.create_from_compatibility_fields(
        [target[InterpreterConstraintsField] for target in targets], python_setup
    )


def is_pex_lockfile(loaded: LoadedLockfile) -> bool:
    if SINCE_2_32:
        return loaded.lockfile_format == LockfileFormat.PEX
    return loaded.is_pex_native


def locks_with_uv(python_setup: PythonSetup) -> bool:
    """Return whether `generate-lockfiles` writes lockfiles of uv, which Pants 2.32 added."""
    if SINCE_2_32:
        return python_setup.resolver == Resolver.uv
    return False


def pip_version(python_setup: PythonSetup) -> str:
    return python_setup.pip_version


def project_of(requirement: PipRequirement) -> str:
    """Return the name of the distribution as the requirement spells it."""
    return requirement.name


def pex_variables(
    environment: CompletePexEnvironment, own_python: PythonBuildStandaloneBinary
) -> Mapping[str, str]:
    """Return the environment variables of a process that runs PEX."""
    if SINCE_2_30:
        return environment.environment_dict(python_configured=True)
    return environment.environment_dict(python=own_python)


def rules() -> Iterable[Any]:
    return collect_rules()
