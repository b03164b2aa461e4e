"""Variables of the environment that a function looked up, and that nobody set."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from aws_lambda_emulator.environment import REFUSED
from aws_lambda_emulator.function import Outcome

# The frame in which `os.environ[…]` fails, of a file or frozen.
_LOOKED_UP = re.compile(r'File "[^"]*\bos(\.py|>)", line \d+, in __getitem__')
# What differs from process to process in a message: the address of an object.
_ADDRESS = re.compile("0x[0-9a-f]+")
# How often, and for how many seconds, an import is tried again to find more variables.
_MOST_ATTEMPTS, _MOST_SECONDS = 20, 30.0
# A value for trying again: text, a number, and JSON.
_PLACEHOLDER = "1"


@dataclass(frozen=True)
class Attempt:
    """An init phase, and the note that `failed_import.py` wrote about it."""

    outcome: Outcome
    note: Mapping[str, Any]

    @property
    def failure(self) -> tuple[str, ...]:
        """The error, in a form that is the same in every process; empty if nothing failed."""
        if self.outcome.error is None:
            return ()
        fault = json.loads(self.outcome.payload)
        told = (fault.get("errorMessage"), *fault.get("stackTrace", ()), self.note.get("said"))
        return (self.outcome.error, *(_ADDRESS.sub("", str(each)) for each in told))


def unset_variable(outcome: Outcome) -> str:
    """Its name, if that is why the function failed and one may set it, else `""`."""
    if outcome.error != "KeyError":
        return ""
    fault = json.loads(outcome.payload)
    last = "".join(map(str, fault.get("stackTrace", ())[-1:]))
    name = str(fault.get("errorMessage", "")).strip("'\"")
    return name if _LOOKED_UP.search(last) and name not in REFUSED else ""


def unset_variables(first: Attempt, attempt: Callable[[Mapping[str, str]], Attempt]) -> list[str]:
    """Names of the variables without which the import fails, in the order of its failures.

    One failure hides the next, so the import is tried again with placeholders. A name counts only
    if its placeholder changes how the import fails, since most code does without a variable.
    """
    return _Search(attempt).run(first)


class _Search:
    """`found` grows; `harmless` are variables whose placeholders changed nothing."""

    def __init__(self, attempt: Callable[[Mapping[str, str]], Attempt]) -> None:
        self.attempt = attempt
        self.found: list[str] = []
        self.harmless: set[str] = set()
        self.left = _MOST_ATTEMPTS
        self.until = time.monotonic() + _MOST_SECONDS

    def run(self, first: Attempt) -> list[str]:
        last: Attempt | None = first
        while last and last.failure:
            last = self.next(last)
        return self.found

    def next(self, last: Attempt) -> Attempt | None:
        """The next failure, or the start, once a cause of this one is found."""
        name = unset_variable(last.outcome)
        if name and name not in self.found:
            self.found.append(name)
            return self.retry(self.found)
        for names in map(self.unknown, (_required(last), _mentioned(last))):
            now = self.retry([*self.found, *names]) if names else None
            if now and now.failure != last.failure:
                self.found += names
                return now
            self.harmless.update(names)
        self.guess(self.unknown(_of_first_party(last)))
        return None

    def guess(self, names: list[str]) -> None:
        """Take those of the names that the import needs together to succeed.

        If it fails in another way, the placeholders themselves may be the cause.
        """
        now = self.retry([*self.found, *names]) if names else None
        if not now or now.failure:
            return
        for name in [*names]:
            others = [each for each in names if each != name]
            without = self.retry([*self.found, *others])
            if without and not without.failure:
                names = others
        self.found += names

    def retry(self, names: list[str]) -> Attempt | None:
        if not self.left or time.monotonic() > self.until:
            return None
        self.left -= 1
        return self.attempt(dict.fromkeys(names, _PLACEHOLDER))

    def unknown(self, names: list[str]) -> list[str]:
        tried = REFUSED.union(self.found, self.harmless)
        return [each for each in dict.fromkeys(names) if each not in tried]


def _required(attempt: Attempt) -> list[str]:
    return [*attempt.note.get("required", ())]


def _mentioned(attempt: Attempt) -> list[str]:
    """Names that were looked up in vain, by any code, and that the error's message has."""
    fault = json.loads(attempt.outcome.payload)
    words = set(re.findall(r"\w+", f"{attempt.note.get('said')} {fault.get('errorMessage')}"))
    return [name for name, _ in attempt.note.get("unset", ()) if name in words]


def _of_first_party(attempt: Attempt) -> list[str]:
    """Names that first-party code looked up in vain, without a fallback."""
    return [name for name, is_ours in attempt.note.get("unset", ()) if is_ours]


def hint(outcome: Outcome, address: str) -> str:
    """What to do about it, for the one who ran the function; `""` where there is none."""
    name = unset_variable(outcome)
    if not name:
        return ""
    return (
        f"{address} looked up the variable {name}, which is not set. To fix, add `--env {name}=…`."
    )
