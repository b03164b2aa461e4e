from __future__ import annotations

from aws_lambda.artifact.errors import HandlerError
from aws_lambda.artifact.explanations import Family, error_families, wrap
from aws_lambda.artifact.handler import HandlerNotDefined


def _family(name: str) -> Family:
    (found,) = (each for each in error_families() if each.name == name)
    return found


def test_families_are_those_of_the_base_classes() -> None:
    """In the order of `errors.py`, each with the docstring of its base class as title."""
    families = error_families()

    assert [each.name for each in families] == [
        "HandlerError",
        "PlatformError",
        "LayerError",
        "CollisionError",
        "WheelError",
        "LockfileError",
        "ConfigurationError",
        "ChecksError",
    ]
    assert families[0].title == HandlerError.__doc__


def test_a_page_is_the_docstring_of_an_error() -> None:
    """The title is its first sentence."""
    (page,) = (
        each for each in _family("HandlerError").errors if each.name == HandlerNotDefined.__name__
    )

    assert page.title == "The handler's module does not define the function."
    assert page.text == (
        "The handler's module does not define the function. The message lists similar names.\n\n"
        "To fix, correct the field `handler`, or define the function at the top level of the "
        "module."
    )


def test_wrapping_keeps_words_whole() -> None:
    """A paragraph gets new line ends, and a long word a line of its own."""
    assert wrap("one two\nthree `a-very-long-word` four", 10) == (
        "one two\nthree\n`a-very-long-word`\nfour"
    )


def test_wrapping_indents_bullets() -> None:
    """A list may begin with `*` or `-`, and its items may be several lines long."""
    assert wrap("* one two three\n* four\n  five", 11) == "- one two\n  three\n- four five"


def test_wrapping_keeps_code_and_tables() -> None:
    """Their lines have a meaning."""
    code = "```toml\nchecks = 1\n\n[a]\nb = 2\n```"
    table = "| a long cell | b |\n| --- | --- |"

    assert wrap(f"{code}\n\n{table}\n\none two", 4) == f"{code}\n\n{table}\n\none\ntwo"
