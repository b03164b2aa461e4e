from pathlib import Path

import pytest

from docs.documents import DOCUMENTS, anchors, links, prose, quoted

BACKEND = Path("pants-plugins/aws_lambda")
DECISIONS = sorted(Path("docs/internals/decisions").glob("0*.md"))


def test_the_documents_are_found() -> None:
    """The documents in the root folder are among those that the tests read."""
    assert {"CHANGELOG.md", "CONTRIBUTING.md", "README.md"} <= {str(each) for each in DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    """A link names a file or folder of the repository and, behind `#`, one of its headings."""
    broken = []
    for link in links(document):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_modules_that_documents_name_exist(document: Path) -> None:
    """A path in a folder of the backend, such as `inputs/dependency_walk.py`, is a module today."""
    folders = {f"{path.name}/" for path in BACKEND.iterdir() if path.is_dir()}
    modules = [name for name in quoted(prose(document)) if name.endswith(".py")]
    named = [name for name in modules if name.startswith(tuple(folders))]

    assert [name for name in named if not (BACKEND / name).is_file()] == []


def test_the_table_of_contents_lists_every_page() -> None:
    """`docs/README.md` links to each page in its folders, except for single decisions."""
    contents = Path("docs/README.md")
    pages = {path for path in Path("docs").rglob("*.md") if path not in {contents, *DECISIONS}}

    assert pages <= {contents.parent / link for link in links(contents)}


def test_decisions_are_numbered_without_a_gap() -> None:
    """A number names one decision for good."""
    numbers = [int(each.name[:4]) for each in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


def test_the_index_lists_every_decision() -> None:
    """The index links to all pages, in order."""
    assert links(Path("docs/internals/decisions/README.md")) == [each.name for each in DECISIONS]


@pytest.mark.parametrize("decision", DECISIONS, ids=str)
def test_a_decision_has_its_four_parts(decision: Path) -> None:
    """Context, decision, cost, and the way back."""
    assert anchors(decision) > {"context", "decision", "what-it-costs", "how-to-revisit"}


def test_the_licence_is_whole() -> None:
    """The text of the Apache License, and who holds the copyright."""
    text = Path("LICENSE").read_text(encoding="utf-8")

    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "Copyright 2026 The aws_lambda backend authors" in text
