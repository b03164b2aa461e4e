"""Values that the emulator shares with the programs that start it.

The Pants backend `aws_lambda` imports this module and no other module of the emulator.
"""

from __future__ import annotations

import re

# Timeout and memory of a function unless an option sets them. A function's settings in AWS are
# unknown here, so these are generous: Lambda's own defaults are 3 seconds and 128 MB, and its
# maximums are 900 seconds and 10,240 MB (AWS's pages on function timeout and memory, 2026).
DEFAULT_TIMEOUT_SECONDS = 60.0
DEFAULT_MEMORY_MB = 1024

# Port on 127.0.0.1 at which `serve` listens unless an option sets it.
DEFAULT_PORT = 9001

# Number of processes in which `import-time` imports a handler unless an option sets it.
DEFAULT_IMPORT_RUNS = 5

# Exit code of `check` and `import-time` if the function did not start. Python exits with 1 after an
# uncaught exception, and argparse exits with 2.
EXIT_NOT_STARTED = 3

# Name of the file that lists functions; `packaged_function.py` reads it.
FUNCTIONS_FILE = "functions.json"

# Environment variable with the path of a folder in which unpacked code is kept between runs.
CACHE_VARIABLE = "AWS_LAMBDA_EMULATOR_CACHE"

# Environment variable with the command that runs Pants, for messages. Without it, this is `pants`.
PANTS_VARIABLE = "AWS_LAMBDA_EMULATOR_PANTS"

# Folder next to this package in which the pytest plugin looks for `*/functions.json`.
FIXTURE_FOLDER = "aws_lambda_functions"

# AWS's API reference of CreateFunction: the maximum length of a function name (2026).
_MAX_NAME_LENGTH = 64


def default_function_name(address: str) -> str:
    """Derive a function name that AWS accepts from an address: `src/orders:api` to
    `src-orders-api`."""
    return re.sub(r"[^a-zA-Z0-9_]+", "-", address).strip("-")[:_MAX_NAME_LENGTH]
