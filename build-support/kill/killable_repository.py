"""A small repository with a function and a layer, whose builds can be killed."""

from __future__ import annotations

import base64
import enum
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trial_repository.pants_toml import ROOT, THIRD_PARTY, pants_toml
from trial_repository.processes import descendants, inherited_environment, kill, stop_daemons

# Wheels of 15 MB and of a few KB, with and without native code.
_REQUIREMENTS = ("numpy", "pyyaml", "requests")
_SETS = 2 ** len(_REQUIREMENTS) - 1
_BUILD = """\
python_sources()
lambda_function(name="api", handler="api.py:handler", runtime="python3.13", layers=[":deps"])
lambda_layer(name="deps", dependencies=["./shared.py"], runtime="python3.13")
"""
_REQUIREMENT_TARGETS = """\
python_requirements(
    name="default",
    source="default.requirements.txt",
    module_mapping={"pyyaml": ["yaml"]},
)
"""


class ArtifactState(enum.Enum):
    """How an artifact compares with the metadata next to it."""

    COMPLETE = "it is the artifact that the metadata describes"
    DIFFERENT = "it is another artifact, or incomplete"
    UNKNOWN = "the metadata is missing or not readable"


@dataclass(frozen=True)
class KillableRepository:
    """Builds that are killed run without a daemon; all others use one."""

    folder: Path

    def create(self, *, lockfiles: Iterable[Path] = ()) -> None:
        """Write the files. `lockfiles` are those of a repository with the same requirements."""
        third_party = self.folder / THIRD_PARTY
        third_party.mkdir(parents=True)
        (self.folder / "src").mkdir()
        (self.folder / "pants.toml").write_text(pants_toml({"default": "3.13"}))
        (self.folder / "src/BUILD").write_text(_BUILD)
        (third_party / "BUILD").write_text(_REQUIREMENT_TARGETS)
        (third_party / "default.requirements.txt").write_text("\n".join(_REQUIREMENTS) + "\n")
        shutil.copy(ROOT / THIRD_PARTY / "default.constraints.txt", third_party)
        for file in lockfiles:
            shutil.copy(file, third_party)

    def lockfiles(self) -> list[Path]:
        """The lockfile, and the record of its inputs that ./pants keeps."""
        return list((self.folder / THIRD_PARTY).glob("default.lock*"))

    def build(self, turn: int) -> None:
        """Build the sources of a turn. Exits if the build fails."""
        process = self._start_build(turn, pantsd="true")
        output, _ = process.communicate(timeout=600)
        if process.returncode != 0:
            raise SystemExit(f"The build of {self.folder} failed:\n{output.decode()}")

    def kill_build(self, turn: int, *, after: float) -> bool:
        """Start a build, and kill all its processes after some seconds, if it still runs then.

        Returns whether it did.
        """
        process = self._start_build(turn, pantsd="false")
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            # The processes in sandboxes have process groups of their own.
            children = [*descendants(process.pid)]
            os.killpg(process.pid, signal.SIGKILL)
            for pid in children:
                kill(pid)
            process.communicate()
            return True
        return False

    def stop_daemon(self) -> None:
        stop_daemons(self.folder)

    def artifacts(self) -> dict[str, bytes]:
        """The SHA-256 of every artifact in `dist/`, by file name."""
        return {path.name: hashlib.sha256(path.read_bytes()).digest() for path in self._zips()}

    def artifact_states(self) -> dict[str, ArtifactState]:
        """The state of every artifact in `dist/`, by file name."""
        return {path.name: _state_of(path) for path in self._zips()}

    def _zips(self) -> list[Path]:
        return sorted(self.folder.glob("dist/**/*.zip"))

    def _start_build(self, turn: int, *, pantsd: str) -> subprocess.Popen[bytes]:
        # Consecutive turns use different sets of wheels, and each turn has other sources.
        wanted = [name for i, name in enumerate(_REQUIREMENTS) if (turn % _SETS + 1) >> i & 1]
        imports = "".join(f"import {name}\n" for name in wanted).replace("pyyaml", "yaml")
        shared = f"{imports}\nTURN = {turn}\n"
        (self.folder / "src/shared.py").write_text(shared)
        handler = (
            f"import shared\n\n\ndef handler(event, context):\n    return shared.TURN + {turn}\n"
        )
        (self.folder / "src/api.py").write_text(handler)
        own = {
            "PANTS_PANTSD": pantsd,
            "PANTS_LOCAL_STORE_DIR": str(self.folder / ".store"),
            "PANTS_NAMED_CACHES_DIR": str(self.folder / ".caches"),
        }
        return subprocess.Popen(
            [ROOT / "pants", "package", "::"],
            cwd=self.folder,
            env={**inherited_environment(), **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _state_of(path: Path) -> ArtifactState:
    try:
        metadata = json.loads(path.with_name(f"{path.name}.metadata.json").read_text())
        described = metadata["code_sha256"]
    except (OSError, ValueError, KeyError):
        return ArtifactState.UNKNOWN
    found = base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    return ArtifactState.COMPLETE if described == found else ArtifactState.DIFFERENT
