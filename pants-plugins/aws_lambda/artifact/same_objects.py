"""Lets `functools.lru_cache` recognize arguments by identity.

Pants cannot keep the result of a rule if it stops to check whether the result is still valid, and
it stops as soon as the result of another rule has changed. The rule then runs again, often with the
same objects. Functions that are slow with large arguments therefore keep their last results.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Same(Generic[Value]):
    """Values that equal others only if they are the same objects. To compare or hash their content
    would take as long as the function.
    """

    __slots__ = ("_ids", "values")

    def __init__(self, *values: Value) -> None:
        # The reference keeps the objects, so that no other object gets their identity.
        self.values = values
        self._ids = tuple(map(id, values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._ids == other._ids

    def __hash__(self) -> int:
        return hash(self._ids)
