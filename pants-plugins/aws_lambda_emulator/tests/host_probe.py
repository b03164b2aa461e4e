"""Finds out what this machine has and allows, for tests that depend on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from aws_lambda_emulator.dynamic_loader import find_libraries
from aws_lambda_emulator.host_file_use import HIDDEN, LIBRARY, PROGRAM, UNSURE, HostFile
from aws_lambda_emulator.host_files import find_host_files
from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.tests.function_builder import build_function

OWN_VERSION = (sys.version_info[0], sys.version_info[1])


def has_own_view(folder: Path) -> bool:
    """Whether this machine's kernel lets functions have Lambda's own paths."""
    function = build_function(folder, "def handler(event, context):\n    return __file__\n")
    with function.start() as started:
        outcome = started.invoke(Invocation(b"{}"))
    return bool(json.loads(outcome.payload) == "/var/task/app.py")


def is_alive(stream: str) -> bool:
    """Whether a process of a function, or a process that it started, is running.

    Only these processes have the name of the function's log stream in their environment.
    """
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if stream.encode() in (process / "environ").read_bytes():
                return True
    return False


def find_library(how: str) -> HostFile:
    """A library of this machine that works and that Lambda does not or may not have.

    Skips the test if there is none.
    """
    shown, known = find_host_files(sys.executable, OWN_VERSION), find_libraries()
    if how == UNSURE:
        names = [each for each in ("libxml2.so.2", "liblz4.so.1", "libgmp.so.10") if each in known]
    else:
        others = (each for each in known if ".so." in each and not shown.shows(known[each]))
        names = sorted(others, key=lambda each: (each != "libmagic.so.1", each))
    for name in filter(_can_load, names):
        folder, real = os.path.dirname(known[name]), os.path.realpath(known[name])
        path = os.path.join(os.path.realpath(folder), name) if how == HIDDEN else real
        return HostFile(LIBRARY, name, path, how)
    pytest.skip("This machine has no such library.")


def _can_load(name: str) -> bool:
    code = f"import ctypes; ctypes.CDLL({name!r})"
    return not subprocess.run([sys.executable, "-c", code], check=False).returncode


def find_program(how: str) -> HostFile:
    """A program of this machine that Lambda does not have. Skips the test if there is none."""
    for path in ("/usr/bin/git", "/usr/bin/tar", "/usr/bin/gzip", "/usr/bin/perl"):
        if os.path.exists(path):
            return HostFile(PROGRAM, os.path.basename(path), path, how)
    pytest.skip("This machine has no such program.")
