"""The reasons why distributions are in a closure: chains of imports and of requirements."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from aws_lambda.artifact.contents import Owner, OwnerKind, normalize_name
from aws_lambda.artifact.imports.module_index import ImportableModules
from aws_lambda.artifact.imports.reachability import ReachedModule, trace_imports


@dataclass(frozen=True)
class Reason:
    """Why a distribution is in a closure.

    `is_imported` says whether imports from the handler reach a module of the distribution, and is
    `None` if that is unknown. `steps` are sentences without a period, from the handler to the
    distribution.
    """

    is_imported: bool | None
    steps: tuple[str, ...]


@dataclass(frozen=True)
class RequiredProject:
    """A project that a distribution requires. `by_extra` says that only an extra requires it."""

    name: str
    by_extra: bool


def parse_requirements(requires: Iterable[str]) -> tuple[RequiredProject, ...]:
    """The projects in headers `Requires-Dist`. Invalid headers of old wheels are left out."""
    found = []
    for each in requires:
        try:
            requirement = Requirement(each)
        except InvalidRequirement:
            continue
        by_extra = "extra" in str(requirement.marker or "")
        found.append(RequiredProject(normalize_name(requirement.name), by_extra))
    return tuple(found)


def find_reasons(
    projects: Iterable[str],
    modules: ImportableModules | None,
    entries: Sequence[str],
    requires: Mapping[str, Sequence[RequiredProject]],
    declared: Mapping[str, str],
) -> Mapping[str, Reason]:
    """The reason for each project of a closure.

    Prefer imports to requirements, and short chains to long ones. `modules` are those that Python
    finds, or `None` if they are unknown, and `entries` the modules that Lambda imports. `requires`
    are the requirements by project, and `declared` maps projects to the targets that declare them.
    """
    wanted = set(projects)
    reasons: dict[str, Reason] = {}
    if modules is not None:
        imported = trace_imports(modules, entries)
        for each in imported.values():
            project = each.module.file.owner.project if each.module.file else ""
            if project in wanted and project not in reasons:
                reasons[project] = Reason(True, _import_steps(each, imported))
    unreached = None if modules is None else False
    for project in sorted(wanted - reasons.keys()):
        if project in declared and not _is_required(project, wanted, requires):
            step = f"the dependencies include {declared[project]}"
            reasons[project] = Reason(unreached, (step,))
    for with_extras in (False, True):
        waiting = deque(reasons)
        while waiting:
            project = waiting.popleft()
            for required in requires.get(project, ()):
                if required.name not in wanted or required.name in reasons:
                    continue
                if required.by_extra and not with_extras:
                    continue
                steps = (*reasons[project].steps, f"{project} requires {required.name}")
                reasons[required.name] = Reason(unreached, steps)
                waiting.append(required.name)
    for project in wanted - reasons.keys():
        reasons[project] = Reason(unreached, ())
    return reasons


def best_reason(reasons: Sequence[Reason]) -> Reason:
    """The reason of a layer's distribution: prefer that of a function to the layer's own.

    `reasons` are the layer's own and those of its functions, in their order.
    """
    own, *of_functions = reasons
    return next((each for each in of_functions if each.is_imported), [*of_functions, own][0])


def _is_required(
    project: str, others: Iterable[str], requires: Mapping[str, Sequence[RequiredProject]]
) -> bool:
    return any(
        project == required.name
        for other in others
        if other != project
        for required in requires.get(other, ())
    )


def _import_steps(reached: ReachedModule, every: Mapping[str, ReachedModule]) -> tuple[str, ...]:
    """The imports that lead to a module, with one name for all modules of a distribution."""
    names: list[str] = []
    name = reached.module.name
    while name:
        file = every[name].module.file
        shown = (file.owner.project or _shown(name, file.owner)) if file else ""
        if shown and shown not in names[-1:]:
            names.append(shown)
        name = every[name].importer
    names.reverse()
    return tuple(f"{one} imports {other}" for one, other in zip(names, names[1:]))


def _shown(module: str, owner: Owner) -> str:
    """The module as users know it. They do not know the module that re-exports a handler."""
    return "" if owner.kind is OwnerKind.REEXPORT else module
