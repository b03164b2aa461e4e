"""The goal `check`: imports the handler of each function in the emulator, as Lambda does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda_emulator.protocol import EXIT_NOT_STARTED
from pants.core.goals.check import CheckRequest, CheckResult, CheckResults
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.addresses import Address
from pants.engine.target import FieldSet, Target
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from aws_lambda.artifact.checks.host_file_use import (
    describe_missing_files,
    describe_uncertain_files,
    parse_host_files,
)
from aws_lambda.artifact.checks.startup_failure import StartResult, describe_failure
from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ChecksError, LambdaError, describe
from aws_lambda.local.emulation import prepare_command
from aws_lambda.local.lock_agreement import LockAgreementRequest, find_lock_agreement
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    execute_process,
    implicitly,
    rule,
)
from aws_lambda.processes.sandbox_program import prefer_remote_cache
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaCheckEnvField,
    LambdaHandlerField,
    LambdaSkipImportCheckField,
)
from aws_lambda.verify.missing_at_startup import (
    StartupCause,
    StartupFailureRequest,
    find_missing_at_startup,
)

# Lines of output that a message shows of a failed process: the last ones contain the reason.
_MOST_LINES = 10


class NotStarted(ChecksError):
    """The emulator could not report how a function starts. It ended before, or it refuses the
    `check_env` of the function.

    To fix, run the function with `--init-only`, which shows what it writes, or correct `check_env`.
    """


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
    """The start of a function. `no_python` is the version of CPython that this machine lacks."""

    started: StartResult | None
    no_python: str = ""


@dataclass(frozen=True)
class ImportCheckResult:
    """The result of `check` for one function. `failed` is empty if it started."""

    spec: str
    failed: str = ""
    no_python: str = ""
    noted: str = ""


@rule(desc="Start Lambda function", level=LogLevel.DEBUG)
async def start_function(request: StartRequest, own_python: PythonBuildStandaloneBinary) -> Start:
    function, process = await prepare_command(request.address, own_python, "check")
    if function.interpreter is None:
        version = ".".join(map(str, function.runnable.python))
        return Start(None, version)
    result = await execute_process(prefer_remote_cache(process), **implicitly())
    # Pants does not cache failures: the machine may be the reason, for example a lack of memory.
    if result.exit_code not in (0, EXIT_NOT_STARTED):
        said = result.stderr.decode(errors="replace").strip().splitlines()[-_MOST_LINES:]
        raise NotStarted(_not_started(request.address.spec, result.exit_code, said))
    report = json.loads(result.stdout)
    if "fault" in report:
        raise NotStarted(report["fault"])
    return Start(
        StartResult(
            report["error"],
            report["payload"],
            report["logs"],
            tuple(report["unset_variables"]),
            tuple(report["kinds"]),
            report["handler"],
            parse_host_files(report["host_files"]),
            report["sought"],
        )
    )


def _not_started(spec: str, code: int, said: Sequence[str]) -> str:
    return describe(
        f"The emulator ended before it could tell how the `lambda_function` target {spec} starts.",
        facts=[f"exit code {code}", *said],
        why="What the function does when it is imported may have ended it.",
        fix=f"run `{pants_command(f'run {spec} -- --init-only')}`, which shows what the function "
        "writes.",
    )


@rule
async def check_function(field_set: LambdaCheckFieldSet) -> ImportCheckResult:
    spec = field_set.address.spec
    try:
        start = await start_function(StartRequest(field_set.address), **implicitly())
    except LambdaError as fault:
        return ImportCheckResult(spec, str(fault))
    if start.started is None:
        return ImportCheckResult(spec, no_python=start.no_python)
    started = start.started
    sought = StartupCause(None)
    if started.missing_modules or started.missing_file:
        request = StartupFailureRequest(
            field_set.address, started.missing_modules, started.missing_file
        )
        sought = await find_missing_at_startup(request, **implicitly())
    check_env = field_set.check_env.value
    failed = describe_failure(started, address=spec, check_env=check_env, missing=sought.lost)
    failed = failed or describe_missing_files(started.host_files, address=spec)
    return ImportCheckResult(
        spec, failed, noted="" if failed else describe_uncertain_files(started.host_files)
    )


@rule(desc="Start Lambda functions", level=LogLevel.DEBUG)
async def check_functions(request: LambdaCheckRequest, options: LambdaSubsystem) -> CheckResults:
    checked = await concurrently(check_function(field_set) for field_set in request.field_sets)
    failed = [each for each in checked if each.failed]
    skipped = [each for each in checked if each.no_python]
    results = [
        CheckResult(
            1 if each.failed else 0, each.noted, each.failed, partition_description=each.spec
        )
        for each in checked
        if each.failed or each.noted
    ]
    started = pluralize(len(checked) - len(failed) - len(skipped), "function") + " started"
    name = request.tool_name
    if skipped:
        count = f"{started}, {len(skipped)} skipped for lack of an interpreter"
        versions: dict[str, list[str]] = {}
        for each in skipped:
            versions.setdefault(each.no_python, []).append(each.spec)
        facts = [f"CPython {version}: {', '.join(of)}" for version, of in sorted(versions.items())]
        # Pants prints this name in its last line.
        name = f"{name} ({count})"
        if options.check_requires_interpreter:
            results.append(CheckResult(1, "", _skipped(count, facts, [*sorted(versions)])))
        else:
            said = "\n".join([f"{count}.", *(f"  {fact}" for fact in facts)])
            results.append(CheckResult(0, said, ""))
    elif len(failed) < len(checked):
        results.append(CheckResult(0, f"{started}.", ""))
    addresses = tuple(field_set.address for field_set in request.field_sets)
    locks = await find_lock_agreement(LockAgreementRequest(addresses), **implicitly())
    return CheckResults((*results, *locks.results), checker_name=name)


def _skipped(count: str, facts: Sequence[str], versions: Sequence[str]) -> str:
    return describe(
        f"{count}.",
        facts=facts,
        why="`[aws-lambda].check_requires_interpreter` makes that a failure.",
        fix="install what is missing, such as with `pyenv install "
        + " ".join(versions)
        + "`, or leave functions out with `skip_import_check=True`.",
    )


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(CheckRequest, LambdaCheckRequest))
