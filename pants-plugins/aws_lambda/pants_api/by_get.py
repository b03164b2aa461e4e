"""Implements `pants_api` for Pants up to 2.27, where a call of a rule becomes a `Get`.

Pants collects the requests of a rule from the source of the functions that the rule calls, if these
are coroutine functions or are declared to return a `Get`. Therefore, each name here is such a
function.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from inspect import signature
from typing import Any, Protocol, TypeVar, get_type_hints, overload

from pants.backend.python.dependency_inference.module_mapper import (
    PythonModuleOwners,
    PythonModuleOwnersRequest,
)
from pants.backend.python.dependency_inference.parse_python_dependencies import (
    ParsedPythonDependencies,
    ParsePythonDependenciesRequest,
)
from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.subsystems.setuptools import PythonDistributionFieldSet
from pants.backend.python.target_types import InterpreterConstraintsField, PythonSourceField
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.local_dists import LocalDistWheels
from pants.backend.python.util_rules.pex import PexRequest, VenvPex
from pants.backend.python.util_rules.pex_cli import PexCliProcess
from pants.backend.python.util_rules.pex_environment import CompletePexEnvironment
from pants.backend.python.util_rules.pex_requirements import (
    LoadedLockfile,
    LoadedLockfileRequest,
    Lockfile,
    Resolve,
    ResolvePexConfig,
    ResolvePexConfigRequest,
)
from pants.backend.python.util_rules.python_sources import (
    PythonSourceFiles,
    PythonSourceFilesRequest,
)
from pants.core.goals.package import BuiltPackage, EnvironmentAwarePackageRequest
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.core.util_rules.environments import EnvironmentField as EnvironmentField
from pants.core.util_rules.environments import EnvironmentTarget as EnvironmentTarget
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.core.util_rules.stripped_source_files import StrippedFileName, StrippedFileNameRequest
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.environment import EnvironmentName
from pants.engine.fs import (
    AddPrefix,
    CreateDigest,
    Digest,
    DigestContents,
    DigestEntries,
    DigestSubset,
    MergeDigests,
    PathGlobs,
    Paths,
    RemovePrefix,
)
from pants.engine.internals.graph import Owners, OwnersRequest
from pants.engine.internals.native_engine import AddressInput
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
    ProcessResult,
)
from pants.engine.rules import Effect, Get, MultiGet
from pants.engine.rules import QueryRule as QueryRule
from pants.engine.rules import collect_rules as _collect_rules
from pants.engine.rules import goal_rule as goal_rule
from pants.engine.rules import rule as _rule
from pants.engine.target import (
    AllTargets,
    DependenciesRequest,
    ExplicitlyProvidedDependencies,
    HydratedSources,
    HydrateSourcesRequest,
    InferDependenciesRequest,
    InferredDependencies,
    Target,
    TargetRootsToFieldSets,
    TargetRootsToFieldSetsRequest,
    Targets,
    UnexpandedTargets,
    WrappedTarget,
    WrappedTargetRequest,
)
from pants.source.source_root import OptionalSourceRoot, SourceRoot, SourceRootRequest
from pants.util.logging import LogLevel
from typing_extensions import Concatenate  # pants: no-infer-dep

from aws_lambda.pants_api.versions import SINCE_2_18, SINCE_2_19, SINCE_2_23, SINCE_2_26

if SINCE_2_18:

    from pants.util.pip_requirement import PipRequirement

    class SecondaryOwnerMixin:
        """Removed in Pants 2.18: a path on the command line only names its primary owners."""

else:
    from pants.backend.python.pip_requirement import PipRequirement
    from pants.engine.target import SecondaryOwnerMixin as _SecondaryOwnerMixin
    from pants.source.filespec import Filespec

    class SecondaryOwnerMixin(_SecondaryOwnerMixin):
        """A field that names files. A path of such a file on the command line names the target."""

        @property
        def owned_files(self) -> tuple[str, ...]:
            raise NotImplementedError

        @property
        def filespec(self) -> Filespec:
            return {"includes": [*self.owned_files]}


_Asked = TypeVar("_Asked", contravariant=True)
_Output = TypeVar("_Output")
_Other = TypeVar("_Other")

concurrently = MultiGet
ResolveConfigRequest = ResolvePexConfigRequest


class Called(Protocol[_Asked, _Output]):
    """A rule that its callers give one argument. Pants provides its other parameters."""

    def __call__(self, asked: _Asked, **implicitly: Any) -> Get[_Output]: ...


class _CalledForNothing(Protocol[_Output]):
    def __call__(self, **implicitly: Any) -> Get[_Output]: ...


class _Decorator(Protocol):
    @overload
    def __call__(self, func: Callable[[], Coroutine[Any, Any, _Output]]) -> Any: ...
    @overload
    def __call__(
        self, func: Callable[Concatenate[_Asked, ...], Coroutine[Any, Any, _Output]]
    ) -> Called[_Asked, _Output]: ...


def implicitly(asked: Any = None) -> dict[str, Any]:
    """Return the parameters that Pants provides. `asked` maps values to the types to look up."""
    return {} if asked is None else {"implicit": asked}


# The placeholders, such as `${file_suffix}`, that Pants 2.23 and later replace.
NAMES_IN_OUTPUT_PATHS = (
    ("file_suffix", "spec_path_normalized", "target_name_normalized") if SINCE_2_23 else ()
)


async def first_and_rest(
    first: Get[_Output], rest: Iterable[Get[_Other]]
) -> tuple[_Output, tuple[_Other, ...]]:
    """Await a call and any number of calls of another kind concurrently.

    `concurrently` of Pants 2.19 to 2.31 accepts at most ten arguments.
    """
    found: tuple[Any, ...] = await MultiGet((first, *rest))
    return found[0], found[1:]


def _by_name(output: type[_Output], asked_type: type[_Asked]) -> Called[_Asked, _Output]:
    def call(asked: Any, **_: Any) -> Get:  # type: ignore[type-arg]
        return Get(output, asked_type, asked)

    return call


def _for_nothing(output: type[_Output]) -> _CalledForNothing[_Output]:
    def call(**_: Any) -> Get:  # type: ignore[type-arg]
        return Get(output)

    return call


def _of_union(output: type[_Output], union: type[_Asked]) -> Called[_Asked, _Output]:
    def call(*, implicit: dict[Any, type]) -> Get:  # type: ignore[type-arg]
        asked, environment = implicit
        return Get(output, {asked: union, environment: EnvironmentName})

    return call  # type: ignore[return-value]


def _decorated(func: Any, options: dict[str, Any]) -> Any:
    hints = get_type_hints(func)
    parameters = tuple(signature(func).parameters)
    output = hints["return"]
    if options.pop("polymorphic", False):
        return _of_union(output, hints[parameters[0]])
    call: Any = _by_name(output, hints[parameters[0]]) if parameters else _for_nothing(output)
    # A rule may call itself, so this comes before Pants reads the rule.
    setattr(sys.modules[func.__module__], func.__name__, call)
    # Pants 2.19 to 2.22 consider a call of anything with the attribute `rule` a call by name, and
    # 2.23 to 2.27 a call of anything with the name of a rule.
    func.__name__ = f"{func.__name__}_itself"
    decorate: Any = _rule
    call.decorated = decorate(**options)(func)
    return call


@overload
def rule(func: Callable[[], Coroutine[Any, Any, _Output]], /) -> _CalledForNothing[_Output]: ...
@overload
def rule(
    func: Callable[Concatenate[_Asked, ...], Coroutine[Any, Any, _Output]], /
) -> Called[_Asked, _Output]: ...
@overload
def rule(*, desc: str = ..., level: LogLevel = ..., polymorphic: bool = ...) -> _Decorator: ...
def rule(*args: Any, **options: Any) -> Any:
    """Register a rule as Pants' own `rule` does, and return a function that calls it."""
    return _decorated(args[0], options) if args else lambda func: _decorated(func, options)


