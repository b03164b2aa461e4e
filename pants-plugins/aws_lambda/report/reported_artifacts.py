"""Describes artifacts for the goal `lambda-report`: files, distributions, and their reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import PythonRequirementsField, PythonResolveField
from pants.engine.addresses import Address
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.exclusions import PRESETS
from aws_lambda.artifact.imports.module_index import ImportableModules
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.report.reasons import (
    Reason,
    RequiredProject,
    best_reason,
    find_reasons,
    parse_requirements,
)
from aws_lambda.artifact.report.reported_artifact import (
    DeclaredFacts,
    DeclaredRequirement,
    ReportedArtifact,
    report_artifact,
)
from aws_lambda.artifact.wheels.pex_lock import find_reachable
from aws_lambda.bytecode.reachable_modules import find_reachable_modules
from aws_lambda.contents.carried_files import CarriedFiles
from aws_lambda.contents.closure_files import ClosureFiles, find_closure_files
from aws_lambda.contents.final_files import find_final_files
from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.inputs.parametrized import ServedFunctionsRequest, find_served_functions
from aws_lambda.package import ArtifactRequest, write_artifact
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, project_of, rule
from aws_lambda.target_types import (
    LambdaBytecodeField,
    LambdaCompletePlatformsField,
    LambdaExcludeField,
    LambdaFunctionNameField,
    LambdaHandlerField,
    LambdaPrefixField,
    LambdaProvidedField,
)
from aws_lambda.third_party.lockfile import LockfileRequest, load_resolve_lockfile
from aws_lambda.verify.loaded_modules import load_modules

# Fields of functions that change their distributions, and that a layer has as well.
_SHARED_FIELDS = (
    LambdaCompletePlatformsField,
    LambdaProvidedField,
    LambdaBytecodeField,
)


@dataclass(frozen=True)
class ClosureReasons:
    """The reason for each distribution in the closure of a target, by project."""

    by_project: FrozenDict[str, Reason]


def _requires(closure: ClosureFiles) -> dict[str, tuple[RequiredProject, ...]]:
    wheels = (each.wheel for each in closure.wheels)
    return {each.distribution.name: parse_requirements(each.requires) for each in wheels}


def _addresses(closure: ClosureFiles) -> dict[str, str]:
    """The addresses of the requirement targets in a closure, by project."""
    return {
        normalize_name(project_of(requirement)): target.address.spec
        for target in closure.inputs.closure.targets
        if target.has_field(PythonRequirementsField)
        for requirement in target[PythonRequirementsField].value
    }


@dataclass(frozen=True)
class RequirementClosureRequest:
    """Requirement strings of one target. Functions share the walk through the lockfile."""

    resolve: str
    requirements: tuple[str, ...]
    provided: frozenset[str]
    platforms: tuple[CompletePlatform, ...]


@dataclass(frozen=True)
class RequirementClosure:
    """The names of all distributions that requirements bring."""

    distributions: frozenset[str]


@rule(desc="Find the closure of a requirement", level=LogLevel.DEBUG)
async def find_requirement_closure(request: RequirementClosureRequest) -> RequirementClosure:
    lock = (await load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly())).lock
    return RequirementClosure(
        frozenset(
            project.name
            for platform in request.platforms
            for project in find_reachable(
                lock, request.requirements, platform, provided=request.provided
            )
        )
    )


def _exclude_of_layer(entries: Iterable[str]) -> list[str]:
    """Entries of a function's `exclude`, for the same files in the folder of a layer."""
    return [
        (
            entry
            if entry in PRESETS
            else (
                f"!{LambdaPrefixField.default}/{entry[1:]}"
                if entry.startswith("!")
                else f"{LambdaPrefixField.default}/{entry}"
            )
        )
        for entry in entries
    ]


