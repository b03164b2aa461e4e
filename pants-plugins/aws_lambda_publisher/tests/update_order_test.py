"""Pure tests of the order of two calls."""

from __future__ import annotations

import pytest

from aws_lambda_publisher.update_order import (
    ArchiveContents,
    UpdateContents,
    UpdateOrder,
    order_update,
    read_contents,
)

MB = 1024 * 1024


def contents(modules: str, megabytes: int = 1) -> ArchiveContents:
    """Contents with modules that are separated by spaces."""
    return ArchiveContents(frozenset(modules.split()), megabytes * MB)


def order(
    old: str,
    new: str,
    *,
    old_code: int = 1,
    new_code: int = 1,
    old_layer: int = 1,
    new_layer: int = 1,
) -> UpdateOrder:
    """The order for a function with one layer, of which modules and sizes in MB change."""
    return order_update(
        UpdateContents(
            old_code=contents("", old_code),
            old_layers=(contents(old, old_layer),),
            new_code=contents("", new_code),
            new_layers=(contents(new, new_layer),),
        )
    )


def test_modules_of_a_zip() -> None:
    """Modules are the files below the folders of a layer that are on `sys.path`."""
    entries = [
        ("python/requests/__init__.py", 10),
        ("python/requests/sessions.py", 10),
        ("python/requests/data.json", 10),
        ("python/lib/python3.13/site-packages/numpy/core.cpython-313-x86_64-linux-gnu.so", 10),
        ("bin/tool.py", 10),
    ]

    assert read_contents(entries) == ArchiveContents(
        frozenset({"requests", "requests/sessions", "numpy/core"}), 50
    )


@pytest.mark.parametrize(
    ("old", "new", "code_first", "window"),
    [
        ("a b", "a b", False, "which contain everything in the old ones"),
        ("a b", "a b c", False, "which contain everything in the old ones"),
        ("a b", "a", True, "which contain everything in the new ones"),
        ("a b", "a c", False, "without modules of b"),
    ],
    ids=["same", "gains", "loses", "gains and loses"],
)
def test_order_by_modules(old: str, new: str, code_first: bool, window: str) -> None:
    """Code comes first if layers only lose modules. The plan names missing modules."""
    result = order(old, new)

    assert result.code_first == code_first
    assert result.window.endswith(window)


@pytest.mark.parametrize(
    ("sizes", "code_first"),
    [
        ({"old_code": 200, "new_layer": 100}, True),
        ({"new_code": 200, "old_layer": 100}, False),
        ({"old_code": 200, "new_layer": 100, "new_code": 200, "old_layer": 100}, False),
    ],
    ids=["layers first too large", "code first too large", "both too large"],
)
def test_order_by_size(sizes: dict[str, int], code_first: bool) -> None:
    """AWS refuses a call after which code and layers exceed 262,144,000 bytes."""
    assert order("a", "a b", **sizes).code_first == code_first


def test_size_decides_before_modules() -> None:
    """Layers that lose modules still come first if the other order would be refused."""
    assert not order("a b", "a", new_code=200, old_layer=100).code_first


def test_unknown_contents() -> None:
    """If AWS's zips cannot be read, layers come first, and the plan promises nothing."""
    expected = UpdateOrder(False, "the old code runs with the new layers for a moment")

    assert order_update(None) == expected
    assert (
        order_update(UpdateContents(contents("a"), None, contents("a"), (contents("a"),)))
        == expected
    )


def test_long_lists_of_modules_are_cut() -> None:
    """The line has three names at most."""
    assert order("a b c d e x/y", "f").window == (
        "the old code runs with the new layers for a moment, without modules of a, b, c and 3 more"
    )
