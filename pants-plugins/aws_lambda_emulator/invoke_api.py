"""AWS's Invoke API over HTTP, for the functions that are served here.

Forms and texts are those of botocore's service description and of what AWS answers, as its users
quote it (read in November 2026).
"""

from __future__ import annotations

import base64
import json
import math
import re
import uuid
from collections.abc import Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aws_lambda_emulator.body import UnreadableBody, read_body
from aws_lambda_emulator.event import MOST_ASKED_BYTES
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Invocation, Outcome
from aws_lambda_emulator.log import to_stderr
from aws_lambda_emulator.loopback import LoopbackServer
from aws_lambda_emulator.names import Names, arn_of_unknown
from aws_lambda_emulator.served import Served

# AWS's quotas page, in bytes: of an event that nobody waits for (2026).
MOST_POSTED_BYTES = 1024 * 1024
# AWS's reference of Invoke: of a log, and of a client context in base64 (2026).
_MOST_LOGGED_BYTES = 4096
_MOST_CONTEXT_BYTES = 3583
_FUNCTIONS = re.compile(r"/2015-03-31/functions/?")
_OF_FUNCTION = re.compile(
    r"/2015-03-31/functions/(?P<name>.+?)(?P<what>/invocations|/configuration)?/?"
)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that gets one of AWS's errors."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind

    @property
    def answer(self) -> Answer:
        whose = "Service" if self.status >= 500 else "User"
        body = json.dumps({"Type": whose, "Message": str(self)}).encode()
        return Answer(self.status, body, {"X-Amzn-ErrorType": self.kind})


@dataclass(frozen=True)
class Request:
    """`size` is that of the whole body, of which `body` has no more than may be taken."""

    method: str
    target: str
    headers: Message
    size: int
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def qualifier(self) -> str:
        return parse_qs(urlsplit(self.target).query).get("Qualifier", [""])[0]


class InvokeApi(LoopbackServer):
    """Listens at once, and answers once it is told to `serve_forever`."""

    def __init__(self, functions: Names[Served], port: int) -> None:
        self.functions = functions
        super().__init__(port, _Connection)

    def answer(self, request: Request, request_id: str) -> Answer:
        """Raises `Refused`, and `CancelledError` once the functions are closed."""
        if "Origin" in request.headers:
            # Pages that the user visits can reach loopback, too.
            raise Refused(403, "AccessDeniedException", "Web pages may not invoke functions.")
        if request.method == "GET" and _FUNCTIONS.fullmatch(request.path):
            return _json({"Functions": [_configuration(each) for each in self.functions]})
        of_function = _OF_FUNCTION.fullmatch(request.path)
        if of_function:
            name, what = unquote(of_function["name"]), of_function["what"]
            if (request.method, what) == ("POST", "/invocations"):
                return self._invoke(request, name, request_id)
            if (request.method, what) == ("GET", "/configuration"):
                return _json(_configuration(self._find(name, request)[0]))
            if (request.method, what) == ("GET", None):
                return _json({"Configuration": _configuration(self._find(name, request)[0])})
        raise Refused(
            404,
            "UnknownOperationException",
            f"{request.method} {request.path} is nothing that the emulator does. It answers "
            "Invoke, ListFunctions, GetFunction and GetFunctionConfiguration.",
        )

    def _find(self, name: str, request: Request) -> tuple[Served, str]:
        found = self.functions.find(name)
        if found is None:
            to_stderr(f"Nothing here answers to {name!r}.\n".encode())
            asked = f"{name}:{request.qualifier}" if request.qualifier else name
            raise Refused(
                404, "ResourceNotFoundException", f"Function not found: {arn_of_unknown(asked)}"
            )
        served, qualifier = found
        if qualifier and request.qualifier and qualifier != request.qualifier:
            raise Refused(
                400,
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified "
                "qualifier.",
            )
        return served, qualifier or request.qualifier

    def _invoke(self, request: Request, name: str, request_id: str) -> Answer:
        kind = request.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        _check_size(request, kind)
        served, qualifier = self._find(name, request)
        if kind == "DryRun":
            return Answer(204)
        event = request.body or b"{}"
        _check_json(event)
        invocation = Invocation(event, _client_context(request), qualifier, request_id=request_id)
        if kind == "Event":
            served.post(invocation)
            return Answer(202)
        try:
            outcome = served.submit(invocation).result()
        except CancelledError:
            raise
        except Exception as error:
            text = str(error) if isinstance(error, EmulatorFault) else _unexpected(served, error)
            served.say(text)
            raise Refused(500, "ServiceException", text) from None
        return _answer_of(outcome, wants_log=request.headers.get("X-Amz-Log-Type") == "Tail")