def _declared(
    carried: CarriedFiles, requirements: tuple[DeclaredRequirement, ...]
) -> DeclaredFacts:
    target, platform = carried.target, carried.platform
    resolve, exclude = target[PythonResolveField], target[LambdaExcludeField].value
    fields = [
        *([("resolve", json.dumps(resolve.value))] if resolve.value else []),
        *([("runtime", json.dumps(platform.runtime.name))] if platform.runtime else []),
        *(
            [("architecture", json.dumps(platform.architecture.value))]
            if platform.architecture
            else []
        ),
        *(
            (field.alias, json.dumps(list(value) if isinstance(value, tuple) else value))
            for field in _SHARED_FIELDS
            if (value := target[field].value)
        ),
        *([("exclude", json.dumps(_exclude_of_layer(exclude)))] if exclude else []),
    ]
    return DeclaredFacts(
        fields=tuple(fields),
        requirements=requirements,
        attached=tuple(each if isinstance(each, str) else each.spec for each in carried.layers),
        is_parametrized=bool(target.address.parameters),
        is_published=target.has_field(LambdaFunctionNameField)
        and target[LambdaFunctionNameField].value is not None,
    )


@rule(desc="Find the reasons for distributions", level=LogLevel.DEBUG)
async def find_closure_reasons(subject: BuildSubject) -> ClosureReasons:
    """Follow the imports of a function, or those of the functions that a layer serves."""
    target = await find_target(subject)
    closure = await find_closure_files(subject, **implicitly())
    projects = [each.wheel.distribution.name for each in closure.wheels]
    modules: ImportableModules | None = None
    entries: tuple[str, ...] = ()
    served: tuple[ClosureReasons, ...] = ()
    if target.has_field(LambdaHandlerField):
        function = await find_final_files(subject)
        loaded = await load_modules(function)
        if function.entry and not loaded.unread_because:
            modules = loaded.modules
            entries = (function.entry.module, *loaded.start.modules)
    else:
        functions = await find_served_functions(ServedFunctionsRequest(target), **implicitly())
        served = await concurrently(
            find_closure_reasons(BuildSubject(each.address)) for each in functions.targets
        )
    found = find_reasons(
        projects,
        modules,
        entries,
        _requires(closure),
        _addresses(closure),
    )
    every = {
        project: [
            found[project],
            *(e.by_project[project] for e in served if project in e.by_project),
        ]
        for project in projects
    }
    return ClosureReasons(FrozenDict({project: best_reason(of) for project, of in every.items()}))


@rule(desc="Describe Lambda artifact", level=LogLevel.DEBUG)
async def find_reported_artifact(subject: BuildSubject) -> ReportedArtifact:
    """Write an artifact, as `package` does, and describe its files and distributions.

    1. Find the attached layers, and the reasons for which the closure contains each target.
    2. Write the artifact.
    3. Find the distributions that each declared requirement requires.
    """
    artifact = await find_final_files(subject)
    attached = [each for each in artifact.carried.layers if isinstance(each, Address)]
    reach, closure, reasons = await concurrently(
        find_reachable_modules(subject),
        find_closure_files(subject, **implicitly()),
        find_closure_reasons(subject),
    )
    layers = await concurrently(
        find_reported_artifact(subject.at(each)) for each in attached if artifact.entry
    )
    written = await write_artifact(ArtifactRequest(subject, reach), **implicitly())
    # A function has one set of requirements.
    declaring = [
        (each.address.spec, tuple(map(str, each[PythonRequirementsField].value)), need.provided)
        for need in closure.inputs.third_party
        for each in closure.inputs.closure.targets
        if artifact.entry and each.has_field(PythonRequirementsField)
    ]
    brought = await concurrently(
        find_requirement_closure(
            RequirementClosureRequest(
                closure.inputs.resolve, strings, provided, closure.inputs.platform.platforms
            ),
            **implicitly(),
        )
        for _, strings, provided in declaring
    )
    requirements = tuple(
        DeclaredRequirement(address, each.distributions)
        for (address, _, _), each in zip(declaring, brought)
    )
    native = {
        entry.origin
        for each in artifact.carried.own_wheels
        for entry in each.wheel.entries
        if entry.is_native
    }
    return report_artifact(
        written.manifest,
        path=written.output,
        runtime=artifact.carried.platform.runtime,
        native=frozenset(native),
        reasons=reasons.by_project,
        declared=_declared(artifact.carried, requirements),
        layers=layers,
    )


def rules() -> Iterable[Any]:
    return collect_rules()
