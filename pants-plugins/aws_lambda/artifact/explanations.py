"""The pages that explain errors, for `lambda-explain` and docs/reference."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import cleandoc

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import LambdaError
from aws_lambda.artifact.findings import CHECKS

_LINK = re.compile(r"\[([^\]]+)\]\((.+?)\)", re.DOTALL)
_FIRST_SENTENCE = re.compile(r".+?\.(?= |$)")
_BULLET = re.compile(r"[*-] ")


@dataclass(frozen=True)
class Page:
    """What explains one name: `title` is one sentence or phrase, `text` is Markdown."""

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class Family:
    """Errors with one base class, in alphabetical order."""

    name: str
    title: str
    errors: tuple[Page, ...]


def error_families() -> tuple[Family, ...]:
    """The errors of all modules that are imported. The docstring of an error is its page."""
    return tuple(
        Family(
            family.__name__,
            _page(family).title,
            tuple(_page(each) for each in _by_name(family.__subclasses__())),
        )
        for family in LambdaError.__subclasses__()
    )


def check_page(code: str, text: str) -> Page:
    """The page of a check: its title, its severity, and the text about it."""
    title, severity = CHECKS[code]
    return Page(
        code,
        f"{title[0].upper()}{title[1:]}.",
        f"Default severity: {severity.value}.\n\n{text.strip()}",
    )


def find_pages(pages: Sequence[Page], names: Iterable[str]) -> tuple[list[Page], list[str]]:
    """The pages of these names, in upper or lower case, and the names that have no page."""
    by_name = {page.name.lower(): page for page in pages}
    asked = list(dict.fromkeys(names))
    return (
        [by_name[name.lower()] for name in asked if name.lower() in by_name],
        [name for name in asked if name.lower() not in by_name],
    )


def nearest_names(name: str, known: Iterable[str]) -> list[str]:
    """At most three of the known names that differ little from `name`, in alphabetical order."""
    by_lower = {each.lower(): each for each in known}
    return sorted(by_lower[each] for each in get_close_matches(name.lower(), by_lower, cutoff=0.4))


def as_plain_text(page: Page, width: int) -> str:
    """The page for a terminal of this width, in characters: without bold type and links."""
    text = _LINK.sub(r"\1 (\2)", page.text.replace("**", ""))
    text = text.replace("`pants ", f"`{pants_command('')}")
    is_check = page.name in CHECKS
    heading = f"{page.name}: {page.title.rstrip('.')}" if is_check else page.name
    return f"{heading}\n\n{wrap(text, width)}"


def wrap(text: str, width: int) -> str:
    """Markdown with lines of at most `width` characters. Code and tables keep their lines."""
    blocks, is_code = [], False
    for block in text.split("\n\n"):
        is_code = is_code or block.startswith("```")
        blocks.append(block if is_code or block.startswith("|") else _wrapped(block, width))
        is_code = is_code and not block.endswith("```")
    return "\n\n".join(blocks)


def _by_name(errors: list[type[LambdaError]]) -> list[type[LambdaError]]:
    return sorted(errors, key=lambda each: each.__name__)


def _page(error: type[LambdaError]) -> Page:
    text = cleandoc(error.__doc__ or "")
    first = _FIRST_SENTENCE.match(text.replace("\n", " "))
    return Page(error.__name__, first[0] if first else "", text)


def _wrapped(block: str, width: int) -> str:
    """A paragraph, or a list of bullets with a line for each."""
    lines: list[str] = []
    for line in block.splitlines():
        if lines and not _BULLET.match(line):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return "\n".join(
        textwrap.fill(
            f"- {line[2:]}" if _BULLET.match(line) else line,
            width,
            subsequent_indent="  " if _BULLET.match(line) else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines
    )
