"""Measured values: one per round for each contender in each situation of each work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from bootstrap.messages import print_progress


class Key(NamedTuple):
    """The contender, and the work and the situation that it was measured in."""

    work: str
    situation: str
    contender: str

    def __str__(self) -> str:
        return f"{self.work}, {self.situation}: {self.contender}"


class Series(NamedTuple):
    """One measured value per round.

    If only a part of the work was measured, `scale` is the factor between the part and the whole.
    """

    values: tuple[float, ...]
    scale: int = 1

    def scaled(self) -> list[float]:
        return [value * self.scale for value in self.values]


Measurements = dict[Key, Series]


class Step(NamedTuple):
    """A measurement: `arrange` prepares it, `measure` returns a value, `check` checks results."""

    key: Key
    measure: Callable[[], float]
    arrange: Callable[[int], None] = lambda turn: None
    check: Callable[[], None] = lambda: None
    scale: int = 1


def measure_interleaved(steps: Sequence[Step], turns: Sequence[int]) -> Measurements:
    """Take all steps once per turn, so that other load on the machine affects all of them alike.

    In each turn, another contender is the first in a situation, because some leave the disk busy
    for the next one.
    """
    values: dict[Key, list[float]] = {step.key: [] for step in steps}
    for number, turn in enumerate(turns, 1):
        for step in _rotated(steps, number - 1):
            step.arrange(turn)
            value = step.measure()
            step.check()
            values[step.key].append(value)
            print_progress(f"{number}/{len(turns)}  {step.key}  {value:.3f}")
    return {step.key: Series(tuple(values[step.key]), step.scale) for step in steps}


def _rotated(steps: Sequence[Step], by: int) -> Iterator[Step]:
    for _, situation in groupby(steps, key=lambda step: step.key.situation):
        together = list(situation)
        start = by % len(together)
        yield from [*together[start:], *together[:start]]
