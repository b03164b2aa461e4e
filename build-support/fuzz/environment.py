"""Prints the Python of an environment that has atheris, made on first use.

It is CPython 3.9, which the backend runs on.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bootstrap.fault import Fault  # noqa: E402
from bootstrap.interpreter import find_python39  # noqa: E402
from environments import python_of  # noqa: E402

if __name__ == "__main__":
    try:
        print(python_of("fuzz", "atheris", find_python39))
    except Fault as fault:
        sys.exit(str(fault))
