"""Lambda's own lines and payloads, as they are written."""

from __future__ import annotations

import json

import pytest

from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.runtime_api import ANSWER, ENDED, FAULT, Said
from aws_lambda_emulator.words import error_type, payload_of_exit, payload_of_timeout, report_line

CONFIGURATION = Configuration("fn", "app.handler", 3.0, 512)
REPORT = "REPORT RequestId: ID\tDuration: 1.50 ms\tBilled Duration: "

REPORTS: list[tuple[float | None, int | None, Said | None, str | None, str]] = [
    (None, 30, Said(ANSWER), None, "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB"),
    (None, None, Said(ANSWER), None, "2 ms\tMemory Size: 512 MB\tMax Memory Used: unknown"),
    (
        100.2,
        30,
        Said(ANSWER),
        None,
        "102 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\tInit Duration: 100.20 ms",
    ),
    (None, 30, Said(FAULT), "E", "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB"),
    (
        None,
        30,
        Said(ENDED),
        "E",
        "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\tStatus: error\tError Type: E",
    ),
    (None, 30, None, "E", "2 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\tStatus: timeout"),
]


@pytest.mark.parametrize(("init", "memory", "said", "error", "line"), REPORTS)
def test_a_report(
    init: float | None, memory: int | None, said: Said | None, error: str | None, line: str
) -> None:
    """Billed is the init phase too; a function's own exception is no status."""
    assert report_line("ID", CONFIGURATION, 1.5, init, memory, said, error) == REPORT + line


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
def test_the_type_of_an_error(payload: bytes, kind: str) -> None:
    """A process may report anything, and Lambda calls that unhandled."""
    assert error_type(payload) == kind


@pytest.mark.parametrize(
    ("request_id", "prefix"), [("ID", "RequestId: ID Error: "), ("", "Error: ")]
)
def test_payloads(request_id: str, prefix: str) -> None:
    """The init phase alone has no request that could be named."""
    timeout, end = payload_of_timeout(request_id, 3), payload_of_exit(
        request_id, -9, for_memory=True
    )

    assert [(json.loads(payload), kind) for payload, kind in (timeout, end)] == [
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
