"""A runtime client that replaces AWS's `awslambdaric` where it has no wheel.

That is on Python 3.9 and older, and on macOS. The client uses the Runtime API and reports the same
errors under the same names. It does not support SnapStart, X-Ray and JSON logs. Standard library
only, CPython 3.8 or newer.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import re
import struct
import sys
import time
import traceback
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from email.message import Message
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, Callable, NoReturn, TextIO

if TYPE_CHECKING:  # Python 3.8 could not evaluate it.
    Json = Mapping[str, Any]
Handler = Callable[[Any, Any], Any]

_RUNTIME = "/2018-06-01/runtime"
# Marks a Decimal in a response, because the standard library's `json` cannot write its digits.
_DECIMAL = uuid.uuid4().hex
_NO_BREAK_SPACE = "\u00a0"
# The kind of a log record in a frame: text without a level.
_TEXT_RECORD = 0xA55A0003
# The headers of HTTP's trace context that a client context may contain.
_W3C = ("traceparent", "tracestate", "baggage")


class RuntimeApiError(Exception):
    """The Runtime API refused a request, so the process must end."""


class LambdaError(Exception):
    """An error for which Lambda has a type of its own. `trace` lists lines of a stack trace."""

    def __init__(self, kind: str, message: str, trace: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class LambdaRuntimeClient:
    """Gets events from the Runtime API and reports their results."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address)

    def next(self) -> tuple[bytes, Message]:
        """Wait for the next event. Returns its bytes and its headers."""
        return self._call("GET", "/invocation/next")

    def respond(self, request_id: str, payload: bytes) -> None:
        self._call("POST", f"/invocation/{request_id}/response", payload)

    def fail(self, path: str, error: Json) -> None:
        kind = error["errorType"]
        headers = {"Lambda-Runtime-Function-Error-Type": kind, "Content-Type": "application/json"}
        self._call("POST", path, json.dumps(error).encode(), headers)

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[bytes, Message]:
        self._connection.request(method, _RUNTIME + path, body, headers or {})
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeApiError(f"{response.status} for {path}")
        return content, response.headers


class _JsonObject:
    """A JSON object of Lambda's as attributes. Attributes that it does not contain are `None`."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, values: Json) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self) -> str:
        return _represent(self, self.__slots__)


class CognitoIdentity(_JsonObject):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_JsonObject):
    __slots__ = (
        "installation_id",
        "app_title",
        "app_version_name",
        "app_version_code",
        "app_package_name",
    )


class ClientContext(_JsonObject):
    __slots__ = ("custom", "env", "client")
    client: Any

    def __init__(self, values: Json) -> None:
        super().__init__(values)
        if self.client is not None:
            self.client = Client(self.client)


class LambdaContext:
    """The second argument of a handler."""

    def __init__(self, headers: Message) -> None:
        environment = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn")
        self.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id")
        context = _read_json_header(headers, "Client-Context")
        self._w3c = context.pop("w3c", None) if isinstance(context, dict) else None
        self.client_context = None if context is None else ClientContext(context)
        identity = _read_json_header(headers, "Cognito-Identity") or {}
        self.identity = CognitoIdentity(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message: object) -> None:
        sys.stdout.write(str(message))

    def w3c(self) -> dict[str, str]:
        given = self._w3c if isinstance(self._w3c, dict) else {}
        return {name: given[name] for name in _W3C if isinstance(given.get(name), str)}

    def __repr__(self) -> str:
        return _represent(
            self,
            (
                "aws_request_id",
                "log_group_name",
                "log_stream_name",
                "function_name",
                "memory_limit_in_mb",
                "function_version",
                "invoked_function_arn",
                "client_context",
                "identity",
                "tenant_id",
            ),
        )


def _represent(value: object, names: Sequence[str]) -> str:
    values = ",".join(f"{name}={getattr(value, name)}" for name in names)
    return f"{type(value).__name__}([{values}])"


def _read_json_header(headers: Message, name: str) -> Any:
    text = headers.get("Lambda-Runtime-" + name)
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        message = f"Unable to parse {name.replace('-', ' ')} JSON: {error}"
        raise LambdaError("Runtime.LambdaContextUnmarshalError", message) from None


class _UnbufferedStream(io.TextIOWrapper):
    """Writes printed text at once, because a process may end at any time."""

    def write(self, text: str) -> int:
        written = super().write(text)
        self.flush()
        return written


def _unbuffered(stream: TextIO) -> _UnbufferedStream:
    return _UnbufferedStream(stream.buffer, encoding=stream.encoding, errors=stream.errors)


class _Log:
    """Writes log records to Lambda's descriptor. A frame around each keeps its lines together."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "wb", 0)

    def write(self, record: str) -> None:
        content, now = record.encode(), time.time_ns() // 1000
        self._file.write(struct.pack(">IIQ", _TEXT_RECORD, len(content), now) + content)


