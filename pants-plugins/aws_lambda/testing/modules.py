"""Modules for tests: a file, and the facts about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.imports.module_index import (
    Import,
    ImportableModules,
    ImportKind,
    ModuleFacts,
    PathEntry,
)
from aws_lambda.testing.files import first_party, third_party


@dataclass(frozen=True)
class Made:
    file: ArtifactFile
    facts: ModuleFacts | None


def own(path: str, *imports: str, names: str = "", **facts: Any) -> Made:
    """A first-party module. Imports are words: a kind, a module and names, as "c a.b x y"."""
    return Made(first_party(path), _facts(imports, names, facts))


def theirs(path: str, *imports: str, of: str = "click 8.1.7", **facts: Any) -> Made:
    """A third-party module."""
    return Made(third_party(path, of=of), _facts(imports, "", facts))


def unread(file: ArtifactFile) -> Made:
    return Made(file, None)


def place(*made: Made, root: str = "") -> PathEntry:
    return PathEntry(tuple(each.file for each in made), root)


def reading(*made: Made) -> Callable[[ArtifactFile], ModuleFacts | None]:
    known = {each.file: each.facts for each in made}
    return lambda file: known[file]


def modules(*made: Made) -> ImportableModules:
    """Those of a function without layers."""
    return ImportableModules((place(*made),), reading(*made))


def _facts(imports: Iterable[str], names: str, more: Mapping[str, Any]) -> ModuleFacts:
    parsed = []
    for number, words in enumerate(imports, start=1):
        kind, module, *imported = words.split()
        parsed.append(Import(ImportKind(kind), module, tuple(imported), number))
    return ModuleFacts(tuple(parsed), names=frozenset(names.split()), **more)
