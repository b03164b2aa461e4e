"""The one shape of every error: what happened, where, the facts, how to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class ArtifactFault(Exception):
    """A user's input cannot become a working artifact. Subclasses name what is wrong with it."""


def describe(what: str, *, facts: Iterable[str] = (), why: str = "", fix: str) -> str:
    """The text of an error: `what` names the place, `facts` get indented, `fix` can be typed."""
    paragraphs = [what]
    listed = "\n".join(f"  {fact}" if fact else "" for fact in facts)
    if listed:
        paragraphs.append(listed)
    if why:
        paragraphs.append(why)
    paragraphs.append(f"To fix, {fix}")
    return "\n\n".join(paragraphs)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of text, aligned: every column but the last is padded to its widest cell."""
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip()
        for row in rows
    ]


def one_of(names: Iterable[str]) -> str:
    """The names, quoted and joined as prose: `a`, `b` or `c`."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def indented(text: str) -> list[str]:
    """Another program's words, line by line, for the facts of an error."""
    return text.strip().splitlines()
