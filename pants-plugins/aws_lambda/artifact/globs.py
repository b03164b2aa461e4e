"""Glob patterns for paths in an artifact, as the fields `exclude` and `collisions` contain them."""

from __future__ import annotations

import re
from functools import cache

from aws_lambda.artifact.paths import unsafe_path_reason


def glob_matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches this path, or a folder that contains it.

    `*` and `?` match within one step of the path, and `**` matches any number of steps. `[…]`
    matches one of the characters in brackets, and `[!…]` any other character.
    """
    return _compile(pattern).match(path) is not None


def escape_glob(path: str) -> str:
    """Return a pattern that matches this path literally, and the files below it."""
    return re.sub(r"[*?[]", r"[\g<0>]", path)


def unusable_glob_reason(pattern: str) -> str:
    """Return why a pattern can match no path of an artifact, as a clause; `""` if it can."""
    return unsafe_path_reason(pattern.rstrip("/"))


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    steps = pattern.rstrip("/").split("/")
    text = "".join(
        "(?:[^/]+/)*" if step == "**" and i < len(steps) - 1 else _step(step) + "/"
        for i, step in enumerate(steps)
    )
    return re.compile(rf"{text.rstrip('/')}(?:/|\Z)", re.DOTALL)


def _step(step: str) -> str:
    if step == "**":
        return ".+"
    # `]` as the first character is part of the set. A bracket that is never closed is literal.
    return re.sub(r"\*|\?|\[(!?)(.[^]]*)\]|.", _wildcard, step, flags=re.DOTALL)


def _wildcard(match: re.Match[str]) -> str:
    if match[0] == "*":
        return "[^/]*"
    if match[0] == "?":
        return "[^/]"
    if match[2] is None:
        return re.escape(match[0])
    characters = re.sub(r"(.)-(.)|.", _escape_range, match[2], flags=re.DOTALL)
    return f"(?!/)[{'^' if match[1] else ''}{characters}]"


def _escape_range(match: re.Match[str]) -> str:
    first, last = match[1], match[2]
    if first is None or first > last:
        return re.escape(match[0])
    return f"{re.escape(first)}-{re.escape(last)}"
