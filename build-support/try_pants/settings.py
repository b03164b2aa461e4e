"""Adapts this repository's `pants.toml` to another version of Pants."""

from __future__ import annotations

import re

# Sections of goals that are not tried, because the names of their options differ between versions.
_REMOVED_SECTIONS = {"black", "mypy", "ruff"}
_REMOVED_BACKENDS = ("fmt.black", "lint.black", "lint.ruff", "typecheck.mypy")
# Sections that later versions do not need or do not support, and the first such version.
_ENDED_SECTIONS = {"anonymous-telemetry": (2, 18), "python-infer": (2, 18), "pex-cli": (2, 28)}


def adapt_settings(ours: str, version: tuple[int, int]) -> str:
    """The text of a `pants.toml` for a version such as `(2, 31)`, made from our text."""
    sections = re.split(r"(?m)^(?=\[[^\]\n]+\]$)", ours)
    kept = [each for each in sections if _is_kept(each, version)]
    lines = "".join(kept).splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if not line.startswith("pants_version") and not _names_removed_backend(line)
    )


def _is_kept(section: str, version: tuple[int, int]) -> bool:
    named = re.match(r"\[([^\]\n]+)\]", section)
    name = named.group(1) if named else ""
    return name not in _REMOVED_SECTIONS and version < _ENDED_SECTIONS.get(name, (99, 0))


def _names_removed_backend(line: str) -> bool:
    return line.strip().startswith('"pants.backend.') and any(
        f'{each}"' in line for each in _REMOVED_BACKENDS
    )
