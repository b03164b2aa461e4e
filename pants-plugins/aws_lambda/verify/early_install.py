"""Installs what reads native code before any wheel is there, in a build without a cache.

While PEX resolves, there is a processor to spare; when native code is to be read, there is nothing
else left to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.engine.addresses import Address
from pants.engine.target import WrappedTargetRequest
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import LambdaError
from aws_lambda.artifact.wheels.pex_lock import has_native_wheel
from aws_lambda.inputs.target_inputs import NeedsRequest, find_needs
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import collect_rules, implicitly, resolve_target, rule
from aws_lambda.processes.tool_program import ToolRequest, install_tool
from aws_lambda.third_party.wheels import LockRequest, Need, load_lock, requirements_of


@dataclass(frozen=True)
class AheadRequest:
    """A function that will be verified, unless it only stands in."""

    function: Address
    stand_in: TargetPlatform | None = None


@dataclass(frozen=True)
class LockedAheadRequest:
    """What a target needs of a resolve. It names no target, so that others share the answer."""

    resolve: str
    needs: tuple[Need, ...]
    platform: TargetPlatform


@dataclass(frozen=True)
class Ahead:
    """Done, as far as it could be. What went wrong is said to those who need it."""


@rule(desc="Prepare to read native code", level=LogLevel.DEBUG)
async def prepare_for_locked(request: LockedAheadRequest, python_setup: PythonSetup) -> Ahead:
    # A build that failed elsewhere may leave this under way, with a resolve of options since then
    # changed, for the next build to join. Who needs the lockfile says what is wrong with it.
    if request.resolve not in python_setup.resolves:
        return Ahead()
    lock = (await load_lock(LockRequest(request.resolve), **implicitly())).lock
    if any(
        has_native_wheel(lock, need.requirements, platform, provided=need.provided)
        for need in request.needs
        for platform in request.platform.platforms
    ):
        with suppress(LambdaError):
            await install_tool(ToolRequest(program="read_elf.py"), **implicitly())
    return Ahead()


@rule(desc="Prepare to read native code", level=LogLevel.DEBUG)
async def prepare(request: AheadRequest) -> Ahead:
    wrapped = await resolve_target(
        WrappedTargetRequest(request.function, description_of_origin="package"), **implicitly()
    )
    needs = await find_needs(NeedsRequest(wrapped.target, request.stand_in), **implicitly())
    if request.stand_in or not requirements_of(needs.third_party):
        return Ahead()
    locked = LockedAheadRequest(needs.resolve, needs.third_party, needs.platform)
    return await prepare_for_locked(locked, **implicitly())


def rules() -> Iterable[Any]:
    return collect_rules()
