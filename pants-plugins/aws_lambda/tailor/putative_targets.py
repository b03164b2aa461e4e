"""Adds `lambda_function` and `resources` targets to the proposals of the goal `tailor`."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField, PythonTestSourceField
from pants.base.build_environment import get_buildroot
from pants.core.goals.tailor import (
    AllOwnedSources,
    PutativeTarget,
    PutativeTargets,
    PutativeTargetsRequest,
    TailorSubsystem,
)
from pants.core.target_types import ResourcesGeneratorTarget
from pants.engine.addresses import Addresses
from pants.engine.fs import CreateDigest, Digest, FileContent, MergeDigests, PathGlobs
from pants.engine.internals.graph import OwnersRequest
from pants.engine.target import AllUnexpandedTargets
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.source.source_root import SourceRootRequest
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    contents_at,
    create_digest,
    get_optional_source_root,
    implicitly,
    merge_digests,
    owners_of,
    path_globs_to_paths,
    rule,
    run_to_success,
    targets_at,
)
from aws_lambda.processes.interpreters import Interpreters
from aws_lambda.processes.sandbox_program import ProgramRun, prepare_program
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.tailor.proposed_targets import (
    HandlerFile,
    NamedHandler,
    ProposedData,
    ProposedFunction,
    is_in_folders,
    may_have_handler,
    parse_named_handler,
    propose_data,
    propose_functions,
    resolve_of_owners,
)
from aws_lambda.target_types import LambdaFunctionTarget, LambdaHandlerField

_REQUEST = "request.json"


@dataclass(frozen=True)
class PutativeLambdaTargetsRequest(PutativeTargetsRequest):
    pass


@dataclass(frozen=True)
class HandlersRequest:
    """Python files, as a digest with these paths."""

    paths: tuple[str, ...]
    digest: Digest


@dataclass(frozen=True)
class HandlersInFiles:
    """The names of the handlers in each file."""

    names: FrozenDict[str, tuple[str, ...]]


@dataclass(frozen=True)
class HandlerFileRequest:
    """A file with handlers."""

    path: str
    functions: tuple[str, ...]


@dataclass(frozen=True)
class LocatedHandlerFile:
    """The file with its source root, or `None` if it is outside all roots or a test."""

    file: HandlerFile | None


@dataclass(frozen=True)
class NamedHandlerRequest:
    """A handler that a target names by its module."""

    named: NamedHandler


@rule(desc="Find handlers in Python files", level=LogLevel.DEBUG)
async def find_handlers(request: HandlersRequest, interpreters: Interpreters) -> HandlersInFiles:
    """Parse the files with the newest Python of this machine, since newer syntax breaks Pants'."""
    newest = interpreters.found[0] if interpreters.found else None
    listed = FileContent(_REQUEST, json.dumps(request.paths).encode())
    result = await run_to_success(
        await prepare_program(
            ProgramRun(
                program="find_handlers.py",
                argv=(_REQUEST,),
                description=f"Find handlers in {pluralize(len(request.paths), 'file')}",
                inputs=await merge_digests(
                    MergeDigests([request.digest, await create_digest(CreateDigest([listed]))])
                ),
                python=newest.path if newest else None,
                fingerprint=newest.sha256 if newest else "",
            ),
            **implicitly(),
        )
    )
    found: Mapping[str, list[str]] = json.loads(result.stdout)
    return HandlersInFiles(FrozenDict({path: tuple(names) for path, names in found.items()}))


@rule(level=LogLevel.DEBUG)
async def locate_handler_file(
    request: HandlerFileRequest, python_setup: PythonSetup
) -> LocatedHandlerFile:
    """Find the source root and the resolve. A file that belongs to tests is no handler's."""
    root, owners = await concurrently(
        get_optional_source_root(SourceRootRequest.for_file(request.path), **implicitly()),
        owners_of(OwnersRequest((request.path,)), **implicitly()),
    )
    targets = await targets_at(Addresses(owners))
    if root.source_root is None or any(each.has_field(PythonTestSourceField) for each in targets):
        return LocatedHandlerFile(None)
    path = "" if root.source_root.path == "." else root.source_root.path
    resolves = {
        each[PythonResolveField].normalized_value(python_setup)
        for each in targets
        if python_setup.enable_resolves and each.has_field(PythonResolveField)
    }
    resolve = resolve_of_owners(resolves, python_setup.default_resolve)
    return LocatedHandlerFile(HandlerFile(request.path, path, request.functions, resolve))


