from pathlib import Path
from textwrap import dedent

import pytest

from prose.__main__ import OF_DOCUMENTS, Measure, in_docstrings, main, measured, prose


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a\n```sh\nwhat\n```\n", id="block"),
        pytest.param("1. a\n\n   ```sh\n   what\n   ```\n", id="indented block"),
        pytest.param("a `what` and ``what ` what``", id="inline code"),
        pytest.param("a `b\nwhat`", id="inline code on two lines"),
        pytest.param("[a](page.md#what-it-is)", id="address of a link"),
        pytest.param("<!-- from what -->\na", id="comment"),
    ],
)
def test_code_is_not_prose(text: str) -> None:
    """Names in code are not the author's words."""
    assert "what" not in prose(text)


def test_text_between_code_is_prose() -> None:
    """A removed part ends where it should."""
    assert prose("`a` what `b`\n```sh\nc\n```\nwhat [what](d)").count("what") == 3


def test_docstrings_of_a_module() -> None:
    """Those of the module, its classes and its functions, but no other strings and comments."""
    source = dedent('''
        """Module."""
        TEXT = "what"

        class A:
            """Class."""

            async def b(self):
                """Method."""
                # what
                def c():
                    """Function."""
        ''')

    assert in_docstrings(source, "a.py").split() == ["Module.", "Class.", "Method.", "Function."]


def test_a_value_is_per_thousand_words_of_all_files() -> None:
    """Long files count more than short ones; words are counted whole, in either case."""
    texts = {"a.md": "What is what? " + "word " * 497, "b.md": "Whatever, somewhat. " * 250}
    result = measured(Measure("what", "what", 3), texts)

    assert (result.value, result.hits, result.is_too_high) == (2.0, {"a.md": 2}, False)


def test_a_limit_of_zero_allows_no_hit() -> None:
    """One such word in a long text is too much."""
    result = measured(OF_DOCUMENTS[-1], {"a.md": "word " * 9999 + "It stood beside it."})

    assert result.is_too_high


def test_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each measure with the files that have the most hits, and the exit code."""
    (tmp_path / "docs/guides").mkdir(parents=True)
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "README.md").write_text("word " * 999 + "lies", encoding="utf-8")
    (tmp_path / "docs/guides/a.md").write_text("word " * 998 + "stand, lie", encoding="utf-8")
    (tmp_path / "benchmarks/a.py").write_text('"""Word."""\n', encoding="utf-8")

    assert main(tmp_path) == 1
    assert capsys.readouterr().out == dedent("""
        ok     documents, what: 0.00 per 1,000 words, limit 3
        ABOVE  documents, lie, stand: 1.50 per 1,000 words, limit 0.3: docs/guides/a.md (2), README.md (1)
        ok     documents, nobody, somebody, whoever: 0.00 per 1,000 words, limit 0.2
        ok     documents, anew, shall, mend, seldom, grave, beside: 0.00 per 1,000 words, limit 0
        ok     docstrings, what: 0.00 per 1,000 words, limit 4
        """).lstrip()


def test_a_module_that_cannot_be_parsed_is_an_error() -> None:
    """A file that is left out in silence would count as good."""
    with pytest.raises(SystemExit, match=r"a\.py cannot be parsed by Python 3"):
        in_docstrings("def (", "a.py")
