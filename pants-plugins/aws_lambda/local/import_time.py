"""Measures the imports of functions in the emulator, for `lambda-report --import-time`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from aws_lambda_emulator.protocol import DEFAULT_IMPORT_RUNS, EXIT_NOT_STARTED
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.addresses import Address
from pants.engine.process import ProcessCacheScope
from pants.util.logging import LogLevel

from aws_lambda.artifact.report.import_times import ImportTimes, parse_import_report
from aws_lambda.local.emulation import prepare_command
from aws_lambda.pants_api import (
    collect_rules,
    execute_process,
    implicitly,
    rule,
)

__all__ = ["DEFAULT_IMPORT_RUNS", "ImportTimeRequest", "measure_import", "rules"]

# The most characters of an error that a report shows.
_MOST_CHARACTERS = 200


@dataclass(frozen=True)
class ImportTimeRequest:
    """The function to measure, and the number of processes that import its handler."""

    address: Address
    runs: int


@rule(desc="Measure the import of Lambda function", level=LogLevel.DEBUG)
async def measure_import(
    request: ImportTimeRequest, own_python: PythonBuildStandaloneBinary
) -> ImportTimes:
    runs = f"--runs={request.runs}"
    function, process = await prepare_command(request.address, own_python, "import-time", runs)
    if function.interpreter is None:
        version = ".".join(map(str, function.runnable.python))
        return ImportTimes(f"this machine has no CPython {version}")
    # A time belongs to the load and the state of this machine.
    process = replace(
        process,
        description=f"Measure the import of {request.address}",
        cache_scope=ProcessCacheScope.PER_SESSION,
    )
    result = await execute_process(process, **implicitly())
    if result.exit_code not in (0, EXIT_NOT_STARTED):
        said = result.stderr.decode(errors="replace").strip()[-_MOST_CHARACTERS:]
        return ImportTimes(f"the emulator ended with {result.exit_code}: {said}")
    is_override = function.runnable.override_remark is not None
    return parse_import_report(result.stdout, is_override=is_override)


def rules() -> Iterable[Any]:
    return collect_rules()
