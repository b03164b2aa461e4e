"""How measured values compare: medians, ratios within a round, and a straight line."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import correlation, linear_regression, median
from typing import NamedTuple


class Spread(NamedTuple):
    median: float
    low: float
    high: float


class Line(NamedTuple):
    """`value = intercept + slope * size`; `fit` is R², 1 where every point lies on it."""

    slope: float
    intercept: float
    fit: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def ratios(over: Sequence[float], under: Sequence[float]) -> Spread:
    """The ratios of the values of one round each: what slows a round down is in both."""
    return spread([a / b for a, b in zip(over, under, strict=True)])


def line(points: Sequence[tuple[float, float]]) -> Line:
    """The least-squares line through points of a size and a value. Needs two sizes at least."""
    sizes, values = [size for size, _ in points], [value for _, value in points]
    slope, intercept = linear_regression(sizes, values)
    is_flat = len(set(values)) == 1
    return Line(slope, intercept, 1.0 if is_flat else correlation(sizes, values) ** 2)
