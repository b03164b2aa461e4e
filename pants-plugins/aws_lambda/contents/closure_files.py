"""All that a target needs, as files: its own code, and the wheels that PEX resolved for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pants.backend.python.subsystems.repos import PythonRepos
from pants.backend.python.target_types import PythonRequirementsField
from pants.base.build_root import BuildRoot
from pants.engine.fs import Digest, DigestSubset, MergeDigests, PathGlobs
from pants.engine.target import Target
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    OwnerKind,
    RepositoryOrigin,
    has_only_comments,
)
from aws_lambda.artifact.errors import (
    LayerError,
    WheelError,
    Where,
    columns,
    describe,
    output_lines,
)
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.split import SDK_PROJECTS, Contents
from aws_lambda.artifact.wheels.installed_paths import Placement
from aws_lambda.artifact.wheels.local_files import check_folders, check_local_files
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
from aws_lambda.artifact.wheels.scripts import check_scripts
from aws_lambda.artifact.wheels.wheel import Wheel
from aws_lambda.artifact.wheels.wheel_choice import choose_wheels
from aws_lambda.inputs.dependency_walk import (
    GatheredSources,
    ImportsRequest,
    SourcesRequest,
    find_imports,
    gather_sources,
)
from aws_lambda.inputs.target_inputs import Needs, NeedsRequest, find_needs
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    digest_subset_to_digest,
    find_all_targets,
    get_digest_contents,
    implicitly,
    merge_digests,
    rule,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaIncludeRequirementsField,
    LambdaIncludeSourcesField,
    LambdaPrefixField,
    LambdaScriptsField,
)
from aws_lambda.third_party.installed_files import InstalledRequest, install_wheel
from aws_lambda.third_party.wheels import (
    CarriedWheel,
    LocalWheelsRequest,
    LockRequest,
    Need,
    WheelsRequest,
    build_local_wheels,
    built_for_no_use,
    load_lock,
    requirements_of,
    resolve_wheels,
)


class PexFailed(WheelError):
    """PEX could not resolve third-party code from the lockfile. The message contains PEX's own
    output.

    To fix, follow PEX's message. If the requirements are newer than the lockfile, run `pants
    generate-lockfiles`.
    """


class NativeCodeBuiltHere(WheelError):
    """PEX built native code on this machine, from an sdist or a `python_distribution`. It is linked
    with the C library of this machine, which may be another one than Lambda's.

    To fix, lock a version that has a wheel for the platform, or build the wheel in the runtime's
    build image, as the message shows.
    """


class PrefixOfAnotherPython(LayerError):
    """The field `prefix` of a layer contains another version of Python than the layer's runtime.
    Lambda searches the folder of the runtime's version only.

    To fix, remove `prefix`, or write the runtime's version into it.
    """


@dataclass(frozen=True)
class ThirdPartyRequest:
    """The third-party code of one target: what it needs, from one resolve."""

    resolve: str
    needs: tuple[Need, ...]
    platform: TargetPlatform
    where: Where


@dataclass(frozen=True)
class ThirdParty:
    """The wheels that are needed, and what is `provided` instead: names and locked versions.

    `needed_by` says which of the distributions another one is there for. `typed` are left out
    since only type checkers need them: names and locked versions. `findings` are about the
    lockfile's entries for these wheels, with the distribution as their subject.
    """

    wheels: tuple[CarriedWheel, ...]
    provided: tuple[tuple[str, str | None], ...]
    needed_by: FrozenDict[str, str] = FrozenDict()
    typed: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class WholeRequest:
    """A function or a layer, as if it named no layers; with `stand_in`, for that platform."""

    target: Target
    stand_in: TargetPlatform | None = None


@dataclass(frozen=True)
class Whole:
    """The files of a target's closure, under `root`, the folder of importable code.

    `sources` holds those of the repository. `imported` are the top-level names that a function's
    own code imports.
    """

    needs: Needs
    root: str
    files: tuple[ArtifactFile, ...]
    contents: Contents
    third_party: ThirdParty
    imported: frozenset[str]
    sources: Digest
    wheels: tuple[CarriedWheel, ...]


async def _refuse_unlocked(lock: Lockfile, request: ThirdPartyRequest) -> None:
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


@rule(desc="Find third-party code", level=LogLevel.DEBUG)
async def find_third_party(
    request: ThirdPartyRequest, python_repos: PythonRepos, build_root: BuildRoot
) -> ThirdParty:
    requirements = requirements_of(request.needs)
    platform, where = request.platform, request.where
    said = {name for need in request.needs for name in need.provided - SDK_PROJECTS}
    nothing = ThirdParty((), tuple((name, None) for name in sorted(said)))
    if not requirements and not any(need.typed for need in request.needs):
        return nothing
    lock = (await load_lock(LockRequest(request.resolve), **implicitly())).lock
    await _refuse_unlocked(lock, request)
    projects = {
        project.name: project
        for need in request.needs
        for each in platform.platforms
        for project in find_reachable(lock, need.requirements, each, provided=need.provided)
    }
    check_folders(projects.values(), lock, build_root=build_root.path, where=where)
    typed = _typed(lock, request.needs, platform)
    if not requirements:
        return replace(nothing, typed=typed)
    for each in platform.platforms:
        check_python(lock, each, describes=platform.described, where=where)
        # What has no wheel for this machine may be built on it.
        for need in () if platform.stands_in else request.needs:
            check_wheels(
                lock,
                need.requirements,
                each,
                provided=need.provided,
                describes=platform.described,
                where=where,
            )
    resolved = await resolve_wheels(
        WheelsRequest(request.resolve, requirements, platform.platforms, platform.described),
        **implicitly(),
    )
    if resolved.failure:
        unfit = built_for_no_use(resolved.failure)
        if unfit:
            raise NativeCodeBuiltHere(
                _built_here(unfit, platform, where=where, fix=_lock_a_wheel(unfit, lock, platform))
            )
        raise PexFailed(_pex_failed(resolved.failure, where=where))
    provided = _provided(lock, request.needs, platform)
    left_out = {name for name, _ in provided}
    needed = [each.wheel.distribution for each in resolved.wheels]
    needed = [each for each in needed if each.name not in left_out]
    chosen = choose_wheels(needed, platform.platforms, where=where)
    wheels = tuple(w for w in resolved.wheels if w.wheel.distribution in chosen)
    built = _native_among(
        (w.wheel for w in wheels if is_built_from_source(w.wheel.file_name, lock)), platform
    )
    if built:
        raise NativeCodeBuiltHere(
            _built_here(built, platform, where=where, fix=_lock_a_wheel(built, lock, platform))
        )
    names = [each.wheel.distribution.name for each in wheels]
    local = check_local_files(
        sorted(chosen), lock, build_root=build_root.path, find_links=python_repos.find_links
    )
    return ThirdParty(
        wheels, provided, FrozenDict(find_dependents(lock, names)), typed, tuple(local)
    )


async def _without_namespace_inits(
    sources: GatheredSources, packages: Iterable[str], root: str
) -> tuple[ArtifactFile, ...]:
    """The first-party files without the `__init__.py` of namespaces, if these hold no code."""
    paths = {f"{package.replace('.', '/')}/__init__.py" for package in packages}
    inits = {
        file.origin.path: file.path
        for file in sources.files
        if below_root(file.path, root) in paths and isinstance(file.origin, RepositoryOrigin)
    }
    if not inits:
        return sources.files
    contents = await get_digest_contents(
        await digest_subset_to_digest(DigestSubset(sources.digest, PathGlobs(inits)))
    )
    dropped = {inits[each.path] for each in contents if has_only_comments(each.content)}
    return tuple(file for file in sources.files if file.path not in dropped)


@rule(desc="Find all that the artifact needs", level=LogLevel.DEBUG)
async def find_whole(request: WholeRequest, options: LambdaSubsystem) -> Whole:
    target = request.target
    needs = await find_needs(NeedsRequest(target, request.stand_in), **implicitly())
    where, platform = needs.where, needs.platform
    root = target[LambdaPrefixField].value if target.has_field(LambdaPrefixField) else ""
    _check_prefix(root, platform, where=where)

    is_function = not target.has_field(LambdaPrefixField)
    targets = needs.closure.targets if target.get(LambdaIncludeSourcesField).value else ()
    distributions = needs.closure.distributions if targets else ()
    # A function without third-party code of its own still has to find it in its layers.
    wants_wheels = target[LambdaIncludeRequirementsField].value or is_function
    third_party_needs = needs.third_party if wants_wheels else ()
    sources, imports, third_party, local = await concurrently(
        gather_sources(SourcesRequest(targets, root)),
        find_imports(ImportsRequest(targets if is_function else (), platform.python)),
        find_third_party(
            ThirdPartyRequest(needs.resolve, third_party_needs, platform, where), **implicitly()
        ),
        build_local_wheels(LocalWheelsRequest(distributions)),
    )
    built = _native_among((each.wheel for each in local.wheels), platform)
    if built:
        raise NativeCodeBuiltHere(_built_here(built, platform, where=where, fix=_OWN_NATIVE))

    wheels = (*third_party.wheels, *local.wheels)
    placement = _placement(target, [each.wheel for each in wheels], root, platform, where=where)
    of_wheels = await concurrently(
        install_wheel(InstalledRequest(each.file, placement)) for each in wheels
    )
    installed = tuple(file for each in of_wheels for file in each.files)
    of_local = {each.wheel.owner for each in local.wheels}
    built_here = {file.path for file in installed if file.owner in of_local}
    own = await _without_namespace_inits(sources, options.namespace_packages, root)
    # A file that a distribution of the repository brings comes from its wheel.
    files = (*(file for file in own if file.path not in built_here), *installed)
    return Whole(
        needs,
        root,
        files,
        contents_of(target, files, (each.wheel.distribution for each in wheels), root),
        third_party,
        imports.names,
        await merge_digests(MergeDigests([sources.digest, needs.extra.digest])),
        wheels,
    )


def contents_of(
    target: Target,
    files: Iterable[ArtifactFile],
    distributions: Iterable[Distribution],
    root: str,
) -> Contents:
    scripts = {f"bin/{name}" for name in target[LambdaScriptsField].value}
    return Contents(
        frozenset(
            (below_root(file.path, root), file.sha256)
            for file in files
            if file.owner.kind is OwnerKind.FIRST_PARTY
        ),
        frozenset(distributions),
        frozenset(
            (file.path, str(file.owner))
            for file in files
            if file.path in scripts and file.is_third_party
        ),
    )


def below_root(path: str, root: str) -> str:
    return path[len(root) + 1 :] if root else path


def _provided(
    lock: Lockfile, needs: Iterable[Need], platform: TargetPlatform
) -> tuple[tuple[str, str | None], ...]:
    """What is left out of all that the needs reach, and the names that no lockfile knows."""
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


def _typed(
    lock: Lockfile, needs: Iterable[Need], platform: TargetPlatform
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


def _placement(
    target: Target,
    wheels: Sequence[Wheel],
    root: str,
    platform: TargetPlatform,
    *,
    where: Where,
) -> Placement:
    scripts = target[LambdaScriptsField].value
    check_scripts(scripts, wheels, where=where)
    python = ".".join(map(str, platform.python))
    return Placement(root, f"/var/lang/bin/python{python}", frozenset(scripts))


def _check_prefix(root: str, platform: TargetPlatform, *, where: Where) -> None:
    python = ".".join(map(str, platform.python))
    if root.startswith("python/lib/") and root != f"python/lib/python{python}/site-packages":
        raise PrefixOfAnotherPython(
            describe(
                f"The `prefix` of {where} belongs to another version of Python.",
                facts=columns([("prefix", root), ("built for", platform.described)]),
                why="Lambda looks into the folder of the runtime's own version only.",
                fix=f'set `prefix="python/lib/python{python}/site-packages"`, or leave it out.',
            )
        )


_OWN_NATIVE = (
    "build the wheel in an image of the runtime, and require the wheel in place of the "
    "`python_distribution`; or keep native code out of it."
)


def _native_among(wheels: Iterable[Wheel], platform: TargetPlatform) -> list[tuple[str, str]]:
    """The wheels that contain native code, as `name version` and file name."""
    if platform.stands_in:  # It is this machine on which it will run.
        return []
    return [(str(each.distribution), each.file_name) for each in wheels if each.has_native_code]


def _built_here(
    wheels: Sequence[tuple[str, str]], platform: TargetPlatform, *, where: Where, fix: str
) -> str:
    return describe(
        f"Native code of {where} was built on this machine, not for Lambda.",
        facts=[f"the platform  {platform.described}", *columns(wheels)],
        why="It is linked against this machine's C library, which Lambda's need not fit.",
        fix=fix,
    )


def _lock_a_wheel(
    wheels: Iterable[tuple[str, str]], lock: Lockfile, platform: TargetPlatform
) -> str:
    """How to lock wheels for the platform in place of their sdists."""
    pins = " ".join(name.replace(" ", "==") for name, _ in wheels)
    python = ".".join(map(str, platform.python))
    machine = platform.architecture.value if platform.architecture else "x86_64"
    return (
        "lock a version that has a wheel for the platform. Where there is none, build the wheel in "
        "the runtime's build image, from the root of the repository:\n\n"
        '  docker run --rm -v "$PWD/wheels:/wheels" '
        f"public.ecr.aws/sam/build-python{python}:latest-{machine} \\\n"
        f"    pip wheel --no-deps --wheel-dir /wheels {pins}\n\n"
        "name its folder in pants.toml:\n\n"
        "  [python-repos]\n"
        '  find_links = ["file://%(buildroot)s/wheels"]\n'
        '  path_mappings = ["WHEELS|%(buildroot)s/wheels"]\n\n'
        f"and then: pants generate-lockfiles --resolve={lock.resolve}"
    )


def _pex_failed(said: str, *, where: Where) -> str:
    return describe(
        f"PEX could not resolve the third-party code of {where}.",
        facts=output_lines(said),
        fix=(
            "see what PEX says above. If the lockfile is older than the requirements, run "
            "`pants generate-lockfiles`."
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
