from pathlib import Path

import pytest

from benchmarks.builds import COLD, ONE_LINE
from benchmarks.measurements import Key, Series
from benchmarks.page import format_tables, replace_tables
from benchmarks.stacks import AS_BUILT, CACHED, UNCACHED
from bootstrap.messages import UserError

MEASURED = {
    Key("bundled5", ONE_LINE, "ours"): Series((0.5, 0.6, 0.7)),
    Key("bundled5", ONE_LINE, "pants"): Series((5.0, 6.0, 6.5)),
    Key("bundled5", COLD, "ours"): Series((16.0,)),
}


def test_ratios_for_users() -> None:
    """A row has both medians and the ratio within a round; cases that were not measured have
    none.
    """
    assert format_tables(MEASURED, {})["ratios"] == (
        "|  | this backend | compared with | ratio |\n"
        "| --- | --- | --- | --- |\n"
        "| build after a one-line edit | 0.6 s | Pants' own backend: 6 s | 0.1 (0.1–0.108) |\n"
    )


def test_causes_and_experiments() -> None:
    """A cause has medians with and without a page cache. An experiment has ratios within a round,
    and an empty cell for a stack that it does not apply to.
    """
    tables = format_tables(
        {
            Key(UNCACHED, "compiling", "a"): Series((0.003, 0.004, 0.006)),
            Key(CACHED, "compiling", "a"): Series((0.001, 0.002, 0.003)),
            Key("experiments", "a", AS_BUILT): Series((1.0, 2.0, 4.0)),
            Key("experiments", "a", "zipped"): Series((2.0, 4.0, 4.0)),
            Key("experiments", "b", AS_BUILT): Series((1.0, 1.0, 1.0)),
        },
        {},
    )

    assert tables["causes"] == "| ms | a |\n| --- | --- |\n| compiling | 2.0 / 4.0 |\n"
    assert tables["experiments"] == (
        "| import ÷ import as built | a | b |\n| --- | --- | --- |\n| zipped | 2.00 |  |\n"
    )


def test_replace_a_table_between_markers(tmp_path: Path) -> None:
    """The rest of the page stays as it is."""
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- benchmarks: times -->\n\nold\n\n<!-- end -->\nb\n", encoding="utf-8")

    replace_tables(page, {"times": "new\n"})

    assert page.read_text(encoding="utf-8") == (
        "a\n<!-- benchmarks: times -->\n\nnew\n\n<!-- end -->\nb\n"
    )


def test_table_without_markers(tmp_path: Path) -> None:
    """The error prevents that a long run ends without a result."""
    page = tmp_path / "page.md"
    page.write_text("a\n", encoding="utf-8")

    with pytest.raises(UserError, match="no markers for the table `times`"):
        replace_tables(page, {"times": "new\n"})


@pytest.mark.parametrize(
    "name",
    [
        *("figure", "ratios", "times", "sizes", "coldstart", "causes", "experiments", "machine"),
        "targets",
    ],
)
def test_markers_in_the_committed_page(name: str) -> None:
    """`benchmarks/run --write` can replace all tables."""
    page = Path("docs/internals/performance.md").read_text(encoding="utf-8")

    assert page.count(f"<!-- benchmarks: {name} -->\n\n") == 1
