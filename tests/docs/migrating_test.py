"""The worked examples of docs/migrating, translated as `lambda-migrate` does."""

from __future__ import annotations

import re
from pathlib import Path

from aws_lambda.testing.template_repository import TemplateRepository, new_pants_toml, notes

MIGRATING = Path("docs/migrating")
_MARKED = re.compile(r"^<!-- ([^\n]+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PANTS_TOML = '[GLOBAL]\nbackend_packages = ["aws_lambda", "pants.backend.python"]\n'


def marked(page: str) -> dict[str, str]:
    """The text of each marked snippet of a page, by its mark."""
    text = (MIGRATING / page).read_text(encoding="utf-8")
    return dict(_MARKED.findall(text))


def listed_files(text: str) -> dict[str, str]:
    """The files of a listing: a path, and the text of the file if it matters."""
    rows = (re.split(r"  +", line, maxsplit=1) for line in text.splitlines())
    return {row[0]: f"{row[1]}\n" if len(row) > 1 else "" for row in rows}


def assert_migrated(page: str, template: str, folder: Path) -> None:
    """Assert that the snippets of a page are what its template is translated to."""
    texts = marked(page)
    files = listed_files(texts["files of the example"])
    files.update(
        {mark[len("writes ") :]: text for mark, text in texts.items() if mark.startswith("writes ")}
    )
    repository = TemplateRepository(folder, files)
    translation = repository.translate(template)
    written = repository.write(template)
    expected = {
        mark[len("migrated to ") :]: text
        for mark, text in texts.items()
        if mark.startswith("migrated to ")
    }

    assert expected
    assert {path: written.get(path) for path in expected} == expected
    toml = new_pants_toml(translation, folder, PANTS_TOML)
    assert toml == f"{PANTS_TOML}\n{texts['adds to pants.toml']}"
    printed = " ".join(notes(translation.changes).get(template, ()))
    assert printed == " ".join(texts.get(f"notes on {template}", "").split())


def test_example_of_sam(tmp_path: Path) -> None:
    """Two functions with modules of equal names, a layer, and merged requirements."""
    assert_migrated("sam.md", "template.yaml", tmp_path)
