"""The page of `lambda-report`: one HTML file that contains the document, and loads nothing."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

# The files of the page, in the order in which the browser runs them.
SCRIPTS = (
    "d3-hierarchy.min.js",
    "report.js",
    "elements.js",
    "tiles.js",
    "overview.js",
    "artifact.js",
    "search.js",
    "layers.js",
    "page.js",
)


@dataclasses.dataclass(frozen=True)
class PageParts:
    """The texts of the page's files. `scripts` are in the order of `SCRIPTS`."""

    template: str
    css: str
    scripts: tuple[str, ...]


def render_page(document: Mapping[str, Any], *, parts: PageParts) -> str:
    """Insert the style sheet, the scripts and the document into the template.

    The same document becomes the same page. Texts replace all markers at once, so that a file name
    that looks like a marker stays a file name.
    """
    texts = {
        "css": parts.css,
        "document": _json_for_script(_with_shared_files(document)),
        "scripts": "\n".join(f"<script>\n{script}</script>" for script in parts.scripts),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda marker: texts[marker[1]], parts.template)


def _with_shared_files(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with each distribution's list of files once, and the positions of these lists.

    An artifact then has `[index in its distributions, index in file_lists]` for each list. Without
    that, a page of many functions with the same distributions would have a hundred megabytes.
    """
    positions: dict[tuple[tuple[str, int, str], ...], int] = {}
    artifacts = []
    for artifact in document["artifacts"]:
        by_owner: dict[int, list[tuple[str, int, str]]] = {}
        for path, size, owner, kind in artifact["files"]:
            by_owner.setdefault(owner, []).append((path, size, kind))
        files = [
            [owner, positions.setdefault(tuple(listed), len(positions))]
            for owner, listed in by_owner.items()
        ]
        artifacts.append({**artifact, "files": files})
    return {**document, "artifacts": artifacts, "file_lists": list(positions)}


def _json_for_script(document: Mapping[str, Any]) -> str:
    """JSON that no text can end or comment out, because it contains no `<`.

    It is ASCII, so that file names that are not Unicode, as lone surrogates, can be written too.
    """
    return json.dumps(document, separators=(",", ":")).replace("<", "\\u003c")
