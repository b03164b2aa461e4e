"""A repository in memory with deployment templates, for tests of their translation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.from_templates import Translation, translate_templates
from aws_lambda.migrate.repository_files import RepositoryFiles
from aws_lambda.templates.documents import parse_node
from aws_lambda.templates.template_formats import read_template
from aws_lambda.testing.program_runs import import_program

_READ = import_program("read_template.py")
_EDIT = import_program("edit_toml.py")


class TemplateRepository:
    """A repository in memory. `files` maps paths to texts."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        self.folder = folder
        self.files = {path: dedent(text) for path, text in files.items()}

    def translate(self, *names: str) -> Translation:
        templates = []
        for name in names:
            file = self.folder / "file"
            file.write_text(self.files[name])
            template = read_template(name, parse_node(_READ.main([str(file)])[str(file)]))
            assert template is not None
            templates.append(template)
        fingerprints = {path: text for path, text in self.files.items() if path.endswith(".py")}
        paths = frozenset(path for path in self.files if not path.startswith("cdk.out/"))
        return translate_templates(
            templates, RepositoryFiles(paths, self.files, fingerprints=fingerprints)
        )

    def write(self, *names: str) -> dict[str, str]:
        """Apply all edits, and return the texts of the files that changed."""
        edits = {each.path: each.after for each in self.translate(*names).changes if each.is_edit}
        self.files.update(edits)
        return edits


def notes(changes: tuple[FileChange, ...]) -> dict[str, tuple[str, ...]]:
    return {each.path: each.notes for each in changes if each.notes}


def new_pants_toml(translation: Translation, folder: Path, text: str = "") -> str:
    """Return the text of pants.toml with the settings of a translation, in a folder to write to."""
    assert translation.settings is not None
    file, edits = folder / "pants.toml", folder / "edits.json"
    file.write_text(text)
    edits.write_text(json.dumps(translation.settings.edits(new=not text)))
    edited: str = _EDIT.main(str(file), str(edits))["text"]
    return edited
