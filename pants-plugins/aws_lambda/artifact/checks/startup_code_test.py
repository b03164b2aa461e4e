"""Tests of L008: `.pth` files with code."""

from __future__ import annotations

from collections.abc import Iterable

from aws_lambda.artifact.checks.startup_code import check_startup_code
from aws_lambda.artifact.findings import Finding
from aws_lambda.testing.files import first_party_file, third_party_file


def findings_at(
    *paths: str, line: str = "import a", in_layer: bool = False, needed: Iterable[str] = ()
) -> list[Finding]:
    """The findings about `.pth` files of demo 1.0 at these paths, each with one line."""
    files = [third_party_file(path, of="demo 1.0") for path in paths]
    return [
        *check_startup_code(
            files,
            lambda _: [line],
            python=(3, 13),
            in_layer=in_layer,
            needed=[file for file in files if file.path in needed],
        )
    ]


def test_pth_file_with_code() -> None:
    """The finding shows the first line of code, shortened to 80 characters."""
    long = "import os; " + "x" * 100
    own = first_party_file("own.pth", source="src/x/own.pth")

    assert findings_at("a b.pth") == [
        Finding(
            "L008",
            "demo",
            "a b.pth of demo 1.0 runs code at every start of the function: `import a`.",
            'exclude it if nothing needs it: `exclude=["**/a b.pth"]`.',
        )
    ]
    lines = ["folder", long, "import b"]
    assert [*check_startup_code([own], lambda _: lines, python=(3, 13))] == [
        Finding(
            "L008",
            "src/x/own.pth",
            f"src/x/own.pth runs code at every start of the function: `{long[:77]}...`.",
            'exclude it if nothing needs it: `exclude=["**/own.pth"]`.',
        )
    ]


def test_one_finding_per_pth_file() -> None:
    """The pattern in the fix escapes the special characters of the file name."""
    assert [each.fix for each in findings_at("a.pth", "[b].pth")] == [
        'exclude it if nothing needs it: `exclude=["**/a.pth"]`.',
        'exclude it if nothing needs it: `exclude=["**/[[]b].pth"]`.',
    ]


def test_pth_file_without_code() -> None:
    """A file that only adds folders to the path runs nothing."""
    assert findings_at("a.pth", line="folder") == []


def test_pth_file_that_an_import_needs() -> None:
    """Excluding the file would break the function."""
    assert [each.fix for each in findings_at("a.pth", "b.pth", needed=["a.pth"])] == [
        'exclude it if nothing needs it: `exclude=["**/b.pth"]`.'
    ]


def test_pth_file_in_layer() -> None:
    """A layer does not know the imports of its functions, so the fix mentions them."""
    hook = "import os; __import__('_distutils_hack').add_shim()"

    assert [each.fix for each in findings_at("python/d.pth", line=hook, in_layer=True)] == [
        "accept it with `ignore` if a function with this layer imports distutils, which Python "
        '3.13 finds through it. Otherwise, exclude it: `exclude=["**/d.pth"]`.'
    ]
    assert [each.fix for each in findings_at("python/d.pth", in_layer=True)] == [
        'exclude it if nothing needs it: `exclude=["**/d.pth"]`.'
    ]
