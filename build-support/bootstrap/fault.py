"""How this program talks: progress and faults on stderr, no word on stdout, no traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterable


def say(line: str) -> None:
    """Print one line of progress; standard output belongs to Pants."""
    print(line, file=sys.stderr, flush=True)


class Fault(Exception):
    """What went wrong, written for the user: what happened, where, the facts, how to fix it."""


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """The indented table in the middle of a fault: a name and what is known of it, per line."""
    rows = list(pairs)
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name.ljust(width)}    {value}".rstrip() for name, value in rows)
