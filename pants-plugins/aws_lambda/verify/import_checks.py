"""Finds imports that would fail in Lambda, and modules and files that artifacts lack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pants.backend.python.dependency_inference.default_module_mapping import DEFAULT_MODULE_MAPPING
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    PythonRequirementModulesField,
    PythonRequirementResolveField,
    PythonRequirementsField,
)
from pants.engine.target import AllTargets
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.import_causes import (
    REMOVE_PYTHONPATH,
    excluded_modules,
    explain_exclusions,
    keep_pth_file,
    replace_fixes,
)
from aws_lambda.artifact.checks.missing_imports import check_missing_imports, names_to_locate
from aws_lambda.artifact.checks.named_files import (
    NamingModule,
    check_named_paths,
    find_named_paths,
)
from aws_lambda.artifact.checks.named_modules import check_named_modules, find_named_modules
from aws_lambda.artifact.checks.runtime_sdk import report_runtime_sdk
from aws_lambda.artifact.checks.unproven_modules import unproven_imports
from aws_lambda.artifact.contents import ArtifactFile, RepositoryOrigin, normalize_name
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_index import ImportableModules, ModuleFacts
from aws_lambda.artifact.imports.module_locations import CheckedArtifact, ModuleLocations
from aws_lambda.artifact.imports.pth_files import SearchPath, build_search_path
from aws_lambda.artifact.imports.reachability import (
    MissingImport,
    find_missing_imports,
    find_sdk_import,
    follow_imports,
)
from aws_lambda.artifact.split import SDK_PROJECTS
from aws_lambda.contents.final_files import FinalFiles
from aws_lambda.contents.pth_lines import left_out_pth
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    implicitly,
    project_of,
    rule,
)
from aws_lambda.verify.loaded_modules import LoadedModules, load_modules, python_path_of
from aws_lambda.verify.missing_plugins import find_plugins
from aws_lambda.verify.repository_search import (
    FileOwnersRequest,
    ModuleSearchRequest,
    RootFilesRequest,
    find_file_owners,
    list_root,
    search_modules,
)


@dataclass(frozen=True)
class ImportFindings:
    """The findings about imports. Imports depend on the `.pth` files in `needed`."""

    findings: tuple[Finding, ...]
    needed: frozenset[ArtifactFile] = frozenset()


@dataclass(frozen=True)
class ProvidedModulesRequest:
    """Distributions in the runtime, or in layers from outside this repository."""

    projects: frozenset[str]


@dataclass(frozen=True)
class ProvidedModules:
    """The modules of provided distributions. For those in `unknown`, the names are a guess."""

    names: frozenset[str]
    unknown: tuple[str, ...]


@rule(desc="Find the modules of provided distributions", level=LogLevel.DEBUG)
async def find_provided_modules(
    request: ProvidedModulesRequest, targets: AllTargets
) -> ProvidedModules:
    names = {project.replace("-", "_") for project in request.projects}
    known = {each for each in request.projects if each in DEFAULT_MODULE_MAPPING} | SDK_PROJECTS
    for project in request.projects:
        names.update(DEFAULT_MODULE_MAPPING.get(project, ()))
    for target in targets if request.projects else ():
        if target.has_field(PythonRequirementsField):
            of = {
                normalize_name(project_of(each)) for each in target[PythonRequirementsField].value
            }
            if of & request.projects:
                names.update(target[PythonRequirementModulesField].value or ())
                known |= of
    return ProvidedModules(frozenset(names), tuple(sorted(request.projects - known)))


@dataclass(frozen=True)
class RequiringTargetsRequest:
    """The targets of a resolve that require a distribution."""

    project: str
    resolve: str


@dataclass(frozen=True)
class RequiringTargets:
    addresses: tuple[str, ...]


@rule
async def find_requiring_targets(
    request: RequiringTargetsRequest, targets: AllTargets, python_setup: PythonSetup
) -> RequiringTargets:
    found = (
        each.address.spec
        for each in targets
        if each.has_field(PythonRequirementsField)
        and each[PythonRequirementResolveField].normalized_value(python_setup) == request.resolve
        and request.project
        in {normalize_name(project_of(r)) for r in each[PythonRequirementsField].value}
    )
    return RequiringTargets(tuple(sorted(found)))


@dataclass(frozen=True)
class _ImportContext:
    """The inputs of the checks of a function's imports."""

    loaded: LoadedModules
    entry: str
    provided: ProvidedModules

    @property
    def artifacts(self) -> tuple[FinalFiles, ...]:
        return self.loaded.artifacts

    @property
    def function(self) -> FinalFiles:
        return self.artifacts[0]

    @property
    def python(self) -> tuple[int, int]:
        return self.function.carried.platform.python

    @cached_property
    def own(self) -> tuple[tuple[ArtifactFile, ModuleFacts], ...]:
        """The first-party files that could be read."""
        files = self.function.carried.own_files
        return tuple((file, read) for file in files if (read := self.loaded.facts(file)))

    @property
    def holder(self) -> CheckedArtifact:
        return CheckedArtifact(
            self.function.carried.target.address.spec,
            f"{self.python[0]}.{self.python[1]}",
            {d.name: d.version for each in self.artifacts for d in each.carried.distributions},
        )

    def missing(self, start: SearchPath) -> tuple[MissingImport, ...]:
        """The imports that fail if Python starts with this path."""
        carried = self.function.carried
        locked = {name for name, version in carried.provided if version is not None}
        return find_missing_imports(
            ImportableModules(start.entries, self.loaded.facts),
            [self.entry],
            python=self.python,
            provided=self.provided.names,
            unknown_sources=(*carried.arns, *(n for n in self.provided.unknown if n not in locked)),
            start=start,
        )

    def findings(
        self, start: SearchPath, whereabouts: Mapping[str, ModuleLocations] | None = None
    ) -> tuple[Finding, ...]:
        return check_missing_imports(
            self.missing(start),
            python=self.python,
            locations=whereabouts or {},
            artifact=self.holder,
        )


