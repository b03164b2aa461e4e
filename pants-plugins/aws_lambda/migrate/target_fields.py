"""The fields that calls and dictionaries of a BUILD file set."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from aws_lambda.migrate.declared_targets import DeclaredTarget, Kind
from aws_lambda.migrate.source_text import Span


@dataclass(frozen=True)
class FieldValue:
    """A field in a call or a dictionary. `span` includes its name."""

    name: str
    value: ast.expr
    span: Span
    in_dict: bool

    def written(self, name: str, value: str) -> str:
        return f'"{name}": {value}' if self.in_dict else f"{name}={value}"


@dataclass(frozen=True)
class FieldGroup:
    """The fields that one call or dictionary sets, for one or several kinds of targets.

    `items` are all arguments or entries. `function` is the target, if it is one function.
    """

    fields: tuple[FieldValue, ...]
    items: tuple[Span, ...]
    kinds: frozenset[Kind]
    label: str
    statement: int
    target: DeclaredTarget | None = None

    def get(self, name: str) -> FieldValue | None:
        return next((each for each in self.fields if each.name == name), None)
