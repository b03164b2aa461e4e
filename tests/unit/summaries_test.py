import pytest

from summaries.table import summarise


@pytest.mark.parametrize(
    ("lines", "summary"),
    [
        ([], {"rows": 0, "sums": {}}),
        (["a,b"], {"rows": 0, "sums": {}}),
        (["a,b", "1,x", "2.5,y"], {"rows": 2, "sums": {"a": 3.5}}),
    ],
)
def test_numbers_are_added_up(lines: list[str], summary: dict[str, object]) -> None:
    """Columns with anything else are left out."""
    assert summarise(lines) == summary
