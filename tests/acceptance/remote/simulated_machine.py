"""A simulated machine: a checkout in its own folder, and an empty store of Pants."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from acceptance.remote.remote_build import RemoteBuild
from benchmarks.projects.fleet import write_fleet
from environments.interpreters import require_python
from trial_repository.copies import copy_lockfiles
from trial_repository.machine import EMPTY, Machine
from trial_repository.pants_toml import ROOT, pants_toml

# The settings that the documents recommend. Options replace its server and its interpreters.
_REMOTE_SETTINGS = ROOT / "pants.remote.toml"
_PYTHON = "3.13"


class SimulatedMachine:
    def __init__(
        self,
        folder: Path,
        *,
        functions: int,
        checkout: str = "fleet",
        environment: Mapping[str, str] = EMPTY,
        umask: int = -1,
    ) -> None:
        """Write the fleet into the subfolder `checkout`.

        Machines may differ in their environment and umask without effect on the cache.
        """
        self._umask = umask
        own = {
            "PANTS_LOCAL_STORE_DIR": f"{folder}/store",
            "PANTS_NAMED_CACHES_DIR": f"{folder}/caches",
        }
        self._machine = Machine(folder / checkout, variables={**environment, **own})
        # Without a daemon, which would outlive the folder.
        settings = pants_toml({"default": _PYTHON}, more={"GLOBAL": {"pantsd": False}})
        self._machine.write({"pants.toml": settings})
        write_fleet(self._machine.folder, functions=functions)

    @classmethod
    def with_other_user(cls, folder: Path, *, functions: int) -> SimulatedMachine:
        """A machine of another user, which meets the requirements of the documents."""
        environment = {
            "PATH": f"/opt/tools/bin:{os.environ.get('PATH', os.defpath)}",
            "LANG": "de_DE.UTF-8",
            "LC_ALL": "C",
            "LOGNAME": "another",
            "USER": "another",
            "TZ": "Pacific/Chatham",
        }
        checkout = "a folder with another name"
        return cls(
            folder, functions=functions, checkout=checkout, environment=environment, umask=0o077
        )

    def copy_lockfile_of(self, other: SimulatedMachine) -> None:
        copy_lockfiles(other._machine.folder, self._machine.folder)

    def build(
        self,
        address: str,
        *options: str,
        targets: Sequence[str] = ("::",),
        on_line: Callable[[str], None] = lambda line: None,
    ) -> RemoteBuild:
        """Package targets with the cache at an address, and pass each line of the log on."""
        begin = time.monotonic()
        process = self._machine.start(
            f"--pants-config-files={_REMOTE_SETTINGS}",
            f"--remote-store-address=grpc://{address}",
            f"--python-bootstrap-search-path=['{_folder_of_python()}']",
            "--stats-log",
            "--level=debug",
            *options,
            "package",
            *targets,
            stderr=subprocess.STDOUT,
            umask=self._umask,
        )
        assert process.stdout
        lines = []
        try:
            for line in process.stdout:
                lines.append(line)
                on_line(line)
        except BaseException:
            # This program is being stopped. Pants stops its own processes.
            process.terminate()
            raise
        finally:
            process.communicate()
        seconds = time.monotonic() - begin
        return RemoteBuild(process.returncode == 0, "".join(lines), seconds, self._artifacts())

    def build_on_worker(self, worker: str, address: str, *, targets: Sequence[str]) -> RemoteBuild:
        """Package targets with every process on a worker, and the store at an address."""
        # Pants 2.17.1 refuses a remote cache next to remote execution. The worker's side keeps
        # the results.
        options = ("--no-remote-cache-read", "--no-remote-cache-write", "--remote-execution")
        execution = f"--remote-execution-address=grpc://{worker}"
        return self.build(address, *options, execution, targets=targets)

    def _artifacts(self) -> dict[str, str]:
        """The SHA-256 of every file in `dist/`, in hex, by path: artifacts and their metadata."""
        dist = self._machine.folder / "dist"
        return {
            str(path.relative_to(dist)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(dist.rglob("*"))
            if path.is_file()
        }


def _folder_of_python() -> Path:
    """The folder of the interpreter itself, because a shim works on this machine only."""
    python = subprocess.run(
        [require_python(_PYTHON), "-c", "import sys; print(sys.executable)"],
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ).stdout
    return Path(python.strip()).parent
