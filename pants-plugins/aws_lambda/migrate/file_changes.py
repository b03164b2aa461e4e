"""Changes to files of the repository, as values, and the text that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from textwrap import TextWrapper

_WIDTH = 100
_NOTE = TextWrapper(
    width=_WIDTH,
    initial_indent="  * ",
    subsequent_indent="    ",
    break_long_words=False,
    break_on_hyphens=False,
)


@dataclass(frozen=True)
class FileChange:
    """The new text of one file, and remarks about it for the user.

    `path` is relative to the root of the repository. `before` is `None` if the file is new. If
    `before` equals `after`, the file stays as it is, and only its notes are shown. Each note is a
    paragraph of full sentences.
    """

    path: str
    before: str | None
    after: str
    notes: tuple[str, ...] = ()

    @property
    def is_edit(self) -> bool:
        return self.before != self.after


def describe_changes(changes: Sequence[FileChange]) -> str:
    """The unified diffs of all changes, then their notes, file by file."""
    diffs = [diff for each in changes if (diff := as_diff(each))]
    notes = [
        "\n".join([f"{each.path}:", *(_NOTE.fill(note) for note in each.notes)])
        for each in changes
        if each.notes
    ]
    return "\n\n".join(["".join(diffs).rstrip("\n")] * bool(diffs) + notes)


def as_diff(change: FileChange) -> str:
    """The change in the format of `git diff`, which `git apply` and `patch -p1` read."""
    if not change.is_edit:
        return ""
    lines = unified_diff(
        _lines(change.before or ""),
        _lines(change.after),
        "/dev/null" if change.before is None else f"a/{change.path}",
        f"b/{change.path}",
    )
    return "".join(_with_end(lines))


def _lines(text: str) -> list[str]:
    r"""Lines with their ends. Only `\n` ends a line, as in `patch`."""
    lines = text.split("\n")
    return [*(f"{each}\n" for each in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


def _with_end(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