def collect_rules() -> Iterable[Any]:
    """Return the rules of the caller's module."""
    names = sys._getframe(1).f_globals
    rules: Iterable[Any] = _collect_rules(
        {name: getattr(each, "decorated", each) for name, each in names.items()}
    )
    return rules


add_prefix = _by_name(Digest, AddPrefix)
address_of = _by_name(Address, AddressInput)
contents_at = _by_name(DigestContents, PathGlobs)
create_digest = _by_name(Digest, CreateDigest)
determine_resolve_config = _by_name(ResolvePexConfig, ResolvePexConfigRequest)
determine_source_files = _by_name(SourceFiles, SourceFilesRequest)
digest_subset_to_digest = _by_name(Digest, DigestSubset)
direct_dependencies = _by_name(Targets, DependenciesRequest)
entries_at = _by_name(DigestEntries, PathGlobs)
environment_aware_package = _by_name(BuiltPackage, EnvironmentAwarePackageRequest)
environment_vars_subset = _by_name(EnvironmentVars, EnvironmentVarsRequest)
execute_process = _by_name(FallibleProcessResult, Process)
explicitly_provided = _by_name(ExplicitlyProvidedDependencies, DependenciesRequest)
find_valid_field_sets_for_target_roots = _by_name(
    TargetRootsToFieldSets, TargetRootsToFieldSetsRequest
)
get_digest_contents = _by_name(DigestContents, Digest)
get_digest_entries = _by_name(DigestEntries, Digest)
get_lockfile_for_resolve = _by_name(Lockfile, Resolve)
get_optional_source_root = _by_name(OptionalSourceRoot, SourceRootRequest)
get_source_root = _by_name(SourceRoot, SourceRootRequest)
hydrate_sources = _by_name(HydratedSources, HydrateSourcesRequest)
infer_dependencies = _of_union(InferredDependencies, InferDependenciesRequest)
isolate_local_dist_wheels = _by_name(LocalDistWheels, PythonDistributionFieldSet)
load_lockfile = _by_name(LoadedLockfile, LoadedLockfileRequest)
map_module_to_address = _by_name(PythonModuleOwners, PythonModuleOwnersRequest)
merge_digests = _by_name(Digest, MergeDigests)
owners_of = _by_name(Owners, OwnersRequest)
path_globs_to_paths = _by_name(Paths, PathGlobs)
prepare_python_sources = _by_name(PythonSourceFiles, PythonSourceFilesRequest)
remove_prefix = _by_name(Digest, RemovePrefix)
resolve_target = _by_name(WrappedTarget, WrappedTargetRequest)
resolve_unexpanded_targets = _by_name(UnexpandedTargets, Addresses)
resolve_unparsed_address_inputs = _by_name(Addresses, UnparsedAddressInputs)
run_to_success = _by_name(ProcessResult, Process)
setup_pex_cli_process = _by_name(Process, PexCliProcess)
strip_file_name = _by_name(StrippedFileName, StrippedFileNameRequest)
targets_at = _by_name(Targets, Addresses)
targets_named = _by_name(Targets, UnparsedAddressInputs)
unexpanded_dependencies = _by_name(UnexpandedTargets, DependenciesRequest)
venv_pex = _by_name(VenvPex, PexRequest)
_parse_imports = _by_name(ParsedPythonDependencies, ParsePythonDependenciesRequest)
find_all_targets = _for_nothing(AllTargets)


