from pathlib import Path

import pytest

from docs.documents import DOCUMENTS, anchors, links, prose, quoted

BACKEND = Path("pants-plugins/aws_lambda")
DECISIONS = sorted(Path("docs/internals/decisions").glob("0*.md"))


def test_documents_in_the_root_folder() -> None:
    """The tests also read the documents in the root folder."""
    assert {"CHANGELOG.md", "CONTRIBUTING.md", "README.md"} <= {str(each) for each in DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_relative_links_have_a_target(document: Path) -> None:
    """A link names a file or folder of the repository and, after `#`, one of its headings."""
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
def test_documents_name_existing_modules(document: Path) -> None:
    """A module exists at each path in a folder of the backend, such as `inputs/extra_files.py`."""
    folders = {f"{path.name}/" for path in BACKEND.iterdir() if path.is_dir()}
    modules = [name for name in quoted(prose(document)) if name.endswith(".py")]
    named = [name for name in modules if name.startswith(tuple(folders))]

    assert [name for name in named if not (BACKEND / name).is_file()] == []


def test_table_of_contents_lists_every_page() -> None:
    """`docs/README.md` links to each page in its folders, except for single decisions."""
    contents = Path("docs/README.md")
    pages = {path for path in Path("docs").rglob("*.md") if path not in {contents, *DECISIONS}}

    assert pages <= {contents.parent / link for link in links(contents)}


def test_decisions_are_numbered_without_a_gap() -> None:
    """The number of a decision never changes, and the next decision gets the next number."""
    numbers = [int(each.name[:4]) for each in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


def test_index_lists_every_decision() -> None:
    """The index links to the pages of all decisions in their order."""
    assert links(Path("docs/internals/decisions/README.md")) == [each.name for each in DECISIONS]


@pytest.mark.parametrize("decision", DECISIONS, ids=str)
def test_parts_of_a_decision(decision: Path) -> None:
    """A page has the context, the decision, its costs, and the section "How to revisit"."""
    assert anchors(decision) > {"context", "decision", "what-it-costs", "how-to-revisit"}


def test_license_is_complete() -> None:
    """LICENSE contains the text of the Apache License and the holder of the copyright."""
    text = Path("LICENSE").read_text(encoding="utf-8")

    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "Copyright 2026 The aws_lambda backend authors" in text
