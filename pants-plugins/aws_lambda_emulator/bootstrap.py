"""Runs inside the function's process, as /var/runtime/bootstrap.py does in Lambda.

Orders `sys.path`, then hands over to AWS's runtime client, or to what stands in for it. What it
does to `sys.path` is what public copies of AWS's own file agree on (read in November 2026).
Standard library only, CPython 3.8 or newer.
"""

from __future__ import annotations

import json
import os
import site
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

# Where Lambda takes the records of a log, each in a frame (`lines.py`). The client alone sees it.
LOG_DESCRIPTOR = "_LAMBDA_TELEMETRY_LOG_FD"
# Set to a token, it asks for a line with more about the import than Lambda reports
# (`failed_import.py`).
EXPLAIN = "AWS_LAMBDA_EMULATOR_EXPLAIN"
# The descriptor of a file for the programs and libraries that the function names (`host_files.py`).
RECORD = "AWS_LAMBDA_EMULATOR_RECORD"
# Modules of the standard library that start programs to see whether the machine has them.
_PROBING = {"ctypes.util", "platform", "uuid"}


def order_path(root: str) -> None:
    """The task root first, then the layers, unless PYTHONPATH is set; `.pth` files of each."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    task = os.environ["LAMBDA_TASK_ROOT"]
    layers = [f"{root}/opt/python/lib/{version}/site-packages", f"{root}/opt/python"]
    is_set = "PYTHONPATH" in os.environ
    if sys.version_info >= (3, 11):
        sys.path.insert(0, f"{root}/var/lang/lib/{version}/site-packages")
    if not is_set:
        sys.path[:0] = layers
    sys.path.insert(0, task)
    site.addsitedir(task)
    for folder in [] if is_set else layers:
        site.addsitedir(folder)
    if not is_set:
        os.environ["PYTHONPATH"] = os.environ["LAMBDA_RUNTIME_DIR"]


def record(descriptor: int) -> None:
    """Note each program that is started, and each library that is loaded by its name, once."""
    noted: set[str] = set()

    def note(kind: str, name: Any) -> None:
        line = json.dumps([kind, os.fsdecode(name)]) + "\n"
        if line not in noted:
            noted.add(line)
            os.write(descriptor, line.encode())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _EVENTS:
            return
        with suppress(Exception):
            if event == "ctypes.dlopen":
                if arguments[0]:
                    note("library", arguments[0])
            elif not _is_probing():
                given = arguments[0]
                note("program", given.split()[0] if event == "os.system" else given)
            elif arguments[0] == "ld":
                # `ctypes.util.find_library` has found it nowhere else.
                for each in arguments[1]:
                    if each.startswith("-l"):
                        note("library", f"lib{each[2:]}")

    os.set_inheritable(descriptor, False)
    sys.addaudithook(hook)


_EVENTS = {"ctypes.dlopen", "os.exec", "os.posix_spawn", "os.system", "subprocess.Popen"}


def _is_probing() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame:
        if frame.f_globals.get("__name__") in _PROBING:
            return True
        frame = frame.f_back
    return False


def main() -> None:
    # As Lambda: nothing of what this file imports may be found in the function first.
    try:
        from awslambdaric.bootstrap import run  # pants: no-infer-dep
        from awslambdaric.lambda_runtime_client import (  # pants: no-infer-dep
            LambdaRuntimeClient,
            runtime_client,
        )

        if runtime_client is None:
            raise ImportError
    except ImportError:
        # Lies beside this file, as it is mounted.
        from stand_in import (  # type: ignore[import-not-found]
            LambdaRuntimeClient,  # pants: no-infer-dep
            run,  # pants: no-infer-dep
        )

        # A function may have a module of this name.
        del sys.modules["stand_in"]
    token = os.environ.pop(EXPLAIN, None)
    if token:
        from failed_import import explain  # type: ignore[import-not-found]  # pants: no-infer-dep

        del sys.modules["failed_import"]
        explain(token)
    # The same pipe, so that records and prints stay in order. What is started does not inherit it.
    os.environ[LOG_DESCRIPTOR] = str(os.dup(1))
    order_path(os.environ["LAMBDA_RUNTIME_DIR"][: -len("/var/runtime")])
    if descriptor := os.environ.pop(RECORD, ""):
        record(int(descriptor))
    run(os.environ["_HANDLER"], LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


if __name__ == "__main__":
    main()
