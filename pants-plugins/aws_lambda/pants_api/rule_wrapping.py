"""Wraps rules of Pants in functions of this backend.

Pants 2.17 to 2.32 offer no other way to change what one of their rules does. Remove this with the
first Pants that does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pants.engine.internals.rule_visitor import collect_awaitables

from aws_lambda.pants_api.versions import SINCE_2_20

# The attribute of a rule with the requests that its function makes.
_REQUESTS = "awaitables" if SINCE_2_20 else "input_gets"


def wrap_rule(
    rule_of_pants: Any,
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]],
    asks: Iterable[Callable[..., Any]] = (),
) -> None:
    """Replace the function of a rule by the result of `wrap`, which gets that function.

    A second call with the same `wrap` changes nothing. `asks` are coroutine functions that the new
    function awaits: Pants must know in advance which rules they call.
    """
    rule = rule_of_pants.rule
    if rule.func.__module__ == wrap.__module__:
        return
    wrapped = wrap(rule.func)
    # Pants prints these in errors about rules.
    wrapped.__dict__.update(rule.func.__dict__)
    object.__setattr__(rule, "func", wrapped)
    requests = getattr(rule, _REQUESTS)
    more = (each for asked in asks for each in collect_awaitables(asked))
    object.__setattr__(rule, _REQUESTS, type(requests)([*requests, *more]))
