"""The remote cache and the worker, on free ports of the loopback interface."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from acceptance.server import Server, running_server
from environments.environment import ensure_environment
from trial_repository.processes import free_port

# A version that the wheels of BuildGrid 0.8.16 support.
_PYTHON = "3.12"
# BuildGrid keeps the contents of files on disk, and the results of processes in memory.
_CONFIGURATION = """\
server:
  - !channel
    address: "{address}"
    insecure-mode: true
instances:
  - name: ""
    storages:
      - !disk-storage &content
        path: {folder}/content
    caches:
      - !lru-action-cache &results
        storage: *content
        max-cached-refs: 100000
        allow-updates: true
        cache-failed-actions: false
    services:
      - !cas
        storage: *content
      - !bytestream
        storage: *content
      - !action-cache
        cache: *results
thread-pool-size: 200
"""


def buildgrid(folder: Path) -> AbstractContextManager[Server]:
    """BuildGrid as a cache that keeps its files in a folder.

    Raises `UserError` if BuildGrid cannot be installed.
    """
    python, address = _python_of_buildgrid(), f"127.0.0.1:{free_port()}"
    configuration = folder / "server.yml"
    configuration.write_text(_CONFIGURATION.format(address=address, folder=folder))
    program = Path(python).with_name("bgd")
    return _server([python, str(program), "server", "start", str(configuration)], address, folder)


def worker(store: Server, folder: Path) -> AbstractContextManager[Server]:
    """A worker, whose processes read their inputs from a store and write their outputs there.

    Their sandboxes are in a folder.
    """
    address = f"127.0.0.1:{free_port()}"
    program = str(Path(__file__).with_name("worker.py"))
    command = [_python_of_buildgrid(), program, address, store.address, str(folder)]
    return _server(command, address, folder)


def _server(command: list[str], address: str, folder: Path) -> AbstractContextManager[Server]:
    return running_server(partial(subprocess.Popen, command), address, folder / "log")


def _python_of_buildgrid() -> str:
    requirements = Path(__file__).with_name("requirements.txt")
    return str(ensure_environment("remote", requirements, _PYTHON))
