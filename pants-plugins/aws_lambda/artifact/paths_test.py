"""Test which paths an artifact may contain."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.paths import unsafe_path_reason


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a", ""),
        ("a/b.py", ""),
        ("a/..b/c..", ""),
        ("...", ""),
        (".hidden/file", ""),
        ("with space/ünïcode-日本.py", ""),
        ("a:b/c", "it starts with a drive letter"),
        ("ab:c", ""),
        ("", "it is empty"),
        ("/", "it is absolute"),
        ("/etc/passwd", "it is absolute"),
        ("//a", "it is absolute"),
        ("C:/a", "it starts with a drive letter"),
        ("c:a", "it starts with a drive letter"),
        ("a\\b", "it contains a backslash"),
        ("..\\a", "it contains a backslash"),
        ("..", "it leaves its folder"),
        ("../a", "it leaves its folder"),
        ("a/../../b", "it leaves its folder"),
        ("a/../b", "it leaves its folder"),
        ("a/..", "it leaves its folder"),
        (".", "it is not normalized"),
        ("./a", "it is not normalized"),
        ("a//b", "it is not normalized"),
        ("a/./b", "it is not normalized"),
        ("a/", "it is not normalized"),
        ("a\0b", "it contains a control character"),
        ("a\nb", "it contains a control character"),
        ("a\x7fb", "it contains a control character"),
        ("a\x85b", "it contains a control character"),
    ],
)
def test_unsafe_path_has_a_reason(path: str, why: str) -> None:
    """Only normalized relative paths that mean the same on every system are safe."""
    assert unsafe_path_reason(path) == why


@given(st.text(alphabet="ab./\\:\0C", max_size=12))
def test_safe_path_is_normalized_and_stays_inside(path: str) -> None:
    """Normalizing a safe path does not change it, and it stays below the target folder."""
    if not unsafe_path_reason(path):
        assert posixpath.normpath(path) == path
        assert posixpath.normpath(f"/top/{path}").startswith("/top/")
