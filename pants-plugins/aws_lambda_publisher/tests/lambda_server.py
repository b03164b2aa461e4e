"""A moto server with the behavior of AWS that moto lacks, a record of requests, and faults.

moto answers each request. This WSGI application around it adds: `RevisionId` and its check, updates
that take time, `Architectures` in updates of code, pages of layer versions, zips at presigned URLs,
and answers of functions. `README.md` lists the differences between moto and AWS.
"""

from __future__ import annotations

import io
import json
import re
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from moto.awslambda.utils import get_backend
from moto.core.config import default_user_config
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server  # pants: no-infer-dep

ACCOUNT = "123456789012"
REGION = "eu-west-1"

_OPERATIONS = [
    ("GET", r"/2015-03-31/functions/(?P<name>[^/]+)", "GetFunction"),
    ("GET", r"/2015-03-31/functions/(?P<name>[^/]+)/versions", "ListVersionsByFunction"),
    ("GET", r"/2015-03-31/functions/(?P<name>[^/]+)/aliases/(?P<alias>[^/]+)", "GetAlias"),
    ("PUT", r"/2015-03-31/functions/(?P<name>[^/]+)/aliases/(?P<alias>[^/]+)", "UpdateAlias"),
    ("POST", r"/2015-03-31/functions/(?P<name>[^/]+)/aliases", "CreateAlias"),
    ("POST", r"/2015-03-31/functions", "CreateFunction"),
    ("PUT", r"/2015-03-31/functions/(?P<name>[^/]+)/configuration", "UpdateFunctionConfiguration"),
    ("PUT", r"/2015-03-31/functions/(?P<name>[^/]+)/code", "UpdateFunctionCode"),
    ("POST", r"/2015-03-31/functions/(?P<name>[^/]+)/versions", "PublishVersion"),
    ("POST", r"/2015-03-31/functions/(?P<name>[^/]+)/invocations", "Invoke"),
    (
        "GET",
        r"/2020-06-30/functions/(?P<name>[^/]+)/code-signing-config",
        "GetFunctionCodeSigningConfig",
    ),
    ("GET", r"/2018-10-31/layers/(?P<name>[^/]+)/versions", "ListLayerVersions"),
    ("GET", r"/2018-10-31/layers/(?P<name>[^/]+)/versions/(?P<version>\d+)", "GetLayerVersion"),
    ("POST", r"/2018-10-31/layers/(?P<name>[^/]+)/versions", "PublishLayerVersion"),
    ("GET", r"/zips/(?P<name>.+)", "DownloadZip"),
    ("HEAD", r"/(?P<name>[^/]+/.+)", "HeadObject"),
    ("PUT", r"/(?P<name>[^/]+/.+)", "PutObject"),
    ("POST", r"/", "Query"),
]
WRITES = {
    "CreateAlias",
    "CreateFunction",
    "PublishLayerVersion",
    "PublishVersion",
    "PutObject",
    "UpdateAlias",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
}
_GUARDED = {"PublishVersion", "UpdateFunctionCode", "UpdateFunctionConfiguration"}
_UPDATES = {"CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"}


class RecordedRequest(NamedTuple):
    """A request as the server saw it. `status` is 0 for a connection that was dropped."""

    operation: str
    name: str
    status: int


class FunctionSnapshot(NamedTuple):
    """The state of a function after a write."""

    code_sha256: str
    layers: tuple[str, ...]


