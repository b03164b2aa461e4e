"""Prints the Python of an environment that has atheris: CPython 3.9, which the backend runs on."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent))

from bootstrap.fault import Fault  # noqa: E402
from bootstrap.interpreter import find_python39  # noqa: E402
from environments.install import installed  # noqa: E402

if __name__ == "__main__":
    try:
        print(installed("fuzz", _HERE / "requirements.txt", find_python39))
    except Fault as fault:
        sys.exit(str(fault))
