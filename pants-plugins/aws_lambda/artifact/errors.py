"""The families of errors that users can fix, and the text that all of their messages share.

A message has up to four paragraphs: the problem and its target, the facts, the reason, and the fix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class LambdaError(Exception):
    """Base class of the errors that users cause and can fix. Each belongs to one family below.

    The docstring of each concrete class is its page in `docs/reference/errors.md` and in
    `lambda-explain`: the cause, and how to fix it.
    """


class HandlerError(LambdaError):
    """The handler, or the name that AWS gets for it, cannot work."""


class PlatformError(LambdaError):
    """The platform of a target is not given, not known or contradictory."""


class LayerError(LambdaError):
    """A function and its layers do not fit each other."""


class CollisionError(LambdaError):
    """Several owners claim one path."""


class WheelError(LambdaError):
    """A distribution has no wheel that the artifact can contain."""


class LockfileError(LambdaError):
    """A lockfile does not determine the third-party code of a target."""


class ConfigurationError(LambdaError):
    """An option, a field, a file or the command line has a value that cannot be used."""


class ChecksError(LambdaError):
    """Artifacts could be built, and would fail in Lambda."""


@dataclass(frozen=True)
class Where:
    """The target that a message is about.

    `alias` is the target's type in BUILD files, such as `lambda_function`, or `""` if the caller
    does not know it. `address` is the target's address, such as `src/api:fn`.
    """

    alias: str
    address: str

    def __str__(self) -> str:
        kind = f"`{self.alias}` " if self.alias else ""
        return f"the {kind}target {self.address}"

    @property
    def at_start(self) -> str:
        """The text for the start of a sentence."""
        return f"T{str(self)[1:]}"


def describe(problem: str, *, facts: Iterable[str] = (), why: str = "", fix: str) -> str:
    """Return the text of an error message.

    `problem` is a sentence that names the problem and the target. `facts` are lines, which are
    indented. `why` is the reason. `fix` continues "To fix," with a verb, and can be typed.
    """
    paragraphs = [problem]
    listed = "\n".join(f"  {fact}" if fact else "" for fact in facts)
    if listed:
        paragraphs.append(listed)
    if why:
        paragraphs.append(why)
    paragraphs.append(f"To fix, {fix}")
    return "\n\n".join(paragraphs)


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


def join_choices(names: Iterable[str]) -> str:
    """Quote one or more names and join them as in a sentence: `a`, `b` or `c`."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def output_lines(text: str) -> list[str]:
    """Split the output of another program into lines, for the facts of an error."""
    return text.strip().splitlines()
