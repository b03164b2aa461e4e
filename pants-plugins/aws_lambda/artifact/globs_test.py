"""Test glob patterns over paths inside an artifact."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aws_lambda.artifact.globs import escape_glob, glob_matches, unusable_glob_reason


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        # Literal paths and folders.
        ("a.py", "a.py", True),
        ("a.py", "aXpy", False),
        ("a.py", "b/a.py", False),
        ("a.py", "a.pyc", False),
        ("a", "a/b/c", True),
        ("a", "ab", False),
        ("a/", "a/b", True),
        ("a/", "a", True),
        ("a/b", "a/b/c", True),
        ("a/b", "a", False),
        # Within one step.
        ("*", "a", True),
        ("*", "a/b", True),
        ("*.py", "a.py", True),
        ("*.py", ".py", True),
        ("*.py", "a/b.py", False),
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/c", False),
        ("a/*/c", "a/b/b/c", False),
        ("a*c", "abc", True),
        ("a*c", "ac", True),
        ("a**c", "abc", True),
        ("a**c", "a/c", False),
        ("?.py", "a.py", True),
        ("?.py", ".py", False),
        ("a?b", "a/b", False),
        # Any number of steps.
        ("**", "a", True),
        ("**", "a/b", True),
        ("**/a", "a", True),
        ("**/a", "b/c/a", True),
        ("**/a", "b/c/a/d", True),
        ("**/a", "ba", False),
        ("**/a/**", "a/b", True),
        ("**/a/**", "x/a/b/c", True),
        ("**/a/**", "x/a", False),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("a/**/", "a/b", True),
        ("a/**/z.py", "a/z.py", True),
        ("a/**/z.py", "a/b/c/z.py", True),
        ("a/**/z.py", "z.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "a/b.py", True),
        ("**/**/a", "a", True),
        # Sets of characters.
        ("[ab].py", "a.py", True),
        ("[ab].py", "c.py", False),
        ("[ab].py", "[ab].py", False),
        ("[!ab].py", "c.py", True),
        ("[!ab].py", "a.py", False),
        ("x[!ab]y", "x/y", False),
        ("x[.-0]y", "x/y", False),
        ("x[.-0]y", "x0y", True),
        ("[0-9].py", "7.py", True),
        ("[0-9].py", "-.py", False),
        ("[a-]", "-", True),
        ("[-a]", "-", True),
        ("[z-a]", "m", False),
        ("[z-a]", "-", True),
        ("[^a]", "^", True),
        ("[^a]", "b", False),
        ("[]a]", "]", True),
        ("[!]a]", "]", False),
        ("[[]", "[", True),
        ("[*]", "*", True),
        ("[*]", "a", False),
        ("[", "[", True),
        ("[a", "[a", True),
        ("[]", "[]", True),
        ("[!]", "!", True),
        ("[a/b]", "[a/b]", True),
        ("[a&&b]", "&", True),
        # Characters with a meaning in regular expressions.
        ("a+(b|c){2}^$", "a+(b|c){2}^$", True),
        ("a+", "aa", False),
        ("(a|b)", "a", False),
        ("a b#c", "a b#c", True),
        # Line breaks.
        ("a", "a\n", False),
        ("a*", "a\nb", True),
        ("a?b", "a\nb", True),
        ("**/b", "a\n/b", True),
        ("*.py", "a.py\n", False),
        # Case, and letters outside of ASCII.
        ("A", "a", False),
        ("ünï*", "ünïcode", True),
    ],
)
def test_pattern_matches_paths_and_folders(pattern: str, path: str, is_match: bool) -> None:
    """A pattern that matches a folder matches all files in it."""
    assert glob_matches(pattern, path) is is_match


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a/**", ""),
        ("a/", ""),
        ("[!a]*/?", ""),
        ("", "it is empty"),
        ("/", "it is empty"),
        ("/a", "it is absolute"),
        ("./a", "it is not normalized"),
        ("a//b", "it is not normalized"),
        ("../a", "it leaves its folder"),
        ("a\\b", "it contains a backslash"),
    ],
)
def test_unusable_pattern_has_a_reason(pattern: str, reason: str) -> None:
    """No artifact contains a path that such a pattern matches."""
    assert unusable_glob_reason(pattern) == reason


def one_step(pattern: str, step: str) -> bool:
    """Match `*`, `?` and plain characters naively."""
    if not pattern:
        return not step
    if pattern[0] == "*":
        return one_step(pattern[1:], step) or bool(step) and one_step(pattern, step[1:])
    return bool(step) and pattern[0] in ("?", step[0]) and one_step(pattern[1:], step[1:])


def all_steps(pattern: list[str], steps: list[str]) -> bool:
    """Match steps naively; the path may be longer than the pattern."""
    if not pattern:
        return True
    if pattern[0] == "**":
        least = 0 if pattern[1:] else 1
        return any(all_steps(pattern[1:], steps[i:]) for i in range(least, len(steps) + 1))
    return bool(steps) and one_step(pattern[0], steps[0]) and all_steps(pattern[1:], steps[1:])


_NAMES = st.text(alphabet="ab.+\n", min_size=1, max_size=3)
_STEPS = st.lists(_NAMES, min_size=1, max_size=4)
_PATTERN_STEPS = st.lists(
    st.text(alphabet="ab.+*?", min_size=1, max_size=3) | st.just("**"), min_size=1, max_size=4
)


@given(_PATTERN_STEPS, _STEPS)
def test_patterns_agree_with_a_naive_matcher(pattern: list[str], steps: list[str]) -> None:
    """The naive matcher compares step by step and character by character."""
    assert glob_matches("/".join(pattern), "/".join(steps)) == all_steps(pattern, steps)


@given(st.text(alphabet="ab/*?[]!-^\\\n", max_size=10), st.text(alphabet="ab/[]!-", max_size=8))
@example("a[]b]", "a]")
@example("[--a]", "a")
def test_any_text_is_a_pattern(pattern: str, path: str) -> None:
    """A strange pattern matches or does not match, and never raises an error."""
    assert glob_matches(pattern, path) in (True, False)


@given(st.lists(st.text(alphabet="ab*?[]!-\\\n", min_size=1, max_size=4), min_size=1), _NAMES)
def test_escaped_pattern_matches_one_path(steps: list[str], name: str) -> None:
    """It matches the path and the files below it, even if the path contains wildcards."""
    path = "/".join(steps)

    assert glob_matches(escape_glob(path), path)
    assert glob_matches(escape_glob(path), f"{path}/{name}")
    assert not glob_matches(escape_glob(path), f"{path}{name}")
    assert not glob_matches(escape_glob(path), f"x{path}")
