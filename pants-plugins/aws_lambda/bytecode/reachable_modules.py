"""Follows imports from own code into third-party code: which modules of wheels may be reached.

What is reached depends on the wheels and on the names that own code imports, or that the handler's
module has, and on nothing else: an edit that imports nothing new, and functions that import the
same, share the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.addresses import Address
from pants.engine.target import WrappedTargetRequest
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import RepositoryOrigin, WheelOrigin
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.imports.module_index import ModuleFacts, Modules
from aws_lambda.artifact.imports.pth_files import Start, start_of
from aws_lambda.artifact.imports.reachability import reached
from aws_lambda.artifact.wheels.installed_paths import Placement
from aws_lambda.contents.closure_files import WholeRequest, find_whole
from aws_lambda.inputs.handler_module import HandlerRequest, find_handler
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, resolve_target, rule
from aws_lambda.target_types import LambdaHandlerField
from aws_lambda.third_party.installed_files import InstalledRequest, install_wheel
from aws_lambda.third_party.python_modules import (
    ReadModulesRequest,
    WheelModulesRequest,
    read_modules,
    read_wheel_modules,
)
from aws_lambda.third_party.wheels import WheelFile, open_wheel


@dataclass(frozen=True)
class ThirdPartyRequest:
    """The modules of these wheels, as an interpreter of `python` or newer finds them."""

    wheels: tuple[WheelFile, ...]
    python: tuple[int, int]


@dataclass(frozen=True)
class ThirdParty:
    """How Python starts with them, their facts by wheel and entry, and the names at the top."""

    start: Start
    facts: FrozenDict[tuple[str, str], ModuleFacts]
    tops: frozenset[str]


@dataclass(frozen=True)
class NamesReachRequest:
    """What importing these modules or attributes may reach."""

    third_party: ThirdPartyRequest
    names: frozenset[str]


@dataclass(frozen=True)
class ReachRequest:
    """What a function may reach, as if it named no layers."""

    function: Address
    stand_in: TargetPlatform | None = None


@dataclass(frozen=True)
class Reach:
    """The modules that may be reached: by wheel, and entry of the wheel.

    `sdk` are the modules of the SDK that these modules import, in functions as well.
    """

    entries: frozenset[tuple[str, str]]
    sdk: frozenset[str] = frozenset()


@rule(desc="Find third-party modules", level=LogLevel.DEBUG)
async def find_third_party(request: ThirdPartyRequest) -> ThirdParty:
    # The interpreter of scripts does not matter to imports.
    placement = Placement("", "")
    installed = await concurrently(
        install_wheel(InstalledRequest(wheel, placement)) for wheel in request.wheels
    )
    read = await concurrently(
        read_wheel_modules(WheelModulesRequest(request.python, wheel.name, wheel.digest))
        for wheel in request.wheels
    )
    opened = await concurrently(open_wheel(wheel) for wheel in request.wheels)
    lines: dict[tuple[str, str], list[str]] = {}
    for carried in opened:
        for entry, line in carried.wheel.pth_lines:
            lines.setdefault((carried.wheel.file_name, entry), []).append(line)
    start = start_of(
        [ArtifactView("", "", tuple(file for each in installed for file in each.files))],
        lambda file: (
            lines.get((file.origin.wheel, file.origin.entry), ())
            if isinstance(file.origin, WheelOrigin)
            else ()
        ),
    )
    return ThirdParty(
        start,
        FrozenDict(
            {
                (wheel.name, entry): facts
                for wheel, each in zip(request.wheels, read)
                for entry, facts in each.facts.items()
            }
        ),
        frozenset(
            path.partition("/")[0]
            for place in start.places
            for path in (*place.modules, *place.folders)
        ),
    )


@rule(desc="Follow imports", level=LogLevel.DEBUG)
async def follow_names(request: NamesReachRequest) -> Reach:
    third_party = await find_third_party(request.third_party)
    modules = Modules(
        third_party.start.places,
        lambda file: (
            third_party.facts.get((file.origin.wheel, file.origin.entry))
            if isinstance(file.origin, WheelOrigin)
            else None
        ),
    )
    found = reached(modules, [*third_party.start.modules, *sorted(request.names)])
    files = (module.file for module in found)
    return Reach(
        frozenset(
            (file.origin.wheel, file.origin.entry)
            for file in files
            if file and isinstance(file.origin, WheelOrigin)
        ),
        frozenset().union(*(modules.facts(module).sdk for module in found)),
    )


@rule(desc="Follow a function's imports", level=LogLevel.DEBUG)
async def follow_function(request: ReachRequest) -> Reach:
    wrapped = await resolve_target(
        WrappedTargetRequest(request.function, description_of_origin="package"), **implicitly()
    )
    whole = await find_whole(WholeRequest(wrapped.target, request.stand_in), **implicitly())
    if not whole.wheels:
        return Reach(frozenset())
    python = whole.needs.platform.python
    wheels = ThirdPartyRequest(tuple(each.file for each in whole.wheels), python)
    every = (*whole.files, *whole.needs.extra.files)
    own = tuple(file for file in every if isinstance(file.origin, RepositoryOrigin))
    handler, third_party, read = await concurrently(
        find_handler(HandlerRequest(wrapped.target[LambdaHandlerField])),
        find_third_party(wheels),
        read_modules(ReadModulesRequest(python, own, whole.root, FrozenDict())),
    )
    # In own code, every import counts, those in functions too.
    imported = (
        name
        for report in read.reports.values()
        for each in report.facts.imports
        for name in (each.module, *(f"{each.module}.{n}" for n in each.names))
    )
    # A distribution of the repository may bring the handler, and then no own code imports it.
    names = (handler.module, *imported)
    known = frozenset(name for name in names if name.partition(".")[0] in third_party.tops)
    return await follow_names(NamesReachRequest(wheels, known))


def rules() -> Iterable[Any]:
    return collect_rules()
