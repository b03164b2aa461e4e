"""Installs the libraries of tools while PEX resolves, in a build without a cache.

PEX leaves a processor idle while it downloads. Later, the build waits for these libraries alone.
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
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, rule
from aws_lambda.processes.tool_program import ToolRequest, install_tool
from aws_lambda.subsystem import LambdaSubsystem
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
    """The libraries are installed, or failed. The rules that need them report the error."""


@rule(desc="Install libraries of tools", level=LogLevel.DEBUG)
async def install_for_lockfile(
    request: EarlyInstallRequest, python_setup: PythonSetup, options: LambdaSubsystem
) -> EarlyInstall:
    """Install the reader of native code if the lockfile has native wheels, and the writer of bills
    of materials if the option `sbom` is set.
    """
    # A failed build may leave this rule running with old options, and the next build joins it. The
    # rules that need the lockfile report errors about it.
    if request.resolve not in python_setup.resolves:
        return EarlyInstall()
    lock = (await load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly())).lock
    has_native = any(
        has_native_wheel(lock, need.requirements, platform, provided=need.provided)
        for need in request.needs
        for platform in request.platform.platforms
    )
    programs = {"read_elf.py": has_native, "write_sbom.py": options.sbom}
    with suppress(LambdaError):
        await concurrently(
            install_tool(ToolRequest(program=name), **implicitly())
            for name, is_needed in programs.items()
            if is_needed
        )
    return EarlyInstall()


@rule(desc="Start to install libraries of tools", level=LogLevel.DEBUG)
async def install_early(subject: BuildSubject) -> EarlyInstall:
    inputs = await find_inputs(subject, **implicitly())
    if subject.platform_override or not requirements_of(inputs.third_party):
        return EarlyInstall()
    locked = EarlyInstallRequest(inputs.resolve, inputs.third_party, inputs.platform)
    return await install_for_lockfile(locked, **implicitly())


def rules() -> Iterable[Any]:
    return collect_rules()
