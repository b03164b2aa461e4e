"""Writes little functions as `package` does, and asks for them over HTTP."""

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

from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.packaged import Packaged
from aws_lambda_emulator.serve import serving

PYTHON = (sys.version_info[0], sys.version_info[1])


def zipped(files: Mapping[str, str]) -> bytes:
    """The same bytes for the same files, as a build gives."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return file.getvalue()


def metadata(
    address: str, content: bytes | None, layers: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Of a function with this zip; of one in a folder where there is none."""
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
class Made:
    """A function whose code can be written again, as a build does it."""

    path: Path
    address: str
    name: str

    def build(self, code: str, *, layers: Mapping[str, bytes] | None = None) -> None:
        """`layers` are zips by their paths beside the function."""
        for name, content in (layers or {}).items():
            (self.path.parent / name).write_bytes(content)
        recorded = [
            {"address": f"src:{name}", "path": name, "code_sha256": _code_sha256(content)}
            for name, content in (layers or {}).items()
        ]
        content = zipped({"app.py": code})
        self.write_zip(content)
        self.write_metadata(metadata(self.address, content, recorded))

    def build_folder(self, code: str) -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / "app.py").write_text(code)
        self.write_metadata(metadata(self.address, None))

    def write_zip(self, content: bytes) -> None:
        self.path.write_bytes(content)

    def write_metadata(self, document: Mapping[str, Any]) -> None:
        Path(f"{self.path}.metadata.json").write_text(json.dumps(document))

    @property
    def packaged(self) -> Packaged:
        interpreter = Interpreter(sys.executable, PYTHON)
        return Packaged(self.address, self.name, str(self.path), interpreter, PYTHON, (), {})

    def document(self) -> Mapping[str, Any]:
        """As it stands in `functions.json`."""
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
    """One connection to the server."""

    def __init__(self, address: str) -> None:
        self.connection = HTTPConnection(address, timeout=30)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Underscores of header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, named)
        response = self.connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def invoke(self, name: str, event: Any = b"{}", *, query: str = "", **headers: str) -> Reply:
        path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations{query}"
        return self.ask("POST", path, event, **headers)


class Service:
    """Functions that are served while a test lasts."""

    def __init__(self, address: str) -> None:
        self.address = address

    def caller(self) -> Caller:
        return Caller(self.address)

    def invoke(self, name: str, event: Any = b"{}", *, query: str = "", **headers: str) -> Reply:
        return self.caller().invoke(name, event, query=query, **headers)


@contextmanager
def served(*functions: Made, timeout: float = 30.0) -> Iterator[Service]:
    configured = [
        (each.packaged, Configuration(each.name, "", timeout=timeout)) for each in functions
    ]
    with serving(configured, port=0, cache=None) as api:
        thread = threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Service(api.address)
        finally:
            api.shutdown()
            thread.join()
