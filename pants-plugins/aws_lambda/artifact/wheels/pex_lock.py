"""A PEX lockfile, read far enough to know which of its projects a platform cannot have.

The lockfile decides the version of every project for all targets. If a version has no wheel for
one of them, no build can succeed, and PEX need not run to say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlparse

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.errors import LockfileError, WheelError, Where, columns, describe
from aws_lambda.artifact.platforms.platform import CompletePlatform

# Files and folders, and repositories of a version control system: `git+file:///folder`.
_LOCAL = re.compile(r"(\w+\+)?file:")


class LockForAnotherPython(LockfileError):
    """The lockfile was generated for other versions of Python than the runtime's.

    To fix, choose a runtime that the resolve allows, or extend its constraints in
    `[python.resolves_to_interpreter_constraints]` and run `pants generate-lockfiles`.
    """


class NoWheelForPlatform(WheelError):
    """A locked version of a distribution has no wheel for the platform of a target. The platform is
    the runtime's version of Python, its architecture and its C library. Native code that is built
    from an sdist on this machine would not fit Lambda.

    To fix, lock a version that has such a wheel, choose a newer runtime, or give the target a
    resolve of its own.
    """


class RequirementNotLocked(LockfileError):
    """The lockfile lacks a requirement, or has a version that does not satisfy it.

    To fix, run `pants generate-lockfiles` for the resolve that the message names.
    """


@dataclass(frozen=True)
class LockedProject:
    """One project of a lockfile: a version, the names of its files, and what it needs.

    `local` are the URLs of those files that PEX found on the machine that generated the lockfile.
    """

    name: str
    version: str
    wheels: tuple[str, ...]
    has_sdist: bool
    requires: tuple[str, ...]
    requires_python: str
    local_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lockfile:
    """The projects of one resolve, by normalised name.

    `files` are the names of all wheels in it, and `requires_python` the interpreter constraints it
    was made for, of which one has to hold. `unchecked` are normalised names of projects that PEX
    alone can judge: locked in several versions, or excluded or overridden on purpose.
    """

    path: str
    resolve: str
    projects: Mapping[str, LockedProject]
    files: frozenset[str] = frozenset()
    requires_python: tuple[str, ...] = ()
    unchecked: frozenset[str] = frozenset()


@dataclass(frozen=True, order=True)
class UnlockedRequirement:
    """A requirement that the lockfile does not satisfy.

    `version` is the version that the lockfile has instead, or `""`. `needed_by` is the requirement
    whose extra asks for it, or `""` for a requirement of the repository.
    """

    requirement: str
    version: str = ""
    needed_by: str = ""


def read_lockfile(document: Mapping[str, Any], *, path: str, resolve: str) -> Lockfile:
    """Read the JSON document of a PEX lockfile, without the header that Pants puts before it.

    A lockfile may hold several resolves, one for each platform that it was made for. Their files
    are taken together; a project that they lock in different versions is left to PEX.
    """
    locked = [
        requirement
        for each in document.get("locked_resolves", ())
        for requirement in each.get("locked_requirements", ())
    ]
    projects: dict[str, list[LockedProject]] = {}
    for project in map(_project, locked):
        projects.setdefault(project.name, []).append(project)
    return Lockfile(
        path,
        resolve,
        {
            name: _merge(found)
            for name, found in projects.items()
            if len({each.version for each in found}) == 1
        },
        frozenset(w for found in projects.values() for each in found for w in each.wheels),
        tuple(sorted(document.get("requires_python", ()))),
        frozenset(
            [
                *(name for name, found in projects.items() if len({e.version for e in found}) > 1),
                *(
                    normalize_name(requirement.name)
                    for key in ("excluded", "overridden")
                    for text in document.get(key, ())
                    if (requirement := _requirement(text))
                ),
            ]
        ),
    )


def find_reachable(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    *,
    provided: frozenset[str] = frozenset(),
) -> tuple[LockedProject, ...]:
    """The projects that these requirements need on this platform, transitively, sorted by name.

    The projects that are `provided` are left out, together with what only they need. What the
    lockfile does not hold is passed over: see `unlocked`.
    """
    found = {
        project.name: project
        for _, _, project in _walk(lock, requirements, platform, provided)
        if project is not None
    }
    return tuple(found[name] for name in sorted(found))


def find_unlocked(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    *,
    provided: frozenset[str] = frozenset(),
) -> tuple[UnlockedRequirement, ...]:
    """The requirements of the repository, and of their extras, that the lockfile does not satisfy.

    PEX passes over a requirement that its lockfile lacks, so the artifact would lack it as well.
    """
    found = set()
    for requirement, parent, project in _walk(lock, requirements, platform, provided):
        if normalize_name(requirement.name) in lock.unchecked:
            continue
        if project is None:
            if not parent or "extra" in str(requirement.marker):
                text = str(requirement).partition(";")[0].strip()
                found.add(UnlockedRequirement(text, "", parent))
        elif not parent and not requirement.specifier.contains(project.version, prereleases=True):
            found.add(UnlockedRequirement(str(requirement), project.version))
    return tuple(sorted(found))


def _walk(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    provided: frozenset[str],
) -> Iterator[tuple[Requirement, str, LockedProject | None]]:
    """Each requirement that applies, with the requirement that asks for it, and its project."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(text, frozenset[str](), "") for text in requirements]
    while waiting:
        text, extras_of_parent, parent = waiting.pop()
        requirement = _requirement(text)
        if requirement is None or not _applies(requirement, extras_of_parent, platform):
            continue
        key = (normalize_name(requirement.name), frozenset(map(normalize_name, requirement.extras)))
        if key[0] in provided:
            continue
        project = lock.projects.get(key[0])
        if not parent or project is None or key not in seen:
            yield requirement, parent, project
        if project is not None and key not in seen:
            seen.add(key)
            waiting.extend((needed, key[1], text) for needed in project.requires)


