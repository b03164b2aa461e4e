"""Lambda's own words: the lines that it adds to the log, and what it answers for a fault.

As AWS's pages and logs of real functions have them (read in November 2026).
"""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone

from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.runtime_api import FAULT, MOST_ANSWERED_BYTES, Said

# Lambda's own programs are written in Go, whose names for signals these are.
_SIGNALS = {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}


def init_start_line(python: tuple[int, int]) -> str:
    return f"INIT_START Runtime Version: python:{python[0]}.{python[1]} (emulated)"


def init_report_line(
    milliseconds: float,
    said: Said | None = None,
    error: str | None = None,
    *,
    phase: str = "init",
) -> str:
    """`error` is the error type of an init phase that failed; `said` is then what it told."""
    parts = [f"INIT_REPORT Init Duration: {milliseconds:.2f} ms"]
    if error is not None:
        parts += [f"Phase: {phase}", *_status(said, error)]
    return "\t".join(parts)


def start_line(request_id: str) -> str:
    return f"START RequestId: {request_id} Version: $LATEST"


def timeout_line(request_id: str, seconds: float) -> str:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{now} {request_id} {_timed_out(seconds)}\n"


def end_line(request_id: str) -> str:
    return f"END RequestId: {request_id}"


def report_line(
    request_id: str,
    configuration: Configuration,
    duration: float,
    init: float | None,
    memory: int | None,
    said: Said | None,
    error: str | None,
) -> str:
    """Times in milliseconds. A handler that raises is no status: that is the function's own."""
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        # With the init phase, since August 2025.
        f"Billed Duration: {math.ceil(duration + (init or 0.0))} ms",
        f"Memory Size: {configuration.memory} MB",
        f"Max Memory Used: {memory} MB" if memory else "Max Memory Used: unknown",
    ]
    if init is not None:
        parts.append(f"Init Duration: {init:.2f} ms")
    if error is not None and (said is None or said.kind != FAULT):
        parts += _status(said, error)
    return "\t".join(parts)


def _status(said: Said | None, error: str) -> list[str]:
    return ["Status: timeout"] if said is None else ["Status: error", f"Error Type: {error}"]


# Payloads, each with its error type.


def error_type(payload: bytes) -> str:
    """That of a payload which the function's own process wrote."""
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Unhandled"


def payload_of_timeout(request_id: str, seconds: float) -> tuple[bytes, str]:
    return _payload("Sandbox.Timedout", f"{_prefix(request_id)}{_timed_out(seconds)}")


def payload_of_large_answer() -> tuple[bytes, str]:
    return _payload(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size "
        f"({MOST_ANSWERED_BYTES} bytes).",
    )


def payload_of_exit(request_id: str, status: int, *, for_memory: bool) -> tuple[bytes, str]:
    """For a process that ended with this status, below 0 for a signal."""
    kind = "Runtime.OutOfMemory" if for_memory else "Runtime.ExitError"
    return _payload(kind, exit_line(request_id, status))


def exit_line(request_id: str, status: int) -> str:
    return f"{_prefix(request_id)}Runtime exited {_how(status)}"


def _payload(kind: str, message: str) -> tuple[bytes, str]:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode(), kind


def _prefix(request_id: str) -> str:
    return f"RequestId: {request_id} Error: " if request_id else "Error: "


def _timed_out(seconds: float) -> str:
    return f"Task timed out after {seconds:.2f} seconds"


def _how(status: int) -> str:
    if status == 0:
        return "without providing a reason"
    if status > 0:
        return f"with error: exit status {status}"
    return f"with error: signal: {_SIGNALS.get(-status, -status)}"
