from __future__ import annotations

import pytest

from aws_lambda.artifact.errors import HandlerError
from aws_lambda.artifact.explanations import (
    Family,
    Page,
    as_plain_text,
    check_page,
    error_families,
    find_pages,
    nearest_names,
    wrap,
)
from aws_lambda.artifact.handler_lookup import HandlerNotDefined


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


def test_the_page_of_a_check_begins_with_its_severity() -> None:
    """Title and severity are those of the code, and the text is what follows."""
    assert check_page("L002", "Text.\n") == Page(
        "L002", "Native code that needs a newer C library.", "Default severity: error.\n\nText."
    )


@pytest.mark.parametrize("name", ["L001", "l001", "TooBig", "TOOBIG"])
def test_pages_are_found_in_any_case(name: str) -> None:
    """Codes and names of classes are equal to what users type, except for the case."""
    pages = (Page("L001", "", ""), Page("TooBig", "", ""))

    found, unknown = find_pages(pages, [name])

    assert [each.name.lower() for each in found] == [name.lower()]
    assert unknown == []


def test_unknown_names_are_all_returned() -> None:
    """Pages come in the order of the names, each once."""
    pages = (Page("L001", "", ""), Page("L002", "", ""))

    assert find_pages(pages, ["x", "L002", "L001", "L002", "y"]) == (
        [pages[1], pages[0]],
        ["x", "y"],
    )


def test_near_names_ignore_the_case() -> None:
    """At most three names, in alphabetical order."""
    known = ["L001", "L010", "L011", "L012", "NoWheelForPlatform"]

    assert nearest_names("nowheel", known) == ["NoWheelForPlatform"]
    assert len(nearest_names("l01", known)) == 3
    assert nearest_names("zzz", known) == []


def test_a_terminal_shows_the_address_of_a_link() -> None:
    """Bold type and links of Markdown become plain text."""
    page = Page("TooBig", "It is big.", "It is **big**: see [AWS](https://aws.test).")

    assert as_plain_text(page, 80) == "TooBig\n\nIt is big: see AWS (https://aws.test)."


def test_the_heading_of_a_check_has_its_title() -> None:
    """The page of an error begins with its title, but that of a check does not."""
    assert as_plain_text(check_page("L002", "Text."), 80).splitlines()[0] == (
        "L002: Native code that needs a newer C library"
    )
