"""Runs inside the function's process, as /var/runtime/bootstrap.py does in Lambda.

Orders `sys.path`, then hands over to AWS's runtime client, or to what stands in for it. What it
does to `sys.path` is what public copies of AWS's own file agree on (read in November 2026).
Standard library only, CPython 3.8 or newer.
"""

from __future__ import annotations

import importlib
import os
import site
import sys
import traceback
from types import ModuleType

# Where Lambda takes the records of a log, each in a frame (`lines.py`). The client alone sees it.
LOG_DESCRIPTOR = "_LAMBDA_TELEMETRY_LOG_FD"
# Set for those who want to know more of a failing import than Lambda says.
EXPLAIN = "AWS_LAMBDA_EMULATOR_EXPLAIN"
_NOT_THEIRS = (
    "/bootstrap.py",
    "importlib/__init__.py",
    "<frozen importlib._bootstrap>",
    "<frozen importlib._bootstrap_external>",
)


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


def explain() -> None:
    """Write the traceback of the first import that fails, which AWS's client does not report."""
    import_module = importlib.import_module

    def explaining(name: str, package: str | None = None) -> ModuleType:
        importlib.import_module = import_module
        try:
            return import_module(name, package)
        except ImportError as error:
            trace = error.__traceback__
            # Without the frames of this file and of the import system.
            while trace and trace.tb_frame.f_code.co_filename.endswith(_NOT_THEIRS):
                trace = trace.tb_next
            traceback.print_exception(type(error), error, trace)
            raise

    importlib.import_module = explaining


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
    # The same pipe, so that records and prints stay in order. What is started does not inherit it.
    os.environ[LOG_DESCRIPTOR] = str(os.dup(1))
    order_path(os.environ["LAMBDA_RUNTIME_DIR"][: -len("/var/runtime")])
    if os.environ.pop(EXPLAIN, None):
        explain()
    run(os.environ["_HANDLER"], LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


if __name__ == "__main__":
    main()
