"""The Runtime API over HTTP, through which a runtime client gets events and reports results."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler
from typing import Any

from aws_lambda_emulator.loopback import LoopbackServer

# Maximum size of a response, slightly more than that of an event (the Runtime API's own message).
MAX_RESPONSE_BYTES = 6_291_556
_PREFIX = "/2018-06-01/runtime"
# Bytes that are read at once of a request that is too large.
_CHUNK_BYTES = 1 << 20


class MessageKind(Enum):
    """Kinds of messages of a function's process."""

    READY = "ready"
    RESPONSE = "response"
    ERROR = "error"
    INIT_ERROR = "init error"
    TOO_LARGE = "too large"
    EXITED = "exited"


@dataclass(frozen=True)
class RuntimeMessage:
    """A message of a function's process, or about its end.

    `body` is the JSON of a response or an error. `status` is the exit status of a process that
    exited, negative for a signal.
    """

    kind: MessageKind
    body: bytes = b""
    status: int = 0


@dataclass(frozen=True)
class Event:
    """An event for a runtime client, with the headers of the HTTP response that contains it."""

    request_id: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Session:
    """One process of a function, as the Runtime API sees it.

    `messages` are its messages in order. `events` are the events for it; `None` ends the session.
    """

    def __init__(self) -> None:
        self.messages: queue.SimpleQueue[RuntimeMessage] = queue.SimpleQueue()
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.current: str | None = None

    def close(self) -> None:
        self.events.put(None)


class RuntimeApi:
    """A server on loopback for one function. `session` belongs to its current process."""

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
        """Ignore connections of killed processes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        session = self.server.api.session
        if self.path != f"{_PREFIX}/invocation/next":
            self._send(404, _error("NotFound", self.path))
            return
        session.messages.put(RuntimeMessage(MessageKind.READY))
        event = session.events.get()
        if event is None:
            self.close_connection = True
            return
        session.current = event.request_id
        # AWS's client exits without a message if there is no content type.
        self._send(200, event.body, {"Content-Type": "application/json", **event.headers})

    def do_POST(self) -> None:
        session = self.server.api.session
        size = int(self.headers.get("Content-Length") or 0)
        is_large = size > MAX_RESPONSE_BYTES
        body = b""
        while size > 0:
            # The client reads the answer only after it has sent the whole body, so a body that is
            # too large is read to its end and discarded.
            chunk = self.rfile.read(min(size, _CHUNK_BYTES) if is_large else size)
            if not chunk:
                # The client closed the connection before it had sent the whole body.
                self.close_connection = True
                return
            size -= len(chunk)
            body = b"" if is_large else body + chunk
        if self.path == f"{_PREFIX}/init/error":
            session.messages.put(RuntimeMessage(MessageKind.INIT_ERROR, body))
            self._send(202, b'{"status":"OK"}')
            return
        parts = self.path[len(_PREFIX) :].split("/")
        if len(parts) != 4 or parts[1] != "invocation" or parts[2] != session.current:
            self._send(400, _error("InvalidRequestID", "Invalid request ID"))
        elif parts[3] == "response" and is_large:
            session.messages.put(RuntimeMessage(MessageKind.TOO_LARGE))
            # The emulator ends the process, so an answer would race with its end.
            session.events.get()
            self.close_connection = True
        elif parts[3] in ("response", "error"):
            # The client gets its answer first, so that it does not wait for the message's reader.
            self._send(202, b'{"status":"OK"}')
            kind = MessageKind.RESPONSE if parts[3] == "response" else MessageKind.ERROR
            session.messages.put(RuntimeMessage(kind, body))
        else:
            self._send(404, _error("NotFound", self.path))

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log no requests: the log contains the function's own output."""


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": kind}).encode()
