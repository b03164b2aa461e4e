"""Steps that build: how long a contender takes, and that the result is what was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.contenders.contender import Contender
from benchmarks.measured import Key, Step
from benchmarks.projects import Edit, Function

COLD, ONE_LINE, NOTHING = "cold", "one-line edit", "nothing changed"
SHARED = "edit of a shared module"


def cold(work: str, contender: Contender, *, scale: int = 1) -> Step:
    """Nothing was built here yet, and all downloads are there."""
    return Step(
        Key(work, COLD, contender.name),
        measure=lambda: _seconds(contender, None),
        arrange=lambda turn: contender.forget(),
        check=lambda: _check(contender, contender.project.functions, ()),
        scale=scale,
    )


def unchanged(work: str, contender: Contender) -> Step:
    return Step(
        Key(work, NOTHING, contender.name),
        measure=lambda: _seconds(contender, None),
        check=lambda: _check(contender, contender.project.functions, ()),
    )


def edited_handler(work: str, contender: Contender) -> Step:
    """The first handler gets another line. Who can be told that builds its function alone."""
    first = contender.project.functions[0]
    return _edited(
        Key(work, ONE_LINE, contender.name), contender, contender.project.edit_handler, [first]
    )


def edited_shared(work: str, contender: Contender, *, scale: int = 1) -> Step:
    """A module that all functions import gets another line."""
    step = _edited(
        Key(work, SHARED, contender.name),
        contender,
        contender.project.edit_shared,
        contender.project.functions,
    )
    return step._replace(scale=scale)


def _edited(
    key: Key,
    contender: Contender,
    edit: Callable[[int], Edit],
    concerned: Sequence[Function],
) -> Step:
    made: list[Edit] = []
    only = concerned[0] if len(concerned) == 1 else None

    def arrange(turn: int) -> None:
        made[:] = [edit(turn)]
        contender.write(made[0])

    return Step(
        key,
        measure=lambda: _seconds(contender, only),
        arrange=arrange,
        check=lambda: _check(contender, concerned, made),
    )


def _seconds(contender: Contender, only: Function | None) -> float:
    begin = time.perf_counter()
    contender.build(only)
    return time.perf_counter() - begin


def _check(contender: Contender, functions: Sequence[Function], edits: Sequence[Edit]) -> None:
    for function in functions:
        contender.artifact(function).check(function, edits)
