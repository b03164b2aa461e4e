from pathlib import Path

import pytest

from docs.documents import DOCUMENTS, anchors, links

DECISIONS = sorted(Path("docs/internals/decisions").glob("0*.md"))


def test_the_documents_are_found() -> None:
    """A test of documents that sees none of them would pass in silence."""
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


def test_decisions_are_numbered_without_a_gap() -> None:
    """A number names one decision for good."""
    numbers = [int(each.name[:4]) for each in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


def test_the_index_lists_every_decision() -> None:
    """Whoever looks for a reason finds all of them on one page."""
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