def run(handler: str, client: LambdaRuntimeClient) -> NoReturn:
    """Load the handler and pass events to it, one after another. Ends with the process."""
    sys.stdout, sys.stderr = _unbuffered(sys.stdout), _unbuffered(sys.stderr)
    log = _Log(int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD")))
    _set_up_logging(log)
    try:
        function = _load(handler)
    except LambdaError as failure:
        error = _error(failure.kind, str(failure), failure.trace)
    except Exception as exception:
        error = _error_from(exception)
    else:
        while True:
            _handle_next(client, function, log)
    _report(error, log)
    client.fail("/init/error", error)
    sys.exit(1)


def _load(handler: str) -> Handler:
    module, dot, name = handler.rpartition(".")
    if not dot:
        message = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
        raise LambdaError("Runtime.MalformedHandlerName", message)
    if module.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module} as a handler module"
        raise LambdaError("Runtime.BuiltInModuleConflict", message)
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module}': {error}"
        raise LambdaError("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{module}': {error}"
        raise LambdaError("Runtime.UserCodeSyntaxError", message, [where]) from None
    try:
        found: Handler = getattr(loaded, name)
        return found
    except AttributeError:
        message = f"Handler '{name}' missing on module '{module}'"
        raise LambdaError("Runtime.HandlerNotFound", message) from None


def _handle_next(client: LambdaRuntimeClient, function: Handler, log: _Log) -> None:
    body, headers = client.next()
    request_id = _request_id.current = headers["Lambda-Runtime-Aws-Request-Id"]
    if headers.get("Lambda-Runtime-Trace-Id"):
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
    try:
        result = _encode_result(function(_decode_event(body), LambdaContext(headers)))
    except LambdaError as failure:
        error = _error(failure.kind, str(failure), failure.trace, request_id)
    except Exception as exception:
        error = _error_from(exception, request_id)
    else:
        client.respond(request_id, result)
        return
    _report(error, log)
    client.fail(f"/invocation/{request_id}/error", error)


def _decode_event(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        message = f"Unable to unmarshal input: {error}"
        raise LambdaError("Runtime.UnmarshalError", message) from None


def _encode_result(result: Any) -> bytes:
    if isinstance(result, bytes):
        return result
    try:
        is_ascii = sys.version_info < (3, 12)
        plain = _replace_named_tuples(result)
        text = json.dumps(plain, default=_convert, ensure_ascii=is_ascii)
        return re.sub(f'"{_DECIMAL}(.*?)"', r"\1", text).encode()
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        raise LambdaError("Runtime.MarshalError", message) from None


def _replace_named_tuples(value: Any) -> Any:
    """Replace named tuples with dictionaries, because `json` would write them as lists."""
    try:
        return _without_named_tuples(value)
    except RecursionError:
        # The value contains itself. `json` reports that with a better message.
        return value


def _without_named_tuples(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: _without_named_tuples(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_named_tuples(each) for each in value]
    return value


def _convert(value: Any) -> Any:
    """Convert values that AWS's client writes as JSON and the standard library does not."""
    if isinstance(value, Decimal):
        return float("nan") if value.is_nan() else f"{_DECIMAL}{value}"
    if isinstance(value, bytes):
        return value.decode()
    if callable(getattr(value, "_asdict", None)):
        return _replace_named_tuples(value._asdict())
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _error(kind: str, message: str, trace: Sequence[str] = (), request_id: str = "") -> Json:
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": list(trace),
    }


def _error_from(exception: Exception, request_id: str = "") -> Json:
    frames = traceback.extract_tb(exception.__traceback__)
    # Leave out the frames of this file.
    first = next((i for i, frame in enumerate(frames) if frame.filename != __file__), 0)
    # Plain tuples are formatted without a line of carets below the code.
    plain = [
        (frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames[first:]
    ]
    trace = traceback.format_list(plain)
    return _error(type(exception).__name__, str(exception), trace, request_id)


def _report(error: Json, log: _Log) -> None:
    lines = [f"[ERROR] {error['errorType']}"]
    if error["errorMessage"]:
        lines[0] += f": {error['errorMessage']}"
    lines.append("Traceback (most recent call last):")
    for entry in error["stackTrace"]:
        for line in entry.splitlines():
            code = line.lstrip(" ")
            # Programs that read logs would take spaces for the beginning of another record.
            lines.append(_NO_BREAK_SPACE * (len(line) - len(code)) + code)
    log.write("\n".join(lines))


class _RequestIdFilter(logging.Filter):
    """Adds the ID of the current request to log records."""

    current = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.current
        record.tenant_id = None
        return True


_request_id = _RequestIdFilter()


class _LogHandler(logging.Handler):
    def __init__(self, log: _Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write(self.format(record))


def _set_up_logging(log: _Log) -> None:
    logging.Formatter.converter = time.gmtime
    handler = _LogHandler(log)
    handler.setFormatter(
        logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )
    )
    handler.addFilter(_request_id)
    logging.getLogger().addHandler(handler)
