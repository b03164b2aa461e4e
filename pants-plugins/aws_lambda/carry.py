"""The first half of the story: what an artifact carries, and what it is built for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonResolveField,
)
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.engine.addresses import Address
from pants.engine.fs import Digest, MergeDigests
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import Target, WrappedTarget, WrappedTargetRequest
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import ArtifactFile, Distribution
from aws_lambda.artifact.fault import ArtifactFault, columns, describe, indented
from aws_lambda.artifact.lock import built_from_source, check_wheels, is_native
from aws_lambda.artifact.scripts import check_scripts
from aws_lambda.artifact.spread import Placement, spread
from aws_lambda.artifact.wheel import Wheel
from aws_lambda.extra_files import ExtraFiles, ExtraFilesRequest
from aws_lambda.gather import Closure, ClosureRequest, GatheredSources, SourcesRequest
from aws_lambda.platforms import PlatformRequest, TargetPlatform
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaCompletePlatformsField,
    LambdaExtraFilesField,
    LambdaIncludeRequirementsField,
    LambdaIncludeSourcesField,
    LambdaPrefixField,
    LambdaRuntimeField,
    LambdaScriptsField,
)
from aws_lambda.wheels import (
    CarriedWheel,
    LoadedLock,
    LocalWheelsRequest,
    LockRequest,
    ResolvedWheels,
    WheelsRequest,
)


class MixedResolves(ArtifactFault):
    pass


class PexFailed(ArtifactFault):
    pass


class NativeCodeBuiltHere(ArtifactFault):
    pass


class PrefixOfAnotherPython(ArtifactFault):
    pass


@dataclass(frozen=True)
class CarriedRequest:
    address: Address


@dataclass(frozen=True)
class Carried:
    """What an artifact carries, collisions not yet settled.

    `root` is the folder of importable code in the artifact; `sources` holds the files of the
    repository, and `wheels` the digest of each wheel, by file name.
    """

    target: Target
    where: str
    root: str
    platform: TargetPlatform
    files: tuple[ArtifactFile, ...]
    distributions: tuple[Distribution, ...]
    sources: Digest
    wheels: FrozenDict[str, Digest]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class ThirdPartyRequest:
    """The third-party code of one target: its requirement strings, from one resolve."""

    resolve: str
    requirements: tuple[str, ...]
    platform: TargetPlatform
    where: str


@dataclass(frozen=True)
class ThirdParty:
    wheels: tuple[CarriedWheel, ...]


@rule(desc="Find third-party code", level=LogLevel.DEBUG)
async def find_third_party(request: ThirdPartyRequest) -> ThirdParty:
    if not request.requirements:
        return ThirdParty(())
    platform, where = request.platform, request.where
    lock = (await Get(LoadedLock, LockRequest(request.resolve))).lock
    for each in platform.platforms:
        check_wheels(lock, request.requirements, each, describes=platform.described, where=where)
    resolved = await Get(
        ResolvedWheels,
        WheelsRequest(
            request.resolve, request.requirements, platform.platforms, platform.described
        ),
    )
    if resolved.failure:
        raise PexFailed(_pex_failed(resolved.failure, where=where))
    built = (w.wheel for w in resolved.wheels if built_from_source(w.wheel.file_name, lock))
    _check_built_here(built, platform, where=where)
    return ThirdParty(resolved.wheels)


@rule(desc="Find what the artifact carries", level=LogLevel.DEBUG)
async def carry(request: CarriedRequest, python_setup: PythonSetup) -> Carried:
    wrapped = await Get(
        WrappedTarget, WrappedTargetRequest(request.address, description_of_origin="package")
    )
    target = wrapped.target
    where = f"the `{target.alias}` target {target.address}"
    resolve = target[PythonResolveField].normalized_value(python_setup)
    extra = await Get(ExtraFiles, ExtraFilesRequest(target[LambdaExtraFilesField]))
    closure = await Get(Closure, ClosureRequest(target, aside=extra.addresses))
    _check_resolves(closure, resolve, python_setup, where=where)
    platform = await Get(
        TargetPlatform,
        PlatformRequest(
            target[LambdaRuntimeField],
            target[LambdaArchitectureField],
            target[LambdaCompletePlatformsField],
            _constraints(closure, resolve, python_setup),
            where,
        ),
    )
    root = target[LambdaPrefixField].value if target.has_field(LambdaPrefixField) else ""
    _check_prefix(root, platform, where=where)

    wants_sources = target.get(LambdaIncludeSourcesField).value
    wants_wheels = target[LambdaIncludeRequirementsField].value
    requirements = closure.requirements if wants_wheels else ()
    sources, third_party, local = await MultiGet(
        Get(GatheredSources, SourcesRequest(closure.targets if wants_sources else (), root)),
        Get(ThirdParty, ThirdPartyRequest(resolve, requirements, platform, where)),
        Get(ResolvedWheels, LocalWheelsRequest(closure.distributions if wants_sources else ())),
    )
    _check_built_here((each.wheel for each in local.wheels), platform, where=where)

    carried = (*third_party.wheels, *local.wheels)
    files = _spread(target, [each.wheel for each in carried], root, platform, where=where)
    of_local = {each.wheel.owner for each in local.wheels}
    built_here = {file.path for file in files if file.owner in of_local}
    return Carried(
        target,
        where,
        root,
        platform,
        # A file that a distribution of the repository brings comes from its wheel.
        (*(f for f in sources.files if f.path not in built_here), *files, *extra.files),
        tuple(sorted(each.wheel.distribution for each in carried)),
        await Get(Digest, MergeDigests([sources.digest, extra.digest])),
        FrozenDict({each.wheel.file_name: each.digest for each in carried}),
        (*platform.findings, *closure.findings()),
    )


def _spread(
    target: Target,
    wheels: Sequence[Wheel],
    root: str,
    platform: TargetPlatform,
    *,
    where: str,
) -> tuple[ArtifactFile, ...]:
    scripts = target[LambdaScriptsField].value
    check_scripts(scripts, wheels, where=where)
    python = ".".join(map(str, platform.python))
    placement = Placement(root, f"/var/lang/bin/python{python}", frozenset(scripts))
    return tuple(file for wheel in wheels for file in spread(wheel, placement))


def _constraints(
    closure: Closure, resolve: str, python_setup: PythonSetup
) -> InterpreterConstraints:
    """Those of the code or, where there is only third-party code, of its resolve."""
    of_code = [
        target[InterpreterConstraintsField]
        for target in closure.targets
        if target.has_field(InterpreterConstraintsField)
    ]
    if of_code:
        return InterpreterConstraints.create_from_compatibility_fields(of_code, python_setup)
    return InterpreterConstraints(
        python_setup.resolves_to_interpreter_constraints.get(
            resolve, python_setup.interpreter_constraints
        )
    )


def _check_resolves(
    closure: Closure, resolve: str, python_setup: PythonSetup, *, where: str
) -> None:
    others = [
        (target.address.spec, f"resolve `{found}`")
        for target in closure.targets
        if target.has_field(PythonResolveField)
        and (found := target[PythonResolveField].normalized_value(python_setup)) != resolve
    ]
    if others:
        raise MixedResolves(
            describe(
                f"{where[0].upper()}{where[1:]} needs code of another resolve.",
                facts=columns([(where.split()[-1], f"resolve `{resolve}`"), *sorted(others)]),
                why="One artifact holds one version of each distribution, from one lockfile.",
                fix="give these targets the same `resolve`.",
            )
        )


def _check_prefix(root: str, platform: TargetPlatform, *, where: str) -> None:
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


def _check_built_here(wheels: Iterable[Wheel], platform: TargetPlatform, *, where: str) -> None:
    native = [
        (str(wheel.distribution), wheel.file_name) for wheel in wheels if is_native(wheel.file_name)
    ]
    if native:
        raise NativeCodeBuiltHere(
            describe(
                f"Native code of {where} was built on this machine, not for Lambda.",
                facts=[f"the platform  {platform.described}", *columns(native)],
                why="It is linked against this machine's C library, which Lambda's need not fit.",
                fix=(
                    "lock a version that has a wheel for the platform, or build the wheel in an "
                    "image of Lambda's and serve it from an index of your own."
                ),
            )
        )


def _pex_failed(said: str, *, where: str) -> str:
    return describe(
        f"PEX could not resolve the third-party code of {where}.",
        facts=indented(said),
        fix=(
            "see what PEX says above. If the lockfile is older than the requirements, run "
            "`pants generate-lockfiles`."
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
