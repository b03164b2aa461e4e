"""The pages that explain errors, for `lambda-explain` and docs/reference."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from inspect import cleandoc

from aws_lambda.artifact.errors import LambdaError

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