@rule(level=LogLevel.DEBUG)
async def locate_named_handler(request: NamedHandlerRequest) -> NamedHandler:
    """Return the file of the module in the target's own source root, if it has such a file.

    Several source roots may contain a module of this name. Otherwise, the module may be in any.
    """
    named = request.named
    below = SourceRootRequest.for_file(os.path.join(named.folder, "BUILD"))
    root = await get_optional_source_root(below, **implicitly())
    if root.source_root is None:
        return named
    start = os.path.normpath(os.path.join(root.source_root.path, *named.module.split(".")))
    paths = await path_globs_to_paths(PathGlobs([f"{start}/__init__.py", f"{start}.py"]))
    return replace(named, file=paths.files[0]) if paths.files else named


@rule(desc="Determine candidate Lambda targets to create", level=LogLevel.DEBUG)
async def propose_targets(
    request: PutativeLambdaTargetsRequest,
    existing: AllUnexpandedTargets,
    owned: AllOwnedSources,
    options: LambdaSubsystem,
    tailor_options: TailorSubsystem,
    global_options: GlobalOptions,
) -> PutativeTargets:
    """Read files that may contain handlers, and propose targets for handlers that have none.

    Data files next to a new function become a target on which the function depends. Plugins of
    Pants, such as this backend, are left out.
    """
    if not options.tailor:
        return PutativeTargets()
    plugins = [os.path.relpath(each, get_buildroot()) for each in global_options.pythonpath]
    contents = [
        each
        for each in await contents_at(request.path_globs("*.py"))
        if may_have_handler(each.path, each.content) and not is_in_folders(each.path, plugins)
    ]
    if not contents:
        return PutativeTargets()
    digest = await create_digest(CreateDigest(contents))
    paths = tuple(each.path for each in contents)
    found = await find_handlers(HandlersRequest(paths, digest), **implicitly())
    located = await concurrently(
        locate_handler_file(HandlerFileRequest(path, names), **implicitly())
        for path, names in found.names.items()
        if names
    )
    files = [each.file for each in located if each.file]
    modules = {file.module for file in files}
    named = [
        each
        for target in existing
        for field in target.field_values.values()
        if field.alias == LambdaHandlerField.alias
        for each in [parse_named_handler(field.value, target.address.spec_path)]
        if each and (each.file or each.module in modules)
    ]
    named_files = await concurrently(
        locate_named_handler(NamedHandlerRequest(each), **implicitly()) for each in named
    )
    taken: dict[str, set[str]] = defaultdict(set)
    for target in existing:
        taken[target.address.spec_path].add(target.address.target_name)
    functions = [
        each
        for each in propose_functions(files, named_files, taken)
        if f"{each.folder or '//'}:{each.name}" not in tailor_options.ignore_adding_targets
    ]
    # The root folder contains settings of tools, and rarely data.
    folders = sorted({each.folder for each in functions if each.folder})
    near = await path_globs_to_paths(PathGlobs(f"{folder}/*" for folder in folders))
    unowned = set(near.files) - set(owned)
    data = propose_data((path for path in near.files if path in unowned), functions, taken)
    return PutativeTargets(
        [*(_function(each, data) for each in functions), *map(_data, data.values())]
    )


def _function(proposed: ProposedFunction, data: Mapping[str, ProposedData]) -> PutativeTarget:
    values: dict[str, str | tuple[str, ...]] = {"handler": proposed.handler}
    if not proposed.folder:
        # In the root folder, Pants renames targets whose name is not among these.
        values["name"] = proposed.name
    if proposed.resolve:
        values["resolve"] = proposed.resolve
    if proposed.folder in data:
        values["dependencies"] = (f":{data[proposed.folder].name}",)
    return PutativeTarget.for_target_type(
        LambdaFunctionTarget,
        path=proposed.folder,
        name=proposed.name,
        triggering_sources=(),
        kwargs=values,
    )


def _data(proposed: ProposedData) -> PutativeTarget:
    return PutativeTarget.for_target_type(
        ResourcesGeneratorTarget,
        path=proposed.folder,
        name=proposed.name,
        triggering_sources=proposed.sources,
        kwargs={"sources": proposed.sources},
    )


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(PutativeTargetsRequest, PutativeLambdaTargetsRequest))
