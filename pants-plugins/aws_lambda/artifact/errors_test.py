"""Test the text that all error messages share."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from aws_lambda.artifact.errors import columns, describe, join_choices, output_lines


def test_error_has_four_paragraphs() -> None:
    """The problem, the facts, the reason and the fix, with blank lines between them."""
    assert describe("It broke.", facts=["a", "", "b"], why="Because.", fix="repair it.") == (
        "It broke.\n\n  a\n\n  b\n\nBecause.\n\nTo fix, repair it."
    )


def test_facts_and_reason_are_optional() -> None:
    """An empty paragraph leaves no gap."""
    assert describe("It broke.", fix="repair it.") == "It broke.\n\nTo fix, repair it."


@pytest.mark.parametrize(
    ("rows", "aligned"),
    [
        ([], []),
        ([("a",)], ["a"]),
        ([("a", "b"), ("long", "c")], ["a     b", "long  c"]),
        ([("a", "b", "c"), ("aa", "", "c")], ["a   b  c", "aa     c"]),
        ([("aa", ""), ("a", "b")], ["aa", "a   b"]),
    ],
)
def test_columns_are_padded_to_their_widest_cell(
    rows: Sequence[Sequence[str]], aligned: list[str]
) -> None:
    """The last column is not padded, and no line ends with white space."""
    assert columns(rows) == aligned


@pytest.mark.parametrize(
    ("names", "prose"),
    [(["a"], "`a`"), (["a", "b"], "`a` or `b`"), (["a", "b", "c"], "`a`, `b` or `c`")],
)
def test_choices_are_joined_with_or(names: list[str], prose: str) -> None:
    """The last two names are joined by "or", and the others by commas."""
    assert join_choices(names) == prose


def test_output_of_a_program_becomes_facts() -> None:
    """Lines keep their indentation, and blank lines around the output are removed."""
    assert output_lines("\n\nline\n  more\n\n") == ["line", "  more"]
