"""The page around a document."""

from __future__ import annotations

import json
import re

from aws_lambda.artifact.report.html_page import PageParts, render_page

_PARTS = PageParts(
    template='<style>{{css}}</style><script type="application/json">{{document}}</script>{{scripts}}',
    css="p {}",
    scripts=("first();\n", "second();\n"),
)


def test_whole_page() -> None:
    """Style sheet, document and scripts replace the markers, and scripts keep their order."""
    assert render_page({"artifacts": []}, parts=_PARTS) == (
        "<style>p {}</style>"
        '<script type="application/json">{"artifacts":[],"file_lists":[]}</script>'
        "<script>\nfirst();\n</script>\n<script>\nsecond();\n</script>"
    )


def test_file_names_cannot_end_the_document() -> None:
    """The document's JSON contains no `<`, no line separator, and nothing but ASCII."""
    names = ["</script><b>", "<!--", "{{css}}", "\u2028\u2029", "ü", "\udcff", "\\", '"']

    page = render_page({"artifacts": [], "names": names}, parts=_PARTS)
    text = re.findall('json">(.*?)</script>', page)[0]

    assert json.loads(text)["names"] == names
    assert text == (
        r'{"artifacts":[],"names":["\u003c/script>\u003cb>","\u003c!--","{{css}}","\u2028\u2029","\u00fc",'
        r'"\udcff","\\","\""],"file_lists":[]}'
    )


def test_equal_lists_of_files_are_written_once() -> None:
    """Functions with the same distribution share its list of files, whatever its index is."""
    numpy = ["numpy/core.py", 10, 0, "source"]
    own = ["api.py", 5, -1, "source"]
    moved = ["numpy/core.py", 10, 1, "source"]
    artifacts = [{"files": [own, numpy]}, {"files": [moved]}, {"files": []}]

    page = render_page({"artifacts": artifacts}, parts=_PARTS)

    assert json.loads(re.findall('json">(.*?)</script>', page)[0]) == {
        "artifacts": [{"files": [[-1, 0], [0, 1]]}, {"files": [[1, 1]]}, {"files": []}],
        "file_lists": [[["api.py", 5, "source"]], [["numpy/core.py", 10, "source"]]],
    }


def test_document_has_one_page() -> None:
    """Equal documents become equal pages."""
    document = {"artifacts": [{"address": "src/orders:api", "files": []}], "shared": []}

    assert render_page(document, parts=_PARTS) == render_page({**document}, parts=_PARTS)