def _unexpected(served: Served, error: Exception) -> str:
    return (
        f"{served.packaged.address} cannot be invoked.\n\n"
        f"  {type(error).__name__}: {error}\n\n"
        "To fix, see with `ulimit -a` what the system may have run out of, or start `lambda-serve` "
        "again."
    )


def _check_size(request: Request, kind: str) -> None:
    if kind not in ("DryRun", "Event", "RequestResponse"):
        raise Refused(
            400,
            "ValidationException",
            f"1 validation error detected: Value '{kind}' at 'invocationType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
        )
    if request.size > MOST_ASKED_BYTES:
        text = (
            f"Request must be smaller than {MOST_ASKED_BYTES} bytes for the InvokeFunction "
            "operation"
        )
        raise Refused(413, "RequestEntityTooLargeException", text)
    if kind == "Event" and request.size > MOST_POSTED_BYTES:
        text = (
            f"{request.size} byte payload is too large for the Event invocation type "
            f"(limit {MOST_POSTED_BYTES} bytes)"
        )
        raise Refused(413, "RequestEntityTooLargeException", text)


def _read_json(text: bytes) -> Any:
    """As strict as Lambda: UTF-8 without a byte order mark, and no NaN. Raises `ValueError`."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(text.decode(), parse_constant=refuse)
    except RecursionError as error:
        raise ValueError(str(error)) from None


def _check_json(event: bytes) -> None:
    try:
        _read_json(event)
    except ValueError as error:
        text = f"Could not parse request body into json: {error}"
        raise Refused(400, "InvalidRequestContentException", text) from None


def _client_context(request: Request) -> str | None:
    given = request.headers.get("X-Amz-Client-Context")
    if not given:
        return None
    try:
        if len(given) > _MOST_CONTEXT_BYTES:
            raise ValueError
        decoded = base64.b64decode(given, validate=True)
        if not isinstance(_read_json(decoded), dict):
            raise ValueError
        return decoded.decode()
    except ValueError:
        text = (
            "Client context must be a valid Base64-encoded JSON object, of at most "
            f"{_MOST_CONTEXT_BYTES} bytes."
        )
        raise Refused(400, "InvalidRequestContentException", text) from None


def _answer_of(outcome: Outcome, *, wants_log: bool) -> Answer:
    headers = {"X-Amz-Executed-Version": "$LATEST"}
    if outcome.error is not None:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if wants_log:
        tail = outcome.logs[-_MOST_LOGGED_BYTES:]
        headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
    return Answer(200, outcome.payload, headers)


def _configuration(served: Served) -> Mapping[str, Any]:
    """What is known of a function before it is mounted, by AWS's names."""
    configuration = served.configuration
    return {
        "FunctionName": configuration.name,
        "FunctionArn": configuration.arn,
        "Description": served.packaged.address,
        "Runtime": "python" + ".".join(map(str, served.packaged.python)),
        "MemorySize": configuration.memory,
        # AWS knows whole seconds only.
        "Timeout": math.ceil(configuration.timeout),
        "PackageType": "Zip",
        "Version": "$LATEST",
        # What waiters ask for; mounting takes place with the first event.
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }


def _json(document: Any) -> Answer:
    return Answer(200, json.dumps(document).encode())


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: InvokeApi

    def _handle(self) -> None:
        request_id = str(uuid.uuid4())
        try:
            answer = self.server.answer(self._request(), request_id)
        except Refused as refused:
            answer = refused.answer
        except (CancelledError, ConnectionError):
            # The functions are closed, or the caller is gone before all of the request came.
            self.close_connection = True
            return
        self._send(answer, request_id)

    do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = _handle

    def _request(self) -> Request:
        try:
            size, body = read_body(self.headers, self.rfile, MOST_ASKED_BYTES)
        except UnreadableBody:
            self.close_connection = True
            text = "The length of the request body cannot be read."
            raise Refused(400, "InvalidRequestContentException", text) from None
        return Request(self.command, self.path, self.headers, size, body)

    def _send(self, answer: Answer, request_id: str) -> None:
        self.send_response(answer.status)
        self.send_header("x-amzn-RequestId", request_id)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        # A 204 has none, by the rules of HTTP.
        if answer.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Nothing: functions log what they are asked."""