async def _check_modules(
    context: _ImportContext, modules: ImportableModules
) -> tuple[Finding, ...]:
    """L005, L006 and L025: imports that fail, and names of modules that no artifact contains."""
    carried = context.function.carried
    named = find_named_modules(
        [(file.source, facts) for file, facts in context.own],
        modules,
        python=context.python,
        provided=context.provided.names,
    )
    lacking = context.missing(context.loaded.start)
    if not lacking and not named:
        return ()
    excluded = excluded_modules(carried.left_out, carried.root)
    names = tuple(name for name in names_to_locate(lacking) if name not in excluded)
    request = ModuleSearchRequest(carried.target, context.python, names, named)
    found = await search_modules(request, **implicitly())
    findings = _with_causes(context, context.findings(context.loaded.start, found.of))
    return tuple(
        explain_exclusions(
            (*findings, *check_named_modules(found.named, found.of, context.holder)),
            carried.left_out,
            carried.root,
        )
    )


def _with_causes(context: _ImportContext, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings. If `PYTHONPATH` or a missing `.pth` file causes one, its fix says so."""
    loaded = [each.view for each in context.artifacts]
    python_path = python_path_of(context.function)
    if findings and python_path is not None:
        without = context.findings(build_search_path(loaded, context.loaded.lines))
        findings = replace_fixes(findings, without, REMOVE_PYTHONPATH)
    for number, artifact in enumerate(context.artifacts if findings else ()):
        for file in left_out_pth(artifact):
            having = [*loaded]
            having[number] = replace(loaded[number], files=(*loaded[number].files, file))
            other = context.findings(
                build_search_path(having, context.loaded.lines, python_path=python_path)
            )
            findings = replace_fixes(findings, other, keep_pth_file(file, artifact.carried.where))
    return findings


async def _check_data_files(context: _ImportContext) -> tuple[Finding, ...]:
    """L026 for data files that first-party modules name and no artifact contains."""
    naming = [
        NamingModule(file.source, file.source[: -len(file.path)].rstrip("/"), facts.file_texts)
        for file, facts in context.own
        if facts.file_texts and file.source.endswith(file.path)
    ]
    roots = sorted({each.source_root for each in naming})
    listed = await concurrently(list_root(RootFilesRequest(root)) for root in roots)
    carried = {
        file.owner.name
        for each in context.artifacts
        for files in (each.files, *(left.files for left in each.carried.left_out))
        for file in files
        if isinstance(file.origin, RepositoryOrigin)
    }
    named = find_named_paths(naming, dict(zip(roots, listed)), carried)
    if not named:
        return ()
    paths = tuple(sorted({path for each in named for path in each.files}))
    owners = await find_file_owners(FileOwnersRequest(paths))
    return tuple(check_named_paths(named, owners.of, context.holder))


async def _check_runtime_sdk(
    context: _ImportContext, modules: ImportableModules
) -> tuple[Finding, ...]:
    """L016 for third-party code, unless there is one for first-party code."""
    carried = context.function.carried
    has_wheels = any(each.carried.own_wheels for each in context.artifacts)
    if not has_wheels or any(each.code == "L016" for each in carried.findings):
        return ()
    needs = await concurrently(
        find_inputs(a.carried.subject, **implicitly()) for a in context.artifacts
    )
    said = context.provided.names.union(*(n.provided for each in needs for n in each.third_party))
    sdk = find_sdk_import(modules, [context.entry], python=context.python, provided=said)
    if sdk is None:
        return ()
    bringing = await find_requiring_targets(
        RequiringTargetsRequest(sdk.name, needs[0].resolve), **implicitly()
    )
    return (report_runtime_sdk(sdk, bringing.addresses),)


async def check_imports_of(function: FinalFiles, entry: str) -> ImportFindings:
    """Follow the imports of the handler's module `entry` through the function and its layers."""
    provided = frozenset(name for name, _ in function.carried.provided)
    of_provided = await find_provided_modules(ProvidedModulesRequest(provided), **implicitly())
    loaded = await load_modules(function)
    start, artifacts = loaded.start, loaded.artifacts
    if loaded.unread_because and any(f.path.endswith(".py") for f in function.carried.own_files):
        unproven = unproven_imports(entry, loaded.unread_because)
        return ImportFindings(
            (unproven,), frozenset(hook.file for hook in start.code_lines if hook.findable_modules)
        )
    context = _ImportContext(loaded, entry, of_provided)
    modules = loaded.modules
    loading = sorted({wheel for (wheel, _), e in loaded.of_wheels.items() if e.loads_plugins})
    running = follow_imports(modules, (entry, *start.modules)) if start.code_lines else ()
    return ImportFindings(
        (
            *await _check_modules(context, modules),
            *await _check_data_files(context),
            *await find_plugins(artifacts, modules, loading, entry),
            *await _check_runtime_sdk(context, modules),
        ),
        start.find_needed_files(modules, running, context.python),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
