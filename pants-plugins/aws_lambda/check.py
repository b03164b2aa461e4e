"""`check`: starts every function as Lambda would, from its artifact and its layers alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pants.core.goals.check import CheckRequest, CheckResult, CheckResults
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.addresses import Address
from pants.engine.fs import Digest, MergeDigests
from pants.engine.process import FallibleProcessResult, Process
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import FieldSet, Target
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from aws_lambda.artifact.fault import ArtifactFault, describe
from aws_lambda.artifact.host_files import lacking, note, read_host_files
from aws_lambda.artifact.startup import Started, failure
from aws_lambda.emulate import (
    CACHE,
    CACHE_ENVIRONMENT,
    Emulations,
    EmulationsRequest,
    Emulator,
)
from aws_lambda.sandboxed import patient
from aws_lambda.target_types import (
    LambdaCheckEnvField,
    LambdaHandlerField,
    LambdaSkipImportCheckField,
)

# What the emulator exits with where a function did not start.
_NOT_STARTED = 3
# Of what a process said that failed: the end, where the reason is.
_MOST_LINES = 10


class NotStarted(ArtifactFault):
    pass


@dataclass(frozen=True)
class LambdaCheckFieldSet(FieldSet):
    required_fields = (LambdaHandlerField, LambdaSkipImportCheckField)

    check_env: LambdaCheckEnvField

    @classmethod
    def opt_out(cls, tgt: Target) -> bool:
        return tgt[LambdaSkipImportCheckField].value


class LambdaCheckRequest(CheckRequest[LambdaCheckFieldSet]):
    field_set_type = LambdaCheckFieldSet
    tool_name = "lambda-imports"


@dataclass(frozen=True)
class StartRequest:
    address: Address


@dataclass(frozen=True)
class Start:
    """How a function started; `skipped` says why it was not tried."""

    started: Started | None
    skipped: str = ""


@rule(desc="Start Lambda function", level=LogLevel.DEBUG)
async def start_function(request: StartRequest, own_python: PythonBuildStandaloneBinary) -> Start:
    emulator, functions = await MultiGet(
        Get(Emulator), Get(Emulations, EmulationsRequest((request.address,), "functions"))
    )
    (function,) = functions.functions
    if function.interpreter is None:
        version = ".".join(map(str, function.runnable.python))
        return Start(None, f"this machine has no CPython {version}")
    process = Process(
        argv=[own_python.path, "-E", "-s", "__main__.py", "check", functions.document],
        description=f"Start {request.address}",
        input_digest=await Get(Digest, MergeDigests([emulator.digest, functions.digest])),
        env={
            "AWS_LAMBDA_INTERPRETER_SHA256": function.interpreter.sha256,
            CACHE_ENVIRONMENT: CACHE,
        },
        append_only_caches={"aws_lambda_emulator": CACHE},
        level=LogLevel.DEBUG,
    )
    result = await Get(FallibleProcessResult, Process, patient(process))
    # What failed is not cached: it may have been the machine's fault, such as a lack of memory.
    if result.exit_code not in (0, _NOT_STARTED):
        said = result.stderr.decode(errors="replace").strip().splitlines()[-_MOST_LINES:]
        raise NotStarted(_not_started(request.address.spec, result.exit_code, said))
    report = json.loads(result.stdout)
    if "fault" in report:
        raise NotStarted(report["fault"])
    keys = ("error", "payload", "logs", "unset_variable")
    host_files = read_host_files(report["host_files"])
    return Start(replace(Started(*(report[key] for key in keys)), host_files=host_files))


def _not_started(spec: str, code: int, said: Sequence[str]) -> str:
    return describe(
        f"The emulator ended before it could tell how the `lambda_function` target {spec} starts.",
        facts=[f"exit code {code}", *said],
        why="What the function does when it is imported may have ended it.",
        fix="see what `./pants run " + spec + " -- --init-only` says, or set "
        "`skip_import_check=True` on the target.",
    )


@rule
async def check_function(field_set: LambdaCheckFieldSet) -> CheckResult:
    spec = field_set.address.spec
    try:
        start = await Get(Start, StartRequest(field_set.address))
    except ArtifactFault as fault:
        return CheckResult(1, "", str(fault), partition_description=spec)
    if start.started is None:
        return CheckResult(0, f"Skipped: {start.skipped}.", "", partition_description=spec)
    failed = failure(start.started, address=spec, check_env=field_set.check_env.value)
    host_files = start.started.host_files
    failed = failed or lacking(host_files, address=spec)
    noted = "" if failed else note(host_files)
    return CheckResult(1 if failed else 0, noted, failed, partition_description=spec)


@rule(desc="Start Lambda functions", level=LogLevel.DEBUG)
async def check_functions(request: LambdaCheckRequest) -> CheckResults:
    results = await MultiGet(
        Get(CheckResult, LambdaCheckFieldSet, field_set) for field_set in request.field_sets
    )
    # Only what there is something to say of, and one line for all others.
    telling = [each for each in results if each.exit_code or each.stdout]
    if len(telling) < len(results):
        started = len(results) - len(telling)
        telling.append(CheckResult(0, f"{pluralize(started, 'function')} started.", ""))
    return CheckResults(telling, checker_name=request.tool_name)


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(CheckRequest, LambdaCheckRequest))
