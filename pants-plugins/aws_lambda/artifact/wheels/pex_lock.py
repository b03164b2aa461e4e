"""Read PEX lockfiles, and check them against a platform before PEX runs.

A lockfile decides the version of each project for all targets that use it. If a version has no
wheel for a target's platform, no build can succeed, so the error lists all such projects without
running PEX.
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

from aws_lambda.artifact.commands import lock_command
from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.errors import LockfileError, WheelError, Where, columns, describe
from aws_lambda.artifact.platforms.platform import CompletePlatform

# URLs of local files, folders, and repositories of a version control system: `git+file:///folder`.
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
    """A project of a lockfile in one version.

    `wheels` are file names. `requires` are requirements with markers, and `requires_python` is a
    version specifier or `""`. `local_urls` are the URLs of files that were on the machine that
    generated the lockfile.
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
    """A PEX lockfile.

    `path` is relative to the root of the repository, and `resolve` the name of the resolve.
    `projects` maps normalized names to projects. `files` are the names of all locked wheels.
    `requires_python` are the interpreter constraints of the lockfile, one of which must hold.
    `unchecked` are the normalized names of projects that are left to PEX: they are locked in
    several versions, or excluded or overridden on purpose. `requirements` are the requirements that
    the lockfile was generated for.
    """

    path: str
    resolve: str
    projects: Mapping[str, LockedProject]
    files: frozenset[str] = frozenset()
    requires_python: tuple[str, ...] = ()
    unchecked: frozenset[str] = frozenset()
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class UnlockedRequirement:
    """A requirement that the lockfile does not satisfy.

    `version` is the version in the lockfile, or `""` if it has none. `needed_by` is the requirement
    whose extra requires it, or `""` for a requirement of the repository.
    """

    requirement: str
    version: str = ""
    needed_by: str = ""


def read_lockfile(document: Mapping[str, Any], *, path: str, resolve: str) -> Lockfile:
    """Read the JSON document of a PEX lockfile, without the header that Pants adds.

    A lockfile may contain several locked resolves, one for each platform. A project has the files
    of all of them. A project that they lock in different versions is left to PEX.
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
        tuple(sorted(document.get("requirements", ()))),
    )


def find_reachable(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    *,
    provided: frozenset[str] = frozenset(),
) -> tuple[LockedProject, ...]:
    """Return the projects that the requirements need on a platform, transitively, sorted by name.

    `provided` are normalized names of projects that are left out, together with the requirements
    that only they have. Requirements that are not in the lockfile are skipped: see `find_unlocked`.
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
    """Return the requirements, including those of extras, that the lockfile does not satisfy.

    PEX skips requirements that are not in its lockfile, so the artifact would lack them.
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
    """Yield each requirement that applies, the requirement that asks for it, and its project.

    The requirement that asks for it is `""` for the first ones. The project is `None` if the
    lockfile does not have it.
    """
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
    """Map the name of each required project to the projects that require it, joined by commas.

    Only the requirements of the projects in `names` are considered.
    """
    found: dict[str, list[str]] = {}
    for name in sorted(set(names) & set(lock.projects)):
        for other in sorted(required_names(lock.projects[name])):
            found.setdefault(other, []).append(name)
    return {name: ", ".join(owners) for name, owners in found.items()}


def check_python(
    lock: Lockfile, platform: CompletePlatform, *, platform_name: str, where: Where
) -> None:
    """Raise `LockForAnotherPython` if the lockfile is not for the platform's Python.

    Its markers would be evaluated for a version of Python that it does not cover. `platform_name`
    is the platform as messages print it, such as "python3.11 on arm64 (glibc 2.26)".
    """
    constraints = [_specifiers(each) for each in lock.requires_python]
    # AWS updates the patch release, so a lockfile for any patch release is accepted.
    version = platform.markers["python_version"]
    patches = (platform.markers.get("python_full_version", version), *_patches(version))
    if not constraints or any(_allows(c, patch) for patch in patches for c in constraints):
        return
    raise LockForAnotherPython(
        describe(
            f"The lockfile of {where} was generated for other versions of Python.",
            facts=columns(
                [
                    ("the platform", platform_name),
                    ("the lockfile", lock.path),
                    ("generated for", " OR ".join(lock.requires_python)),
                ]
            ),
            why="It may lack requirements for this version of Python.",
            fix=(
                f"choose a runtime that the resolve `{lock.resolve}` allows, or extend its "
                "constraints in `[python.resolves_to_interpreter_constraints]` and run "
                f"`{lock_command(lock.resolve)}`."
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
    """Raise `RequirementNotLocked` if there are unlocked requirements.

    `declared` maps requirements to the addresses of the targets that declare them.
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
            why="Distributions come from the lockfile only, so the artifact would lack these.",
            fix=f"run `{lock_command(lock.resolve)}`.",
        )
    )


