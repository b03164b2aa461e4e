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


_PRAGMA = "# pants: no-infer-dep"


def further_names(source: str) -> tuple[str, ...]:
    """The modules that `import` statements name after their first one, sorted.

    Not those of lines that Pants is told to pass over.
    """
    code = _TEXT.sub(_blank, source).replace("\\\n", " ")
    code = "\n".join(line for line in code.split("\n") if not line.endswith(_PRAGMA))
    statements = (match.group(1).split(",")[1:] for match in _IMPORT.finditer(code))
    return tuple(sorted({name.split()[0] for names in statements for name in names}))


def _blank(match: re.Match[str]) -> str:
    """Something that is no name and starts no statement, as many lines long."""
    text = match.group()
    if text[0] == "#":
        return _PRAGMA if _PRAGMA in text else ""
    return '""' + "\n" * text.count("\n")
