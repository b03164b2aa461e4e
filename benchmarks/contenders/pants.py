"""Pants, with the backend of this repository or with its own."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders.contender import Artifact, inherited_environment, run
from benchmarks.projects.project import Edit, Function, Project, write
from trial_repository.pants_toml import ROOT, THIRD_PARTY, pants_toml
from trial_repository.processes import stop_daemons

OWN_BACKEND = "pants.backend.awslambda.python"
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
    """A contender with the backend in the folder `backend`.

    Without `backend`, it uses the backend of Pants, with the complete platform `platform`. `cache`
    is a folder for lockfiles and named caches, which later runs use as well.
    """

    name: str
    folder: Path
    project: Project
    cache: Path
    backend: Path | None = None
    platform: str = ""
    native: bool = True

    def prepare(self) -> None:
        self.project.write(self.folder)
        resolves = {"default": "3.13"}
        if self.backend:
            settings = pants_toml(resolves, plugins=self.backend)
        else:
            zipped = {"lambdex": {"layout": "zip"}}
            settings = pants_toml(resolves, backend=OWN_BACKEND, plugins=None, more=zipped)
            self._write_own_targets()
        write(self.folder / "pants.toml", settings)
        for file in self._lockfiles.glob("*"):
            shutil.copy(file, self.folder / THIRD_PARTY)
        self.build(None)
        self._lockfiles.mkdir(parents=True, exist_ok=True)
        for file in (self.folder / THIRD_PARTY).glob("default.lock*"):
            shutil.copy(file, self._lockfiles)

    def write(self, edit: Edit) -> None:
        write(self.folder / "src" / edit.path, edit.text)

    def forget(self) -> None:
        self.stop()
        shutil.rmtree(self._store, ignore_errors=True)
        shutil.rmtree(self.folder / "dist", ignore_errors=True)

    def build(self, only: Function | None) -> None:
        self.pants("package", "::")

    def pants(self, *arguments: str) -> str:
        """Run ./pants, and return its output."""
        own = {
            "PANTS_LOCAL_STORE_DIR": str(self._store),
            "PANTS_NAMED_CACHES_DIR": str(self.cache / "named_caches"),
            **({} if self.native else {"PANTS_NO_NATIVE_CLIENT": "1"}),
        }
        return run([ROOT / "pants", *arguments], self.folder, {**inherited_environment(), **own})

    def artifact(self, function: Function) -> Artifact:
        layers = self.metadata(function)["layers"] if self.backend else []
        return Artifact(
            self._package(function), tuple(self.folder / "dist" / each["path"] for each in layers)
        )

    def metadata(self, function: Function) -> dict[str, Any]:
        """The metadata that the backend of this repository writes next to an artifact."""
        metadata: dict[str, Any] = json.loads(
            Path(f"{self._package(function)}.metadata.json").read_bytes()
        )
        return metadata

    def stop(self) -> None:
        stop_daemons(self.folder)

    def wake(self) -> None:
        self.build(None)

    def _package(self, function: Function) -> Path:
        return self.folder / f"dist/src.{function.folder.replace('/', '.')}/fn.zip"

    @property
    def _store(self) -> Path:
        return self.folder / ".store"

    @property
    def _lockfiles(self) -> Path:
        """The folder in the cache for the lockfile and for the record of its inputs."""
        constraints = self.folder / THIRD_PARTY / "default.constraints.txt"
        return self.cache / "locks" / hashlib.sha256(constraints.read_bytes()).hexdigest()[:12]

    def _write_own_targets(self) -> None:
        write(self.folder / "3rdparty/platform/platform.json", self.platform)
        write(
            self.folder / "3rdparty/platform/BUILD",
            'file(name="platform", source="platform.json")\n',
        )
        shutil.rmtree(self.folder / "src/layers", ignore_errors=True)
        for function in self.project.functions:
            write(self.folder / "src" / function.folder / "BUILD", _TARGET)
