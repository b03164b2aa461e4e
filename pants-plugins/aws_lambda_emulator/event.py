"""What is given as an event: a file, standard input, JSON, or the name of an example."""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from aws_lambda_emulator.fault import EmulatorFault

# AWS's quotas page: what a request may hold, in bytes (2026).
MOST_ASKED_BYTES = 6 * 1024 * 1024
_EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "events")


def examples() -> list[str]:
    """The names of the example events."""
    return sorted(name[: -len(".json")] for name in os.listdir(_EXAMPLES) if name.endswith(".json"))


def read_event(given: str, *, folder: str) -> bytes:
    """The event as JSON. Relative paths are from `folder`. Raises `EmulatorFault`."""
    content = _content(given, folder)
    try:
        json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise EmulatorFault(
            "The event is not JSON.\n\n"
            f"  --event {given if len(given) < 80 else given[:77] + '...'}\n"
            f"  {error}\n"
            f"{_as_a_path(given, folder)}\n"
            "To fix, give JSON, a file that holds JSON, `-` for standard input, or the name of an "
            f"example: {_listed()}."
        ) from None
    return as_event(content)


def as_event(content: bytes) -> bytes:
    """The content, if Lambda takes as much. Raises `EmulatorFault`."""
    if len(content) > MOST_ASKED_BYTES:
        raise EmulatorFault(
            "The event is larger than what Lambda takes.\n\n"
            f"  {len(content)} bytes of {MOST_ASKED_BYTES}\n\n"
            "To fix, let the event name an object in S3 that holds the rest."
        )
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is Python's, and not JSON's")


def _as_a_path(given: str, folder: str) -> str:
    """What is to be said of it as a file, a line or none."""
    if given == "-" or given.startswith("@"):
        return ""
    path = os.path.join(folder, given)
    if os.path.isdir(path):
        return "  it is a folder\n"
    return "" if os.path.exists(path) else "  and there is no file of this name\n"


def _content(given: str, folder: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read()
    if given.startswith("@"):
        return _example(given[1:])
    path = os.path.join(folder, given)
    if os.path.isfile(path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise EmulatorFault(
                "The event cannot be read.\n\n"
                f"  --event {given}\n"
                f"  {error.strerror}\n\n"
                "To fix, see that you may read the file."
            ) from None
    return given.encode()


def _example(name: str) -> bytes:
    if name not in examples():
        raise EmulatorFault(
            f"There is no example event @{name}.\n\nTo fix, use one of these: {_listed()}."
        )
    with open(os.path.join(_EXAMPLES, f"{name}.json"), "rb") as file:
        return file.read()


def _listed() -> str:
    return ", ".join(f"@{name}" for name in examples())