@dataclass
class Fault:
    """Answers the next `times` requests of an operation with an error.

    With status 0, the connection is dropped: before moto gets the request, or after it has carried
    it out if `after` is set.
    """

    operation: str
    times: int = 1
    status: int = 0
    code: str = ""
    message: str = ""
    after: bool = False


Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass
class LambdaServer:
    """The server. `requests` is its record; tests set the other fields.

    `polls` is the number of reads that an update takes. `page_size` is the number of layer versions
    in a page. `answers` are payloads and function errors by function name. `failures` are reasons
    why the next update of a function fails, by its name. `delay` is the time in seconds that each
    request takes. `on_request` is called for each request, and returns whether to carry it out.
    """

    requests: list[RecordedRequest] = field(default_factory=list)
    snapshots: dict[str, list[FunctionSnapshot]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    answers: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    polls: int = 1
    page_size: int = 50
    delay: float = 0.0
    on_request: Callable[[], bool] | None = None
    url: str = ""

    def __post_init__(self) -> None:
        default_user_config["lambda"] = {"use_docker": False}
        self._app = DomainDispatcherApplication(create_backend_app)
        # moto counts versions of layers and functions without a lock.
        self._moto = threading.Lock()
        self._lock = threading.RLock()
        self._revisions: dict[str, str] = {}
        self._pending: dict[str, int] = {}
        self._architectures: dict[str, list[str]] = {}
        self._updated: set[str] = set()

    def reset(self) -> None:
        """Forget everything, moto's resources too."""
        moto_api_backend.reset()
        fresh = LambdaServer(url=self.url)
        fresh._app = self._app
        self.__dict__.update(fresh.__dict__)

    def counts(self) -> Mapping[str, int]:
        """The number of requests by operation, without those of tests."""
        return Counter(each.operation for each in self.requests if each.operation != "Query")

    def writes(self) -> list[tuple[str, str]]:
        """The operations and names of successful writes, in order."""
        return [
            (each.operation, each.name)
            for each in self.requests
            if each.operation in WRITES and 200 <= each.status < 300
        ]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        operation, names = _identify(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        name = unquote(names.get("name", ""))
        body = _parse_body(environ, operation)
        name = body.get("FunctionName") or name
        time.sleep(self.delay)
        if self.on_request and not self.on_request():
            self.faults.append(Fault(operation))
        status, headers, content = self._respond(environ, operation, name, names, body)
        with self._lock:
            self.requests.append(RecordedRequest(operation, name, status))
        if not status:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        start_response(f"{status} X", headers)
        return [content]

    def _respond(
        self,
        environ: dict[str, Any],
        operation: str,
        name: str,
        names: Mapping[str, str],
        body: Mapping[str, Any],
    ) -> Answer:
        fault = self._take_fault(operation)
        if fault and not fault.after:
            return _error(fault.status, fault.code, fault.message) if fault.status else (0, [], b"")
        answer = self._refuse(operation, name, body) or self._answer(
            environ, operation, name, names, body
        )
        return (0, [], b"") if fault else answer

    def _take_fault(self, operation: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.operation == operation and fault.times:
                    fault.times -= 1
                    return fault
        return None

    def _refuse(self, operation: str, name: str, body: Mapping[str, Any]) -> Answer | None:
        """AWS's answer to a write that does not fit the state of the function, or null."""
        with self._lock:
            if operation in _GUARDED and name in self._revisions:
                if self._pending.get(name):
                    return _error(
                        409, "ResourceConflictException", "An update is in progress for resource"
                    )
                if body.get("RevisionId") not in (None, self._revisions[name]):
                    return _error(
                        412,
                        "PreconditionFailedException",
                        "The Revision Id provided does not match the latest Revision Id. Call the "
                        "GetFunction/GetAlias API to retrieve the latest Revision Id",
                    )
        return None

    def _answer(
        self,
        environ: dict[str, Any],
        operation: str,
        name: str,
        names: Mapping[str, str],
        body: Mapping[str, Any],
    ) -> Answer:
        if operation == "DownloadZip":
            return self._download(environ, name)
        if operation == "Invoke":
            return self._invoke(environ, name)
        alias = f"{name}:{names.get('alias') or body.get('Name')}"
        if operation == "UpdateAlias" and body.get("RevisionId") not in (
            None,
            self._revisions.get(alias),
        ):
            return _error(412, "PreconditionFailedException", "The Revision Id does not match")
        with self._moto:
            status, headers, content = self._forward(environ)
            if status >= 300 or not environ["PATH_INFO"].startswith("/20"):
                return status, headers, content
            answer = json.loads(content)
            self._complete(operation, name, alias, body, answer, environ)
        content = json.dumps(answer).encode()
        kept = [each for each in headers if each[0].lower() not in ("content-length", "date")]
        return status, [*kept, ("Content-Length", str(len(content)))], content

    def _forward(self, environ: dict[str, Any]) -> Answer:
        result: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            result.extend((int(status.split()[0]), headers))

        content = b"".join(self._app(environ, start))
        return result[0], result[1], content

    def _complete(
        self,
        operation: str,
        name: str,
        alias: str,
        body: Mapping[str, Any],
        answer: dict[str, Any],
        environ: dict[str, Any],
    ) -> None:
        """Add the parts of an answer of AWS that moto's lacks."""
        with self._lock:
            if operation in _UPDATES:
                self._revisions[name] = str(uuid.uuid4())
                self._pending[name] = self.polls
                if name in self.failures:
                    self._updated.add(name)
                if "Architectures" in body:
                    self._architectures[name] = body["Architectures"]
                layers = tuple(each["Arn"] for each in answer.get("Layers") or ())
                self.snapshots.setdefault(name, []).append(
                    FunctionSnapshot(answer["CodeSha256"], layers)
                )
                self._complete_configuration(name, answer)
            elif operation == "GetFunction":
                is_latest = "Qualifier" not in environ["QUERY_STRING"]
                if is_latest and self._pending.get(name):
                    self._pending[name] -= 1
                    if not self._pending[name]:
                        # AWS changes the revision once more when an update completes.
                        self._revisions[name] = str(uuid.uuid4())
                self._complete_configuration(name, answer["Configuration"])
                answer.setdefault("Code", {})[
                    "Location"
                ] = f"{self.url}/zips/{name}?X-Amz-Signature=s"
            elif operation in ("CreateAlias", "UpdateAlias"):
                self._revisions[alias] = answer["RevisionId"] = str(uuid.uuid4())
            elif operation == "GetAlias":
                answer["RevisionId"] = self._revisions[alias]
            elif operation == "ListLayerVersions":
                self._cut_page(environ, answer)
            elif operation == "GetLayerVersion":
                answer["Content"][
                    "Location"
                ] = f"{self.url}/zips/{answer['LayerVersionArn']}?X-Amz-Signature=s"

    def _complete_configuration(self, name: str, configuration: dict[str, Any]) -> None:
        configuration["RevisionId"] = self._revisions[name]
        configuration["LastUpdateStatus"] = (
            "InProgress" if self._pending.get(name) else "Successful"
        )
        if not self._pending.get(name) and name in self.failures and name in self._updated:
            configuration["LastUpdateStatus"] = "Failed"
            configuration["LastUpdateStatusReason"] = self.failures[name]
        if name in self._architectures:
            configuration["Architectures"] = self._architectures[name]

    def _cut_page(self, environ: dict[str, Any], answer: dict[str, Any]) -> None:
        start = int(parse_qs(environ["QUERY_STRING"]).get("Marker", ["0"])[0])
        versions = answer["LayerVersions"]
        answer["LayerVersions"] = versions[start : start + self.page_size]
        if start + self.page_size < len(versions):
            answer["NextMarker"] = str(start + self.page_size)

    def _download(self, environ: dict[str, Any], name: str) -> Answer:
        """A zip, or the part of it that the header `Range` names, if there is one."""
        backend = get_backend(ACCOUNT, REGION)
        resource: Any = (
            backend.layers_versions_by_arn(name)
            if name.startswith("arn:")
            else backend.get_function(name)
        )
        content = resource.code_bytes
        if "HTTP_RANGE" not in environ:
            return 200, [("Content-Length", str(len(content)))], content
        start, _, end = environ["HTTP_RANGE"].removeprefix("bytes=").partition("-")
        first = int(start) if start else max(len(content) - int(end), 0)
        part = content[first : int(end) + 1 if start and end else None]
        last = first + len(part) - 1
        headers = [
            ("Content-Length", str(len(part))),
            ("Content-Range", f"bytes {first}-{last}/{len(content)}"),
        ]
        return 206, headers, part

    def _invoke(self, environ: dict[str, Any], name: str) -> Answer:
        payload, error = self.answers.get(name, (_read_body(environ), ""))
        headers = [("Content-Length", str(len(payload))), ("Content-Type", "application/json")]
        return 200, [*headers, *([("X-Amz-Function-Error", error)] if error else [])], payload


def _identify(method: str, path: str) -> tuple[str, Mapping[str, str]]:
    for each, pattern, operation in _OPERATIONS:
        found = re.fullmatch(f"{pattern}/?", path)
        if each == method and found:
            return operation, found.groupdict()
    return f"{method} {path}", {}


def _parse_body(environ: dict[str, Any], operation: str) -> dict[str, Any]:
    """The parameters in the body of a request to Lambda. The body can be read again."""
    if not environ["PATH_INFO"].startswith("/20"):
        return {}
    raw = _read_body(environ)
    environ["wsgi.input"] = io.BytesIO(raw)
    if not raw or operation == "Invoke":
        return {}
    content: dict[str, Any] = json.loads(raw)
    return content


def _read_body(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(length))


def _error(status: int, code: str, message: str) -> Answer:
    content = json.dumps({"Type": "User", "message": message, "Message": message}).encode()
    headers = [("x-amzn-errortype", code), ("Content-Length", str(len(content)))]
    return status, headers, content


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Print nothing, since the server records its requests itself."""

    def log(self, *_: Any) -> None:
        """Print nothing for connections that the server drops."""


@contextmanager
def start_server() -> Iterator[LambdaServer]:
    """Run a server on a free port of the loopback interface."""
    server = LambdaServer()
    http = make_server("127.0.0.1", 0, server, threaded=True, request_handler=_QuietHandler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
