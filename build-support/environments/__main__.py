"""Prints the path of a Python with the pinned requirements, which it installs on first use.

    python3 -m environments NAME REQUIREMENTS VERSION

NAME is that of the environment, REQUIREMENTS a file, and VERSION a minor version, such as 3.13.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bootstrap.messages import UserError
from environments.environment import ensure_environment


def main(name: str, requirements: str, version: str) -> int:
    try:
        print(ensure_environment(name, Path(requirements), version))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
