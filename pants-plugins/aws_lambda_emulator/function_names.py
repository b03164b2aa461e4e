"""Finds functions by the names that callers use: name, address or ARN, and a qualifier."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from aws_lambda_emulator.configuration import ACCOUNT, REGION
from aws_lambda_emulator.errors import EmulatorError

Function = TypeVar("Function")

# The optional parts of an ARN before a name: botocore's pattern of FunctionName (2026).
_ARN_PREFIX = re.compile(
    r"(arn:aws[a-zA-Z-]*:lambda:)?([a-z]{2,4}(-[a-z]+)+-\d:)?(\d{12}:)?(function:)?"
)


class FunctionNames(Generic[Function]):
    """Functions by name and by address. Raises `EmulatorError` if a word means two functions."""

    def __init__(self, functions: Iterable[tuple[str, str, Function]]) -> None:
        """`functions` are tuples of a name, an address and a function."""
        self._by_word: dict[str, tuple[str, Function]] = {}
        for name, address, function in functions:
            for word in sorted({name, address}):
                if word in self._by_word:
                    raise _ambiguous(word, self._by_word[word][0], address)
                self._by_word[word] = (address, function)

    def find(self, given: str) -> tuple[Function, str] | None:
        """Find a function. Returns it with the qualifier or `""`. Ignores region and account."""
        for text in (given, _without_arn_prefix(given)):
            for word, qualifier in ((text, ""), _split_qualifier(text)):
                if word in self._by_word:
                    return self._by_word[word][1], qualifier
        return None

    def __iter__(self) -> Iterator[Function]:
        """Each function once, in the given order."""
        return iter({id(function): function for _, function in self._by_word.values()}.values())


def _without_arn_prefix(given: str) -> str:
    prefix = _ARN_PREFIX.match(given)
    return given[prefix.end() :] if prefix else given


def _split_qualifier(text: str) -> tuple[str, str]:
    word, _, qualifier = text.rpartition(":")
    return word, qualifier


def arn_of_unknown_function(given: str) -> str:
    """The ARN in Lambda's message about a function that does not exist."""
    if given.startswith("arn:"):
        return given
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{_without_arn_prefix(given)}"


def _ambiguous(word: str, first: str, second: str) -> EmulatorError:
    return EmulatorError(
        f"The name {word!r} means two functions.\n\n"
        f"  {first}\n"
        f"  {second}\n\n"
        "To fix, set another `function_name` on one of them, or serve them separately, each with "
        "its own `--port`."
    )
