"""Collects the notes for the user that the steps of a translation write, by file."""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda.templates.declared_functions import DeclaredFunction, DeclaredLayer


class TranslationNotes:
    """Notes in the order in which the steps add them. No step reads them."""

    def __init__(self) -> None:
        self._by_file: dict[str, list[str]] = {}

    def add(self, path: str, *texts: str) -> None:
        """Add notes about a file."""
        self._by_file.setdefault(path, []).extend(texts)

    def add_about(self, declared: DeclaredFunction | DeclaredLayer, text: str) -> None:
        """Add a note about a function or layer of a template."""
        self.add(declared.template, f"{declared.name} (line {declared.line}): {text}")

    def by_file(self) -> Mapping[str, tuple[str, ...]]:
        """Return the different notes about each file that has notes."""
        return {path: tuple(dict.fromkeys(texts)) for path, texts in self._by_file.items() if texts}
