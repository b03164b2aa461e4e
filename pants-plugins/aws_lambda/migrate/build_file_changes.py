"""Turns new targets, merged files and notes into changes of the repository's files.

A target that does the same as an existing one is not added.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from aws_lambda.migrate.build_file_targets import (
    ExistingTarget,
    NewTarget,
    PlacedTarget,
    add_targets,
    render_target,
    targets_in,
)
from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.repository_files import RepositoryFiles
from aws_lambda.migrate.translation_notes import TranslationNotes


def change_files(
    targets: Iterable[PlacedTarget],
    texts: Mapping[str, str],
    files: RepositoryFiles,
    notes: TranslationNotes,
) -> tuple[FileChange, ...]:
    """Return the changes, with those of `notes` last. `texts` are new texts by path."""
    changes = [
        FileChange(path, files.texts.get(path), text) for path, text in sorted(texts.items())
    ]
    by_folder: dict[str, list[NewTarget]] = defaultdict(list)
    for each in targets:
        by_folder[each.folder].append(each.target)
    for folder, new in sorted(by_folder.items()):
        path = files.build_file(folder)
        before = files.texts.get(path)
        existing = files.targets_of(folder)
        added = [each for each in new if not _is_present(each, existing, folder)]
        if before is not None and targets_in(before) is None:
            text = "".join(f" {render_target(each)}" for each in new)
            notes.add(path, f"It is not valid Python, and is not changed. Add:{text}")
        elif added:
            changes.append(FileChange(path, before, add_targets(before, added)))
    for path, of_file in notes.by_file().items():
        text = files.texts.get(path, "")
        changes.append(FileChange(path, text, text, of_file))
    return tuple(changes)


def _is_present(target: NewTarget, existing: Sequence[ExistingTarget], folder: str) -> bool:
    """Return whether a BUILD file already has a target that does the same."""
    default = posixpath.basename(folder) if folder != "." else None
    for each in existing:
        if target.alias == "python_sources" == each.alias and "sources" not in each.others:
            return True
        if (target.alias, target.name or default) == (each.alias, each.name or default):
            return True
        if target.alias == "lambda_function" == each.alias and (
            target.fields["handler"] == each.fields.get("handler")
        ):
            return True
        if target.alias == "python_requirements" == each.alias and (
            target.fields.get("source", "requirements.txt")
            == each.fields.get("source", "requirements.txt")
        ):
            return True
    return False
