"""Builds small functions and layers as `package` does, and finds interpreters that run them."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import which
from typing import Any
from zipfile import ZipFile, ZipInfo

import pytest

from aws_lambda_emulator.artifact import Artifact, read_artifact
from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.execution_environment import Log
from aws_lambda_emulator.function import Function
from aws_lambda_emulator.mounts import Interpreter

VERSIONS = [(3, minor) for minor in range(8, 16)]

# Environment variable with a folder of wheels: AWS's client in `pythonX.Y/*.whl`, pydantic-settings
# in `settings/*.whl`. Tests that need them are skipped without it.
_CLIENTS = "AWS_LAMBDA_EMULATOR_CLIENTS"
_VARYING = re.compile(
    r"(?P<id>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<ms>\d+\.\d+ ms)|(?P<billed>Billed Duration: \d+ ms)"
    # A process may end before its memory is read.
    r"|(?P<used>Max Memory Used: (\d+ MB|unknown))"
    r"|(?P<date>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z)"
)
_PLACEHOLDERS = {
    "id": "ID",
    "ms": "N ms",
    "billed": "Billed Duration: N ms",
    "used": "Max Memory Used: N MB",
    "date": "DATE",
}


def with_placeholders(logs: bytes) -> str:
    """Logs with placeholders for the parts that differ between runs, such as times and IDs."""
    return _VARYING.sub(lambda found: _PLACEHOLDERS[str(found.lastgroup)], logs.decode())


@dataclass(frozen=True)
class BuiltFunction:
    """A function in `folder`, with the interpreter and the wheels that run it."""

    folder: Path
    artifact: Artifact
    interpreter: Interpreter
    wheels: Sequence[str] = ()
    handler: str = "app.handler"

    def start(
        self,
        *,
        timeout: float = 30.0,
        memory: int = 512,
        variables: Mapping[str, str] | None = None,
        aws_profile: str | None = None,
        cache: Path | None = None,
        log: Log = lambda text: None,
        own_view: bool = True,
        init_seconds: float = 10.0,
    ) -> Function:
        return Function(
            self.artifact,
            self.interpreter,
            Configuration("fn", self.handler, timeout, memory, variables or {}, aws_profile),
            wheels=self.wheels,
            cache=str(cache) if cache else None,
            log=log,
            own_view=own_view,
            init_seconds=init_seconds,
        )


@dataclass(frozen=True)
class SourceFile:
    """A file of a zip with its mode. For the mode `S_IFLNK`, `content` is the target of a link."""

    content: str
    mode: int = 0o644


Files = Mapping[str, "str | SourceFile"]


@dataclass(frozen=True)
class SourceLayer:
    """The files of a layer, which is a zip or a folder."""

    files: Files
    is_folder: bool = False


@dataclass(frozen=True)
class SourceFunction:
    """The files of a function, its handler, and its layers."""

    files: Files
    handler: str = "app.handler"
    layers: Sequence[SourceLayer] = field(default_factory=list)
    is_folder: bool = True

    def write(self, folder: Path, python: tuple[int, int]) -> Path:
        """Write the function below `folder` as `package` does. Returns its zip or folder."""
        runtime = f"python{python[0]}.{python[1]}"
        layers = []
        for number, layer in enumerate(self.layers):
            name = f"layers/{number}"
            code = _write(folder / name, layer.files, is_folder=layer.is_folder)
            layers.append({"path": name, "address": f"src/layers:{number}", "code_sha256": code})
        path = folder / "src.app" / "fn"
        code = _write(path, self.files, is_folder=self.is_folder)
        write_metadata(
            path,
            kind="function",
            address="src/app:fn",
            handler=self.handler,
            runtime=runtime,
            architecture="x86_64",
            code_sha256=code,
            layers=layers,
        )
        return path


def write_metadata(path: Path, **keys: Any) -> None:
    Path(f"{path}.metadata.json").write_text(json.dumps(keys), encoding="utf-8")


def build_function(
    folder: Path,
    files: Files | str,
    *,
    python: tuple[int, int] | None = None,
    handler: str = "app.handler",
    layers: Sequence[SourceLayer] = (),
    is_folder: bool = True,
    wheels: Sequence[str] = (),
) -> BuiltFunction:
    """Build a function of these files, or of the code of one module `app`.

    It runs on the test's own Python unless `python` is given.
    """
    found = find_interpreter(python or sys.version_info[:2])
    files = {"app.py": files} if isinstance(files, str) else files
    path = SourceFunction(files, handler, layers, is_folder).write(folder, found.python)
    return BuiltFunction(folder, read_artifact(str(path)), found, wheels, handler)


def _write(path: Path, files: Files, *, is_folder: bool) -> str | None:
    """Write a zip or a folder. Returns the base64 of a zip's digest, `None` for a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = {
        name: each if isinstance(each, SourceFile) else SourceFile(each)
        for name, each in files.items()
    }
    if is_folder:
        path.mkdir()
        for name, entry in entries.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(entry.content, encoding="utf-8")
            (path / name).chmod(entry.mode)
        return None
    with ZipFile(path, "w") as archive:
        for name, entry in entries.items():
            info = ZipInfo(name)
            kind = 0 if stat.S_IFMT(entry.mode) else stat.S_IFREG
            info.external_attr = (kind | entry.mode) << 16
            archive.writestr(info, entry.content)
    return b64encode(sha256(path.read_bytes()).digest()).decode()


@cache
def find_interpreter(python: tuple[int, ...]) -> Interpreter:
    """A working interpreter of this version, from PATH or pyenv. Skips the test without one."""
    name = f"python{python[0]}.{python[1]}"
    for candidate in _candidates(name):
        program = "import sys; print(sys.executable)"
        done = subprocess.run(
            [candidate, "-I", "-c", program], check=False, capture_output=True, text=True
        )
        if done.returncode == 0:
            return Interpreter(done.stdout.strip(), (python[0], python[1]))
    pytest.skip(f"This machine has no working {name}, neither on PATH nor in pyenv's versions.")


def _candidates(name: str) -> Iterator[str]:
    for folder in os.get_exec_path():
        if found := which(name, path=folder):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    version = name[len("python") :]
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{name}")))


def client_wheels(python: tuple[int, int]) -> list[str]:
    """Wheels of AWS's client and its dependencies. Skips the test without them."""
    name = f"python{python[0]}.{python[1]}"
    return _find_wheels(name, f"AWS's client for {name}")


def settings_wheels() -> list[str]:
    """Wheels of pydantic-settings and its dependencies for python3.13. Skips without them."""
    return _find_wheels("settings", "pydantic-settings")


def _find_wheels(name: str, contents: str) -> list[str]:
    folder = os.environ.get(_CLIENTS)
    wheels = sorted(map(str, Path(folder, name).glob("*.whl"))) if folder else []
    if not wheels:
        pytest.skip(f"{_CLIENTS} names no folder with wheels of {contents}.")
    return wheels