def check_wheels(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    *,
    provided: frozenset[str] = frozenset(),
    platform_name: str,
    where: Where,
) -> None:
    """Raise `NoWheelForPlatform` if projects have no wheel for the platform.

    A project with only an sdist passes, since PEX can build it if it is pure Python.
    `platform_name` is the platform as messages print it, such as "python3.11 on arm64 (glibc
    2.26)".
    """
    rejected = [
        (project, problem)
        for project in find_reachable(lock, requirements, platform, provided=provided)
        if (problem := _problem(project, platform))
    ]
    if not rejected:
        return
    facts = [f"the platform  {platform_name}", f"the lockfile  {lock.path}", ""]
    for project, problem in rejected:
        facts.append(f"{project.name} {project.version}")
        facts.extend(f"  {row}" for row in columns([*problem, _sdist_row(project)]))
    exclusions = " ".join(f'"{project.name}!={project.version}"' for project, _ in rejected)
    raise NoWheelForPlatform(
        describe(
            f"Distributions of {where} have no wheel for its platform.",
            facts=facts,
            why=(
                "All targets of the resolve get the locked version of a project, and native code "
                "that is built from an sdist on this machine would not run in Lambda."
            ),
            fix=(
                "lock versions that have such a wheel (often several releases back), use a newer "
                "runtime, or give this target its own resolve. To exclude the locked versions, add "
                f"to the requirements:\n\n  {exclusions}\n\n"
                f"Then run `{lock_command(lock.resolve)}`."
            ),
        )
    )


def is_built_from_source(file_name: str, lock: Lockfile) -> bool:
    """Whether PEX built a wheel on this machine: its file is not in the lockfile."""
    return file_name not in lock.files


def is_available(project: LockedProject, platform: CompletePlatform) -> bool:
    """Whether a platform can have a project, according to its wheels and its `requires_python`."""
    return not _problem(project, platform)


def required_names(project: LockedProject) -> frozenset[str]:
    """Return the normalized names that a project requires under any marker, such as an extra."""
    found = (_requirement(text) for text in project.requires)
    return frozenset(normalize_name(each.name) for each in found if each)


def is_native_wheel(file_name: str) -> bool:
    """Whether a wheel contains native code, according to its file name."""
    return not file_name.endswith("-any.whl")


def has_native_wheel(
    lock: Lockfile,
    requirements: Iterable[str],
    platform: CompletePlatform,
    *,
    provided: frozenset[str] = frozenset(),
) -> bool:
    """Whether a needed project has a native wheel for the platform, which PEX prefers."""
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
    """Return the unquoted file name of a URL."""
    return unquote(urlparse(url).path).rpartition("/")[2]


def _merge(found: Sequence[LockedProject]) -> LockedProject:
    """Merge the entries of one project in several locked resolves."""
    return replace(
        found[0],
        wheels=tuple(sorted({wheel for each in found for wheel in each.wheels})),
        has_sdist=any(each.has_sdist for each in found),
        local_urls=tuple(sorted({url for each in found for url in each.local_urls})),
    )


# packaging 21.3 takes milliseconds to parse one, and each function walks through the lockfile.
@lru_cache(maxsize=16_384)
def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _applies(requirement: Requirement, extras: frozenset[str], platform: CompletePlatform) -> bool:
    """Whether a requirement's marker holds on a platform, for any of these normalized extras."""
    if requirement.marker is None:
        return True
    # packaging 21.3, in Pants 2.17.1, compares extras without normalizing them.
    words = re.findall(r"[\w.-]+", str(requirement.marker))
    spellings = sorted({each for each in words if normalize_name(each) in extras})
    environments = [{**platform.markers, "extra": extra} for extra in (*spellings, "")]
    try:
        return any(requirement.marker.evaluate(environment) for environment in environments)
    except UndefinedEnvironmentName:
        return True


def _problem(project: LockedProject, platform: CompletePlatform) -> Sequence[tuple[str, str]]:
    """Return why a platform cannot have a project, as rows of facts; empty if it can."""
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
    """Return the tags that the most similar wheels need.

    These are the wheels for the platform's Python and machine, or for its Python, or all.
    """
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
    """Parse the tags in a wheel's file name; invalid names have none."""
    try:
        return parse_wheel_filename(wheel)[3]
    except (InvalidWheelFilename, InvalidVersion):
        return frozenset()


def _patches(version: str) -> Iterable[str]:
    """Yield more patch releases of a minor version than it ever gets."""
    return (f"{version}.{patch}" for patch in range(100))


def _specifiers(constraint: str) -> str:
    """Return the version specifiers of an interpreter constraint such as `CPython==3.12.*`."""
    return constraint[len("CPython") :] if constraint.startswith("CPython") else constraint


def _allows(specifiers: str, python: str) -> bool:
    try:
        return SpecifierSet(specifiers).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True
