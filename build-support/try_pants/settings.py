"""This repository's `pants.toml`, as another version of Pants takes it."""

from __future__ import annotations

import re

# Sections of goals that are not tried: what their options are called changes with the version.
_LEFT_OUT = {"black", "mypy", "ruff"}
_BACKENDS_LEFT_OUT = ("fmt.black", "lint.black", "lint.ruff", "typecheck.mypy")
# Sections that a later Pants does not need or does not know, by the version that ended them.
_ENDED = {"anonymous-telemetry": (2, 18), "python-infer": (2, 18), "pex-cli": (2, 28)}


def settings_for(ours: str, version: tuple[int, int]) -> str:
    """The text of a `pants.toml` for a version such as `(2, 31)`, made from the text of ours."""
    sections = re.split(r"(?m)^(?=\[[^\]\n]+\]$)", ours)
    kept = [each for each in sections if _is_kept(each, version)]
    lines = "".join(kept).splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if not line.startswith("pants_version") and not _names_backend_left_out(line)
    )


def _is_kept(section: str, version: tuple[int, int]) -> bool:
    named = re.match(r"\[([^\]\n]+)\]", section)
    name = named.group(1) if named else ""
    return name not in _LEFT_OUT and version < _ENDED.get(name, (99, 0))


def _names_backend_left_out(line: str) -> bool:
    return line.strip().startswith('"pants.backend.') and any(
        f'{each}"' in line for each in _BACKENDS_LEFT_OUT
    )
