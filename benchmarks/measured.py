"""What a run has measured: a value per round for each contender in each situation of each work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from bootstrap.fault import say


class Key(NamedTuple):
    work: str
    situation: str
    contender: str

    def __str__(self) -> str:
        return f"{self.work}, {self.situation}: {self.contender}"


class Series(NamedTuple):
    """One value per round, as measured. `scale` is how often the measured work fits into the one
    that the table speaks of."""

    values: tuple[float, ...]
    scale: int = 1

    def scaled(self) -> list[float]:
        return [value * self.scale for value in self.values]


Measured = dict[Key, Series]


class Step(NamedTuple):
    """`arrange` gets things ready, `measure` says how much it was, `check` that it was done."""

    key: Key
    measure: Callable[[], float]
    arrange: Callable[[int], None] = lambda turn: None
    check: Callable[[], None] = lambda: None
    scale: int = 1


def interleaved(steps: Sequence[Step], turns: Sequence[int]) -> Measured:
    """Take all steps once per turn, so that what else the machine does hits all of them alike.

    Within a situation another contender begins each time: some leave the disk busy for the next.
    """
    taken: dict[Key, list[float]] = {step.key: [] for step in steps}
    for number, turn in enumerate(turns, 1):
        for step in _rotated(steps, number - 1):
            step.arrange(turn)
            value = step.measure()
            step.check()
            taken[step.key].append(value)
            say(f"{number}/{len(turns)}  {step.key}  {value:.3f}")
    return {step.key: Series(tuple(taken[step.key]), step.scale) for step in steps}


def _rotated(steps: Sequence[Step], by: int) -> Iterator[Step]:
    for _, situation in groupby(steps, key=lambda step: step.key.situation):
        together = list(situation)
        start = by % len(together)
        yield from [*together[start:], *together[:start]]
