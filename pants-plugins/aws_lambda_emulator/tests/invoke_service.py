"""Builds functions that can be built again, serves them, and sends requests to them over HTTP."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.packaged_function import PackagedFunction
from aws_lambda_emulator.server import open_server

PYTHON = (sys.version_info[0], sys.version_info[1])


def make_zip(files: Mapping[str, str]) -> bytes:
    """A zip whose bytes depend only on the files, as those of a build do."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return file.getvalue()


def make_metadata(
    address: str, content: bytes | None, layers: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """The metadata of a function with this zip, or of one in a folder if there is no zip."""
    return {
        "kind": "function",
        "address": address,
        "handler": "app.handler",
        "runtime": f"python{PYTHON[0]}.{PYTHON[1]}",
        "architecture": "x86_64",
        "code_sha256": None if content is None else _code_sha256(content),
        "layers": list(layers),
    }


def _code_sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@dataclass(frozen=True)
class RebuildableFunction:
    """A function whose files can be written again, as by another build."""

    path: Path
    address: str
    name: str

    def build(self, code: str, *, layers: Mapping[str, bytes] | None = None) -> None:
        """Write the function. `layers` are zips by their paths next to the function."""
        for name, content in (layers or {}).items():
            (self.path.parent / name).write_bytes(content)
        recorded = [
            {"address": f"src:{name}", "path": name, "code_sha256": _code_sha256(content)}
            for name, content in (layers or {}).items()
        ]
        content = make_zip({"app.py": code})
        self.write_zip(content)
        self.write_metadata(make_metadata(self.address, content, recorded))

    def build_folder(self, code: str) -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / "app.py").write_text(code)
        self.write_metadata(make_metadata(self.address, None))

    def write_zip(self, content: bytes) -> None:
        self.path.write_bytes(content)

    def write_metadata(self, document: Mapping[str, Any]) -> None:
        Path(f"{self.path}.metadata.json").write_text(json.dumps(document))

    @property
    def packaged(self) -> PackagedFunction:
        return PackagedFunction(
            address=self.address,
            name=self.name,
            artifact=str(self.path),
            interpreter=Interpreter(sys.executable, PYTHON),
            python=PYTHON,
            wheels=(),
            variables={},
        )

    def as_entry(self) -> Mapping[str, Any]:
        """The function's entry in `functions.json`."""
        return {
            "address": self.address,
            "name": self.name,
            "artifact": str(self.path),
            "interpreter": sys.executable,
            "python": PYTHON,
            "wheels": "none",
            "variables": {},
            "remarks": [],
        }


@dataclass(frozen=True)
class Reply:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """A client with one connection to the server."""

    def __init__(self, address: str) -> None:
        self.connection = HTTPConnection(address, timeout=30)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request. In names of headers, underscores replace hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, named)
        response = self.connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def invoke(self, name: str, event: Any = b"{}", *, query: str = "", **headers: str) -> Reply:
        path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations{query}"
        return self.request("POST", path, event, **headers)


class Service:
    """The address of a server. Each call uses a new connection."""

    def __init__(self, address: str) -> None:
        self.address = address

    def caller(self) -> Caller:
        return Caller(self.address)

    def invoke(self, name: str, event: Any = b"{}", *, query: str = "", **headers: str) -> Reply:
        return self.caller().invoke(name, event, query=query, **headers)


@contextmanager
def serve_functions(*functions: RebuildableFunction, timeout: float = 30.0) -> Iterator[Service]:
    """Serve functions on a free port until the context ends."""
    configured = [
        (each.packaged, Configuration(each.name, "", timeout=timeout)) for each in functions
    ]
    with open_server(configured, port=0, cache=None) as api:
        thread = threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Service(api.address)
        finally:
            api.shutdown()
            thread.join()
