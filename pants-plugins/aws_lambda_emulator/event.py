"""Reads the event for an invocation: a file, standard input, JSON, or the name of an example."""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from aws_lambda_emulator.errors import EmulatorError

# AWS's quotas page: the maximum size of a request, in bytes (2026).
MAX_REQUEST_BYTES = 6 * 1024 * 1024
_EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "events")
_MAX_SHOWN = 80


def example_names() -> list[str]:
    """The names of the example events, sorted."""
    return sorted(name[: -len(".json")] for name in os.listdir(_EXAMPLES) if name.endswith(".json"))


def read_event(given: str, *, folder: str) -> bytes:
    """Read an event as JSON. Relative paths start at `folder`. Raises `EmulatorError`."""
    content = _read_content(given, folder)
    try:
        json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise EmulatorError(
            "The event is not JSON.\n\n"
            f"  --event {given if len(given) < _MAX_SHOWN else given[:_MAX_SHOWN - 3] + '...'}\n"
            f"  {error}\n"
            f"{_describe_path(given, folder)}\n"
            "To fix, give JSON, a file that contains JSON, `-` for standard input, or the name of "
            f"an example: {_list_examples()}."
        ) from None
    check_event_size(content)
    return content


def check_event_size(event: bytes) -> None:
    """Raise `EmulatorError` if the event exceeds Lambda's limit."""
    if len(event) > MAX_REQUEST_BYTES:
        raise EmulatorError(
            "The event exceeds Lambda's limit of 6 MB.\n\n"
            f"  {len(event)} bytes of {MAX_REQUEST_BYTES}\n\n"
            "To fix, store the data in S3 and put the name of the object into the event."
        )


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is valid in Python, but not in JSON")


def _describe_path(given: str, folder: str) -> str:
    """A line that explains why the event is not a file, or `""`."""
    if given == "-" or given.startswith("@"):
        return ""
    path = os.path.join(folder, given)
    if os.path.isdir(path):
        return "  this path is a folder\n"
    return "" if os.path.exists(path) else "  there is no file with this name\n"


def _read_content(given: str, folder: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read()
    if given.startswith("@"):
        return _read_example(given[1:])
    path = os.path.join(folder, given)
    if os.path.isfile(path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise EmulatorError(
                "The event cannot be read.\n\n"
                f"  --event {given}\n"
                f"  {error.strerror}\n\n"
                "To fix, make the file readable for your user."
            ) from None
    return given.encode()


def _read_example(name: str) -> bytes:
    if name not in example_names():
        raise EmulatorError(
            f"There is no example event @{name}.\n\nTo fix, use one of these: {_list_examples()}."
        )
    with open(os.path.join(_EXAMPLES, f"{name}.json"), "rb") as file:
        return file.read()


def _list_examples() -> str:
    return ", ".join(f"@{name}" for name in example_names())
