"""The lines that Lambda adds to a log, and the payloads of its errors.

The texts are those of AWS's pages and of logs of real functions (read in November 2026).
"""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone

from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.runtime_api import MAX_RESPONSE_BYTES, MessageKind, RuntimeMessage

# Lambda is written in Go, which has these names for signals.
_SIGNALS = {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}


def init_start_line(python: tuple[int, int]) -> str:
    return f"INIT_START Runtime Version: python:{python[0]}.{python[1]} (emulated)"


def init_report_line(
    milliseconds: float,
    message: RuntimeMessage | None = None,
    error: str | None = None,
    *,
    phase: str = "init",
) -> str:
    """The report of an init phase.

    `error` is the error type if the init phase failed. `message` is then the last message of the
    process, `None` after a timeout.
    """
    parts = [f"INIT_REPORT Init Duration: {milliseconds:.2f} ms"]
    if error is not None:
        parts += [f"Phase: {phase}", *_status(message, error)]
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
    message: RuntimeMessage | None,
    error: str | None,
) -> str:
    """The report of an invocation. Times are in milliseconds, memory is in MiB.

    An exception of the handler is not a status, because the invocation itself worked.
    """
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        # AWS bills the init phase since August 2025.
        f"Billed Duration: {math.ceil(duration + (init or 0.0))} ms",
        f"Memory Size: {configuration.memory} MB",
        f"Max Memory Used: {memory} MB" if memory else "Max Memory Used: unknown",
    ]
    if init is not None:
        parts.append(f"Init Duration: {init:.2f} ms")
    if error is not None and (message is None or message.kind != MessageKind.ERROR):
        parts += _status(message, error)
    return "\t".join(parts)


def _status(message: RuntimeMessage | None, error: str) -> list[str]:
    return ["Status: timeout"] if message is None else ["Status: error", f"Error Type: {error}"]


def error_type(payload: bytes) -> str:
    """The error type in a payload that the function's own process wrote."""
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Unhandled"


# Each of the following functions returns a payload and its error type.


def timeout_payload(request_id: str, seconds: float) -> tuple[bytes, str]:
    return _payload("Sandbox.Timedout", f"{_prefix(request_id)}{_timed_out(seconds)}")


def large_response_payload() -> tuple[bytes, str]:
    return _payload(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size "
        f"({MAX_RESPONSE_BYTES} bytes).",
    )


def exit_payload(request_id: str, status: int, *, out_of_memory: bool) -> tuple[bytes, str]:
    """The payload for a process that exited with this status, negative for a signal."""
    kind = "Runtime.OutOfMemory" if out_of_memory else "Runtime.ExitError"
    return _payload(kind, exit_line(request_id, status))


def exit_line(request_id: str, status: int) -> str:
    return f"{_prefix(request_id)}Runtime exited {_exit_reason(status)}"


def _payload(kind: str, message: str) -> tuple[bytes, str]:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode(), kind


def _prefix(request_id: str) -> str:
    return f"RequestId: {request_id} Error: " if request_id else "Error: "


def _timed_out(seconds: float) -> str:
    return f"Task timed out after {seconds:.2f} seconds"


def _exit_reason(status: int) -> str:
    if status == 0:
        return "without providing a reason"
    if status > 0:
        return f"with error: exit status {status}"
    return f"with error: signal: {_SIGNALS.get(-status, -status)}"
