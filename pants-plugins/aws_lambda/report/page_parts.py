"""The files of the page, which are resources of the backend."""

from __future__ import annotations

import pkgutil

from aws_lambda import report
from aws_lambda.artifact.report.html_page import SCRIPTS, PageParts


def page_parts() -> PageParts:
    """The texts of the files in `page/`."""
    return PageParts(
        template=_text("page.html"),
        css=_text("page.css"),
        scripts=tuple(_text(name) for name in SCRIPTS),
    )


def _text(name: str) -> str:
    return (pkgutil.get_data(report.__name__, f"page/{name}") or b"").decode()
