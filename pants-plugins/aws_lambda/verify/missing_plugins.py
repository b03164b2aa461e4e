"""Finds plug-ins that are in the lockfile and not in the function."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pants.backend.python.dependency_inference.default_module_mapping import DEFAULT_MODULE_MAPPING
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    PythonRequirementModulesField,
    PythonRequirementResolveField,
    PythonRequirementsField,
)
from pants.engine.target import AllTargets
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.plugins import (
    DeclaredRequirement,
    UnusedProject,
    check_entry_points,
    check_named_plugins,
    find_unused_projects,
    locate_words,
    match_modules,
    select_possible_plugins,
)
from aws_lambda.artifact.contents import WheelOrigin, normalize_name
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_index import ImportableModules
from aws_lambda.artifact.imports.reachability import follow_imports
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.contents.final_files import FinalFiles
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, project_of, rule
from aws_lambda.third_party.lockfile import LockfileRequest, load_resolve_lockfile
from aws_lambda.third_party.python_modules import WordMentions, WordMentionsRequest, find_mentions
from aws_lambda.third_party.wheel_contents import ResolvedWheel
from aws_lambda.third_party.wheels import EntryPointsRequest, find_entry_points


@dataclass(frozen=True)
class SparesRequest:
    """The locked projects of a resolve that targets declare, without those in `taken`."""

    resolve: str
    taken: frozenset[str]
    platform: CompletePlatform


@dataclass(frozen=True)
class Spares:
    projects: tuple[UnusedProject, ...]


@dataclass(frozen=True)
class DeclaredRequirements:
    """The requirement targets of the repository, by resolve."""

    by_resolve: FrozenDict[str, tuple[DeclaredRequirement, ...]]


@rule(desc="Find requirement targets", level=LogLevel.DEBUG)
async def find_requirement_targets(
    targets: AllTargets, python_setup: PythonSetup
) -> DeclaredRequirements:
    found: dict[str, list[DeclaredRequirement]] = {}
    for target in targets:
        if target.has_field(PythonRequirementsField):
            resolve = target[PythonRequirementResolveField].normalized_value(python_setup)
            for each in target[PythonRequirementsField].value:
                project = normalize_name(project_of(each))
                modules = target[PythonRequirementModulesField].value or (
                    DEFAULT_MODULE_MAPPING.get(project, (project.replace("-", "_"),))
                )
                declared = DeclaredRequirement(target.address.spec, project, tuple(modules))
                found.setdefault(resolve, []).append(declared)
    return DeclaredRequirements(FrozenDict({name: tuple(found[name]) for name in sorted(found)}))


@rule(desc="Find requirements that the function lacks", level=LogLevel.DEBUG)
async def find_spares(request: SparesRequest, declared: DeclaredRequirements) -> Spares:
    requirements = declared.by_resolve.get(request.resolve, ())
    if not requirements:
        return Spares(())
    lock = (await load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly())).lock
    return Spares(find_unused_projects(lock, requirements, request.taken, request.platform))


@dataclass(frozen=True)
class _Function:
    """A function with its layers: wheels by file name, and locked projects that it lacks."""

    python: tuple[int, int]
    wheels: Mapping[str, ResolvedWheel]
    resolve: str
    platform: CompletePlatform
    spares: tuple[UnusedProject, ...]

    def project(self, wheel: str) -> str:
        return self.wheels[wheel].wheel.distribution.name

    def mentions(
        self, wheels: Iterable[str], words: Iterable[str], *, as_imports: bool
    ) -> WordMentionsRequest:
        return WordMentionsRequest(
            self.python,
            FrozenDict({each: self.wheels[each].digest for each in sorted(wheels)}),
            tuple(sorted(words)),
            as_imports,
        )

    def distributions(
        self, mentions: WordMentions, places: Container[tuple[str, str]] | None = None
    ) -> dict[str, str]:
        """The first distribution that mentions each word, in these places if any are given."""
        return {
            word: str(self.wheels[place[0]].wheel.distribution)
            for place, words in sorted(mentions.words.items(), reverse=True)
            if places is None or place in places
            for word in words
        }


async def _with_entry_points(
    function: _Function, modules: ImportableModules, loading: Iterable[str], entry: str
) -> Iterable[Finding]:
    if not select_possible_plugins(function.spares, map(function.project, loading)):
        return ()
    reach = {
        (file.origin.wheel, file.origin.entry): modules.facts(module)
        for module in follow_imports(modules, [entry])
        if (file := module.file) and isinstance(file.origin, WheelOrigin)
    }
    hosts = {wheel for (wheel, _), facts in reach.items() if facts.loads_plugins}
    candidates = select_possible_plugins(function.spares, map(function.project, hosts))
    declared = await concurrently(
        find_entry_points(
            EntryPointsRequest(function.resolve, each.project, function.platform), **implicitly()
        )
        for each in candidates
    )
    groups = {group for each in declared for group in each.groups}
    mentions = await find_mentions(function.mentions(hosts, groups, as_imports=False))
    plugins = [(each, points.groups) for each, points in zip(candidates, declared)]
    return check_entry_points(plugins, function.distributions(mentions, reach))


async def _with_named_modules(
    function: _Function, words: Mapping[str, tuple[str, int]]
) -> Iterable[Finding]:
    named = match_modules(function.spares, words)
    mentions = await find_mentions(function.mentions(function.wheels, named, as_imports=True))
    return check_named_plugins(function.spares, words, function.distributions(mentions))


async def find_plugins(
    artifacts: Sequence[FinalFiles], modules: ImportableModules, loading: Iterable[str], entry: str
) -> tuple[Finding, ...]:
    """The findings about plug-ins that a function and its layers, `artifacts`, lack.

    `loading` are the wheels with modules that may look for entry points.
    """
    carried = artifacts[0].carried
    platform = carried.platform.platforms[0]
    wheels = {w.wheel.file_name: w for each in artifacts for w in each.carried.own_wheels}
    has = (each.wheel.distribution.name for each in wheels.values())
    taken = frozenset([*has, *(name for name, _ in carried.provided)])
    needs = await find_inputs(carried.subject, **implicitly())
    spares = await find_spares(SparesRequest(needs.resolve, taken, platform), **implicitly())
    if not wheels or not spares.projects:
        return ()
    function = _Function(carried.platform.python, wheels, needs.resolve, platform, spares.projects)
    own = (
        (file.source, facts)
        for each in artifacts
        for file in each.carried.own_files
        if (facts := modules.read(file))
    )
    named = {each.subject: each for each in await _with_named_modules(function, locate_words(own))}
    others = await _with_entry_points(function, modules, loading, entry)
    return (*named.values(), *(each for each in others if each.subject not in named))


def rules() -> Iterable[Any]:
    return collect_rules()
