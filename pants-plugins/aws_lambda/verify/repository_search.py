"""Searches the repository and the lockfile for modules and files that a function lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pants.backend.python.dependency_inference.default_module_mapping import DEFAULT_MODULE_MAPPING
from pants.backend.python.dependency_inference.module_mapper import PythonModuleOwnersRequest
from pants.backend.python.macros.python_requirements import PythonRequirementsSourceField
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    PythonRequirementModulesField,
    PythonRequirementResolveField,
    PythonRequirementsField,
    PythonResolveField,
    PythonSourceField,
)
from pants.engine.addresses import Address, Addresses
from pants.engine.fs import FileEntry, PathGlobs
from pants.engine.internals.graph import OwnersRequest
from pants.engine.target import AllUnexpandedTargets, Dependencies, DependenciesRequest, Target
from pants.source.source_root import AllSourceRoots, SourceRootRequest
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.named_files import SourceRootFiles
from aws_lambda.artifact.checks.named_modules import NamedModule
from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.imports.module_locations import ModuleLocations, ModuleOwner
from aws_lambda.inputs.attached_layers import AttachedLayersRequest, find_attached_layers
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.inputs.dependency_walk import transitively_excluded
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    contents_at,
    entries_at,
    explicitly_provided,
    find_all_targets,
    get_source_root,
    implicitly,
    map_module_to_address,
    owners_of,
    path_globs_to_paths,
    project_of,
    rule,
    targets_at,
)
from aws_lambda.third_party.lockfile import LockfileRequest, load_resolve_lockfile
from aws_lambda.third_party.python_modules import read_entry, read_modules, request_modules


@dataclass(frozen=True)
class ModuleSearchRequest:
    """Modules that a function and its layers lack.

    `missing` are imported for sure, so that they are looked for everywhere; `named` are only named
    by first-party code, and have to be modules that some target owns.
    """

    function: Target
    python: tuple[int, int]
    missing: tuple[str, ...]
    named: tuple[NamedModule, ...] = ()


@dataclass(frozen=True)
class ModuleSearchResult:
    """The whereabouts of each name.

    `named` are the names of the request, and those that the modules behind them name in turn.
    """

    of: FrozenDict[str, ModuleLocations]
    named: tuple[NamedModule, ...] = ()


@dataclass(frozen=True)
class _ModuleOwnersRequest:
    """Dotted names, each of a module or of an attribute in one."""

    function: Target
    names: tuple[str, ...]


@dataclass(frozen=True)
class _ModuleOwners:
    of: FrozenDict[str, ModuleLocations]


@dataclass(frozen=True)
class RootFilesRequest:
    """A source root as Pants writes it: `.` for the root of the repository."""

    source_root: str


@dataclass(frozen=True)
class FileOwnersRequest:
    """Paths of the repository."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class FileOwners:
    """The targets that own each path: addresses, and aliases of the targets."""

    of: FrozenDict[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class _UnownedModule:
    """A name that no target of the resolve owns."""

    name: str
    resolve: str


@rule(desc="List the files of a source root", level=LogLevel.DEBUG)
async def list_root(request: RootFilesRequest) -> SourceRootFiles:
    prefix = "" if request.source_root == "." else f"{request.source_root}/"
    found = await path_globs_to_paths(PathGlobs([f"{prefix}**"]))
    return SourceRootFiles(found.files)


@rule(desc="Find the owners of files", level=LogLevel.DEBUG)
async def find_file_owners(request: FileOwnersRequest) -> FileOwners:
    owners = await concurrently(owners_of(OwnersRequest((path,))) for path in request.paths)
    targets = await concurrently(targets_at(Addresses(each)) for each in owners)
    return FileOwners(
        FrozenDict(
            {
                path: tuple(sorted(_generator_of(target) for target in found))
                for path, found in zip(request.paths, targets)
            }
        )
    )


def _generator_of(target: Target) -> tuple[str, str]:
    """The address and alias of the target as a BUILD file declares it."""
    is_generated = target.address.is_generated_target
    return _generator(target.address), f"{target.alias}s" if is_generated else target.alias


def _generator(address: Address) -> str:
    """The target generator of this target, as a BUILD file names it."""
    path, _, name = address.maybe_convert_to_target_generator().spec.partition(":")
    return path if name in ("", path.rpartition("/")[2]) else f"{path}:{name}"


@rule(desc="Find a module without an owner", level=LogLevel.DEBUG)
async def find_unowned_module(
    request: _UnownedModule,
    python_setup: PythonSetup,
    roots: AllSourceRoots,
    every: AllUnexpandedTargets,
) -> ModuleLocations:
    """Find why no target of the resolve owns a module.

    Search for owners in other resolves, for files without an owner, for requirements that map to
    other modules, for locked projects that no target declares, and for lines of requirements files
    that Pants skips.
    """
    path = request.name.replace(".", "/")
    prefixes = ["" if each.path == "." else f"{each.path}/" for each in roots]
    of_others, files, targets, locked = await concurrently(
        map_module_to_address(PythonModuleOwnersRequest(request.name, None), **implicitly()),
        path_globs_to_paths(
            PathGlobs(
                f"{prefix}{path}{end}" for prefix in prefixes for end in (".py", "/__init__.py")
            )
        ),
        find_all_targets(**implicitly()),
        path_globs_to_paths(PathGlobs([python_setup.resolves[request.resolve]])),
    )
    owners = await find_file_owners(FileOwnersRequest(files.files))
    owned = [path for path in files.files if owners.of[path]]
    roots_of_owned = await concurrently(
        get_source_root(SourceRootRequest.for_file(path)) for path in owned
    )
    others = await targets_at(Addresses((*of_others.unambiguous, *of_others.ambiguous)))
    declared = [
        target
        for target in targets
        if target.has_field(PythonRequirementsField)
        and target[PythonRequirementResolveField].normalized_value(python_setup) == request.resolve
    ]
    lists = [each for each in every if each.has_field(PythonRequirementsSourceField)]
    contents = await concurrently(
        contents_at(PathGlobs([each[PythonRequirementsSourceField].file_path])) for each in lists
    )
    projects = (
        (
            await load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly())
        ).lock.projects
        if locked.files
        else {}
    )
    names = {
        normalize_name(project_of(r)) for t in declared for r in t[PythonRequirementsField].value
    }
    top = request.name.partition(".")[0]
    return ModuleLocations(
        other_resolves=tuple(
            (each.address.spec, each[PythonResolveField].normalized_value(python_setup))
            for each in others
            if each.has_field(PythonResolveField)
        ),
        unowned_files=tuple(path for path in files.files if not owners.of[path]),
        renamed_files=tuple(
            (path, root.path, module)
            for path, root in zip(owned, roots_of_owned)
            for module in [_module_of(path, root.path)]
            if module != request.name
        ),
        remapped_requirements=tuple(
            (target.address.spec, ", ".join(target[PythonRequirementModulesField].value or ()))
            for target in declared
            if target[PythonRequirementModulesField].value
            for each in target[PythonRequirementsField].value
            if top in _default_modules(project_of(each))
        ),
        undeclared_projects=tuple(
            (name, project.version)
            for name, project in sorted(projects.items())
            if name not in names and top in _default_modules(name)
        ),
        skipped_requirements=tuple(
            (line.strip(), each.path)
            for each in chain(*contents)
            for line in each.content.decode(errors="replace").splitlines()
            if line.lstrip().startswith(("-r", "-e", "--requirement", "--editable"))
        ),
    )


