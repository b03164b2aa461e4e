"""Reports the CPython interpreters that work, as JSON on standard output.

    python3 find_interpreters.py FOLDER_OR_FILE...

The program runs every file named `python3.N` in these folders, because such a file may be a shim
that fails. The program itself always succeeds, since Pants does not cache failed processes.

It requires CPython 3.9 or newer and the standard library.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

_NAME = re.compile(r"^python3\.\d+$")
_SECONDS = 30
_IDENTIFY = """
import hashlib, json, os, sys
path = os.path.realpath(sys.executable)
json.dump({
    "path": path,
    "version": list(sys.version_info[:3]),
    "release": sys.version_info[3] == "final",
    "cpython": sys.implementation.name == "cpython",
    "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(),
}, sys.stdout)
"""


def main(places: list[str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for candidate in find_candidates(places):
        identity = identify(candidate)
        if identity:
            found.setdefault(identity["path"], identity)
    return list(found.values())


def find_candidates(places: list[str]) -> Iterator[str]:
    seen = set()
    for place in places:
        names = [place] if os.path.isfile(place) else list_interpreters(place)
        for path in names:
            real = os.path.realpath(path)
            # Shims are links to a single file, so only their names differ.
            key = real if _NAME.match(os.path.basename(real)) else path
            if key not in seen:
                seen.add(key)
                yield path


def list_interpreters(folder: str) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(folder) if _NAME.match(name))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names]


def identify(path: str) -> dict[str, Any] | None:
    """Return the facts that an interpreter reports about itself, and `None` if it fails."""
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _IDENTIFY],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        identity = json.loads(done.stdout)
        return identity if isinstance(identity, dict) and identity.get("cpython") else None
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


if __name__ == "__main__":
    json.dump(main(sys.argv[1:]), sys.stdout)
