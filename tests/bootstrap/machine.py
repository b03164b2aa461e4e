"""A simulated machine to run ./pants on, with its own folders and without PANTS_* variables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from trial_repository.processes import stop_daemons

REPOSITORY = Path.cwd()
PANTS = REPOSITORY / "pants"
REQUIREMENTS = REPOSITORY / "build-support/bootstrap/requirements"
# The user's own cache folder, so that the tests do not install Pants again.
CACHE = Path(
    os.environ.get("PANTS_BOOTSTRAP_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pants-bootstrap"
)

EMPTY: Mapping[str, str] = MappingProxyType({})

# A daemon with this setting goes on after edits of pants.toml. It reads most options again for each
# command, except those in [GLOBAL], and its start takes longer than most commands.
KEEP_DAEMON = {"PANTS_PANTSD_INVALIDATION_GLOBS": "+['!pants.toml']"}

PANTS_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.python"]
dynamic_ui = false

[anonymous-telemetry]
enabled = false

[python]
enable_resolves = true
default_resolve = "default"
interpreter_constraints = ["CPython==3.9.*"]

[python.resolves]
default = "third_party/default.lock"

[python.resolves_to_constraints_file]
default = "third_party/constraints.txt"
"""


@dataclass(frozen=True)
class Machine:
    """The repository, the cache folder and the extra environment variables that ./pants gets."""

    folder: Path
    cache: Path
    variables: Mapping[str, str] = EMPTY

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PANTS_")}
        return {**inherited, "PANTS_BOOTSTRAP_CACHE": str(self.cache), **self.variables}

    def start(self, *arguments: str, script: Path = PANTS) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(script), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop_daemon(self) -> None:
        stop_daemons(self.folder)

    def run(self, *arguments: str, script: Path = PANTS) -> CompletedRun:
        return wait_for(self.start(*arguments, script=script))


@dataclass(frozen=True)
class CompletedRun:
    """The exit code, stdout and stderr of a run of ./pants."""

    code: int
    out: str
    err: str


def wait_for(process: subprocess.Popen[str]) -> CompletedRun:
    out, err = process.communicate(timeout=600)
    return CompletedRun(process.returncode, out, err)


def path_of(
    folder: Path, *, python3: str | None = sys.executable, programs: Mapping[str, str] = EMPTY
) -> str:
    """A PATH with one new folder: it contains standard tools, `python3` and `programs`.

    `programs` are the texts of shell scripts, by name.
    """
    folder.mkdir()
    for name in ("sh", "cat", "dirname", "git", "readlink", "sleep", "uname"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    if python3:
        (folder / "python3").symlink_to(os.path.realpath(python3))
    for name, text in programs.items():
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
    return str(folder)
