from pathlib import Path

import pytest

from aws_lambda.artifact.explanations import Page, error_families
from reference.pages import pages

PAGES = pages()
ERRORS = [error for family in error_families() for error in family.errors]


@pytest.mark.parametrize("path", PAGES)
def test_reference_page_is_up_to_date(path: str) -> None:
    """The page is the one that `build-support/reference/run` writes from texts in the backend."""
    assert Path(path).read_text(encoding="utf-8") == PAGES[path]


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.name)
def test_error_explains_its_cause_and_fix(error: Page) -> None:
    """The title is a short sentence, because lists show it. The last paragraph is the fix."""
    assert error.title.endswith(".")
    assert len(error.title) <= 100
    assert error.text.split("\n\n")[-1].startswith("To fix, ")
