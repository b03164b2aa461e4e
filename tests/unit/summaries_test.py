import pytest

from summaries.table import summarize


@pytest.mark.parametrize(
    ("lines", "summary"),
    [
        ([], {"rows": 0, "sums": {}}),
        (["a,b"], {"rows": 0, "sums": {}}),
        (["a,b", "1,x", "2.5,y"], {"rows": 2, "sums": {"a": 3.5}}),
    ],
)
def test_sums_of_columns(lines: list[str], summary: dict[str, object]) -> None:
    """Columns with other values than numbers have no sum."""
    assert summarize(lines) == summary
