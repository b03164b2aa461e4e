"""AWS's Invoke API over HTTP for the served functions.

Formats and texts are those of botocore's service description and of AWS's answers, as users quote
them (read in November 2026).
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

from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.event import MAX_REQUEST_BYTES
from aws_lambda_emulator.function_names import FunctionNames, arn_of_unknown_function
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.loopback import LoopbackServer
from aws_lambda_emulator.request_body import UnreadableBody, read_body
from aws_lambda_emulator.served_function import ServedFunction
from aws_lambda_emulator.stderr import write_to_stderr

# AWS's quotas page: the maximum size of an asynchronous event, in bytes (2026).
MAX_ASYNC_REQUEST_BYTES = 1024 * 1024
# AWS's reference of Invoke: the maximum size of a log's tail, and of a client context in base64
# (2026).
_MAX_LOG_TAIL_BYTES = 4096
_MAX_CONTEXT_BYTES = 3583
_FUNCTIONS = re.compile(r"/2015-03-31/functions/?")
_FUNCTION = re.compile(
    r"/2015-03-31/functions/(?P<name>.+?)(?P<what>/invocations|/configuration)?/?"
)


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """A request that is answered with one of AWS's errors."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind

    @property
    def response(self) -> Response:
        cause = "Service" if self.status >= 500 else "User"
        body = json.dumps({"Type": cause, "Message": str(self)}).encode()
        return Response(self.status, body, {"X-Amzn-ErrorType": self.kind})


@dataclass(frozen=True)
class Request:
    """An HTTP request. `size` is the size of its whole body, which `body` may contain in part."""

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
    """A server that listens at once and answers requests in `serve_forever`."""

    def __init__(self, functions: FunctionNames[ServedFunction], port: int) -> None:
        self.functions = functions
        super().__init__(port, _Connection)

    def respond(self, request: Request, request_id: str) -> Response:
        """Raises `ApiError`, and `CancelledError` once the functions are closed."""
        if "Origin" in request.headers:
            # Web pages that the user visits can send requests to loopback as well.
            raise ApiError(403, "AccessDeniedException", "Web pages may not invoke functions.")
        if request.method == "GET" and _FUNCTIONS.fullmatch(request.path):
            return _json({"Functions": [_configuration(each) for each in self.functions]})
        found = _FUNCTION.fullmatch(request.path)
        if found:
            name, what = unquote(found["name"]), found["what"]
            if (request.method, what) == ("POST", "/invocations"):
                return self._invoke(request, name, request_id)
            if (request.method, what) == ("GET", "/configuration"):
                return _json(_configuration(self._find(name, request)[0]))
            if (request.method, what) == ("GET", None):
                return _json({"Configuration": _configuration(self._find(name, request)[0])})
        raise ApiError(
            404,
            "UnknownOperationException",
            f"The emulator does not support {request.method} {request.path}. It supports "
            "Invoke, ListFunctions, GetFunction and GetFunctionConfiguration.",
        )

    def _find(self, name: str, request: Request) -> tuple[ServedFunction, str]:
        """The function with this name, and the requested qualifier."""
        found = self.functions.find(name)
        if found is None:
            write_to_stderr(f"There is no function with the name {name!r}.\n".encode())
            given = f"{name}:{request.qualifier}" if request.qualifier else name
            text = f"Function not found: {arn_of_unknown_function(given)}"
            raise ApiError(404, "ResourceNotFoundException", text)
        function, qualifier = found
        if qualifier and request.qualifier and qualifier != request.qualifier:
            raise ApiError(
                400,
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified "
                "qualifier.",
            )
        return function, qualifier or request.qualifier

    def _invoke(self, request: Request, name: str, request_id: str) -> Response:
        kind = request.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        _check_size(request, kind)
        function, qualifier = self._find(name, request)
        if kind == "DryRun":
            return Response(204)
        event = request.body or b"{}"
        _check_json(event)
        invocation = Invocation(event, _client_context(request), qualifier, request_id=request_id)
        if kind == "Event":
            function.post(invocation)
            return Response(202)
        try:
            outcome = function.submit(invocation).result()
        except CancelledError:
            raise
        except Exception as error:
            is_expected = isinstance(error, EmulatorError)
            text = str(error) if is_expected else _describe_unexpected(function, error)
            function.write(text)
            raise ApiError(500, "ServiceException", text) from None
        return _response_for(outcome, wants_log=request.headers.get("X-Amz-Log-Type") == "Tail")


