"""CPython interpreters that programs of build-support, benchmarks and tests/acceptance require."""

from __future__ import annotations

from bootstrap.interpreters import find_python


def require_python(minor: str) -> str:
    """The path of a working CPython of a minor version, such as "3.13", on PATH or in pyenv.

    Exits with a message if there is none.
    """
    python = find_python(minor)
    if python is None:
        raise SystemExit(f"No CPython {minor} was found. To fix, put python{minor} on PATH.")
    return python
