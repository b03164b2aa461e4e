import doctest
import re
from pathlib import Path

EXAMPLE = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_example_of_the_split() -> None:
    """The blocks of the page are one session, and print the lines in the page."""
    blocks = EXAMPLE.findall(Path("docs/concepts/split.md").read_text(encoding="utf-8"))
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "split.md", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    printed: list[str] = []

    outcome = runner.run(session, out=printed.append)

    assert outcome.attempted > 10
    assert printed == []
