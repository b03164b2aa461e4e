"""The Runtime API over a socket, as any client uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from threading import Thread
from typing import Any

import pytest

from aws_lambda_emulator.runtime_api import (
    Event,
    MessageKind,
    RuntimeApi,
    RuntimeMessage,
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


def send(connection: HTTPConnection, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_event_and_results(api: RuntimeApi, connection: HTTPConnection) -> None:
    """One connection transports the event with its headers, and the results in order."""
    api.session.events.put(Event("1", b'{"a": 1}', {"Lambda-Runtime-Aws-Request-Id": "1"}))

    connection.request("GET", NEXT)
    event = connection.getresponse()
    assert (event.status, event.read()) == (200, b'{"a": 1}')
    assert event.headers["Content-Type"] == "application/json"
    assert event.headers["Lambda-Runtime-Aws-Request-Id"] == "1"
    response = send(connection, "POST", f"{PREFIX}/invocation/1/response", b"[1]")
    error = send(connection, "POST", f"{PREFIX}/invocation/1/error", b"{}")
    init_error = send(connection, "POST", f"{PREFIX}/init/error", b'{"errorType": "X"}')

    assert response == error == init_error == (202, {"status": "OK"})
    assert [api.session.messages.get() for _ in range(4)] == [
        RuntimeMessage(MessageKind.READY),
        RuntimeMessage(MessageKind.RESPONSE, b"[1]"),
        RuntimeMessage(MessageKind.ERROR, b"{}"),
        RuntimeMessage(MessageKind.INIT_ERROR, b'{"errorType": "X"}'),
    ]


def test_result_of_another_event(api: RuntimeApi, connection: HTTPConnection) -> None:
    """The result of a process that was ended is refused."""
    assert send(connection, "POST", f"{PREFIX}/invocation/2/response") == (
        400,
        {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"},
    )
    assert api.session.messages.empty()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", f"{PREFIX}/restore/next"), ("POST", f"{PREFIX}/invocation/1/other")],
)
def test_unknown_paths_are_refused(
    api: RuntimeApi, connection: HTTPConnection, method: str, path: str
) -> None:
    """The connection can be used after an unknown path."""
    api.session.current = "1"
    for _ in range(2):
        assert send(connection, method, path) == (
            404,
            {"errorMessage": path, "errorType": "NotFound"},
        )


def test_session_is_replaced(api: RuntimeApi, connection: HTTPConnection) -> None:
    """A process that waits for an event is disconnected and does not affect its successor."""
    waiting = api.session
    failed = []

    def wait() -> None:
        try:
            send(connection, "GET", NEXT)
        except RemoteDisconnected as error:
            failed.append(error)

    thread = Thread(target=wait)
    thread.start()
    assert waiting.messages.get() == RuntimeMessage(MessageKind.READY)
    api.session = Session()
    waiting.close()
    thread.join()

    assert len(failed) == 1
    assert api.session.messages.empty()
