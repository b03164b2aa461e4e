"""Finds the environment variables that a function looked up although they are not set."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from aws_lambda_emulator.configuration import RESERVED_VARIABLES
from aws_lambda_emulator.invocation import Outcome

# The frame in which `os.environ[…]` fails, of a file or of a frozen module.
_LOOKUP_FRAME = re.compile(r'File "[^"]*\bos(\.py|>)", line \d+, in __getitem__')
# The address of an object in a message, which differs between processes.
_ADDRESS = re.compile("0x[0-9a-f]+")
# How many times, and for how many seconds, an import is repeated to find more variables.
_MAX_ATTEMPTS, _MAX_SECONDS = 20, 30.0
# The value of variables in a repeated import. It is valid as text, as a number and as JSON.
_PLACEHOLDER = "1"


@dataclass(frozen=True)
class ImportAttempt:
    """The outcome of an init phase, and the note of `import_diagnosis.py` about it."""

    outcome: Outcome
    note: Mapping[str, Any]

    @property
    def failure(self) -> tuple[str, ...]:
        """The error in a form that does not differ between processes; empty after a success."""
        if self.outcome.error is None:
            return ()
        error = json.loads(self.outcome.payload)
        texts = (error.get("errorMessage"), *error.get("stackTrace", ()), self.note.get("messages"))
        return (self.outcome.error, *(_ADDRESS.sub("", str(each)) for each in texts))


def unset_variable_name(outcome: Outcome) -> str:
    """The variable whose failed lookup ended the function, if a user may set it; else `""`."""
    if outcome.error != "KeyError":
        return ""
    error = json.loads(outcome.payload)
    last = "".join(map(str, error.get("stackTrace", ())[-1:]))
    name = str(error.get("errorMessage", "")).strip("'\"")
    return name if _LOOKUP_FRAME.search(last) and name not in RESERVED_VARIABLES else ""


def find_unset_variables(
    first: ImportAttempt, attempt: Callable[[Mapping[str, str]], ImportAttempt]
) -> list[str]:
    """Names of the variables without which the import fails, in the order of its failures.

    A failure hides the next one, so the import is repeated with placeholders. A name counts only if
    its placeholder changes how the import fails, because most lookups have a fallback.
    """
    return _Search(attempt).run(first)


def describe_unset_variable(outcome: Outcome, address: str) -> str:
    """A line for the user who ran the function: the unset variable and the fix, or `""`."""
    name = unset_variable_name(outcome)
    if not name:
        return ""
    return (
        f"{address} looked up the variable {name}, which is not set. To fix, add `--env {name}=…`."
    )


class _Search:
    """`found` are the names so far. `harmless` are names whose placeholders changed nothing."""

    def __init__(self, attempt: Callable[[Mapping[str, str]], ImportAttempt]) -> None:
        self.attempt = attempt
        self.found: list[str] = []
        self.harmless: set[str] = set()
        self.attempts_left = _MAX_ATTEMPTS
        self.until = time.monotonic() + _MAX_SECONDS

    def run(self, first: ImportAttempt) -> list[str]:
        last: ImportAttempt | None = first
        while last and last.failure:
            last = self.find_next(last)
        return self.found

    def find_next(self, last: ImportAttempt) -> ImportAttempt | None:
        """Find a cause of the failure. Returns the next attempt, or `None` to end the search."""
        name = unset_variable_name(last.outcome)
        if name and name not in self.found:
            self.found.append(name)
            return self.retry(self.found)
        for names in map(self.new_names, (_required_names(last), _mentioned_names(last))):
            now = self.retry([*self.found, *names]) if names else None
            if now and now.failure != last.failure:
                self.found += names
                return now
            self.harmless.update(names)
        self.guess(self.new_names(_first_party_names(last)))
        return None

    def guess(self, names: list[str]) -> None:
        """Find the names that together make the import succeed.

        If the import fails in another way, the placeholders themselves may be the cause.
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

    def retry(self, names: list[str]) -> ImportAttempt | None:
        if not self.attempts_left or time.monotonic() > self.until:
            return None
        self.attempts_left -= 1
        return self.attempt(dict.fromkeys(names, _PLACEHOLDER))

    def new_names(self, names: list[str]) -> list[str]:
        tried = RESERVED_VARIABLES.union(self.found, self.harmless)
        return [each for each in dict.fromkeys(names) if each not in tried]


def _required_names(attempt: ImportAttempt) -> list[str]:
    return [*attempt.note.get("required", ())]


def _mentioned_names(attempt: ImportAttempt) -> list[str]:
    """Names that any code looked up and did not find, and that the error's message contains."""
    error = json.loads(attempt.outcome.payload)
    words = set(re.findall(r"\w+", f"{attempt.note.get('messages')} {error.get('errorMessage')}"))
    return [name for name, _ in attempt.note.get("unset", ()) if name in words]


def _first_party_names(attempt: ImportAttempt) -> list[str]:
    """Names that first-party code looked up without a fallback and did not find."""
    return [name for name, is_first_party in attempt.note.get("unset", ()) if is_first_party]