def find_dependents(lock: Lockfile, names: Iterable[str]) -> dict[str, str]:
    """Which of these projects need which others, as far as requirements say: names, joined."""
    found: dict[str, list[str]] = {}
    for name in sorted(set(names) & set(lock.projects)):
        for other in sorted(required_names(lock.projects[name])):
            found.setdefault(other, []).append(name)
    return {name: ", ".join(owners) for name, owners in found.items()}


def check_python(
    lock: Lockfile, platform: CompletePlatform, *, describes: str, where: Where
) -> None:
    """Raise `LockForAnotherPython` if the lockfile was not made for the platform's Python.

    Its markers would be judged for a Python that it knows nothing of.
    """
    constraints = [_specifiers(each) for each in lock.requires_python]
    # AWS moves the patch release, so that a lockfile for any one will do.
    version = platform.markers["python_version"]
    patches = (platform.markers.get("python_full_version", version), *_patches(version))
    if not constraints or any(_allows(c, patch) for patch in patches for c in constraints):
        return
    raise LockForAnotherPython(
        describe(
            f"The lockfile of {where} was made for other versions of Python.",
            facts=columns(
                [
                    ("the platform", describes),
                    ("the lockfile", lock.path),
                    ("made for", " OR ".join(lock.requires_python)),
                ]
            ),
            why="What it holds for this Python is not known.",
            fix=(
                f"choose a runtime that the resolve `{lock.resolve}` is for, or widen its "
                "constraints in `[python.resolves_to_interpreter_constraints]` and run "
                f"`pants generate-lockfiles --resolve={lock.resolve}`."
            ),
        )
    )


def check_requirements_locked(
    lock: Lockfile,
    unlocked: Iterable[UnlockedRequirement],
    declared: Mapping[str, Sequence[str]],
    *,
    where: Where,
) -> None:
    """Raise `RequirementNotLocked` with all of these requirements.

    `declared` maps a requirement to the addresses of the targets that declare it.
    """
    rows = [
        (
            each.requirement,
            f"the lockfile has {each.version}" if each.version else "not in the lockfile",
            f"required by {each.needed_by or ', '.join(declared.get(each.requirement, ()))}",
        )
        for each in unlocked
    ]
    if not rows:
        return
    raise RequirementNotLocked(
        describe(
            f"The lockfile does not satisfy the requirements of {where}.",
            facts=[f"the lockfile  {lock.path}", "", *columns(rows)],
            why="Third-party code comes from the lockfile only, so the artifact would lack it.",
            fix=f"run `pants generate-lockfiles --resolve={lock.resolve}`.",
        )
    )


def check_wheels(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    *,
    provided: frozenset[str] = frozenset(),
    describes: str,
    where: Where,
) -> None:
    """Raise `NoWheelForPlatform` with every project that has no wheel for the platform.

    A project that has no wheel at all but an sdist passes: it may be pure Python, which PEX
    builds. `describes` says what the platform is: "python3.11 on arm64 (glibc 2.26)".
    """
    faults = [
        (project, problem)
        for project in find_reachable(lock, requirements, platform, provided=provided)
        if (problem := _problem(project, platform))
    ]
    if not faults:
        return
    facts = [f"the platform  {describes}", f"the lockfile  {lock.path}", ""]
    for project, problem in faults:
        facts.append(f"{project.name} {project.version}")
        facts.extend(f"  {row}" for row in columns([*problem, _sdist_row(project)]))
    others = " ".join(f'"{project.name}!={project.version}"' for project, _ in faults)
    raise NoWheelForPlatform(
        describe(
            f"Third-party code of {where} has no wheel for its platform.",
            facts=facts,
            why=(
                "The lockfile decides the version of each project for every target that uses it, "
                "and native code built from an sdist here would not fit Lambda."
            ),
            fix=(
                "lock versions that have such a wheel (often several releases back), use a newer "
                "runtime, or give this target a resolve of its own. Where the requirements lie:"
                f"\n\n  {others}\n\n"
                f"and then: pants generate-lockfiles --resolve={lock.resolve}"
            ),
        )
    )


def is_built_from_source(file_name: str, lock: Lockfile) -> bool:
    """Whether a wheel is none of the lockfile's own files, so that PEX built it on this machine."""
    return file_name not in lock.files


