"""Whether code or configuration changes first, and what runs in between.

AWS cannot change the code and the layers of a function in one call. Between the two calls, the
function runs old code with new layers, or new code with old layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aws_lambda_publisher.message_text import format_bytes, list_first

# AWS's limit for the unzipped code with all layers (quota page of Lambda, read in 2026).
MAX_UNZIPPED_BYTES = 262_144_000

# Folders of a layer's zip that are on `sys.path` (AWS's page on layers for Python, read in 2026).
_IMPORTABLE = re.compile(r"^python/(?:lib/python3\.\d+/site-packages/)?(?P<path>.+)$")
_MODULE = re.compile(r"(?:/__init__)?(?:\.[\w-]+)*\.(?:py|so)$")


@dataclass(frozen=True)
class ArchiveContents:
    """The modules that a layer's zip makes importable, and the unzipped size of a zip in bytes.

    Modules are paths without suffixes, such as `requests/sessions`.
    """

    modules: frozenset[str]
    unzipped_bytes: int


@dataclass(frozen=True)
class UpdateContents:
    """The contents on both sides of an update of code and layers.

    The old ones are null if they could not be read. Layers that both sides attach are counted in
    both.
    """

    old_code: ArchiveContents | None
    old_layers: tuple[ArchiveContents, ...] | None
    new_code: ArchiveContents
    new_layers: tuple[ArchiveContents, ...]


@dataclass(frozen=True)
class UpdateOrder:
    """The order of two calls. `window` describes what the function runs between them."""

    code_first: bool
    window: str


def read_contents(entries: Iterable[tuple[str, int]]) -> ArchiveContents:
    """The contents of a zip, from the paths and unzipped sizes of its entries."""
    modules = set()
    total = 0
    for path, size in entries:
        total += size
        importable = _IMPORTABLE.match(path)
        if importable and _MODULE.search(importable["path"]):
            modules.add(_MODULE.sub("", importable["path"]))
    return ArchiveContents(frozenset(modules), total)


def order_update(contents: UpdateContents | None) -> UpdateOrder:
    """Decide the order of an update of code and layers.

    Layers come first, since the old code usually finds in the new layers everything that it found
    in the old ones. Code comes first if the new layers lack modules, or if the old code with the
    new layers would exceed AWS's limit, unless the other order has the same defect.
    """
    if contents is None or contents.old_code is None or contents.old_layers is None:
        return UpdateOrder(False, "the old code runs with the new layers for a moment")
    old, new = _modules(contents.old_layers), _modules(contents.new_layers)
    lost, gained = old - new, new - old
    layers_first = _size(contents.old_code, contents.new_layers)
    code_first = _size(contents.new_code, contents.old_layers)
    if layers_first > MAX_UNZIPPED_BYTES >= code_first:
        return UpdateOrder(
            True,
            "the new code runs with the old layers for a moment: the old code with the new layers "
            f"has {format_bytes(layers_first)}, more than AWS's {format_bytes(MAX_UNZIPPED_BYTES)}"
            f"{_without(gained)}",
        )
    if lost and not gained and code_first <= MAX_UNZIPPED_BYTES:
        return UpdateOrder(
            True,
            "the new code runs with the old layers for a moment, which contain everything in the "
            "new ones",
        )
    if lost:
        return UpdateOrder(
            False, f"the old code runs with the new layers for a moment{_without(lost)}"
        )
    return UpdateOrder(
        False,
        "the old code runs with the new layers for a moment, which contain everything in the old "
        "ones",
    )


def _modules(archives: Sequence[ArchiveContents]) -> frozenset[str]:
    return frozenset().union(*(each.modules for each in archives))


def _size(code: ArchiveContents, layers: Sequence[ArchiveContents]) -> int:
    return code.unzipped_bytes + sum(each.unzipped_bytes for each in layers)


def _without(modules: Iterable[str]) -> str:
    """The clause that names missing modules by their top-level names; empty without modules."""
    names = sorted({each.partition("/")[0] for each in modules})
    return f", without modules of {list_first(names)}" if names else ""
