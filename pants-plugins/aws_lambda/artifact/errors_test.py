"""The shape of every error."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from aws_lambda.artifact.errors import columns, describe, join_choices, output_lines


def test_an_error_has_four_paragraphs() -> None:
    """What happened, the facts, why it matters, how to fix it; blank lines between."""
    assert describe("It broke.", facts=["a", "", "b"], why="Because.", fix="mend it.") == (
        "It broke.\n\n  a\n\n  b\n\nBecause.\n\nTo fix, mend it."
    )


def test_an_error_may_do_without_facts_and_reasons() -> None:
    """Paragraphs that nobody filled leave no gap."""
    assert describe("It broke.", fix="mend it.") == "It broke.\n\nTo fix, mend it."


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
    """All but the last, and no line ends with white space."""
    assert columns(rows) == aligned


@pytest.mark.parametrize(
    ("names", "prose"),
    [(["a"], "`a`"), (["a", "b"], "`a` or `b`"), (["a", "b", "c"], "`a`, `b` or `c`")],
)
def test_choices_read_as_prose(names: list[str], prose: str) -> None:
    """The last two are joined by "or"."""
    assert join_choices(names) == prose


def test_words_of_another_program_become_facts() -> None:
    """Line by line, with their own indentation, and no blank lines around."""
    assert output_lines("\n\nline\n  more\n\n") == ["line", "  more"]
