"""Puts a function of ours around that of a rule of Pants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pants.engine.internals.rule_visitor import collect_awaitables

from aws_lambda.pants_api.versions import SINCE_2_20

_ASKED_FOR = "awaitables" if SINCE_2_20 else "input_gets"


def wrap_rule(
    rule_of_pants: Any,
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]],
    asks: Callable[..., Any] | None = None,
) -> None:
    """Replace the function of a rule by what `wrap` makes of it, once.

    `asks` is a coroutine that the new function awaits: Pants must know which rules it calls.
    """
    of_pants = rule_of_pants.rule
    if of_pants.func.__module__ == wrap.__module__:
        return
    object.__setattr__(of_pants, "func", wrap(of_pants.func))
    if asks:
        before = getattr(of_pants, _ASKED_FOR)
        object.__setattr__(of_pants, _ASKED_FOR, type(before)([*before, *collect_awaitables(asks)]))
