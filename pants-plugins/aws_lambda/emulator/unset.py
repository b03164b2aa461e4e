"""A variable of the environment that a function looked up, and that nobody set."""

from __future__ import annotations

import json
import re

from .environment import REFUSED
from .function import Outcome

# The frame in which `os.environ[…]` fails, of a file or frozen.
_LOOKED_UP = re.compile(r'File "[^"]*\bos(\.py|>)", line \d+, in __getitem__')


def unset_variable(outcome: Outcome) -> str:
    """Its name, if that is why the function failed and one may set it, else `""`."""
    if outcome.error != "KeyError":
        return ""
    fault = json.loads(outcome.payload)
    last = "".join(map(str, fault.get("stackTrace", ())[-1:]))
    name = str(fault.get("errorMessage", "")).strip("'\"")
    return name if _LOOKED_UP.search(last) and name not in REFUSED else ""


def hint(outcome: Outcome, address: str) -> str:
    """What to do about it, for the one who ran the function; `""` where there is none."""
    name = unset_variable(outcome)
    if not name:
        return ""
    return (
        f"{address} looked up the variable {name}, which is not set. To fix, add `--env {name}=…`."
    )
