"""The modules after the first one in `import a, b`, which Pants' own parser does not report."""

from __future__ import annotations

import re

# Strings and comments, whose contents are not code. A string without triple quotes ends with its
# line, so nested quotes as in Python 3.12 can mislead for one line only.
_TEXT = re.compile(
    r"\"\"\"(?:\\.|.)*?\"\"\"|'''(?:\\.|.)*?'''"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\#[^\n]*",
    re.DOTALL,
)
_NAME = r"[^\W\d][\w.]*(?:[ \t]+as[ \t]+\w+)?"
_NAMES = rf"{_NAME}(?:[ \t]*,[ \t]*{_NAME})+"
_IMPORT = re.compile(rf"(?:^|[;:])[ \t]*import[ \t]+({_NAMES})", re.MULTILINE)


_PRAGMA = "# pants: no-infer-dep"


def find_further_imports(source: str) -> tuple[str, ...]:
    """The dotted modules that `import` statements name after the first one, sorted.

    `source` is the text of a Python file. Skip lines with the comment `# pants: no-infer-dep`.
    """
    code = _TEXT.sub(_blank, source).replace("\\\n", " ")
    code = "\n".join(line for line in code.split("\n") if not line.endswith(_PRAGMA))
    statements = (match.group(1).split(",")[1:] for match in _IMPORT.finditer(code))
    return tuple(sorted({name.split()[0] for names in statements for name in names}))


def _blank(match: re.Match[str]) -> str:
    """A replacement for a string or comment, with the same number of lines and without names."""
    text = match.group()
    if text[0] == "#":
        return _PRAGMA if _PRAGMA in text else ""
    return '""' + "\n" * text.count("\n")