def _describe_unexpected(function: ServedFunction, error: Exception) -> str:
    return (
        f"{function.packaged.address} cannot be invoked.\n\n"
        f"  {type(error).__name__}: {error}\n\n"
        "To fix, check the limits of your system with `ulimit -a`, or start `lambda-serve` again."
    )


def _check_size(request: Request, kind: str) -> None:
    if kind not in ("DryRun", "Event", "RequestResponse"):
        raise ApiError(
            400,
            "ValidationException",
            f"1 validation error detected: Value '{kind}' at 'invocationType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
        )
    if request.size > MAX_REQUEST_BYTES:
        text = (
            f"Request must be smaller than {MAX_REQUEST_BYTES} bytes for the InvokeFunction "
            "operation"
        )
        raise ApiError(413, "RequestEntityTooLargeException", text)
    if kind == "Event" and request.size > MAX_ASYNC_REQUEST_BYTES:
        text = (
            f"{request.size} byte payload is too large for the Event invocation type "
            f"(limit {MAX_ASYNC_REQUEST_BYTES} bytes)"
        )
        raise ApiError(413, "RequestEntityTooLargeException", text)


def _read_json(text: bytes) -> Any:
    """Read JSON as strictly as Lambda: UTF-8 without a byte order mark, no NaN.

    Raises `ValueError`.
    """

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
        raise ApiError(400, "InvalidRequestContentException", text) from None


def _client_context(request: Request) -> str | None:
    given = request.headers.get("X-Amz-Client-Context")
    if not given:
        return None
    try:
        if len(given) > _MAX_CONTEXT_BYTES:
            raise ValueError
        decoded = base64.b64decode(given, validate=True)
        if not isinstance(_read_json(decoded), dict):
            raise ValueError
        return decoded.decode()
    except ValueError:
        text = (
            "Client context must be a valid Base64-encoded JSON object, of at most "
            f"{_MAX_CONTEXT_BYTES} bytes."
        )
        raise ApiError(400, "InvalidRequestContentException", text) from None


def _response_for(outcome: Outcome, *, wants_log: bool) -> Response:
    headers = {"X-Amz-Executed-Version": "$LATEST"}
    if outcome.error is not None:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if wants_log:
        tail = outcome.logs[-_MAX_LOG_TAIL_BYTES:]
        headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
    return Response(200, outcome.payload, headers)


def _configuration(function: ServedFunction) -> Mapping[str, Any]:
    """AWS's description of a function, as far as it is known before the function is mounted."""
    configuration = function.configuration
    return {
        "FunctionName": configuration.name,
        "FunctionArn": configuration.arn,
        "Description": function.packaged.address,
        "Runtime": "python" + ".".join(map(str, function.packaged.python)),
        "MemorySize": configuration.memory,
        # AWS accepts whole seconds only.
        "Timeout": math.ceil(configuration.timeout),
        "PackageType": "Zip",
        "Version": "$LATEST",
        # Waiters read these states. The first event mounts the function.
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }


def _json(document: Any) -> Response:
    return Response(200, json.dumps(document).encode())


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: InvokeApi

    def _handle(self) -> None:
        request_id = str(uuid.uuid4())
        try:
            response = self.server.respond(self._read_request(), request_id)
        except ApiError as error:
            response = error.response
        except (CancelledError, ConnectionError):
            # The functions are closed, or the client closed the connection in the middle.
            self.close_connection = True
            return
        self._send(response, request_id)

    do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = _handle

    def _read_request(self) -> Request:
        try:
            size, body = read_body(self.headers, self.rfile, MAX_REQUEST_BYTES)
        except UnreadableBody:
            self.close_connection = True
            text = "The length of the request body cannot be read."
            raise ApiError(400, "InvalidRequestContentException", text) from None
        return Request(self.command, self.path, self.headers, size, body)

    def _send(self, response: Response, request_id: str) -> None:
        self.send_response(response.status)
        self.send_header("x-amzn-RequestId", request_id)
        for name, value in response.headers.items():
            self.send_header(name, value)
        # In HTTP, the status 204 has no body.
        if response.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, *_: Any) -> None:
        """Log no requests: the log contains the functions' own output."""
