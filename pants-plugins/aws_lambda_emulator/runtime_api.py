"""The Runtime API, as a runtime client asks it: the next event, and what came of the last one."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from aws_lambda_emulator.loopback import LoopbackServer

# A function's answer may be a little larger than what it gets (the Runtime API's own message).
MOST_ANSWERED_BYTES = 6_291_556
_PREFIX = "/2018-06-01/runtime"
# Read at once of a request that is too large, in bytes.
_PIECE = 1 << 20


@dataclass(frozen=True)
class Said:
    """What the function's process, or its end, told: `kind` is one of the words below."""

    kind: str
    body: bytes = b""
    status: int = 0


READY, ANSWER, FAULT, INIT_FAULT, TOO_LARGE, ENDED = (
    "ready",
    "answer",
    "fault",
    "init fault",
    "too large",
    "ended",
)


@dataclass(frozen=True)
class Event:
    """One event for a runtime client, with the headers that go with it."""

    request_id: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Session:
    """One process of a function, as the Runtime API sees it.

    `said` is what it told, in order; `events` what it gets, `None` once it is no longer served.
    """

    def __init__(self) -> None:
        self.said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.current: str | None = None

    def close(self) -> None:
        self.events.put(None)


class RuntimeApi:
    """Serves one function on loopback; `session` is its process at the time."""

    def __init__(self) -> None:
        self.session = Session()
        self._server = _Server(self)
        self.address = self._server.address
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self.session.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(LoopbackServer):
    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(0, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A process that was killed leaves its connection; that is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        session = self.server.api.session
        if self.path != f"{_PREFIX}/invocation/next":
            self._send(404, _fault("NotFound", self.path))
            return
        session.said.put(Said(READY))
        event = session.events.get()
        if event is None:
            self.close_connection = True
            return
        session.current = event.request_id
        # Without its content type, AWS's client stops and says nothing.
        self._send(200, event.body, {"Content-Type": "application/json", **event.headers})

    def do_POST(self) -> None:
        session = self.server.api.session
        size = int(self.headers.get("Content-Length") or 0)
        is_large = size > MOST_ANSWERED_BYTES
        body = b""
        while size > 0:
            # What is too large is read to its end, or the client would not listen, but not kept.
            piece = self.rfile.read(min(size, _PIECE) if is_large else size)
            if not piece:
                # The client is gone, and with it the rest.
                self.close_connection = True
                return
            size -= len(piece)
            body = b"" if is_large else body + piece
        if self.path == f"{_PREFIX}/init/error":
            session.said.put(Said(INIT_FAULT, body))
            self._send(202, b'{"status":"OK"}')
            return
        parts = self.path[len(_PREFIX) :].split("/")
        if len(parts) != 4 or parts[1] != "invocation" or parts[2] != session.current:
            self._send(400, _fault("InvalidRequestID", "Invalid request ID"))
        elif parts[3] == "response" and is_large:
            session.said.put(Said(TOO_LARGE))
            # The process ends for it; an answer would only race with that.
            session.events.get()
            self.close_connection = True
        elif parts[3] in ("response", "error"):
            # Answered before it is told, so that the client never waits for what is done with it.
            self._send(202, b'{"status":"OK"}')
            session.said.put(Said(ANSWER if parts[3] == "response" else FAULT, body))
        else:
            self._send(404, _fault("NotFound", self.path))

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: what a function logs is its own."""


def _fault(kind: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": kind}).encode()
