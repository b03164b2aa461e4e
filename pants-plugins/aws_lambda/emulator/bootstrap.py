"""Runs inside the function's process, as /var/runtime/bootstrap.py does in Lambda.

Orders `sys.path`, then hands over to AWS's runtime client, or to what stands in for it. What it
does to `sys.path` is what public copies of AWS's own file agree on (read in November 2026).
Standard library only, CPython 3.8 or newer.
"""

from __future__ import annotations

import os
import site
import sys

# Where Lambda takes the records of a log, each in a frame (`lines.py`). The client alone sees it.
LOG_DESCRIPTOR = "_LAMBDA_TELEMETRY_LOG_FD"
# Set to a token, it asks for a line with more about the import than Lambda reports
# (`failed_import.py`).
EXPLAIN = "AWS_LAMBDA_EMULATOR_EXPLAIN"


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
    run(os.environ["_HANDLER"], LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


if __name__ == "__main__":
    main()
