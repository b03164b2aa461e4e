"""The text that all messages of the publisher share: paragraphs, columns and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def describe(problem: str, *, facts: Iterable[str] = (), why: str = "", fix: str) -> str:
    """Return the text of an error message.

    `problem` is a sentence that names the problem and the target. `facts` are lines, which are
    indented. `why` is the reason. `fix` continues "To fix," with a verb, and can be typed.
    """
    listed = "\n".join(f"  {fact}" if fact else "" for fact in facts)
    return "\n\n".join(part for part in (problem, listed, why, f"To fix, {fix}") if part)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align rows of text: pad every column except the last to its widest cell.

    All rows have the same number of cells. Lines have no trailing spaces.
    """
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip()
        for row in rows
    ]


def format_bytes(count: int) -> str:
    """A size as AWS counts it, such as `12.3 MB` for 12,897,485 bytes."""
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KB"
    return f"{count / 1024 / 1024:.1f} MB"


def count_noun(count: int, noun: str) -> str:
    """A number with its noun: `1 function`, `2 functions`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def list_first(names: Iterable[str], limit: int = 3) -> str:
    """The first names, and the number of the others: `a, b, c and 4 more`."""
    every = list(names)
    text = ", ".join(every[:limit])
    return f"{text} and {len(every) - limit} more" if len(every) > limit else text
