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
from aws_lambda.testing.files import first_party_file, third_party_file


@dataclass(frozen=True)
class FakeModule:
    """A file, and the facts about its module, or `None` if it could not be read."""

    file: ArtifactFile
    facts: ModuleFacts | None


def own_module(path: str, *imports: str, names: str = "", **facts: Any) -> FakeModule:
    """Return a first-party module.

    An import is a text with a kind, a module and names, such as "c a.b x y".
    """
    return FakeModule(first_party_file(path), _facts(imports, names, facts))


def wheel_module(path: str, *imports: str, of: str = "click 8.1.7", **facts: Any) -> FakeModule:
    """Return a module of the distribution `of`."""
    return FakeModule(third_party_file(path, of=of), _facts(imports, "", facts))


def unread_module(file: ArtifactFile) -> FakeModule:
    return FakeModule(file, None)


def path_entry(*made: FakeModule, root: str = "") -> PathEntry:
    return PathEntry(tuple(each.file for each in made), root)


def facts_reader(*made: FakeModule) -> Callable[[ArtifactFile], ModuleFacts | None]:
    known = {each.file: each.facts for each in made}
    return lambda file: known[file]


def importable_modules(*made: FakeModule) -> ImportableModules:
    """Return the modules of a function without layers."""
    return ImportableModules((path_entry(*made),), facts_reader(*made))


def _facts(imports: Iterable[str], names: str, more: Mapping[str, Any]) -> ModuleFacts:
    parsed = []
    for number, words in enumerate(imports, start=1):
        kind, module, *imported = words.split()
        parsed.append(Import(ImportKind(kind), module, tuple(imported), number))
    return ModuleFacts(tuple(parsed), names=frozenset(names.split()), **more)
