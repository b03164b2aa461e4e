"""A machine as Pants sees it: a checkout in a folder of its own, and a store, empty at first."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.fleet import write_fleet
from popular.interpreter import find_python
from remote.build import Build

_ROOT = Path(__file__).resolve().parents[2]
# What the documents tell users to use. Here, server and interpreters are other ones.
_EXAMPLE = _ROOT / "pants.remote.toml"
_PANTS_TOML = f"""\
[GLOBAL]
pants_version = "2.17.1"
pythonpath = ["{_ROOT}/pants-plugins"]
backend_packages = ["aws_lambda", "pants.backend.python"]
pants_ignore.add = ["!/3rdparty/python/*.lock"]
# A daemon would outlive the folder.
pantsd = false
dynamic_ui = false

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
interpreter_versions_universe = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]

[python.resolves]
default = "3rdparty/python/default.lock"

[python.resolves_to_constraints_file]
default = "3rdparty/python/default.constraints.txt"
"""
_PYTHON = "3.13"
_LOCKFILE = "3rdparty/python/default.lock"


class Machine:
    def __init__(
        self,
        folder: Path,
        *,
        functions: int,
        checkout: str = "fleet",
        environment: Mapping[str, str] | None = None,
        umask: int = -1,
    ) -> None:
        """Check out the fleet in a subfolder. What else is given must not matter to the cache."""
        self._folder = folder
        self._environment = environment or {}
        self._umask = umask
        self._checkout = folder / checkout
        self._checkout.mkdir(parents=True)
        (self._checkout / "pants.toml").write_text(_PANTS_TOML, encoding="utf-8")
        write_fleet(self._checkout, functions=functions)

    @classmethod
    def elsewhere(cls, folder: Path, *, functions: int) -> Machine:
        """One of another person, in another place, who has what the documents ask for."""
        environment = {
            "PATH": f"/opt/tools/bin:{os.environ.get('PATH', os.defpath)}",
            "LANG": "de_DE.UTF-8",
            "LC_ALL": "C",
            "LOGNAME": "somebody",
            "USER": "somebody",
            "TZ": "Pacific/Chatham",
        }
        checkout = "a folder with another name"
        return cls(
            folder, functions=functions, checkout=checkout, environment=environment, umask=0o077
        )

    def lock(self) -> None:
        """Have ./pants make the lockfile."""
        done = self._start("list", "::")
        said, _ = done.communicate()
        if done.returncode != 0:
            raise SystemExit(f"The lockfile was not made:\n\n{said}")

    def take_lockfile_of(self, other: Machine) -> None:
        # With the note that ./pants keeps of what it was made from.
        for file in other._checkout.glob(f"{_LOCKFILE}*"):
            shutil.copy(file, self._checkout / file.relative_to(other._checkout))

    def build(
        self,
        address: str,
        *options: str,
        targets: Sequence[str] = ("::",),
        listen: Callable[[str], None] = lambda line: None,
    ) -> Build:
        """Package targets over the cache of a server. `listen` hears each line of the log."""
        begin = time.monotonic()
        process = self._start(
            f"--pants-config-files={_EXAMPLE}",
            f"--remote-store-address=grpc://{address}",
            f"--python-bootstrap-search-path=['{_where_python_lies()}']",
            "--stats-log",
            "--level=debug",
            *options,
            "package",
            *targets,
        )
        assert process.stdout
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                listen(line)
        except BaseException:
            # This program is being stopped: Pants stops its own processes.
            process.terminate()
            raise
        finally:
            process.communicate()
        seconds = time.monotonic() - begin
        (self._folder / "log").write_text("".join(said), encoding="utf-8")
        return Build(process.returncode == 0, "".join(said), seconds, self._artifacts())

    def build_at(self, worker: str, address: str, *, targets: Sequence[str]) -> Build:
        """Package targets, with every process at a worker, over the store of a server."""
        # Pants 2.17.1 refuses to do both: the worker's side keeps the results.
        options = ("--no-remote-cache-read", "--no-remote-cache-write", "--remote-execution")
        there = f"--remote-execution-address=grpc://{worker}"
        return self.build(address, *options, there, targets=targets)

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        inherited = {k: v for k, v in os.environ.items() if k != "PANTS_CONCURRENT"}
        own = {
            "PANTS_LOCAL_STORE_DIR": str(self._folder / "store"),
            "PANTS_NAMED_CACHES_DIR": str(self._folder / "caches"),
        }
        return subprocess.Popen(
            [_ROOT / "pants", *arguments],
            cwd=self._checkout,
            env={**inherited, **self._environment, **own},
            umask=self._umask,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )

    def _artifacts(self) -> dict[str, str]:
        """The SHA-256 of every file in `dist/`: zips and their metadata."""
        dist = self._checkout / "dist"
        return {
            str(path.relative_to(dist)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(dist.rglob("*"))
            if path.is_file()
        }


def _where_python_lies() -> Path:
    """The folder of an interpreter for the fleet: not that of a shim, which runs on this machine
    alone."""
    python = subprocess.run(
        [find_python(_PYTHON), "-c", "import sys; print(sys.executable)"],
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ).stdout
    return Path(python.strip()).parent
