"""Adds targets to the text of a BUILD file, and leaves those that it contains as they are."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

_WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True)
class Code:
    """A value that is code and not a text, such as a call of `parametrize`."""

    text: str


Value = Union[str, Code, Sequence[str], Mapping[str, str]]


@dataclass(frozen=True)
class NewTarget:
    """A target to add. Its name is a field like the others, and may be missing."""

    alias: str
    fields: Mapping[str, Value]

    @property
    def name(self) -> str | None:
        name = self.fields.get("name")
        return name if isinstance(name, str) else None


@dataclass(frozen=True)
class PlacedTarget:
    """A target to add to the BUILD file of a folder."""

    folder: str
    target: NewTarget

    def is_declared_in(self, targets: Iterable[PlacedTarget]) -> bool:
        """Return whether other targets contain one of the same name in the same folder."""
        return any(
            (each.folder, each.target.name) == (self.folder, self.target.name) for each in targets
        )


@dataclass(frozen=True)
class ExistingTarget:
    """A call in a BUILD file, with those of its fields that are texts."""

    alias: str
    fields: Mapping[str, str]
    others: frozenset[str] = frozenset()

    @property
    def name(self) -> str | None:
        return self.fields.get("name")


def targets_in(text: str) -> tuple[ExistingTarget, ...] | None:
    """Return the targets of a BUILD file, or None if its syntax is not Python's."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    found = []
    for statement in tree.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            texts = {
                each.arg: each.value.value
                for each in call.keywords
                if each.arg
                and isinstance(each.value, ast.Constant)
                and isinstance(each.value.value, str)
            }
            others = frozenset(each.arg for each in call.keywords if each.arg) - set(texts)
            found.append(ExistingTarget(call.func.id, texts, others))
    return tuple(found)


def add_targets(text: str | None, targets: Iterable[NewTarget]) -> str:
    """Return the text of a BUILD file with more targets at its end."""
    added = "\n".join(render_target(each) for each in targets)
    if not text or not text.strip():
        return added
    return f"{text.rstrip()}\n\n{added}" if added else text


def render_target(target: NewTarget) -> str:
    """Return the text of a target, formatted as Black does."""
    if not target.fields:
        return f"{target.alias}()\n"
    if len(target.fields) <= 2:
        arguments = ", ".join(f"{key}={_one_line(value)}" for key, value in target.fields.items())
        line = f"{target.alias}({arguments})"
        if len(line) <= _WIDTH:
            return f"{line}\n"
    fields = "".join(f"{_INDENT}{_field(key, value)},\n" for key, value in target.fields.items())
    return f"{target.alias}(\n{fields})\n"


def _field(key: str, value: Value) -> str:
    line = f"{key}={_one_line(value)}"
    if len(line) + len(_INDENT) < _WIDTH or isinstance(value, (str, Code)):
        return line
    deep = f"\n{_INDENT}{_INDENT}"
    if isinstance(value, Mapping):
        items = "".join(f"{deep}{quote(k)}: {quote(v)}," for k, v in value.items())
        return f"{key}={{{items}\n{_INDENT}}}"
    items = "".join(f"{deep}{quote(each)}," for each in value)
    return f"{key}=[{items}\n{_INDENT}]"


def _one_line(value: Value) -> str:
    if isinstance(value, Code):
        return value.text
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{quote(k)}: {quote(v)}' for k, v in value.items())}}}"
    return f"[{', '.join(map(quote, value))}]"


def quote(text: str) -> str:
    """Return a literal in double quotes, as Black writes it."""
    literal = repr(text)
    if literal.startswith('"') or '"' in text:
        return literal
    inner = literal[1:-1].replace("\\'", "'")
    return f'"{inner}"'
