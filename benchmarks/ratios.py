"""Statistics of measured values: medians, ratios within a round, and a straight line."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import correlation, linear_regression, median
from typing import NamedTuple


class Spread(NamedTuple):
    median: float
    low: float
    high: float


class Line(NamedTuple):
    """The line `value = intercept + slope * size`. `fit` is R², which is 1 for a perfect fit."""

    slope: float
    intercept: float
    fit: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def ratios(over: Sequence[float], under: Sequence[float]) -> Spread:
    """The ratios of values of the same round, so that a slow round affects both."""
    return spread([a / b for a, b in zip(over, under, strict=True)])


def fit_line(points: Sequence[tuple[float, float]]) -> Line:
    """The least-squares line through points of a size and a value. Needs at least two sizes."""
    sizes, values = [size for size, _ in points], [value for _, value in points]
    slope, intercept = linear_regression(sizes, values)
    is_flat = len(set(values)) == 1
    return Line(slope, intercept, 1.0 if is_flat else correlation(sizes, values) ** 2)
