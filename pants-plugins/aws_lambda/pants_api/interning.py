"""Mends the engine's table of values: in Pants 2.17.1 all collections have the same hash.

`Collection.__hash__` is taken from `typing.Tuple`, whose own hash it returns, whatever the items.
So the engine compares each `CreateDigest` with all that it has seen since the daemon started, in
Python: a tenth of the time of a fleet's build, and more with every edit (November 2026). Not all
collections hold items that can be hashed, so only the two that we make are mended. Pants 2.25
hashes the items itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.engine.addresses import Addresses
from pants.engine.fs import CreateDigest


def rules() -> Iterable[Any]:
    collections: tuple[Any, ...] = (Addresses, CreateDigest)
    for collection in collections:
        collection.__hash__ = tuple.__hash__
    return ()
