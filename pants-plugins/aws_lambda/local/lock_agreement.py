"""Compares lockfiles with the locks of other tools in `[aws-lambda].lock_sources`, for `check`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.core.goals.check import CheckResult
from pants.engine.addresses import Address
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import LambdaError
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.wheels.lock_drift import compare_locks, describe_agreement
from aws_lambda.artifact.wheels.lock_sources import check_resolve_exists
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.pants_api import (
    ResolveConfigRequest,
    collect_rules,
    concurrently,
    determine_resolve_config,
    implicitly,
    rule,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.third_party.lockfile import LockfileRequest, load_resolve_lockfile
from aws_lambda.third_party.source_lock import LockSourceRequest, load_lock_source


@dataclass(frozen=True)
class ResolveUseRequest:
    """A request for the resolve of a function."""

    address: Address


@dataclass(frozen=True)
class ResolveUse:
    """A resolve, and the platforms that a function needs it for.

    Both are empty for a function with an error, which `check` reports when it starts the function.
    """

    resolve: str = ""
    platforms: tuple[CompletePlatform, ...] = ()


@dataclass(frozen=True)
class LockComparisonRequest:
    """A request to compare one entry of `lock_sources`, for these platforms."""

    resolve: str
    path: str
    platforms: tuple[CompletePlatform, ...]


@dataclass(frozen=True)
class LockAgreementRequest:
    """A request to compare the lockfiles of all resolves that these functions use."""

    functions: tuple[Address, ...]


@dataclass(frozen=True)
class LockAgreement:
    results: tuple[CheckResult, ...]


@rule
async def find_resolve_use(request: ResolveUseRequest) -> ResolveUse:
    try:
        inputs = await find_inputs(BuildSubject(request.address), **implicitly())
    except LambdaError:
        return ResolveUse()
    return ResolveUse(inputs.resolve, inputs.platform.platforms)


@rule(desc="Compare a lockfile with its source", level=LogLevel.DEBUG)
async def compare_lock(request: LockComparisonRequest) -> LockAgreement:
    try:
        source, loaded, config = await concurrently(
            load_lock_source(LockSourceRequest(request.resolve, request.path)),
            load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly()),
            determine_resolve_config(ResolveConfigRequest(request.resolve), **implicitly()),
        )
    except LambdaError as error:
        return LockAgreement((CheckResult(1, "", str(error)),))
    compared = compare_locks(
        loaded.lock,
        source.source,
        {_platform_name(each): each for each in request.platforms},
        constraints=config.constraints_file.path if config.constraints_file else None,
    )
    if compared.error or compared.note:
        return LockAgreement(
            (CheckResult(1 if compared.error else 0, compared.note, compared.error),)
        )
    return LockAgreement(
        (CheckResult(0, describe_agreement(loaded.lock, source.source, compared.agreed), ""),)
    )


@rule
async def find_lock_agreement(
    request: LockAgreementRequest, options: LambdaSubsystem, python_setup: PythonSetup
) -> LockAgreement:
    sources = options.lock_sources
    if not sources:
        return LockAgreement(())
    resolves = python_setup.resolves if python_setup.enable_resolves else {}
    try:
        for resolve, path in sorted(sources.items()):
            check_resolve_exists(resolve, path, resolves)
    except LambdaError as error:
        return LockAgreement((CheckResult(1, "", str(error)),))
    uses = await concurrently(
        find_resolve_use(ResolveUseRequest(address)) for address in request.functions
    )
    platforms: dict[str, set[CompletePlatform]] = {}
    for use in uses:
        platforms.setdefault(use.resolve, set()).update(use.platforms)
    compared = await concurrently(
        compare_lock(
            LockComparisonRequest(
                resolve, path, tuple(sorted(platforms[resolve], key=_platform_name))
            ),
            **implicitly(),
        )
        for resolve, path in sorted(sources.items())
        if resolve in platforms
    )
    return LockAgreement(tuple(result for each in compared for result in each.results))


def _platform_name(platform: CompletePlatform) -> str:
    """The name of a platform in messages, such as "python3.13 on x86_64"."""
    markers = platform.markers
    return f"python{markers['python_version']} on {markers.get('platform_machine', 'any machine')}"


def rules() -> Iterable[Any]:
    return collect_rules()
