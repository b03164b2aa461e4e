"""Looks for what would fail in Lambda: measures what is not known yet, and lets the core judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pants.backend.python.dependency_inference.default_module_mapping import DEFAULT_MODULE_MAPPING
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    PythonRequirementModulesField,
    PythonRequirementResolveField,
    PythonRequirementsField,
)
from pants.engine.fs import DigestContents, DigestSubset, PathGlobs
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import AllTargets
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks import (
    check_modes,
    check_paths,
    check_start_lines,
    check_stdlib,
    check_tags,
    check_unknown_layers,
    imports_unproven,
    name_excluded,
)
from aws_lambda.artifact.contents import ArtifactFile, InRepository, InWheel, normalised
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.importable import ModuleFacts, Modules
from aws_lambda.artifact.native import NativeFile, check_native, libraries_given
from aws_lambda.artifact.overlap import places_of
from aws_lambda.artifact.reach import importing_sdk
from aws_lambda.artifact.sdk import sdk_of_runtime
from aws_lambda.artifact.split import SDK
from aws_lambda.artifact.unprovided import check_imports
from aws_lambda.artifact.wheel import run_at_start
from aws_lambda.carry import Carried, Ready
from aws_lambda.modules import (
    ModulesRead,
    ReadModulesRequest,
    WheelModules,
    WheelModulesRequest,
)
from aws_lambda.native import (
    Natives,
    RepositoryNativesRequest,
    WheelNativesRequest,
    natives_among,
)
from aws_lambda.needs import Needs, NeedsRequest


@dataclass(frozen=True)
class ProvidedModulesRequest:
    """Distributions that the runtime, or a layer built elsewhere, provides."""

    projects: frozenset[str]


@dataclass(frozen=True)
class ProvidedModules:
    """The modules that they bring, as far as Pants knows; of those in `unknown`, it is a guess."""

    names: frozenset[str]
    unknown: tuple[str, ...]


@rule(desc="Find the modules of provided distributions", level=LogLevel.DEBUG)
async def find_provided_modules(
    request: ProvidedModulesRequest, targets: AllTargets
) -> ProvidedModules:
    names = {project.replace("-", "_") for project in request.projects}
    known = {each for each in request.projects if each in DEFAULT_MODULE_MAPPING} | SDK
    for project in request.projects:
        names.update(DEFAULT_MODULE_MAPPING.get(project, ()))
    for target in targets if request.projects else ():
        if target.has_field(PythonRequirementsField):
            of = {normalised(each.project_name) for each in target[PythonRequirementsField].value}
            if of & request.projects:
                names.update(target[PythonRequirementModulesField].value or ())
                known |= of
    return ProvidedModules(frozenset(names), tuple(sorted(request.projects - known)))


@dataclass(frozen=True)
class BringingRequest:
    """The targets of a resolve that require a distribution."""

    project: str
    resolve: str


@dataclass(frozen=True)
class Bringing:
    addresses: tuple[str, ...]


@rule
async def find_bringing(
    request: BringingRequest, targets: AllTargets, python_setup: PythonSetup
) -> Bringing:
    found = (
        each.address.spec
        for each in targets
        if each.has_field(PythonRequirementsField)
        and each[PythonRequirementResolveField].normalized_value(python_setup) == request.resolve
        and request.project
        in {normalised(r.project_name) for r in each[PythonRequirementsField].value}
    )
    return Bringing(tuple(sorted(found)))


@dataclass(frozen=True)
class Verified:
    """What was found in an artifact."""

    findings: tuple[Finding, ...]


async def _start_lines(carried: Carried, files: Iterable[ArtifactFile]) -> dict[str, str]:
    """The code in first-party `.pth` files at the top, by repository path."""
    origins = [
        file.owner.name
        for file in files
        if isinstance(file.origin, InRepository) and file.path.endswith(".pth")
    ]
    if not origins:
        return {}
    contents = await Get(DigestContents, DigestSubset(carried.sources, PathGlobs(origins)))
    lines = {each.path: run_at_start(each.content.decode(errors="replace")) for each in contents}
    return {path: found[0] for path, found in lines.items() if found}


async def _natives(
    carried: Carried, files: Iterable[ArtifactFile]
) -> tuple[tuple[ArtifactFile, NativeFile], ...]:
    """The native code that an artifact carries."""
    used = carried.digests_of(files)
    wheels = [
        each.wheel
        for each in carried.wheels
        if each.wheel.file_name in used and any(entry.is_native for entry in each.wheel.entries)
    ]
    of_repository, *of_wheels = await MultiGet(
        Get(Natives, RepositoryNativesRequest, natives_among(files, carried.sources)),
        *(Get(Natives, WheelNativesRequest(w.file_name, used[w.file_name])) for w in wheels),
    )
    found = {
        (wheel.file_name, entry): native
        for wheel, natives in zip(wheels, of_wheels)
        for entry, native in natives.files.items()
    }
    found.update((("", path), native) for path, native in of_repository.files.items())
    return tuple((file, native) for file in files if (native := found.get(_place(file))))


def _place(file: ArtifactFile) -> tuple[str, str]:
    """Where a file's bytes lie: in which wheel, `""` for the repository, and under which path."""
    if isinstance(file.origin, InWheel):
        return (file.origin.wheel, file.origin.entry)
    return ("", file.owner.name)


