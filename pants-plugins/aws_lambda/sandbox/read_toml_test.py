"""Test the facts about TOML files."""

from __future__ import annotations

import json
from pathlib import Path

import tomli

from aws_lambda.testing.program_runs import ENVIRONMENT, run_program

MIXED = 'a = [1, "two", {three = 3}]\nwhen = 2026-11-30T12:00:00Z\n'


def test_documents_and_errors(tmp_path: Path) -> None:
    """TOML 1.0 allows arrays of several types, and one broken file does not hide others."""
    good, broken = tmp_path / "good.toml", tmp_path / "broken.toml"
    good.write_text(MIXED)
    broken.write_text("a = [")
    library = str(Path(tomli.__file__).parents[1])

    ran = run_program(
        "read_toml.py",
        *(str(good), str(broken)),
        cwd=tmp_path,
        environment={**ENVIRONMENT, "PYTHONPATH": library},
    )

    report = json.loads(ran.stdout)
    assert report[str(good)] == {
        "document": {"a": [1, "two", {"three": 3}], "when": "2026-11-30 12:00:00+00:00"}
    }
    assert list(report[str(broken)]) == ["error"]
