"""Prints the path of a Python with atheris: CPython 3.9, which also runs the backend."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent))

from bootstrap.messages import UserError  # noqa: E402
from environments.environment import ensure_environment  # noqa: E402

if __name__ == "__main__":
    try:
        print(ensure_environment("fuzz", _HERE / "requirements.txt", "3.9"))
    except UserError as error:
        sys.exit(str(error))