def _module_of(path: str, source_root: str) -> str:
    """The dotted name of the module in a file, which its source root determines."""
    below = path if source_root == "." else path[len(source_root) + 1 :]
    return below[: -len(".py")].replace("/", ".").removesuffix(".__init__")


def _default_modules(project: str) -> Sequence[str]:
    name = normalize_name(project)
    return DEFAULT_MODULE_MAPPING.get(name, (name.replace("-", "_"),))


@rule(desc="Find the owners of missing modules", level=LogLevel.DEBUG)
async def find_module_owners(
    request: _ModuleOwnersRequest, python_setup: PythonSetup
) -> _ModuleOwners:
    function = request.function
    resolve = function[PythonResolveField].normalized_value(python_setup)
    needs, attached, explicit = await concurrently(
        find_inputs(BuildSubject(function.address), **implicitly()),
        find_attached_layers(AttachedLayersRequest(function)),
        explicitly_provided(DependenciesRequest(function[Dependencies])),
    )
    of_layers = await concurrently(
        find_inputs(BuildSubject(layer), **implicitly()) for layer in attached.addresses
    )
    own = [target for each in (needs, *of_layers) for target in each.closure.targets]
    needed = {target.address for target in own}
    of_sources = await concurrently(
        explicitly_provided(DependenciesRequest(target[Dependencies]))
        for target in own
        if target.has_field(PythonSourceField)
    )
    ignored = await transitively_excluded([function])
    ignored = ignored.union(*(each.ignores for each in (explicit, *of_sources)))
    owners = await concurrently(
        map_module_to_address(PythonModuleOwnersRequest(name, resolve), **implicitly())
        for name in request.names
    )
    targets = await concurrently(
        targets_at(Addresses((*each.unambiguous, *each.ambiguous))) for each in owners
    )
    return _ModuleOwners(
        FrozenDict(
            {
                name: ModuleLocations(tuple(_owner(each, needed, ignored) for each in found))
                for name, found in zip(request.names, targets)
            }
        )
    )


