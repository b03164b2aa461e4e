"""Tests of L026: files that the string literals of a module name."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.named_files import NamingModule, SourceRootFiles, find_named_paths
from aws_lambda.artifact.imports.module_index import PossibleName

FILES = SourceRootFiles(
    (
        "src/app/api.py",
        "src/app/html/deep/hello.html",
        "src/app/html/README.md",
        "src/app/data.json",
        "src/schema/order.json",
        "src/empty/README.md",
        "src/order.json",
    )
)


def named(text: str, *, is_path: bool = False, present: tuple[str, ...] = ()) -> list[str]:
    module = NamingModule("src/app/api.py", "src", (PossibleName(text, 1, is_path),))
    return [each.path for each in find_named_paths([module], {"src": FILES}, present)]


@pytest.mark.parametrize(
    ("text", "is_path", "expected"),
    [
        ("data.json", False, ["src/app/data.json"]),
        ("hello.html", False, ["src/app/html/deep/hello.html"]),
        ("deep/hello.html", False, ["src/app/html/deep/hello.html"]),
        ("ello.html", False, []),
        ("other/hello.html", False, []),
        ("order.json", False, []),
        ("order.json", True, ["src/order.json"]),
        ("schema/order.json", True, ["src/schema/order.json"]),
        ("html", False, []),
        ("html", True, ["src/app/html"]),
        ("schema", True, ["src/schema"]),
        ("empty", True, []),
    ],
)
def test_named_files(text: str, is_path: bool, expected: list[str]) -> None:
    """Any literal names files below the module's folder. A path also names folders and parents."""
    assert named(text, is_path=is_path) == expected


def test_present_files() -> None:
    """A folder is present if one of its files is in the artifact."""
    assert named("data.json", present=("src/app/data.json",)) == []
    assert named("html", is_path=True, present=("src/app/html/deep/hello.html",)) == []
