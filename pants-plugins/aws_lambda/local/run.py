"""The goal `run`: invokes a packaged function in the emulator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aws_lambda_emulator.protocol import CACHE_VARIABLE, PANTS_VARIABLE
from pants.core.goals.run import RunFieldSet, RunInSandboxBehavior, RunRequest
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.fs import MergeDigests
from pants.util.logging import LogLevel

from aws_lambda.artifact.commands import pants_name
from aws_lambda.local.emulation import (
    CACHE,
    EmulatedFunctionsRequest,
    load_emulator,
    prepare_functions,
)
from aws_lambda.pants_api import collect_rules, concurrently, merge_digests, rule
from aws_lambda.target_types import LambdaHandlerField


@dataclass(frozen=True)
class LambdaRunFieldSet(RunFieldSet):
    required_fields = (LambdaHandlerField,)
    # The emulator runs an interpreter of this machine, in folders of its own.
    run_in_sandbox_behavior = RunInSandboxBehavior.RUN_REQUEST_NOT_HERMETIC

    handler: LambdaHandlerField


@rule(desc="Run Lambda function", level=LogLevel.DEBUG)
async def run_function(
    field_set: LambdaRunFieldSet, own_python: PythonBuildStandaloneBinary
) -> RunRequest:
    emulator, functions = await concurrently(
        load_emulator(),
        prepare_functions(EmulatedFunctionsRequest((field_set.address,), "functions")),
    )
    return RunRequest(
        digest=await merge_digests(MergeDigests([emulator.digest, functions.digest])),
        args=(
            own_python.path,
            # Ignore the variables and packages of the user's Python.
            *("-E", "-s"),
            "{chroot}/__main__.py",
            "run",
            f"{{chroot}}/{functions.document}",
        ),
        extra_env={CACHE_VARIABLE: f"{{chroot}}/{CACHE}", PANTS_VARIABLE: pants_name()},
        append_only_caches={"aws_lambda_emulator": CACHE},
    )


def rules() -> Iterable[Any]:
    return (*collect_rules(), *LambdaRunFieldSet.rules())
