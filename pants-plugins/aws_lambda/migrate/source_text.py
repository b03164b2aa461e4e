"""Edits of Python source at the places that `ast` reports, which leave the rest as it is."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}
_WIDTH = 100


@dataclass(frozen=True, order=True)
class Edit:
    """Replaces the characters from `start` up to `end`, as offsets in the text."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True)
class Span:
    """A part of the text: offsets of its first character, and of the character after it."""

    start: int
    end: int


class SourceText:
    """A source file and the places of its nodes. The text must parse."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.newline = "\r\n" if "\r\n" in text else "\n"

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def _tokens(self) -> list[tuple[int, int, int]]:
        """The kind, start and end of each token."""
        lines = io.StringIO(self.text, newline="")
        return [
            (each.type, self._at(*each.start), self._at(*each.end))
            for each in tokenize.generate_tokens(lines.readline)
        ]

    @cached_property
    def _code(self) -> list[Span]:
        """The tokens that are not comments, line ends or indentation."""
        return [Span(start, end) for kind, start, end in self._tokens if kind not in _NOT_CODE]

    @cached_property
    def _starts(self) -> list[int]:
        return [each.start for each in self._code]

    @cached_property
    def _ends(self) -> list[int]:
        return [each.end for each in self._code]

    def _at(self, line: int, characters: int) -> int:
        starts = self._line_starts
        return min(starts[min(line, len(starts)) - 1] + characters, len(self.text))

    def _offset(self, line: int, utf8_bytes: int) -> int:
        start = self._line_starts[line - 1]
        row = self.text[start:].split("\n", 1)[0] if line else ""
        return start + len(row.encode()[:utf8_bytes].decode())

    def span(self, node: ast.expr | ast.keyword | ast.stmt) -> Span:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Span(
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno, node.end_col_offset),
        )

    def at(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def token_after(self, offset: int) -> Span | None:
        """The first token of code that begins at this offset or later."""
        i = bisect_left(self._starts, offset)
        return self._code[i] if i < len(self._code) else None

    def token_before(self, offset: int) -> Span | None:
        """The last token of code that ends at this offset or earlier."""
        i = bisect_right(self._ends, offset)
        return self._code[i - 1] if i else None

    def comments_in(self, span: Span) -> bool:
        return any(
            kind == tokenize.COMMENT and span.start <= start < span.end
            for kind, start, _ in self._tokens
        )

    def line_start(self, offset: int) -> int:
        return self._line_starts[bisect_right(self._line_starts, offset) - 1]

    def indentation(self, offset: int) -> str:
        """The white space at the start of the line."""
        start = self.line_start(offset)
        return self.text[
            start : start + len(self.text[start:]) - len(self.text[start:].lstrip(" \t"))
        ]

    def begins_line(self, offset: int) -> bool:
        return not self.text[self.line_start(offset) : offset].strip()

    def is_separate_item(self, span: Span) -> bool:
        """Whether these are all tokens between two commas or brackets."""
        before, after = self.token_before(span.start), self.token_after(span.end)
        return (
            before is not None
            and after is not None
            and self.at(before) in ("(", "[", "{", ",")
            and self.at(after) in (")", "]", "}", ",")
        )

    def without_items(self, items: Sequence[Span], removed: Iterable[Span]) -> list[Edit]:
        """Edits that remove some of the items of a list, with their commas and empty lines."""
        gone = sorted(set(removed), key=lambda each: each.start)
        edits: list[Edit] = []
        for span in gone:
            comma = self.token_after(span.end)
            followed = comma is not None and self.at(comma) == ","
            end = comma.end if followed and comma else span.end
            kept_before = [each for each in items if each.end <= span.start and each not in gone]
            is_tail = all(each in gone for each in items if each.start >= span.start)
            if is_tail and kept_before and not self.begins_line(span.start):
                first_gone = min(
                    (each for each in gone if each.start > kept_before[-1].end),
                    key=lambda each: each.start,
                )
                if not self.begins_line(first_gone.start):
                    # The comma of the item before goes, and that of the last item stays.
                    previous = [each for each in items if each.end <= span.start][-1]
                    edits.append(Edit(previous.end, span.end))
                    continue
            edits.append(self._with_space(Span(span.start, end)))
        return edits

    def _with_space(self, span: Span) -> Edit:
        """Remove the span, and its line if nothing else is on it."""
        rest = self.text[span.end :]
        white = len(rest) - len(rest.lstrip(" \t"))
        ended = _LINE_END.match(rest, white)
        if self.begins_line(span.start) and ended:
            return Edit(self.line_start(span.start), span.end + ended.end())
        return Edit(span.start, span.end + (0 if ended else white))

    def comment_above(self, offset: int, text: str, code: str = "") -> Edit:
        """A comment on lines of its own above this line. `code` follows on further lines."""
        indentation = self.indentation(offset)
        lines = [
            *textwrap.wrap(
                text,
                _WIDTH,
                initial_indent=f"{indentation}# ",
                subsequent_indent=f"{indentation}# ",
                break_long_words=False,
                break_on_hyphens=False,
            ),
            *(f"{indentation}# {each}".rstrip() for each in _dedent(code).splitlines()),
        ]
        start = self.line_start(offset)
        return Edit(start, start, "".join(f"{each}{self.newline}" for each in lines))


def _dedent(code: str) -> str:
    """The code with its second and further lines moved as far left as its last line."""
    first, *others = code.splitlines() or [""]
    return "\n".join([first, *textwrap.dedent("\n".join(others)).splitlines()])


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits. They must not overlap, and those at one place keep their order."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start < done:
            raise OverlappingEdits(f"{edit} overlaps an edit up to {done}")
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, text[done:]])


class OverlappingEdits(ValueError):
    """Two edits would change the same characters."""
