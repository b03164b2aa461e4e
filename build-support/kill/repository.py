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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PANTS_TOML = f"""\
[GLOBAL]
pants_version = "2.17.1"
pythonpath = ["{_ROOT}/pants-plugins"]
backend_packages = ["aws_lambda", "pants.backend.python"]
dynamic_ui = false
pants_ignore.add = ["!/3rdparty/*.lock"]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/src"]

[python-infer]
use_rust_parser = true

[python]
enable_resolves = true
default_resolve = "default"
interpreter_constraints = ["CPython==3.13.*"]

[python.resolves]
default = "3rdparty/default.lock"

[python.resolves_to_constraints_file]
default = "3rdparty/constraints.txt"
"""
# Wheels of 15 MB and of a few KB, native and not.
_REQUIREMENTS = ("numpy", "pyyaml", "requests")
_SETS = 2 ** len(_REQUIREMENTS) - 1
_BUILD = """\
python_sources()
lambda_function(name="api", handler="api.py:handler", runtime="python3.13", layers=[":deps"])
lambda_layer(name="deps", dependencies=["./shared.py"], runtime="python3.13")
"""


class State(enum.Enum):
    """What the metadata beside an artifact says of it."""

    WHOLE = "it is the one that was meant"
    OTHER = "it is another one, or a part"
    UNTOLD = "nothing that can be read"


@dataclass(frozen=True)
class Repository:
    """Builds that are to be killed are one process and what that starts; others use a daemon."""

    folder: Path

    @property
    def lockfile(self) -> Path:
        return self.folder / "3rdparty/default.lock"

    def make(self, *, lockfile: Path | None = None) -> None:
        third_party = self.folder / "3rdparty"
        third_party.mkdir(parents=True)
        (self.folder / "src").mkdir()
        (self.folder / "pants.toml").write_text(_PANTS_TOML)
        (self.folder / "src/BUILD").write_text(_BUILD)
        (third_party / "BUILD").write_text(
            'python_requirements(module_mapping={"pyyaml": ["yaml"]})\n'
        )
        (third_party / "requirements.txt").write_text("\n".join(_REQUIREMENTS) + "\n")
        shutil.copy(
            _ROOT / "3rdparty/python/default.constraints.txt", third_party / "constraints.txt"
        )
        if lockfile:
            # With the note that ./pants keeps of what it was made from.
            for file in lockfile.parent.glob(f"{lockfile.name}*"):
                shutil.copy(file, third_party)

    def build(self, turn: int) -> None:
        process = self._start(turn, pantsd="true")
        output, _ = process.communicate(timeout=600)
        if process.returncode != 0:
            raise SystemExit(f"The build of {self.folder} failed:\n{output.decode()}")

    def kill(self, turn: int, *, after: float) -> bool:
        """Start a build, and kill it with all its processes; tells whether it was still running."""
        process = self._start(turn, pantsd="false")
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            # The sandboxes' processes have groups of their own.
            doomed = [*_descendants(process.pid)]
            os.killpg(process.pid, signal.SIGKILL)
            for pid in doomed:
                _kill(pid)
            process.communicate()
            return True
        return False

    def stop_daemon(self) -> None:
        for pid in self.folder.glob(".pids/*/pantsd/pid"):
            _kill(int(pid.read_text()))

    def artifacts(self) -> dict[str, bytes]:
        """The SHA-256 of every artifact in `dist/`."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).digest()
            for path in sorted(self.folder.glob("dist/**/*.zip"))
        }

    def states(self) -> dict[str, State]:
        """What a reader who compares `code_sha256` would know of each artifact."""
        return {path.name: _state(path) for path in sorted(self.folder.glob("dist/**/*.zip"))}

    def _start(self, turn: int, *, pantsd: str) -> subprocess.Popen[bytes]:
        # Every set of wheels in turn, and other sources each time.
        wanted = [name for i, name in enumerate(_REQUIREMENTS) if (turn % _SETS + 1) >> i & 1]
        imports = "".join(f"import {name}\n" for name in wanted).replace("pyyaml", "yaml")
        shared = f"{imports}\nTURN = {turn}\n"
        (self.folder / "src/shared.py").write_text(shared)
        handler = (
            f"import shared\n\n\ndef handler(event, context):\n    return shared.TURN + {turn}\n"
        )
        (self.folder / "src/api.py").write_text(handler)
        inherited = {k: v for k, v in os.environ.items() if k != "PANTS_CONCURRENT"}
        own = {
            "PANTS_PANTSD": pantsd,
            "PANTS_LOCAL_STORE_DIR": str(self.folder / ".store"),
            "PANTS_NAMED_CACHES_DIR": str(self.folder / ".caches"),
        }
        return subprocess.Popen(
            [_ROOT / "pants", "package", "::"],
            cwd=self.folder,
            env={**inherited, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _state(path: Path) -> State:
    try:
        told = json.loads(path.with_name(f"{path.name}.metadata.json").read_text())["code_sha256"]
    except (OSError, ValueError, KeyError):
        return State.UNTOLD
    found = base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    return State.WHOLE if told == found else State.OTHER


def _descendants(pid: int) -> Iterator[int]:
    """The processes that a process started, and those that they started."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from _descendants(child)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        # It ended by itself, or with its parent.
        return
