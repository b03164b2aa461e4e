"""Starts a function's runtime client, as /var/runtime/bootstrap.py does in Lambda.

It runs in the function's process: it sets `sys.path` and starts AWS's runtime client, or the
fallback client. The order of `sys.path` is that of public copies of AWS's own file (read in
November 2026). Standard library only, CPython 3.8 or newer.
"""

from __future__ import annotations

import json
import os
import site
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

# The variable with the descriptor to which AWS's client writes log records, each in a frame
# (`log_lines.py`). The client removes it before it imports the handler.
LOG_DESCRIPTOR_VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD"
# The variable with a token that requests a diagnosis of the import (`import_diagnosis.py`).
DIAGNOSE_VARIABLE = "AWS_LAMBDA_EMULATOR_DIAGNOSE"
# The variable with a token that requests marks around the import (`import_timing.py`).
TIME_VARIABLE = "AWS_LAMBDA_EMULATOR_TIME"
# The variable with the descriptor of a file for the names of used programs and libraries
# (`host_file_use.py`).
RECORD_VARIABLE = "AWS_LAMBDA_EMULATOR_RECORD"
# Modules of the standard library that start programs only to find out about the machine.
_PROBING_MODULES = {"ctypes.util", "platform", "uuid"}


def set_sys_path(root: str) -> None:
    """Put the task root first, then the layers unless PYTHONPATH is set; process `.pth` files."""
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


def record_file_use(descriptor: int) -> None:
    """Write the name of each program that is started, and of each library that is loaded, once.

    Each line of the file is a JSON array of `"program"` or `"library"`, and the name.
    """
    recorded: set[str] = set()

    def record(kind: str, name: Any) -> None:
        line = json.dumps([kind, os.fsdecode(name)]) + "\n"
        if line not in recorded:
            recorded.add(line)
            os.write(descriptor, line.encode())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _AUDIT_EVENTS:
            return
        with suppress(Exception):
            if event == "ctypes.dlopen":
                if arguments[0]:
                    record("library", arguments[0])
            elif not _is_probing():
                program = arguments[0]
                record("program", program.split()[0] if event == "os.system" else program)
            elif arguments[0] == "ld":
                # `ctypes.util.find_library` starts the linker after all other ways have failed.
                for each in arguments[1]:
                    if each.startswith("-l"):
                        record("library", f"lib{each[2:]}")

    os.set_inheritable(descriptor, False)
    sys.addaudithook(hook)


_AUDIT_EVENTS = {"ctypes.dlopen", "os.exec", "os.posix_spawn", "os.system", "subprocess.Popen"}


def _is_probing() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame:
        if frame.f_globals.get("__name__") in _PROBING_MODULES:
            return True
        frame = frame.f_back
    return False


def main() -> None:
    # As in Lambda, all imports happen before the function's own modules can be found.
    try:
        from awslambdaric.bootstrap import run  # pants: no-infer-dep
        from awslambdaric.lambda_runtime_client import (  # pants: no-infer-dep
            LambdaRuntimeClient,
            runtime_client,
        )

        if runtime_client is None:
            raise ImportError
    except ImportError:
        # The module is next to this file in the function's mounts.
        from fallback_client import (  # type: ignore[import-not-found]
            LambdaRuntimeClient,  # pants: no-infer-dep
            run,  # pants: no-infer-dep
        )

        # The function may contain a module with the same name.
        del sys.modules["fallback_client"]
    token = os.environ.pop(DIAGNOSE_VARIABLE, None)
    if token:
        from import_diagnosis import (  # type: ignore[import-not-found]
            diagnose_import,  # pants: no-infer-dep
        )

        del sys.modules["import_diagnosis"]
        diagnose_import(token)
    token = os.environ.pop(TIME_VARIABLE, None)
    if token:
        from import_timing import (  # type: ignore[import-not-found]
            mark_import,  # pants: no-infer-dep
        )

        del sys.modules["import_timing"]
        mark_import(token)
    # A copy of standard output, so that records and printed lines stay in order. Child processes do
    # not inherit it.
    os.environ[LOG_DESCRIPTOR_VARIABLE] = str(os.dup(1))
    set_sys_path(os.environ["LAMBDA_RUNTIME_DIR"][: -len("/var/runtime")])
    if descriptor := os.environ.pop(RECORD_VARIABLE, ""):
        record_file_use(int(descriptor))
    run(os.environ["_HANDLER"], LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


if __name__ == "__main__":
    main()
