"""Installs the library that reads native code while PEX resolves, in a build without a cache.

PEX leaves a processor idle while it downloads. Later, the build waits for this library alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import LambdaError
from aws_lambda.artifact.wheels.pex_lock import has_native_wheel
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import collect_rules, implicitly, rule
from aws_lambda.processes.tool_program import ToolRequest, install_tool
from aws_lambda.third_party.lockfile import (
    LockfileRequest,
    RequirementSet,
    load_resolve_lockfile,
    requirements_of,
)


@dataclass(frozen=True)
class EarlyInstallRequest:
    """The requirements of a target. The request does not name it, so that targets share the
    result.
    """

    resolve: str
    needs: tuple[RequirementSet, ...]
    platform: TargetPlatform


@dataclass(frozen=True)
class EarlyInstall:
    """The install is finished, or failed. The rules that need the library report the error."""


@rule(desc="Install the reader of native code", level=LogLevel.DEBUG)
async def install_for_lockfile(
    request: EarlyInstallRequest, python_setup: PythonSetup
) -> EarlyInstall:
    # A failed build may leave this rule running with old options, and the next build joins it. The
    # rules that need the lockfile report errors about it.
    if request.resolve not in python_setup.resolves:
        return EarlyInstall()
    lock = (await load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly())).lock
    if any(
        has_native_wheel(lock, need.requirements, platform, provided=need.provided)
        for need in request.needs
        for platform in request.platform.platforms
    ):
        with suppress(LambdaError):
            await install_tool(ToolRequest(program="read_elf.py"), **implicitly())
    return EarlyInstall()


@rule(desc="Start to install the reader of native code", level=LogLevel.DEBUG)
async def install_early(subject: BuildSubject) -> EarlyInstall:
    inputs = await find_inputs(subject, **implicitly())
    if subject.platform_override or not requirements_of(inputs.third_party):
        return EarlyInstall()
    locked = EarlyInstallRequest(inputs.resolve, inputs.third_party, inputs.platform)
    return await install_for_lockfile(locked, **implicitly())


def rules() -> Iterable[Any]:
    return collect_rules()