async def verify_files(artifact: Ready, layers: Sequence[Ready]) -> tuple[Finding, ...]:
    """What the checks say of an artifact's own files, given the layers that it attaches.

    Of one that only stands in, which Lambda never sees, nothing.
    """
    if artifact.carried.stand_in:
        return ()
    carried, files = artifact.carried, artifact.files
    platform = carried.platform
    wheels = [each.wheel for each in carried.own_wheels]
    natives = await _natives(carried, files)
    start_lines = await _start_lines(carried, files)
    given = {file.path.rpartition("/")[2] for each in (artifact, *layers) for file in each.files}
    with_code_of_others = [
        (each.loaded.address, each.carried.root) for each in layers if each.carried.distributions
    ]
    return (
        *check_native(
            natives, platform.native, given=libraries_given(natives) | given, arns=carried.arns
        ),
        *check_tags(wheels, platform.platforms, described=platform.described),
        *check_stdlib(files, root=carried.root, python=platform.python),
        *check_start_lines(wheels, start_lines, files),
        *check_modes(wheels),
        *check_paths(files),
        *check_unknown_layers(carried.arns, with_code_of_others, where=carried.where),
    )


async def verify_imports(
    function: Ready, layers: Sequence[Ready], *, entry: str
) -> tuple[Finding, ...]:
    """What the handler's imports come to, with nothing but the function and its layers.

    `entry` is the handler's module. Of a function that only stands in, nothing.
    """
    if function.carried.stand_in:
        return ()
    artifacts = (function, *layers)
    python = function.carried.platform.python
    provided = frozenset(name for name, _ in function.carried.provided)
    wheels = {w.wheel.file_name: w.digest for each in artifacts for w in each.carried.own_wheels}
    modules, *reads = await MultiGet(
        Get(ProvidedModules, ProvidedModulesRequest(provided)),
        *(
            Get(ModulesRead, ReadModulesRequest, each.carried.reading(each.carried.own_files))
            for each in artifacts
        ),
    )
    of_wheels = await MultiGet(
        Get(WheelModules, WheelModulesRequest(python, name, wheels[name]))
        for name in sorted(wheels)
    )
    by_place = {
        (name, entry): facts
        for name, each in zip(sorted(wheels), of_wheels)
        for entry, facts in each.facts.items()
    }
    unread = reads[0].unread_because
    if unread and any(file.path.endswith(".py") for file in function.carried.own_files):
        return (imports_unproven(entry, unread),)

    def facts(file: ArtifactFile) -> ModuleFacts | None:
        if isinstance(file.origin, InWheel):
            return by_place.get(_place(file))
        reports = (read.of(file) for read in reads)
        return next((report.facts for report in reports if report), None)

    places = places_of([each.loaded for each in artifacts])
    locked = {name for name, version in function.carried.provided if version is not None}
    unseen = (*function.carried.arns, *(n for n in modules.unknown if n not in locked))
    found = check_imports(
        places, facts, [entry], python=python, provided=modules.names, unseen=unseen
    )
    found = tuple(name_excluded(found, function.carried.left_out, function.carried.root))
    if not wheels or any(each.code == "L016" for each in function.carried.findings):
        return found
    needs = await MultiGet(Get(Needs, NeedsRequest(each.carried.target)) for each in artifacts)
    said = modules.names.union(*(need.provided for of in needs for need in of.third_party))
    sdk = importing_sdk(Modules(places, facts), [entry], python=python, provided=said)
    if sdk is None:
        return found
    bringing = await Get(Bringing, BringingRequest(sdk.name, needs[0].resolve))
    return (*found, sdk_of_runtime(sdk, bringing.addresses))


def rules() -> Iterable[Any]:
    return collect_rules()
