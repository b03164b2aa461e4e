"""Tests of L011 and L012: file modes and paths that do not work everywhere."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.unpacking import check_file_modes, check_paths
from aws_lambda.artifact.findings import Finding
from aws_lambda.testing.files import first_party_file, third_party_file
from aws_lambda.testing.wheels import demo_wheel, report_entry


@pytest.mark.parametrize(
    ("paths", "listed"),
    [(["a"], "a"), (["a", "b"], "a and 1 more"), (["a", "b", "c"], "a and 2 more")],
)
def test_wheel_with_unreadable_files(paths: list[str], listed: str) -> None:
    """The finding names the first file and counts the others."""
    demo = demo_wheel({}, *(report_entry(path, mode=0o100600) for path in paths))

    assert [*check_file_modes([demo])] == [
        Finding(
            "L011",
            "demo",
            f"The wheel of demo 1.0 does not let every user read {listed}, and the artifact does.",
            "do nothing: Lambda can read the files in the artifact.",
        )
    ]


@pytest.mark.parametrize("mode", [0, 0o100000, 0o100644, 0o100444, 0o100755, 0o644])
def test_wheel_with_readable_files(mode: int) -> None:
    """Entries without a mode count as readable."""
    assert not [*check_file_modes([demo_wheel({}, report_entry("a", mode=mode))])]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("a\\b.py", "'a\\\\b.py' cannot be unpacked everywhere: it contains a backslash"),
        ("a\nb.py", "'a\\nb.py' cannot be unpacked everywhere: it contains a control character"),
        ("C:a", "'C:a' cannot be unpacked everywhere: it starts with a drive letter"),
    ],
)
def test_path_that_some_systems_reject(path: str, sentence: str) -> None:
    """The subject is the file's path in the repository."""
    files = [first_party_file("ok/ü b.py"), first_party_file(path, source="src/x")]

    assert [*check_paths(files)] == [
        Finding("L012", "src/x", f"The path {sentence}.", "rename the file.")
    ]


def test_plain_paths() -> None:
    """Spaces, letters of any script and leading dots are allowed."""
    assert not [*check_paths([first_party_file("a b/ü.py"), third_party_file(".hidden")])]