def is_available(project: LockedProject, platform: CompletePlatform) -> bool:
    """Whether the platform can have a project, as far as its files tell."""
    return not _problem(project, platform)


def required_names(project: LockedProject) -> frozenset[str]:
    """The projects that a project requires, under whatever condition: for an extra, say."""
    found = (_requirement(text) for text in project.requires)
    return frozenset(normalize_name(each.name) for each in found if each)


def is_native_wheel(file_name: str) -> bool:
    """Whether a wheel's file name says that it holds native code."""
    return not file_name.endswith("-any.whl")


def has_native_wheel(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    *,
    provided: frozenset[str] = frozenset(),
) -> bool:
    """Whether wheels of native code fit the platform, which PEX prefers to those without."""
    accepted = frozenset(platform.compatible_tags)
    return any(
        is_native_wheel(wheel) and not accepted.isdisjoint(map(str, parse_tags(wheel)))
        for project in find_reachable(lock, requirements, platform, provided=provided)
        for wheel in project.wheels
    )


def _project(requirement: Mapping[str, Any]) -> LockedProject:
    urls = [artifact.get("url", "") for artifact in requirement.get("artifacts", ())]
    files = [file_name_from_url(url) for url in urls]
    wheels = tuple(sorted(name for name in files if name.endswith(".whl")))
    return LockedProject(
        normalize_name(requirement["project_name"]),
        requirement["version"],
        wheels,
        len(wheels) < len(files),
        tuple(requirement.get("requires_dists", ())),
        requirement.get("requires_python") or "",
        tuple(sorted(url for url in urls if _LOCAL.match(url))),
    )


def file_name_from_url(url: str) -> str:
    return unquote(urlparse(url).path).rpartition("/")[2]


def _merge(found: Sequence[LockedProject]) -> LockedProject:
    """One project, with the files that any of the resolves has of it."""
    return replace(
        found[0],
        wheels=tuple(sorted({wheel for each in found for wheel in each.wheels})),
        has_sdist=any(each.has_sdist for each in found),
        local_urls=tuple(sorted({url for each in found for url in each.local_urls})),
    )


# packaging 21.3 takes milliseconds for one, and each function walks through the lockfile anew.
@lru_cache(maxsize=16_384)
def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _applies(requirement: Requirement, extras: frozenset[str], platform: CompletePlatform) -> bool:
    """`extras` are normalised names."""
    if requirement.marker is None:
        return True
    # packaging 21.3, of Pants 2.17.1, compares extras letter by letter.
    words = re.findall(r"[\w.-]+", str(requirement.marker))
    spellings = sorted({each for each in words if normalize_name(each) in extras})
    environments = [{**platform.markers, "extra": extra} for extra in (*spellings, "")]
    try:
        return any(requirement.marker.evaluate(environment) for environment in environments)
    except UndefinedEnvironmentName:
        return True


def _problem(project: LockedProject, platform: CompletePlatform) -> Sequence[tuple[str, str]]:
    """What keeps the platform from having this project, as labelled facts; empty if nothing."""
    accepted = frozenset(platform.compatible_tags)
    python = platform.markers.get("python_full_version", "")
    if python and not _allows(project.requires_python, python):
        return [("needs", f"Python {project.requires_python}")]
    if not project.wheels:
        return []
    tags = {name: parse_tags(name) for name in project.wheels}
    if any(accepted & {str(tag) for tag in each} for each in tags.values()):
        return []
    return [("its wheels need", need) for need in _needs(tags.values(), platform)]


def _needs(wheels: Iterable[frozenset[Tag]], platform: CompletePlatform) -> list[str]:
    """What the nearest wheels need: those for the platform's Python and machine, else all."""
    machine = platform.markers.get("platform_machine", "")
    interpreters = {tag.partition("-")[0] for tag in platform.compatible_tags}
    every = frozenset(tag for tags in wheels for tag in tags)
    for_python = frozenset(tag for tag in every if tag.interpreter in interpreters)
    for_machine = frozenset(
        tag
        for tag in for_python
        if "linux" in tag.platform and tag.platform.endswith(f"_{machine}")
    )
    if for_machine or for_python:
        return [", ".join(sorted({tag.platform for tag in for_machine or for_python}))]
    return [", ".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in every}))]


def _sdist_row(project: LockedProject) -> tuple[str, str]:
    if project.has_sdist:
        return ("an sdist", "exists, but its native code would be built for this machine")
    return ("an sdist", "does not exist")


def parse_tags(wheel: str) -> frozenset[Tag]:
    try:
        return parse_wheel_filename(wheel)[3]
    except (InvalidWheelFilename, InvalidVersion):
        return frozenset()


def _patches(version: str) -> Iterable[str]:
    """More patch releases than a minor version ever gets."""
    return (f"{version}.{patch}" for patch in range(100))


def _specifiers(constraint: str) -> str:
    """The version part of an interpreter constraint such as `CPython==3.12.*`."""
    return constraint[len("CPython") :] if constraint.startswith("CPython") else constraint


def _allows(specifiers: str, python: str) -> bool:
    try:
        return SpecifierSet(specifiers).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True
