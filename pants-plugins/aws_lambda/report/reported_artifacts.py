"""Describes artifacts for the goal `lambda-report`: files, distributions, and their reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import PythonRequirementsField, PythonResolveField
from pants.engine.addresses import Address
from pants.engine.target import Target
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.imports.module_index import ImportableModules
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
    LambdaProvidedField,
)
from aws_lambda.verify.loaded_modules import load_modules

# Fields of functions that change their distributions, and that a layer has as well.
_SHARED_FIELDS = (
    LambdaCompletePlatformsField,
    LambdaProvidedField,
    LambdaBytecodeField,
    LambdaExcludeField,
)


@dataclass(frozen=True)
class ClosureReasons:
    """The reason for each distribution in the closure of a target, by project."""

    by_project: FrozenDict[str, Reason]


def _requires(closure: ClosureFiles) -> dict[str, tuple[RequiredProject, ...]]:
    wheels = (each.wheel for each in closure.wheels)
    return {each.distribution.name: parse_requirements(each.requires) for each in wheels}


def _requirements(closure: ClosureFiles) -> tuple[DeclaredRequirement, ...]:
    """The requirement targets in a closure."""
    return tuple(
        DeclaredRequirement(
            target.address.spec,
            normalize_name(project_of(requirement)),
            bool(getattr(requirement, "extras", ())),
        )
        for target in closure.inputs.closure.targets
        if target.has_field(PythonRequirementsField)
        for requirement in target[PythonRequirementsField].value
    )


def _declared(target: Target, closure: ClosureFiles, carried: CarriedFiles) -> DeclaredFacts:
    platform = carried.platform
    resolve = target[PythonResolveField]
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
    ]
    return DeclaredFacts(
        fields=tuple(fields),
        requirements=_requirements(closure),
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
        {each.project: each.address for each in _requirements(closure)},
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
    """Write an artifact, as `package` does, and describe its files and distributions."""
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
        requires=_requires(closure),
        declared=_declared(artifact.carried.target, closure, artifact.carried),
        layers=layers,
    )


def rules() -> Iterable[Any]:
    return collect_rules()
