"""Which paths an artifact may hold."""

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
        ("a:b/c", "it names a drive"),
        ("ab:c", ""),
        ("", "it is empty"),
        ("/", "it is absolute"),
        ("/etc/passwd", "it is absolute"),
        ("//a", "it is absolute"),
        ("C:/a", "it names a drive"),
        ("c:a", "it names a drive"),
        ("a\\b", "it holds a backslash"),
        ("..\\a", "it holds a backslash"),
        ("..", "it leads out of its folder"),
        ("../a", "it leads out of its folder"),
        ("a/../../b", "it leads out of its folder"),
        ("a/../b", "it leads out of its folder"),
        ("a/..", "it leads out of its folder"),
        (".", "it is not in its shortest form"),
        ("./a", "it is not in its shortest form"),
        ("a//b", "it is not in its shortest form"),
        ("a/./b", "it is not in its shortest form"),
        ("a/", "it is not in its shortest form"),
        ("a\0b", "it holds a control character"),
        ("a\nb", "it holds a control character"),
        ("a\x7fb", "it holds a control character"),
        ("a\x85b", "it holds a control character"),
    ],
)
def test_a_path_is_plain_and_relative_or_it_is_refused(path: str, why: str) -> None:
    """A path that means something else on any system, or in another spelling, is refused."""
    assert unsafe_path_reason(path) == why


@given(st.text(alphabet="ab./\\:\0C", max_size=12))
def test_what_passes_stays_inside_and_is_its_own_normal_form(path: str) -> None:
    """A path that passes is what normalising makes of it, and below the folder it is put into."""
    if not unsafe_path_reason(path):
        assert posixpath.normpath(path) == path
        assert posixpath.normpath(f"/top/{path}").startswith("/top/")