def run_interactive_process(process: InteractiveProcess) -> Effect:  # type: ignore[type-arg]
    return Effect(InteractiveProcessResult, InteractiveProcess, process)


async def imports_of(target: Target, constraints: InterpreterConstraints) -> frozenset[str]:
    """Return the names that the file of a target imports, as dependency inference finds them."""
    # Dependency inference makes the same request, so Pants already has the result.
    parsed = await _parse_imports(
        ParsePythonDependenciesRequest(target[PythonSourceField], constraints)
    )
    return frozenset(parsed.imports)


def files_to_parse(request: ParsePythonDependenciesRequest) -> tuple[str, ...]:
    """Return the paths of the source files of a request."""
    return (request.source.file_path,)


def parses_in_rust(infer: PythonInferSubsystem) -> bool:
    """Return whether Pants reads imports with its Rust parser. Pants 2.19 removed the other one."""
    return SINCE_2_19 or infer.use_rust_parser


def constraints_among(
    targets: Iterable[Target], python_setup: PythonSetup
) -> InterpreterConstraints:
    """Return the interpreter constraints of these targets combined. Each target has some."""
    return InterpreterConstraints.create_from_compatibility_fields(
        [target[InterpreterConstraintsField] for target in targets], python_setup
    )


def is_pex_lockfile(loaded: LoadedLockfile) -> bool:
    return loaded.is_pex_native


def locks_with_uv(python_setup: PythonSetup) -> bool:
    """Return whether `generate-lockfiles` writes lockfiles of uv, which Pants 2.32 added."""
    return False


def pip_version(python_setup: PythonSetup) -> str:
    if SINCE_2_19:
        return python_setup.pip_version
    return python_setup.pip_version.value


def project_of(requirement: PipRequirement) -> str:
    """Return the name of the distribution as the requirement spells it."""
    if SINCE_2_26:
        return requirement.name
    return requirement.project_name


def pex_variables(
    environment: CompletePexEnvironment, own_python: PythonBuildStandaloneBinary
) -> Mapping[str, str]:
    """Return the environment variables of a process that runs PEX."""
    return environment.environment_dict(python=own_python)


def rules() -> Iterable[Any]:
    return ()
