"""The Runtime API as clients of any kind ask it, over a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from threading import Thread
from typing import Any

import pytest

from aws_lambda_emulator.runtime_api import (
    ANSWER,
    FAULT,
    INIT_FAULT,
    READY,
    Event,
    RuntimeApi,
    Said,
    Session,
)

PREFIX = "/2018-06-01/runtime"
NEXT = f"{PREFIX}/invocation/next"


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    api = RuntimeApi()
    yield api
    api.close()


@pytest.fixture
def connection(api: RuntimeApi) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(api.address, timeout=10)
    yield connection
    connection.close()


def ask(connection: HTTPConnection, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_an_event_and_its_answer(api: RuntimeApi, connection: HTTPConnection) -> None:
    """All on one connection: the event with its headers, and what came of it, in order."""
    api.session.events.put(Event("1", b'{"a": 1}', {"Lambda-Runtime-Aws-Request-Id": "1"}))

    connection.request("GET", NEXT)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b'{"a": 1}')
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Lambda-Runtime-Aws-Request-Id"] == "1"
    answered = ask(connection, "POST", f"{PREFIX}/invocation/1/response", b"[1]")
    failed = ask(connection, "POST", f"{PREFIX}/invocation/1/error", b"{}")
    not_begun = ask(connection, "POST", f"{PREFIX}/init/error", b'{"errorType": "X"}')

    assert answered == failed == not_begun == (202, {"status": "OK"})
    assert [api.session.said.get() for _ in range(4)] == [
        Said(READY),
        Said(ANSWER, b"[1]"),
        Said(FAULT, b"{}"),
        Said(INIT_FAULT, b'{"errorType": "X"}'),
    ]


def test_an_answer_to_another_event(api: RuntimeApi, connection: HTTPConnection) -> None:
    """It is refused, as that of a process which was given up."""
    assert ask(connection, "POST", f"{PREFIX}/invocation/2/response") == (
        400,
        {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"},
    )
    assert api.session.said.empty()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", f"{PREFIX}/restore/next"), ("POST", f"{PREFIX}/invocation/1/other")],
)
def test_what_lambda_does_not_have(
    api: RuntimeApi, connection: HTTPConnection, method: str, path: str
) -> None:
    """The connection goes on."""
    api.session.current = "1"
    for _ in range(2):
        assert ask(connection, method, path) == (
            404,
            {"errorMessage": path, "errorType": "NotFound"},
        )


def test_a_process_that_is_given_up(api: RuntimeApi, connection: HTTPConnection) -> None:
    """What waits for its next event is told that there is none, and disturbs nobody after it."""
    waiting = api.session
    failed = []

    def wait() -> None:
        try:
            ask(connection, "GET", NEXT)
        except RemoteDisconnected as error:
            failed.append(error)

    thread = Thread(target=wait)
    thread.start()
    assert waiting.said.get() == Said(READY)
    api.session = Session()
    waiting.close()
    thread.join()

    assert len(failed) == 1
    assert api.session.said.empty()
