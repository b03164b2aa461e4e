"""Tests of keys that compare values by identity."""

from __future__ import annotations

from functools import lru_cache

from aws_lambda.artifact.same_objects import Same


def test_only_the_same_objects_are_equal() -> None:
    """Keys of the same objects in the same order are equal, whatever the objects contain."""
    one, other = [1], [1]
    assert Same(one, other) == Same(one, other)
    assert hash(Same(one)) == hash(Same(one))
    assert Same(one) != Same(other)
    assert Same(one, other) != Same(other, one)
    assert Same(one) != one


def test_a_cached_function_runs_once_for_an_object() -> None:
    """`lru_cache` calls the function for each object once, and keeps the object."""
    called: list[list[int]] = []

    @lru_cache(maxsize=2)
    def total(numbers: Same[list[int]]) -> int:
        (values,) = numbers.values
        called.append(values)
        return sum(values)

    one = [1, 2]
    assert [total(Same(one)), total(Same(one)), total(Same([1, 2]))] == [3, 3, 3]
    assert len(called) == 2
