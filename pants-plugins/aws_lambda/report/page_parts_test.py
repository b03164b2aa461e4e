"""The files of the page."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from aws_lambda import report
from aws_lambda.artifact.report.html_page import SCRIPTS, render_page
from aws_lambda.report.page_parts import page_parts

_PAGE = Path(report.__file__).parent / "page"


def test_page_contains_every_file() -> None:
    """`SCRIPTS` names all scripts in the folder, and every file has a text."""
    assert {path.name for path in _PAGE.iterdir()} == {"page.html", "page.css", *SCRIPTS}
    parts = page_parts()
    assert all([parts.template, parts.css, *parts.scripts])


def test_library_is_unchanged() -> None:
    """d3-hierarchy is the file of release 3.1.3 of the npm package, and the page has its license."""
    content = (_PAGE / "d3-hierarchy.min.js").read_bytes()

    assert content.startswith(b"// https://d3js.org/d3-hierarchy/ v3.1.3 Copyright")
    assert hashlib.sha256(content).hexdigest() == (
        "971f374ce9fdbec711eb2358003e2bb755bff22ec6852dc5ebd59f987270db64"
    )
    assert (
        "Permission to use, copy, modify, and/or distribute this software" in page_parts().template
    )


def test_page_names_no_address() -> None:
    """The page loads nothing: its policy forbids it, and it contains no address to load from."""
    page = render_page({"artifacts": []}, parts=page_parts())

    assert "default-src 'none'" in page
    # The first line of d3-hierarchy, and the namespace of SVG.
    assert set(re.findall(r"https?://[\w./-]+", page)) == {
        "https://d3js.org/d3-hierarchy/",
        "http://www.w3.org/2000/svg",
    }
    assert re.findall(r'\b(?:src|href)="([^"]*)"', page) == ["data:,", "#content", "#view=overview"]


def test_scripts_end_where_the_page_ends_them() -> None:
    """No script contains the end of a script, and no text becomes HTML."""
    texts = [*page_parts().scripts[1:]]

    assert not [text for text in page_parts().scripts if "</script" in text or "<!--" in text]
    assert not [text for text in texts if re.search("innerHTML|outerHTML|insertAdjacent", text)]
