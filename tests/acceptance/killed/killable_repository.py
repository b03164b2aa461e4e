"""A small repository with a function and a layer, whose builds can be killed."""

from __future__ import annotations

import base64
import enum
import hashlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from trial_repository.machine import Machine, wait_for
from trial_repository.pants_toml import ROOT, THIRD_PARTY, pants_toml
from trial_repository.processes import descendants, kill

# Wheels of 15 MB and of a few KB, with and without native code.
_REQUIREMENTS = ("numpy", "pyyaml", "requests")
_SETS = 2 ** len(_REQUIREMENTS) - 1
_CONSTRAINTS = f"{THIRD_PARTY}/default.constraints.txt"
# Each repository has its own caches.
_CACHES = {"local_store_dir": "%(buildroot)s/.store", "named_caches_dir": "%(buildroot)s/.caches"}
FILES = {
    "pants.toml": pants_toml({"default": "3.13"}, more={"GLOBAL": _CACHES}),
    "src/BUILD": """\
python_sources()
lambda_function(name="api", handler="api.py:handler", runtime="python3.13", layers=[":deps"])
lambda_layer(name="deps", dependencies=["./shared.py"], runtime="python3.13")
""",
    f"{THIRD_PARTY}/BUILD": """\
python_requirements(
    name="default",
    source="default.requirements.txt",
    module_mapping={"pyyaml": ["yaml"]},
)
""",
    f"{THIRD_PARTY}/default.requirements.txt": "\n".join(_REQUIREMENTS),
    _CONSTRAINTS: (ROOT / _CONSTRAINTS).read_text(encoding="utf-8"),
}


class ArtifactState(enum.Enum):
    """How an artifact compares with the metadata next to it."""

    COMPLETE = "it is the artifact that the metadata describes"
    DIFFERENT = "it is another artifact, or incomplete"
    UNKNOWN = "the metadata is missing or not readable"


@dataclass(frozen=True)
class KillableRepository:
    """Builds that are killed run without a daemon; all others use one."""

    machine: Machine

    def build(self, turn: int) -> None:
        """Build the sources of a turn, which must succeed."""
        self._write_sources(turn)
        self.machine.pants("package", "::")

    def kill_build(self, turn: int, *, after: float) -> bool:
        """Start a build, and kill all its processes after some seconds, if it still runs then.

        Returns whether it did.
        """
        self._write_sources(turn)
        process = self.machine.start("--no-pantsd", "package", "::", start_new_session=True)
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            # The processes in sandboxes have process groups of their own.
            children = [*descendants(process.pid)]
            os.killpg(process.pid, signal.SIGKILL)
            for pid in children:
                kill(pid)
            wait_for(process)
            return True
        return False

    def artifacts(self) -> dict[str, bytes]:
        """The SHA-256 of every artifact in `dist/`, by file name."""
        return {path.name: hashlib.sha256(path.read_bytes()).digest() for path in self._zips()}

    def artifact_states(self) -> dict[str, ArtifactState]:
        """The state of every artifact in `dist/`, by file name."""
        return {path.name: _state_of(path) for path in self._zips()}

    def _zips(self) -> list[Path]:
        return sorted(self.machine.folder.glob("dist/**/*.zip"))

    def _write_sources(self, turn: int) -> None:
        # Consecutive turns use different sets of wheels, and each turn has other sources.
        wanted = [name for i, name in enumerate(_REQUIREMENTS) if (turn % _SETS + 1) >> i & 1]
        imports = "".join(f"import {name}\n" for name in wanted).replace("pyyaml", "yaml")
        body = f"def handler(event, context):\n    return shared.TURN + {turn}\n"
        self.machine.write(
            {
                "src/shared.py": f"{imports}\nTURN = {turn}\n",
                "src/api.py": f"import shared\n\n\n{body}",
            }
        )


def _state_of(path: Path) -> ArtifactState:
    try:
        metadata = json.loads(path.with_name(f"{path.name}.metadata.json").read_text())
        described = metadata["code_sha256"]
    except (OSError, ValueError, KeyError):
        return ArtifactState.UNKNOWN
    found = base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    return ArtifactState.COMPLETE if described == found else ArtifactState.DIFFERENT
