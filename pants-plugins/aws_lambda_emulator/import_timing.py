"""Marks the import of the handler in the output of Python's `-X importtime`.

Runs in the function's process. It imports only modules that Python has loaded before it, so that a
function finds its own modules. CPython 3.8 or newer.
"""

from __future__ import annotations

import importlib
import os
from time import perf_counter_ns
from types import ModuleType


def mark_import(token: str) -> None:
    """Write a line with `token` before the import of the handler's module.

    After it, write a line with `token`, the duration in nanoseconds and the name of the module.
    """
    import_module = importlib.import_module

    def import_and_mark(name: str, package: str | None = None) -> ModuleType:
        importlib.import_module = import_module
        os.write(2, f"\n{token}\n".encode())
        started = perf_counter_ns()
        try:
            return import_module(name, package)
        finally:
            os.write(2, f"\n{token} {perf_counter_ns() - started} {name}\n".encode())

    importlib.import_module = import_and_mark
