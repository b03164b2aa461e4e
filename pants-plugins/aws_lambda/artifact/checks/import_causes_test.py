"""Tests of the fixes for imports that fail because of a field."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.import_causes import explain_exclusions, replace_fixes
from aws_lambda.artifact.exclusions import OmittedFiles
from aws_lambda.artifact.findings import Finding
from aws_lambda.testing.files import third_party_file


def test_cause_replaces_fixes() -> None:
    """Findings that remain without the cause keep their fix."""
    one, other = Finding("L005", "one", "…", "fix it."), Finding("L005", "other", "…", "fix it.")

    assert replace_fixes([one, other], [other], "keep it.") == (
        Finding("L005", "one", "…", "keep it."),
        other,
    )


@pytest.mark.parametrize(
    ("code", "subject", "is_named"),
    [
        ("L005", "yaml", True),
        ("L005", "yaml.loader", True),
        ("L005", "yaml.other", False),
        ("L005", "native", True),
        ("L006", "yaml", False),
    ],
)
def test_import_of_excluded_module(code: str, subject: str, is_named: bool) -> None:
    """The fix of L005 names the entry of `exclude` that leaves the module out."""
    files = (
        third_party_file("python/yaml/loader.py"),
        third_party_file("python/native.cpython-313-x86_64-linux-gnu.so"),
        third_party_file("python/yaml/data.json"),
    )
    finding = Finding(code, subject, "It is missing.", "lock it.")

    (found,) = explain_exclusions([finding], [OmittedFiles("python/**", files)], "python")
    assert found.fix == (
        "correct the entry 'python/**' of `exclude`, which leaves it out."
        if is_named
        else "lock it."
    )


def test_excluded_module_that_code_only_names() -> None:
    """L025 is dropped, since the target excludes the module on purpose."""
    finding = Finding("L025", "yaml", "It is named.", "add it.")

    assert not [
        *explain_exclusions([finding], [OmittedFiles("yaml", (third_party_file("yaml.py"),))], "")
    ]
