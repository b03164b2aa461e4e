"""Tests of L020: patterns that match nothing."""

from __future__ import annotations

from aws_lambda.artifact.checks.unused_patterns import check_patterns
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import PRESETS, Exclusions
from aws_lambda.artifact.findings import Finding
from aws_lambda.testing.files import third_party_file

WHERE = Where("lambda_function", "src/api:fn")
FILES = [third_party_file("click/core.py"), third_party_file("click/py.typed")]


def test_patterns_that_match_nothing() -> None:
    """Both fields are checked. A `!` pattern must match a file that another entry leaves out."""
    exclude = Exclusions(("clack", "click/py.typed", *PRESETS, "!click/core.py"))

    assert [*check_patterns(exclude, FILES, ["jwt/**"], where=WHERE)] == [
        Finding(
            "L020",
            entry,
            f"The pattern '{entry}' in the `{field}` of {WHERE} matches nothing.",
            "correct or remove it.",
        )
        for field, entry in (
            ("exclude", "clack"),
            ("exclude", "!click/core.py"),
            ("collisions", "jwt/**"),
        )
    ]


def test_patterns_that_match_files() -> None:
    """Presets never get a finding, whether they match or not."""
    assert not [*check_patterns(Exclusions(("click/**", *PRESETS)), FILES, [], where=WHERE)]
    assert not [*check_patterns(Exclusions(()), [], [], where=WHERE)]
