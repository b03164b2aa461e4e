"""Resolves the third-party distributions of a target from the lockfile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pants.backend.python.subsystems.repos import PythonRepos
from pants.backend.python.target_types import PythonRequirementsField
from pants.base.build_root import BuildRoot
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.commands import lock_command
from aws_lambda.artifact.errors import WheelError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.split import SDK_PROJECTS
from aws_lambda.artifact.wheels.local_files import check_folders, check_local_files
from aws_lambda.artifact.wheels.pex_failure import explain_failure
from aws_lambda.artifact.wheels.pex_lock import (
    Lockfile,
    check_python,
    check_requirements_locked,
    check_wheels,
    find_dependents,
    find_reachable,
    find_unlocked,
    is_built_from_source,
)
from aws_lambda.artifact.wheels.pex_output import unusable_built_wheels
from aws_lambda.artifact.wheels.wheel import Wheel
from aws_lambda.artifact.wheels.wheel_choice import choose_wheels
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import (
    collect_rules,
    find_all_targets,
    implicitly,
    rule,
)
from aws_lambda.third_party.lockfile import (
    LockfileRequest,
    RequirementSet,
    load_resolve_lockfile,
    requirements_of,
)
from aws_lambda.third_party.wheel_contents import ResolvedWheel
from aws_lambda.third_party.wheels import WheelsRequest, resolve_wheels


class NativeCodeBuiltHere(WheelError):
    """PEX built native code on this machine, from an sdist or a `python_distribution`. It is linked
    with the C library of this machine, which may be another one than Lambda's.

    To fix, lock a version that has a wheel for the platform, or build the wheel in the runtime's
    build image, as the message shows.
    """


@dataclass(frozen=True)
class DistributionsRequest:
    """The distributions of one target, from one resolve."""

    resolve: str
    needs: tuple[RequirementSet, ...]
    platform: TargetPlatform
    where: Where


@dataclass(frozen=True)
class ResolvedDistributions:
    """The wheels of a target, and the distributions that it leaves out.

    `provided` and `typed` are names with their locked versions: distributions that `provided`
    names, and distributions that only type checkers need. `needed_by` maps a distribution to one
    that requires it. `findings` are about entries of the lockfile, with the distribution as
    subject.
    """

    wheels: tuple[ResolvedWheel, ...]
    provided: tuple[tuple[str, str | None], ...]
    needed_by: FrozenDict[str, str] = FrozenDict()
    typed: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


async def _refuse_unlocked(lock: Lockfile, request: DistributionsRequest) -> None:
    """Raise `RequirementNotLocked` if the lockfile is older than the requirements."""
    found = {
        each
        for need in request.needs
        for platform in request.platform.platforms
        for each in find_unlocked(lock, need.requirements, platform, provided=need.provided)
    }
    if not found:
        return
    declared: dict[str, list[str]] = {}
    for target in await find_all_targets(**implicitly()):
        if target.has_field(PythonRequirementsField):
            for requirement in target[PythonRequirementsField].value:
                text = str(requirement).partition(";")[0].strip()
                declared.setdefault(text, []).append(target.address.spec)
    check_requirements_locked(lock, sorted(found), declared, where=request.where)


@rule(desc="Resolve distributions", level=LogLevel.DEBUG)
async def resolve_distributions(
    request: DistributionsRequest, python_repos: PythonRepos, build_root: BuildRoot
) -> ResolvedDistributions:
    """Resolve wheels for every platform of a target.

    1. Check the lockfile: it has each requirement, and a wheel for each platform.
    2. Let PEX resolve the wheels.
    3. Leave out provided distributions, and choose one wheel of each other distribution.
    4. Refuse native code that PEX built on this machine.
    """
    requirements = requirements_of(request.needs)
    platform, where = request.platform, request.where
    named = {name for need in request.needs for name in need.provided - SDK_PROJECTS}
    nothing = ResolvedDistributions((), tuple((name, None) for name in sorted(named)))
    if not requirements and not any(need.typed for need in request.needs):
        return nothing
    lock = (await load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly())).lock
    await _refuse_unlocked(lock, request)
    projects = {
        project.name: project
        for need in request.needs
        for each in platform.platforms
        for project in find_reachable(lock, need.requirements, each, provided=need.provided)
    }
    check_folders(projects.values(), lock, build_root=build_root.path, where=where)
    typed = _find_typed(lock, request.needs, platform)
    if not requirements:
        return replace(nothing, typed=typed)
    for each in platform.platforms:
        check_python(lock, each, platform_name=platform.described, where=where)
        # For a local run, PEX may build wheels on this machine.
        for need in () if platform.is_override else request.needs:
            check_wheels(
                lock,
                need.requirements,
                each,
                provided=need.provided,
                platform_name=platform.described,
                where=where,
            )
    resolved = await resolve_wheels(
        WheelsRequest(request.resolve, requirements, platform.platforms, platform.described),
        **implicitly(),
    )
    if resolved.failure:
        unfit = unusable_built_wheels(resolved.failure)
        if unfit:
            raise NativeCodeBuiltHere(
                built_here_message(
                    unfit, platform, where=where, fix=_lock_a_wheel(dict(unfit), lock, platform)
                )
            )
        raise explain_failure(
            resolved.failure,
            lock,
            platform_name=platform.described,
            where=where,
            wheel_fix=lambda names: _lock_a_wheel(names, lock, platform),
        )
    provided = _find_provided(lock, request.needs, platform)
    left_out = {name for name, _ in provided}
    needed = [each.wheel.distribution for each in resolved.wheels]
    needed = [each for each in needed if each.name not in left_out]
    chosen = choose_wheels(needed, platform.platforms, where=where)
    wheels = tuple(w for w in resolved.wheels if w.wheel.distribution in chosen)
    built = native_wheels(
        (w.wheel for w in wheels if is_built_from_source(w.wheel.file_name, lock)), platform
    )
    if built:
        raise NativeCodeBuiltHere(
            built_here_message(
                built, platform, where=where, fix=_lock_a_wheel(dict(built), lock, platform)
            )
        )
    names = [each.wheel.distribution.name for each in wheels]
    local = check_local_files(
        sorted(chosen), lock, build_root=build_root.path, find_links=python_repos.find_links
    )
    return ResolvedDistributions(
        wheels, provided, FrozenDict(find_dependents(lock, names)), typed, tuple(local)
    )


def _find_provided(
    lock: Lockfile, needs: Iterable[RequirementSet], platform: TargetPlatform
) -> tuple[tuple[str, str | None], ...]:
    """The distributions that `provided` removes, and names in it that the lockfile lacks."""
    every: dict[str, str | None] = {}
    kept: set[str] = set()
    for need in needs:
        every.update((n, None) for n in need.provided - SDK_PROJECTS if n not in lock.projects)
        for each in platform.platforms:
            every.update((p.name, p.version) for p in find_reachable(lock, need.requirements, each))
            kept.update(
                p.name
                for p in find_reachable(lock, need.requirements, each, provided=need.provided)
            )
    return tuple(sorted((n, v) for n, v in every.items() if n not in kept))


def _find_typed(
    lock: Lockfile, needs: Iterable[RequirementSet], platform: TargetPlatform
) -> tuple[tuple[str, str], ...]:
    """The projects that only type checkers need, with their versions."""
    every: dict[str, str] = {}
    run: set[str] = set()
    for need in needs:
        for each in platform.platforms:
            found = find_reachable(lock, need.requirements, each, provided=need.provided)
            run.update(project.name for project in found)
            found = find_reachable(lock, need.typed, each, provided=need.provided)
            every.update((project.name, project.version) for project in found)
    return tuple(sorted((name, version) for name, version in every.items() if name not in run))


def native_wheels(wheels: Iterable[Wheel], platform: TargetPlatform) -> list[tuple[str, str]]:
    """The wheels that contain native code, as `name version` and file name."""
    if platform.is_override:  # The artifact runs on this machine.
        return []
    return [(str(each.distribution), each.file_name) for each in wheels if each.has_native_code]


def built_here_message(
    wheels: Sequence[tuple[str, str]], platform: TargetPlatform, *, where: Where, fix: str
) -> str:
    return describe(
        f"Native code of {where} was built on this machine, not for Lambda.",
        facts=[f"the platform  {platform.described}", *columns(wheels)],
        why="It is linked with the C library of this machine, which may differ from Lambda's.",
        fix=fix,
    )


def _lock_a_wheel(names: Iterable[str], lock: Lockfile, platform: TargetPlatform) -> str:
    """The fix for sdists, each `name version`: lock wheels for the platform instead."""
    pins = " ".join(name.replace(" ", "==") for name in names)
    python = ".".join(map(str, platform.python))
    machine = platform.architecture.value if platform.architecture else "x86_64"
    return (
        "lock a version that has a wheel for the platform. If there is none, build the wheel in "
        "the runtime's build image, from the root of the repository:\n\n"
        '  docker run --rm -v "$PWD/wheels:/wheels" '
        f"public.ecr.aws/sam/build-python{python}:latest-{machine} \\\n"
        f"    pip wheel --no-deps --wheel-dir /wheels {pins}\n\n"
        "add its folder to pants.toml:\n\n"
        "  [python-repos]\n"
        '  find_links = ["file://%(buildroot)s/wheels"]\n'
        '  path_mappings = ["WHEELS|%(buildroot)s/wheels"]\n\n'
        f"and run `{lock_command(lock.resolve)}`."
    )


def rules() -> Iterable[Any]:
    return collect_rules()
