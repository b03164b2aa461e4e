"""Gives collections of Pants a hash that depends on their items. Pants 2.25 does so itself.

In Pants 2.17.1, all collections have the same hash, because `Collection.__hash__` comes from
`typing.Tuple` and returns the hash of that type. Therefore, the engine compares each `CreateDigest`
in Python with all others since the daemon started. This took a tenth of the time of a large build,
and more after every edit (November 2026).

The items of some collections have no hash, so this changes only the two that the backend creates.
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
