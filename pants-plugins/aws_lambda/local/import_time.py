"""Measures the imports of functions in the emulator, for `lambda-report --import-time`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aws_lambda_emulator.protocol import CACHE_VARIABLE, DEFAULT_IMPORT_RUNS, EXIT_NOT_STARTED
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.addresses import Address
from pants.engine.fs import MergeDigests
from pants.engine.process import Process, ProcessCacheScope
from pants.util.logging import LogLevel

from aws_lambda.artifact.report.import_times import ImportTimes, parse_import_report
from aws_lambda.local.emulation import (
    CACHE,
    EmulatedFunctionsRequest,
    load_emulator,
    prepare_functions,
)
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    execute_process,
    implicitly,
    merge_digests,
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
    emulator, functions = await concurrently(
        load_emulator(),
        prepare_functions(EmulatedFunctionsRequest((request.address,), "functions")),
    )
    (function,) = functions.functions
    if function.interpreter is None:
        version = ".".join(map(str, function.runnable.python))
        return ImportTimes(f"this machine has no CPython {version}")
    process = Process(
        argv=[
            *(own_python.path, "-E", "-s", "__main__.py"),
            *("import-time", functions.document, f"--runs={request.runs}"),
        ],
        description=f"Measure the import of {request.address}",
        input_digest=await merge_digests(MergeDigests([emulator.digest, functions.digest])),
        env={CACHE_VARIABLE: CACHE},
        append_only_caches={"aws_lambda_emulator": CACHE},
        # A time belongs to the load and the state of this machine.
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