@rule(desc="Search for missing modules", level=LogLevel.DEBUG)
async def search_modules(
    request: ModuleSearchRequest, python_setup: PythonSetup
) -> ModuleSearchResult:
    """Search for missing modules, and for the modules that these name in turn."""
    found: dict[str, ModuleLocations] = {}
    named = {each.name: each for each in request.named}
    names = {*request.missing, *named}
    while names:
        owned = await find_module_owners(
            _ModuleOwnersRequest(request.function, tuple(sorted(names))), **implicitly()
        )
        found.update(owned.of)
        files = {
            owner.file
            for name in names & named.keys()
            for owner in owned.of[name].undeclared_owners
            if owner.file
        }
        entries = await entries_at(PathGlobs(sorted(files)))
        sources = tuple(
            read_entry(each, each.path) for each in entries if isinstance(each, FileEntry)
        )
        to_read = await request_modules(request.python, sources)
        read = await read_modules(to_read)
        names = set()
        for file in sources:
            report = read.of(file)
            for text in report.facts.module_texts if report else ():
                if text.text not in found:
                    names.add(text.text)
                    named.setdefault(text.text, NamedModule(text.text, file.source, text.line))
    resolve = request.function[PythonResolveField].normalized_value(python_setup)
    unowned = [name for name in request.missing if not found[name].owners]
    looked_for = await concurrently(
        find_unowned_module(_UnownedModule(name, resolve), **implicitly()) for name in unowned
    )
    found.update(zip(unowned, looked_for))
    return ModuleSearchResult(FrozenDict(found), tuple(named.values()))


def _owner(target: Target, needed: Iterable[Address], ignored: Iterable[Address]) -> ModuleOwner:
    address = target.address
    is_requirement = target.has_field(PythonRequirementsField)
    requirements = target[PythonRequirementsField].value if is_requirement else ()
    file = target[PythonSourceField].file_path if target.has_field(PythonSourceField) else ""
    is_package = address.is_generated_target and file.endswith("/__init__.py")
    return ModuleOwner(
        address.spec,
        tuple(normalize_name(project_of(each)) for each in requirements),
        tuple(map(str, requirements)),
        file,
        _generator(address) if is_package else "",
        address in needed,
        address in ignored,
    )


def rules() -> Iterable[Any]:
    return collect_rules()
