"""Little functions and layers as `package` leaves them, and CPythons to run them with."""

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
from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.function import Function, Log
from aws_lambda_emulator.mounts import Interpreter

VERSIONS = [(3, minor) for minor in range(8, 16)]

# A folder of wheels: AWS's own client in `pythonX.Y/*.whl`, and pydantic-settings in
# `settings/*.whl`. Without it, tests that need them skip.
_CLIENTS = "AWS_LAMBDA_EMULATOR_CLIENTS"
_PINNED = re.compile(
    r"(?P<id>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<ms>\d+\.\d+ ms)|(?P<billed>Billed Duration: \d+ ms)|(?P<used>Max Memory Used: \d+ MB)"
    r"|(?P<date>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z)"
)
_SHOWN = {
    "id": "ID",
    "ms": "N ms",
    "billed": "Billed Duration: N ms",
    "used": "Max Memory Used: N MB",
    "date": "DATE",
}


def pinned(logs: bytes) -> str:
    """Logs with what differs from run to run named for what it is."""
    return _PINNED.sub(lambda found: _SHOWN[str(found.lastgroup)], logs.decode())


@dataclass(frozen=True)
class Made:
    """A function below `folder`, and what it is run with."""

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
class MadeFile:
    """What a zip holds at a path, with its permissions; the target of a link for `S_IFLNK`."""

    content: str
    mode: int = 0o644


Files = Mapping[str, "str | MadeFile"]


@dataclass(frozen=True)
class MadeLayer:
    """The files of a layer, as a zip or as a folder."""

    files: Files
    is_folder: bool = False


@dataclass(frozen=True)
class MadeFunction:
    """The files of a function, its handler, and its layers."""

    files: Files
    handler: str = "app.handler"
    layers: Sequence[MadeLayer] = field(default_factory=list)
    is_folder: bool = True

    def write(self, folder: Path, python: tuple[int, int]) -> Path:
        """As `package` writes it below `folder`; the path of the function's zip or folder."""
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


def made(
    folder: Path,
    files: Files | str,
    *,
    python: tuple[int, int] = (0, 0),
    handler: str = "app.handler",
    layers: Sequence[MadeLayer] = (),
    is_folder: bool = True,
    wheels: Sequence[str] = (),
) -> Made:
    """A function of these files, or of one module `app`; of the emulator's own Python if unsaid."""
    found = interpreter(python if python != (0, 0) else sys.version_info[:2])
    files = {"app.py": files} if isinstance(files, str) else files
    path = MadeFunction(files, handler, layers, is_folder).write(folder, found.python)
    return Made(folder, read_artifact(str(path)), found, wheels, handler)


def _write(path: Path, files: Files, *, is_folder: bool) -> str | None:
    """The base64 of a zip's hash, `None` for a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = {
        name: each if isinstance(each, MadeFile) else MadeFile(each) for name, each in files.items()
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
def interpreter(python: tuple[int, ...]) -> Interpreter:
    """A working one: `python3.13` on PATH, else one of pyenv's. Skips where there is none."""
    name = f"python{python[0]}.{python[1]}"
    for candidate in _candidates(name):
        ask = "import sys; print(sys.executable)"
        said = subprocess.run(
            [candidate, "-I", "-c", ask], check=False, capture_output=True, text=True
        )
        if said.returncode == 0:
            return Interpreter(said.stdout.strip(), (python[0], python[1]))
    pytest.skip(f"This machine has no working {name}, neither on PATH nor among pyenv's versions.")


def _candidates(name: str) -> Iterator[str]:
    for folder in os.get_exec_path():
        if found := which(name, path=folder):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    version = name[len("python") :]
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{name}")))


def wheels_of_client(python: tuple[int, int]) -> list[str]:
    """Wheels of AWS's client and what it needs. Skips where nobody brought them."""
    name = f"python{python[0]}.{python[1]}"
    return _wheels(name, f"AWS's client for {name}")


def wheels_of_settings() -> list[str]:
    """Wheels of pydantic-settings and its dependencies, for python3.13. Skips without them."""
    return _wheels("settings", "pydantic-settings")


def _wheels(name: str, of: str) -> list[str]:
    brought = os.environ.get(_CLIENTS)
    wheels = sorted(map(str, Path(brought, name).glob("*.whl"))) if brought else []
    if not wheels:
        pytest.skip(f"{_CLIENTS} names no folder that has wheels of {of}.")
    return wheels
