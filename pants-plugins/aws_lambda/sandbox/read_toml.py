"""Reports the content of TOML files, as JSON on standard output.

It judges nothing.

    python3 read_toml.py PATH...

For each path, the report has `{"document": ...}`, or `{"error": "..."}` for a file that is not
valid TOML. Dates and times become text. The program requires CPython 3.9 or newer and tomli.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import tomli


def main(paths: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {path: read(path) for path in paths}


def read(path: str) -> dict[str, Any]:
    """Return the document of one file, or the reason why it has none."""
    try:
        with open(path, "rb") as file:
            return {"document": tomli.load(file)}
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return {"error": str(error)}


if __name__ == "__main__":
    json.dump(main(sys.argv[1:]), sys.stdout, default=str)
