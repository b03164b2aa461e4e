"""Runs the programs in `sandbox/` as the backend does."""

from __future__ import annotations

import compileall
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest

from aws_lambda.processes.sandbox_program import read_program

_FOLDER = Path(__file__).parents[1] / "sandbox"
ENVIRONMENT = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}


@cache
def _laid_out(program: str) -> tuple[TemporaryDirectory[str], Path]:
    """Write a program and its modules to the paths that they have in a sandbox."""
    folder = TemporaryDirectory()
    for path, content in read_program(program).items():
        file = Path(folder.name, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    # Most tests start a program on this Python, which takes longer without bytecode.
    compileall.compile_dir(folder.name, quiet=1)
    return folder, Path(folder.name, program)


def program_path(program: str) -> Path:
    """Return the path of a program that is laid out as in a sandbox."""
    return _laid_out(program)[1]


def run_program(
    program: str,
    *arguments: str,
    cwd: Path,
    python: str = sys.executable,
    environment: Mapping[str, str] = ENVIRONMENT,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program, and return its output whatever its exit code is."""
    return subprocess.run(
        [python, "-B", "-S", "-s", str(program_path(program)), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        check=False,
    )


def find_interpreter(version: str) -> str:
    """Return a CPython of this minor version from PATH or pyenv, or skip the test."""
    for each in _find_interpreters():
        if ".".join(map(str, each["version"][:2])) == version:
            return str(each["path"])
    pytest.skip(f"there is no CPython {version}")


@cache
def _find_interpreters() -> list[dict[str, Any]]:
    """Return all interpreters. The search starts each of them, which takes seconds."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin")
    places = [*os.get_exec_path(), *map(str, sorted(pyenv))]
    found: list[dict[str, Any]] = import_program("find_interpreters.py").main(places)
    return found


def run_with_memory_limit(
    mebibytes: int, program: str, *arguments: str, cwd: Path
) -> subprocess.CompletedProcess[bytes]:
    """Run a program that can use this much memory."""
    code = (
        "import resource, runpy, sys\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({mebibytes << 20}, {mebibytes << 20}))\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    return subprocess.run(
        [sys.executable, "-B", "-S", "-s", "-c", code, str(program_path(program)), *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )


def import_program(program: str) -> ModuleType:
    """Import a program as a module, for tests that call it many times."""
    name = f"loaded_{program[: -len('.py')]}"
    spec = importlib.util.spec_from_file_location(name, _FOLDER / program)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(program)
    module = importlib.util.module_from_spec(spec)
    # `NamedTuple` looks its module up here.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
