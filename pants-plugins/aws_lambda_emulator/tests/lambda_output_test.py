"""Lambda's own log lines and payloads."""

from __future__ import annotations

import json

import pytest

from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.lambda_output import (
    error_type,
    exit_payload,
    report_line,
    timeout_payload,
)
from aws_lambda_emulator.runtime_api import MessageKind, RuntimeMessage

CONFIGURATION = Configuration("fn", "app.handler", 3.0, 512)
REPORT = "REPORT RequestId: ID\tDuration: 1.50 ms\tBilled Duration: "
RESPONSE, ERROR, EXITED = (
    RuntimeMessage(kind) for kind in (MessageKind.RESPONSE, MessageKind.ERROR, MessageKind.EXITED)
)

REPORTS: list[tuple[float | None, int | None, RuntimeMessage | None, str | None, str]] = [
    (None, 30, RESPONSE, None, "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB"),
    (None, None, RESPONSE, None, "2 ms\tMemory Size: 512 MB\tMax Memory Used: unknown"),
    (
        100.2,
        30,
        RESPONSE,
        None,
        "102 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\tInit Duration: 100.20 ms",
    ),
    (None, 30, ERROR, "E", "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB"),
    (
        None,
        30,
        EXITED,
        "E",
        "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\tStatus: error\tError Type: E",
    ),
    (None, 30, None, "E", "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\tStatus: timeout"),
]


@pytest.mark.parametrize(("init", "memory", "message", "error", "line"), REPORTS)
def test_report_of_an_invocation(
    init: float | None,
    memory: int | None,
    message: RuntimeMessage | None,
    error: str | None,
    line: str,
) -> None:
    """The billed duration includes the init phase. An exception of the function is no status."""
    assert report_line("ID", CONFIGURATION, 1.5, init, memory, message, error) == REPORT + line


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b'{"errorType": "ValueError"}', "ValueError"),
        (b"{}", "Unhandled"),
        (b"[]", "Unhandled"),
        (b"\xff", "Unhandled"),
        (b"", "Unhandled"),
    ],
)
def test_type_of_an_error(payload: bytes, kind: str) -> None:
    """A process may report any bytes, and Lambda calls unknown errors unhandled."""
    assert error_type(payload) == kind


@pytest.mark.parametrize(
    ("request_id", "prefix"), [("ID", "RequestId: ID Error: "), ("", "Error: ")]
)
def test_payloads_of_errors(request_id: str, prefix: str) -> None:
    """The message contains the request, which the init phase does not have."""
    timeout = timeout_payload(request_id, 3)
    exited = exit_payload(request_id, -9, out_of_memory=True)

    assert [(json.loads(payload), kind) for payload, kind in (timeout, exited)] == [
        (
            {
                "errorType": "Sandbox.Timedout",
                "errorMessage": f"{prefix}Task timed out after 3.00 seconds",
            },
            "Sandbox.Timedout",
        ),
        (
            {
                "errorType": "Runtime.OutOfMemory",
                "errorMessage": f"{prefix}Runtime exited with error: signal: killed",
            },
            "Runtime.OutOfMemory",
        ),
    ]
