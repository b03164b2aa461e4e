"""Names that stand after the first in `import a, b`, read from source text."""

from __future__ import annotations

import re

# Strings and comments, so that nothing inside of them counts. A string on one line ends with it:
# quotes nested as Python 3.12 allows mislead for a line at the most.
_TEXT = re.compile(
    r"\"\"\"(?:\\.|.)*?\"\"\"|'''(?:\\.|.)*?'''"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\#[^\n]*",
    re.DOTALL,
)
_NAME = r"[^\W\d][\w.]*(?:[ \t]+as[ \t]+\w+)?"
_NAMES = rf"{_NAME}(?:[ \t]*,[ \t]*{_NAME})+"
_IMPORT = re.compile(rf"(?:^|[;:])[ \t]*import[ \t]+({_NAMES})", re.MULTILINE)


def further_names(source: str) -> tuple[str, ...]:
    """The modules that `import` statements name after their first one, sorted."""
    code = _TEXT.sub(_blank, source).replace("\\\n", " ")
    statements = (match.group(1).split(",")[1:] for match in _IMPORT.finditer(code))
    return tuple(sorted({name.split()[0] for names in statements for name in names}))


def _blank(match: re.Match[str]) -> str:
    """Something that is no name and starts no statement, as many lines long."""
    return '""' + "\n" * match.group().count("\n") if match.group()[0] != "#" else ""
