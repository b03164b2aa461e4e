"""Names and addresses of the targets that the translation of templates adds."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from packaging.requirements import Requirement

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def address_of(folder: str, name: str) -> str:
    """Return the address of a target, without its name if it is the default one."""
    if folder == ".":
        return f"//:{name}"
    return folder if posixpath.basename(folder) == name else f"{folder}:{name}"


def requirement_name(requirement: Requirement) -> str:
    """Return the name that `python_requirements` gives a distribution's target."""
    return requirement.name.lower().replace("_", "-").replace(".", "-")


def resolve_name(folder: str) -> str:
    """Return the name of a resolve for the code in a folder."""
    return "-".join(each.lower() for each in _WORDS.findall(posixpath.basename(folder))) or "python"


def function_name(logical_id: str) -> str:
    """Return a name for the target of a function: `create-order` for CreateOrderFunction."""
    words = _WORDS.findall(logical_id)
    while len(words) > 1 and words[-1].lower() in ("function", "lambda", "fn"):
        words.pop()
    return "-".join(each.lower() for each in words) or "fn"


def free_name(name: str, taken: Iterable[str | None]) -> str:
    """Return the name, with a number if it is taken."""
    names = set(taken)
    return next(each for each in _numbered(name) if each not in names)


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 1000):
        yield f"{name}-{number}"
