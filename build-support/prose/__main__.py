"""Count words that the house style avoids, in the documents and docstrings of this repository.

    build-support/prose/run

Prints a line for each measure: its value, its limit, and the files with the most hits. Exits with 1
if a value is above its limit. Code is not counted: neither blocks nor inline code.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_MOST_FILES = 5

_DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/**/*.md",
    "pants-plugins/**/*.md",
)
_MODULES = ("pants-plugins/**/*.py", "build-support/**/*.py", "benchmarks/**/*.py", "tests/**/*.py")

_NOT_PROSE = re.compile(
    r"^ *```.*?^ *```$"  # a block of code
    r"|<!--.*?-->"
    r"|(`+)(?!`).*?(?<!`)\1(?!`)"  # inline code
    r"|(?<=\])\([^)\s]*\)",  # the address of a link
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


class Measure(NamedTuple):
    """Words to avoid, as a pattern, and how many of them may be in 1,000 words."""

    name: str
    pattern: str
    limit: float


OF_DOCUMENTS = (
    Measure("what", "what", 3),
    Measure("lie, stand", "lies?|stands?", 0.3),
    Measure("nobody, somebody, whoever", "nobody|somebody|whoever", 0.2),
    Measure(
        "anew, shall, mend, seldom, grave, beside",
        "anew|shall|mend(?:s|ed|ing)?|seldom(?:er)?|graver?|beside",
        0,
    ),
)
OF_DOCSTRINGS = (Measure("what", "what", 4),)


class Result(NamedTuple):
    """A measure's value, per 1,000 words, and its hits by file."""

    measure: Measure
    value: float
    hits: Mapping[str, int]

    @property
    def is_too_high(self) -> bool:
        return self.value > self.measure.limit

    def line(self, kind: str) -> str:
        most = sorted(self.hits.items(), key=lambda each: (-each[1], each[0]))[:_MOST_FILES]
        files = ", ".join(f"{file} ({count})" for file, count in most)
        return (
            f"{'ABOVE' if self.is_too_high else 'ok':5}  {kind}, {self.measure.name}: "
            f"{self.value:.2f} per 1,000 words, limit {self.measure.limit:g}"
            f"{f': {files}' if files else ''}"
        )


def main(root: Path = ROOT) -> int:
    documents = {name: prose(text) for name, text in _texts(root, _DOCUMENTS)}
    docstrings = {name: prose(in_docstrings(text, name)) for name, text in _texts(root, _MODULES)}
    if not documents or not docstrings:
        sys.exit(f"{root} has no documents or no modules to read.")
    results = [
        *(("documents", measured(each, documents)) for each in OF_DOCUMENTS),
        *(("docstrings", measured(each, docstrings)) for each in OF_DOCSTRINGS),
    ]
    for kind, result in results:
        print(result.line(kind))
    return int(any(result.is_too_high for _, result in results))


def prose(text: str) -> str:
    """The text without code, comments and the addresses of links."""
    return _NOT_PROSE.sub(" ", text)


def in_docstrings(source: str, name: str) -> str:
    """All docstrings of a module."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"{name} cannot be parsed by Python {version}: {error}")
    found = (ast.get_docstring(n) for n in ast.walk(tree) if isinstance(n, documented))
    return "\n\n".join(filter(None, found))


def measured(measure: Measure, texts: Mapping[str, str]) -> Result:
    """The measure over all texts, which are given by the names of their files."""
    pattern = re.compile(rf"\b(?:{measure.pattern})\b", re.IGNORECASE)
    hits = {name: len(pattern.findall(text)) for name, text in texts.items()}
    words = sum(len(_WORD.findall(text)) for text in texts.values())
    value = 1000 * sum(hits.values()) / words if words else 0
    return Result(measure, value, {name: count for name, count in hits.items() if count})


def _texts(root: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The files that match, sorted within each pattern: paths from the root, and contents."""
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
