"""Lets `functools.lru_cache` recognize arguments by identity.

After an edit, Pants checks which results of rules are still valid. It cancels the checks of the
inputs of a rule as soon as one of them has changed, and loses the results that it has not checked
yet. Their rules run again, often with the same objects. Slow functions therefore keep their last
results.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Same(Generic[Value]):
    """Values that equal others only if they are the same objects.

    Comparing or hashing their content would take as long as the function.
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
