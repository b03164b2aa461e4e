"""Reports which CPython interpreters work, as JSON on standard output.

    python3 find_interpreters.py FOLDER_OR_FILE...

Every file named `python3.N` in these folders is run and asked who it is, since a file of that name
may be a shim that fails. Always succeeds: a failed process would not be cached.

Standard library only, CPython 3.9 or newer.
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
_WHO = """
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
    for candidate in candidates(places):
        answer = ask(candidate)
        if answer:
            found.setdefault(answer["path"], answer)
    return list(found.values())


def candidates(places: list[str]) -> Iterator[str]:
    seen = set()
    for place in places:
        names = [place] if os.path.isfile(place) else interpreters_in(place)
        for path in names:
            real = os.path.realpath(path)
            # Shims are one file under many names, so they are told apart by name.
            key = real if _NAME.match(os.path.basename(real)) else path
            if key not in seen:
                seen.add(key)
                yield path


def interpreters_in(folder: str) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(folder) if _NAME.match(name))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names]


def ask(path: str) -> dict[str, Any] | None:
    try:
        answer = subprocess.run(
            [path, "-I", "-S", "-c", _WHO],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        identity = json.loads(answer.stdout)
        return identity if isinstance(identity, dict) and identity.get("cpython") else None
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


if __name__ == "__main__":
    json.dump(main(sys.argv[1:]), sys.stdout)
