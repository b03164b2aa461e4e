"""What callers may call a function: its name, its address, an ARN, and a qualifier after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from aws_lambda_emulator.environment import ACCOUNT, REGION
from aws_lambda_emulator.fault import EmulatorFault

Function = TypeVar("Function")

# What may stand before a name, whole or in part: botocore's pattern of FunctionName (2026).
_BEFORE = re.compile(
    r"(arn:aws[a-zA-Z-]*:lambda:)?([a-z]{2,4}(-[a-z]+)+-\d:)?(\d{12}:)?(function:)?"
)


class Names(Generic[Function]):
    """Functions by name and by address. Raises `EmulatorFault` where one word means two of them."""

    def __init__(self, functions: Iterable[tuple[str, str, Function]]) -> None:
        self._found: dict[str, tuple[str, Function]] = {}
        for name, address, function in functions:
            for word in sorted({name, address}):
                if word in self._found:
                    raise _two_with(word, self._found[word][0], address)
                self._found[word] = (address, function)

    def find(self, given: str) -> tuple[Function, str] | None:
        """The function, and the qualifier or `""`. Regions and accounts are not looked at."""
        for text in (given, _own_part(given)):
            for word, qualifier in ((text, ""), _parted(text)):
                if word in self._found:
                    return self._found[word][1], qualifier
        return None

    def __iter__(self) -> Iterator[Function]:
        """Each once, in the order in which they were given."""
        return iter({id(function): function for _, function in self._found.values()}.values())


def _own_part(given: str) -> str:
    before = _BEFORE.match(given)
    return given[before.end() :] if before else given


def _parted(text: str) -> tuple[str, str]:
    word, _, qualifier = text.rpartition(":")
    return word, qualifier


def arn_of_unknown(given: str) -> str:
    """The ARN that Lambda would say is not there."""
    if given.startswith("arn:"):
        return given
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{_own_part(given)}"


def _two_with(word: str, first: str, second: str) -> EmulatorFault:
    return EmulatorFault(
        f"Two functions would answer to {word!r}.\n\n"
        f"  {first}\n"
        f"  {second}\n\n"
        "To fix, give one of them another `function_name`, or serve them apart, each with a "
        "`--port`."
    )
