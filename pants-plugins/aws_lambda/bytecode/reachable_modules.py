"""Follows imports from first-party code into wheels, to find the modules that may be reached.

The result depends only on the wheels and on the imported names. Functions with the same imports
share it, and an edit without a new import does not change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pants.engine.target import Target
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import RepositoryOrigin, WheelOrigin
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.imports.module_index import ImportableModules, ModuleFacts
from aws_lambda.artifact.imports.pth_files import SearchPath, build_search_path
from aws_lambda.artifact.imports.reachability import follow_calls, follow_imports
from aws_lambda.artifact.same_objects import Same
from aws_lambda.artifact.wheels.installed_paths import Placement
from aws_lambda.contents.closure_files import find_closure_files
from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.inputs.handler_module import HandlerRequest, find_handler
from aws_lambda.inputs.parametrized import ServedFunctionsRequest, find_served_functions
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, rule
from aws_lambda.target_types import LambdaHandlerField
from aws_lambda.third_party.installed_files import (
    InstalledFiles,
    InstalledFilesRequest,
    install_wheel,
)
from aws_lambda.third_party.python_modules import (
    WheelModules,
    WheelModulesRequest,
    read_modules,
    read_wheel_modules,
    request_modules,
)
from aws_lambda.third_party.wheel_contents import ResolvedWheel, WheelFile, open_wheel


@dataclass(frozen=True)
class ModuleIndexRequest:
    """The modules of wheels. An interpreter of version `python` or newer reads them."""

    wheels: tuple[WheelFile, ...]
    python: tuple[int, int]


@dataclass(frozen=True)
class ModuleIndex:
    """The modules of wheels: how Python starts with them, facts by wheel and entry, top names."""

    start: SearchPath
    facts: FrozenDict[tuple[str, str], ModuleFacts]
    tops: frozenset[str]


@dataclass(frozen=True)
class ReachableFromRequest:
    """The modules that an import of these modules or attributes may reach."""

    third_party: ModuleIndexRequest
    names: frozenset[str]


@dataclass(frozen=True)
class ReachableModules:
    """The modules of wheels that may be reached, each as a wheel's file name and an entry of it.

    `entries` is `None` if they are unknown. `sdk` are the modules of the SDK that these modules
    import, in functions as well. Modules that only functions of wheels import do not count for it.
    """

    entries: frozenset[tuple[str, str]] | None
    sdk: frozenset[str] = frozenset()


@rule(desc="Index third-party modules", level=LogLevel.DEBUG)
async def index_modules(request: ModuleIndexRequest) -> ModuleIndex:
    # Imports do not depend on the interpreter of scripts.
    placement = Placement("", "")
    installed = await concurrently(
        install_wheel(InstalledFilesRequest(wheel, placement)) for wheel in request.wheels
    )
    read = await concurrently(
        read_wheel_modules(WheelModulesRequest(request.python, wheel.name, wheel.digest))
        for wheel in request.wheels
    )
    opened = await concurrently(open_wheel(wheel) for wheel in request.wheels)
    return _index(Same(*installed), Same(*read), Same(*opened))


@lru_cache(maxsize=32)
def _index(
    installed: Same[InstalledFiles], read: Same[WheelModules], opened: Same[ResolvedWheel]
) -> ModuleIndex:
    lines: dict[tuple[str, str], list[str]] = {}
    for carried in opened.values:
        for entry, line in carried.wheel.pth_lines:
            lines.setdefault((carried.wheel.file_name, entry), []).append(line)
    start = build_search_path(
        [ArtifactView("", "", tuple(file for each in installed.values for file in each.files))],
        lambda file: (
            lines.get((file.origin.wheel, file.origin.entry), ())
            if isinstance(file.origin, WheelOrigin)
            else ()
        ),
    )
    return ModuleIndex(
        start,
        FrozenDict(
            {
                (carried.wheel.file_name, entry): facts
                for carried, each in zip(opened.values, read.values)
                for entry, facts in each.facts.items()
            }
        ),
        frozenset(
            path.partition("/")[0]
            for place in start.entries
            for path in (*place.modules, *place.folders)
        ),
    )


@rule(desc="Follow imports into wheels", level=LogLevel.DEBUG)
async def find_modules_reachable_from(request: ReachableFromRequest) -> ReachableModules:
    third_party = await index_modules(request.third_party)
    return _follow(Same(third_party), request.names)


@lru_cache(maxsize=256)
def _follow(index: Same[ModuleIndex], names: frozenset[str]) -> ReachableModules:
    (third_party,) = index.values
    modules = ImportableModules(
        third_party.start.entries,
        lambda file: (
            third_party.facts.get((file.origin.wheel, file.origin.entry))
            if isinstance(file.origin, WheelOrigin)
            else None
        ),
    )
    entries = [*third_party.start.modules, *sorted(names)]
    files = (module.file for module in follow_calls(modules, entries))
    return ReachableModules(
        frozenset(
            (file.origin.wheel, file.origin.entry)
            for file in files
            if file and isinstance(file.origin, WheelOrigin)
        ),
        frozenset().union(*(modules.facts(m).sdk for m in follow_imports(modules, entries))),
    )


async def _reachable_from_function(subject: BuildSubject, function: Target) -> ReachableModules:
    closure = await find_closure_files(subject, **implicitly())
    if not closure.wheels:
        return ReachableModules(frozenset())
    python = closure.inputs.platform.python
    wheels = ModuleIndexRequest(tuple(each.file for each in closure.wheels), python)
    every = (*closure.files, *closure.inputs.extra.files)
    own = tuple(file for file in every if isinstance(file.origin, RepositoryOrigin))
    to_read = await request_modules(python, own, closure.root)
    handler, third_party, read = await concurrently(
        find_handler(HandlerRequest(function[LambdaHandlerField])),
        index_modules(wheels),
        read_modules(to_read),
    )
    # In first-party code, every import counts, including those in functions.
    imported = (
        name
        for report in read.reports.values()
        for each in report.facts.imports
        for name in (each.module, *(f"{each.module}.{n}" for n in each.names))
    )
    # A `python_distribution` may contain the handler; then no first-party code imports it.
    names = (handler.module, *imported)
    known = frozenset(name for name in names if name.partition(".")[0] in third_party.tops)
    return await find_modules_reachable_from(ReachableFromRequest(wheels, known))


async def _reachable_from_layer(subject: BuildSubject, layer: Target) -> ReachableModules:
    """The modules that the functions of `requirements_of` may reach.

    They are unknown for a layer with requirements of its own.
    """
    served, own = await concurrently(
        find_served_functions(ServedFunctionsRequest(layer), **implicitly()),
        find_inputs(subject, **implicitly()),
    )
    if not served.targets or own.closure.requirements:
        return ReachableModules(None)
    reaches = await concurrently(
        find_reachable_modules(subject.at(each.address)) for each in served.targets
    )
    known = [each.entries for each in reaches if each.entries is not None]
    return ReachableModules(frozenset().union(*known))


@rule(desc="Find reachable modules", level=LogLevel.DEBUG)
async def find_reachable_modules(subject: BuildSubject) -> ReachableModules:
    """The modules of wheels that a function may reach, or the functions that a layer serves."""
    target = await find_target(subject)
    if target.has_field(LambdaHandlerField):
        return await _reachable_from_function(subject, target)
    return await _reachable_from_layer(subject, target)


def rules() -> Iterable[Any]:
    return collect_rules()
