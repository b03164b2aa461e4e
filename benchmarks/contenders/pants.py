"""Pants, with this repository's backend or with its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders.contender import Artifact, inherited, run
from benchmarks.projects import Edit, Function, Project, write

ROOT = Path(__file__).resolve().parents[2]
OWN_BACKEND = "pants.backend.awslambda.python"
_PANTS_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
{pythonpath}
backend_packages = ["{backend}", "pants.backend.python"]
dynamic_ui = false

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/src"]

[python]
enable_resolves = true
default_resolve = "default"
interpreter_constraints = ["CPython==3.13.*"]
interpreter_versions_universe = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]

[python.resolves]
default = "3rdparty/python/default.lock"

[python.resolves_to_constraints_file]
default = "3rdparty/python/default.constraints.txt"

[python-infer]
use_rust_parser = true

{more}
"""
_ZIP = '[lambdex]\nlayout = "zip"'
_TARGET = """\
python_sources()
python_awslambda(
    name="fn",
    handler="handler.py:handler",
    complete_platforms=["3rdparty/platform:platform"],
)
"""


@dataclass(frozen=True)
class Pants:
    """`backend` is the folder of this repository's backend; `platform` a complete platform for
    Pants' own, which takes its place. `cache` outlives the run: lockfiles, and what Pants keeps
    beside its store."""

    name: str
    folder: Path
    project: Project
    cache: Path
    backend: Path | None = None
    platform: str = ""
    native: bool = True

    def prepare(self) -> None:
        self.project.write(self.folder)
        if self.backend:
            search = f'pythonpath = ["{self.backend}"]'
            settings = {"pythonpath": search, "backend": "aws_lambda", "more": ""}
        else:
            settings = {"pythonpath": "", "backend": OWN_BACKEND, "more": _ZIP}
            self._write_own_targets()
        write(self.folder / "pants.toml", _PANTS_TOML.format(**settings))
        for file in self._locks.glob("*"):
            shutil.copy(file, self.folder / "3rdparty/python")
        self.build(None)
        self._locks.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob("3rdparty/python/default.lock*"):
            shutil.copy(file, self._locks)

    def write(self, edit: Edit) -> None:
        write(self.folder / "src" / edit.path, edit.text)

    def forget(self) -> None:
        self.stop()
        shutil.rmtree(self._store, ignore_errors=True)
        shutil.rmtree(self.folder / "dist", ignore_errors=True)

    def build(self, only: Function | None) -> None:
        self.pants("package", "::")

    def pants(self, *arguments: str) -> str:
        own = {
            "PANTS_LOCAL_STORE_DIR": str(self._store),
            "PANTS_NAMED_CACHES_DIR": str(self.cache / "named_caches"),
            **({} if self.native else {"PANTS_NO_NATIVE_CLIENT": "1"}),
        }
        return run([ROOT / "pants", *arguments], self.folder, {**inherited(), **own})

    def artifact(self, function: Function) -> Artifact:
        layers = self.metadata(function)["layers"] if self.backend else []
        return Artifact(
            self._package(function), tuple(self.folder / "dist" / each["path"] for each in layers)
        )

    def metadata(self, function: Function) -> dict[str, Any]:
        """What this repository's backend says of an artifact."""
        said: dict[str, Any] = json.loads(
            Path(f"{self._package(function)}.metadata.json").read_bytes()
        )
        return said

    def stop(self) -> None:
        while daemons := [*self._daemons()]:
            for pid in daemons:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def wake(self) -> None:
        self.build(None)

    def _daemons(self) -> Iterator[int]:
        """By the name that Pants gives them, not by the number in a file: one that was starting
        when it was interrupted has left none, and the number of one that is gone comes again."""
        named = f"pantsd [{self.folder.resolve()}]".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cmdline").read_bytes().startswith(named):
                    yield int(process.name)

    def _package(self, function: Function) -> Path:
        return self.folder / f"dist/src.{function.folder.replace('/', '.')}/fn.zip"

    @property
    def _store(self) -> Path:
        return self.folder / ".store"

    @property
    def _locks(self) -> Path:
        made_from = self.folder / "3rdparty/python/default.constraints.txt"
        return self.cache / "locks" / hashlib.sha256(made_from.read_bytes()).hexdigest()[:12]

    def _write_own_targets(self) -> None:
        write(self.folder / "3rdparty/platform/platform.json", self.platform)
        write(
            self.folder / "3rdparty/platform/BUILD",
            'file(name="platform", source="platform.json")\n',
        )
        shutil.rmtree(self.folder / "src/layers", ignore_errors=True)
        for function in self.project.functions:
            write(self.folder / "src" / function.folder / "BUILD", _TARGET)
