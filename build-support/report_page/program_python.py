"""Prints the path of a Python with selenium, which it installs on first use."""

from __future__ import annotations

import sys
from pathlib import Path

from bootstrap.messages import UserError
from environments.environment import ensure_environment

# Of the resolve `services`, in which the tests of the page run.
_PYTHON = "3.13"


def main() -> int:
    try:
        print(ensure_environment("selenium", Path(__file__).with_name("requirements.txt"), _PYTHON))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
