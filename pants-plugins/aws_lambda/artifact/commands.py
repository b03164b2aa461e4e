"""Commands of Pants in messages, as users can paste them.

Users start Pants as `pants`, `./pants` or by another name. The core does not know Pants, so
`pants_api/command_name.py` tells this module how to look up the name.
"""

from __future__ import annotations

from collections.abc import Callable


def _default_name() -> str:
    return "pants"


_look_up: Callable[[], str] = _default_name


def look_up_name_by(look_up: Callable[[], str]) -> None:
    """Let commands begin with the name that `look_up` returns."""
    global _look_up
    _look_up = look_up


def pants_name() -> str:
    """The name by which the user starts Pants."""
    return _look_up()


def pants_command(arguments: str) -> str:
    """The command that runs Pants with these arguments."""
    return f"{_look_up()} {arguments}"


def explain_command(code: str) -> str:
    """The command that prints the page of a check or an error."""
    return pants_command(f"lambda-explain -- {code}")


def lock_command(resolve: str) -> str:
    """The command that generates the lockfile of a resolve."""
    return pants_command(f"generate-lockfiles --resolve={resolve}")
