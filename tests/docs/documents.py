"""Reads the documents of this repository: their snippets, tables, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

DOCUMENTS = sorted(
    (*Path().glob("*.md"), *Path("docs").rglob("*.md"), *Path("pants-plugins").rglob("*.md"))
)

FENCE = re.compile(
    r"(?:^ *<!-- (?P<mark>[^\n]+) -->\n)?^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """A fenced block. `mark` is the text of the HTML comment on the line before it."""

    document: Path
    line: int
    mark: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    def subject(self, verb: str) -> str | None:
        """The rest of the mark after a verb: "src/a/BUILD" for the mark "from src/a/BUILD"."""
        return self.mark.removeprefix(f"{verb} ") if self.mark.startswith(f"{verb} ") else None


def snippets(document: Path) -> Iterator[Snippet]:
    text = document.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        yield Snippet(
            document,
            text.count("\n", 0, match.start()) + 1,
            match["mark"] or "",
            match["language"],
            dedent(match["text"]),
        )


def every_snippet() -> list[Snippet]:
    return [snippet for document in DOCUMENTS for snippet in snippets(document)]


def prose(document: Path) -> str:
    """The text without its snippets."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def links(document: Path) -> list[str]:
    return LINK.findall(prose(document))


def anchors(document: Path) -> set[str]:
    """The anchors of the document, which GitHub derives from its headings."""
    headings = HEADING.findall(prose(document))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def tables(document: Path, heading: str) -> list[list[list[str]]]:
    """The tables of a section. Each is a list of rows without the header; a row lists its cells."""
    _, found, rest = prose(document).partition(f"\n## {heading}\n")
    assert found, f"{document} has no section {heading!r}"
    section = rest.partition("\n## ")[0]
    blocks = re.findall(r"(?:^\|.*\|\n?)+", section, re.MULTILINE)
    return [[cells(row) for row in block.splitlines()[2:]] for block in blocks]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def quoted(cell: str) -> list[str]:
    """The names in backquotes in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def covers(name: str, file: str) -> bool:
    """Whether a line of a listing, such as `pkg/` or `pkg-….dist-info/`, includes the file."""
    pattern = re.escape(name).replace("…", "[^/]*")
    return bool(re.match(pattern if name.endswith("/") else f"{pattern}$", file))
