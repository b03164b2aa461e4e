"""The edits of one BUILD file, and what the user must know about them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.source_text import Edit, OverlappingEdits, SourceText, Span, apply_edits
from aws_lambda.migrate.target_fields import FieldGroup, FieldValue

_MARK = "lambda-migrate:"


@dataclass
class FileEdits:
    """The edits of one file, as they are collected."""

    source: SourceText
    edits: list[Edit] = field(default_factory=list)
    removed: dict[tuple[Span, ...], list[Span]] = field(default_factory=dict)
    comments: list[Edit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def explain(
        self, fields: FieldGroup, text: str, at: Span | None = None, code: str = ""
    ) -> None:
        """Say in a comment at its place, and in a note, what the user must know."""
        offset = fields.statement
        if at is not None and self.source.begins_line(at.start):
            offset = at.start
        self.comments.append(self.source.comment_above(offset, f"{_MARK} {text}", code))
        self.note(fields, text)

    def note(self, fields: FieldGroup, text: str) -> None:
        line = self.source.text.count("\n", 0, fields.statement) + 1
        self.notes.append(f"{fields.label} (line {line}): {text}")

    def remove(self, fields: FieldGroup, each: FieldValue) -> None:
        self.removed.setdefault(fields.items, []).append(each.span)

    def finish(self, path: str) -> FileChange:
        """The change, without comments if they would change what the file means."""
        text = self.source.text
        edits = self.edits + [
            edit
            for items, removed in self.removed.items()
            for edit in self.source.without_items(items, removed)
        ]
        try:
            plain = apply_edits(text, edits)
            meaning = ast.dump(ast.parse(plain))
        except (OverlappingEdits, SyntaxError):
            return FileChange(
                path,
                text,
                text,
                ("The file cannot be edited safely, and stays as it is. Edit it by hand.",),
            )
        notes = tuple(dict.fromkeys(self.notes))
        try:
            commented = apply_edits(text, [*self._unique_comments(), *edits])
            if ast.dump(ast.parse(commented)) == meaning:
                return FileChange(path, text, commented, notes)
        except (OverlappingEdits, SyntaxError):
            pass
        return FileChange(path, text, plain, notes)

    def _unique_comments(self) -> list[Edit]:
        return list(dict.fromkeys(self.comments))
