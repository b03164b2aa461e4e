"""A machine and its trial repository: tests write its files, and run ./pants in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from trial_repository.pants_toml import ROOT
from trial_repository.processes import stop_daemons

PANTS = ROOT / "pants"
# The user's own cache folder, so that the tests do not install Pants again.
CACHE = Path(
    os.environ.get("PANTS_BOOTSTRAP_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pants-bootstrap"
)

EMPTY: Mapping[str, str] = MappingProxyType({})

# A daemon with this setting goes on after edits of pants.toml. It reads most options again for each
# command, except those in [GLOBAL], and its start takes longer than most commands.
KEEP_DAEMON = {"PANTS_PANTSD_INVALIDATION_GLOBS": "+['!pants.toml']"}


@dataclass(frozen=True)
class Machine:
    """A repository in `folder`, and the cache folder and the environment that ./pants gets there.

    `variables` are added to the environment of this process, without its PANTS_* variables.
    """

    folder: Path
    cache: Path = CACHE
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PANTS_")}
        return {**inherited, "PANTS_BOOTSTRAP_CACHE": str(self.cache), **self.variables}

    def write(self, files: Mapping[str, str]) -> None:
        """Write the texts of files, by path in the repository."""
        for path, text in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def start(self, *arguments: str, script: Path = PANTS, **options: Any) -> subprocess.Popen[str]:
        """Start ./pants. `options` are those of `Popen`."""
        process: subprocess.Popen[str] = subprocess.Popen(
            [str(script), *arguments],
            cwd=self.folder,
            env=self.environment,
            encoding="utf-8",
            errors="replace",
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )
        return process

    def stop_daemon(self) -> None:
        stop_daemons(self.folder)

    def run(self, *arguments: str, script: Path = PANTS) -> CompletedRun:
        return wait_for(self.start(*arguments, script=script))

    def pants(self, *arguments: str) -> CompletedRun:
        """Run ./pants, which must succeed."""
        run = self.run(*arguments)
        assert run.code == 0, run.out + run.err
        return run


@dataclass(frozen=True)
class CompletedRun:
    """The exit code, stdout and stderr of a run of ./pants."""

    code: int
    out: str
    err: str


def wait_for(process: subprocess.Popen[str]) -> CompletedRun:
    out, err = process.communicate(timeout=600)
    return CompletedRun(process.returncode, out, err)
