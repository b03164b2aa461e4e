"""Glob patterns over paths inside an artifact."""

from __future__ import annotations

import re
from functools import cache

from aws_lambda.artifact.paths import unsafe_path_reason


def glob_matches(pattern: str, path: str) -> bool:
    """Whether a pattern means this path, or a folder that it lies in.

    `*` and `?` stay within one step of the path, `**` stands for any number of steps, and `[…]`
    for one character of several, `[!…]` for any other.
    """
    return _compiled(pattern).match(path) is not None


def escape_glob(path: str) -> str:
    """The pattern that means this very path, and what lies in it."""
    return re.sub(r"[*?[]", r"[\g<0>]", path)


def unusable_glob_reason(pattern: str) -> str:
    """Why a pattern can match no path of an artifact, in a few words; `""` if it can."""
    return unsafe_path_reason(pattern.rstrip("/"))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    steps = pattern.rstrip("/").split("/")
    text = "".join(
        "(?:[^/]+/)*" if step == "**" and i < len(steps) - 1 else _step(step) + "/"
        for i, step in enumerate(steps)
    )
    return re.compile(rf"{text.rstrip('/')}(?:/|\Z)", re.DOTALL)


def _step(step: str) -> str:
    if step == "**":
        return ".+"
    # A bracket that comes first is one of the several; one that is never closed stands for itself.
    return re.sub(r"\*|\?|\[(!?)(.[^]]*)\]|.", _wildcard, step, flags=re.DOTALL)


def _wildcard(match: re.Match[str]) -> str:
    if match[0] == "*":
        return "[^/]*"
    if match[0] == "?":
        return "[^/]"
    if match[2] is None:
        return re.escape(match[0])
    several = re.sub(r"(.)-(.)|.", _several, match[2], flags=re.DOTALL)
    return f"(?!/)[{'^' if match[1] else ''}{several}]"


def _several(match: re.Match[str]) -> str:
    first, last = match[1], match[2]
    if first is None or first > last:
        return re.escape(match[0])
    return f"{re.escape(first)}-{re.escape(last)}"
