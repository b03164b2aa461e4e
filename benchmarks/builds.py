"""Steps that measure the time of a build, and check its artifacts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.contenders.contender import Contender
from benchmarks.measurements import Key, Step
from benchmarks.projects.project import Edit, Function

COLD, ONE_LINE, NOTHING = "cold", "one-line edit", "nothing changed"
SHARED = "edit of a shared module"


def cold_build(work: str, contender: Contender, *, scale: int = 1) -> Step:
    """A build without results of earlier builds, after all downloads."""
    return Step(
        Key(work, COLD, contender.name),
        measure=lambda: _time_build(contender, None),
        arrange=lambda turn: contender.forget(),
        check=lambda: _check_artifacts(contender, contender.project.functions, ()),
        scale=scale,
    )


def unchanged_build(work: str, contender: Contender) -> Step:
    """A build without an edit."""
    return Step(
        Key(work, NOTHING, contender.name),
        measure=lambda: _time_build(contender, None),
        check=lambda: _check_artifacts(contender, contender.project.functions, ()),
    )


def handler_edit(work: str, contender: Contender) -> Step:
    """A build after an edit of one line in the first handler.

    Contenders that accept the name of a function build only this one.
    """
    first = contender.project.functions[0]
    return _build_after_edit(
        Key(work, ONE_LINE, contender.name), contender, contender.project.edit_handler, [first]
    )


def shared_edit(work: str, contender: Contender, *, scale: int = 1) -> Step:
    """A build after an edit of one line in a module that all functions import."""
    step = _build_after_edit(
        Key(work, SHARED, contender.name),
        contender,
        contender.project.edit_shared,
        contender.project.functions,
    )
    return step._replace(scale=scale)


def _build_after_edit(
    key: Key,
    contender: Contender,
    edit: Callable[[int], Edit],
    affected: Sequence[Function],
) -> Step:
    edits: list[Edit] = []
    only = affected[0] if len(affected) == 1 else None

    def arrange(turn: int) -> None:
        edits[:] = [edit(turn)]
        contender.write(edits[0])

    return Step(
        key,
        measure=lambda: _time_build(contender, only),
        arrange=arrange,
        check=lambda: _check_artifacts(contender, affected, edits),
    )


def _time_build(contender: Contender, only: Function | None) -> float:
    begin = time.perf_counter()
    contender.build(only)
    return time.perf_counter() - begin


def _check_artifacts(
    contender: Contender, functions: Sequence[Function], edits: Sequence[Edit]
) -> None:
    for function in functions:
        contender.artifact(function).check(function, edits)
