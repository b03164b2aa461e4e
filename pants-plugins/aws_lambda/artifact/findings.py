"""The findings of checks.

Each finding has the code of its check. A repository sets the severity of a check, and a target can
accept a finding.

`checks/pages` has a page for each code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from aws_lambda.artifact.commands import explain_command
from aws_lambda.artifact.errors import (
    ChecksError,
    ConfigurationError,
    Where,
    columns,
    describe,
    join_choices,
)

# The most subjects and addresses that a line lists.
_MAX_NAMES = 5
_ENTRY = re.compile(r"(L\d{3})(?::(.+))?", re.DOTALL)


class ChecksFailed(ChecksError):
    """A check found an error. The message shows the code, the facts and the fix of each finding.

    To fix, apply the fix of each finding. If a finding does not matter to the target, accept it
    with the entry of `ignore` that the message shows.
    """


class InvalidIgnore(ConfigurationError):
    """An entry of the field `ignore` names no check.

    To fix, write the code of a check, alone or with a subject: `"L003"`, `"L003:numba"`.
    """


class InvalidChecks(ConfigurationError):
    """An entry of the option `checks` names no check, or no severity.

    To fix, map the code of a check to `error`, `warning`, `info` or `off`: `{ L007 = "error" }`.
    """


class Severity(Enum):
    """The effect of a finding: an `error` fails the build, and `off` is not reported."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"


# Every check: its code, what it says in short, and its severity where pants.toml says none.
CHECKS: Mapping[str, tuple[str, Severity]] = {
    "L001": ("native code for another architecture", Severity.ERROR),
    "L002": ("native code that needs a newer C library", Severity.ERROR),
    "L003": ("native code that needs a library that Lambda lacks", Severity.ERROR),
    "L004": ("a wheel for another platform", Severity.ERROR),
    "L005": ("first-party code imports something that is missing", Severity.ERROR),
    "L006": ("third-party code imports something that is missing", Severity.INFO),
    "L007": ("a module hides one of the standard library", Severity.WARNING),
    "L008": ("a .pth file runs code at every start", Severity.WARNING),
    "L009": ("a distribution is in several layers", Severity.WARNING),
    "L010": ("a layer of unknown content shares a folder with other layers", Severity.INFO),
    # Off, since artifacts give every file a mode that Lambda can read.
    "L011": ("a wheel has files that only their owner can read", Severity.OFF),
    "L012": ("a path that some programs cannot unpack", Severity.ERROR),
    "L013": ("an artifact near the size limit", Severity.WARNING),
    "L014": ("a runtime past its end of support", Severity.WARNING),
    "L015": ("the runtime's SDK with another urllib3", Severity.WARNING),
    "L016": ("an SDK that is imported, and neither locked nor provided", Severity.WARNING),
    "L017": ("a file target that is not packaged", Severity.WARNING),
    "L018": ("a packaged target that is not in the artifact", Severity.WARNING),
    "L019": ("a handler that cannot be verified", Severity.WARNING),
    "L020": ("a pattern that matches nothing", Severity.WARNING),
    "L021": ("an accepted finding that does not exist", Severity.WARNING),
    "L022": ("imports that cannot be verified", Severity.WARNING),
    "L023": ("no interpreter to compile bytecode", Severity.WARNING),
    # Off, since only those who compare zips between machines need to care.
    "L024": ("bytecode of an interpreter that is not pinned", Severity.OFF),
    "L025": ("a module that code names and no artifact contains", Severity.WARNING),
    "L026": ("a file that code names and no artifact contains", Severity.WARNING),
    "L027": ("a plug-in that is locked and not packaged", Severity.INFO),
    "L028": ("a program of a wheel that is not packaged", Severity.WARNING),
    "L029": ("a requirement from a path of one machine", Severity.ERROR),
}


# Checks of the runtime. `package` prints their findings once for all targets.
RUNTIME_CHECKS = frozenset({"L014", "L023", "L024"})


@dataclass(frozen=True, order=True)
class Finding:
    """A finding of the check `code`.

    `subject` is a distribution, a module or a path in the repository; `ignore` can name it after
    the code. `sentence` names the problem, the place and the facts. `fix` continues "To
    fix,". If there is a `doubt` about a finding, it is at most a warning.
    """

    code: str
    subject: str
    sentence: str
    fix: str
    doubt: bool = False

    def is_accepted_by(self, entry: str) -> bool:
        """Whether an entry of `ignore` names the finding's code, alone or with its subject."""
        return entry in (self.code, f"{self.code}:{self.subject}")


def parse_ignore(entries: Iterable[str], *, where: Where) -> tuple[str, ...]:
    """Return the entries of the field `ignore`: a code each, alone or with a subject.

    Raises `InvalidIgnore`, which lists all invalid entries.
    """
    given = tuple(entries)
    wrong = [each for each in given if not _is_entry(each)]
    if wrong:
        raise InvalidIgnore(
            describe(
                f"The field `ignore` of {where} has entries that name no check.",
                facts=[*map(repr, wrong), "", "the checks:", *_table()],
                fix='write the code of a check, alone or with a subject: "L003", "L003:numba".',
            )
        )
    return given


def parse_checks(checks: Mapping[str, object]) -> Mapping[str, Severity]:
    """Return the severity of every check by its code.

    `checks` is the option `[aws-lambda].checks`, which maps codes to severities. Raises
    `InvalidChecks`, which lists all entries that name no check or no severity.
    """
    severities = {each.value: each for each in Severity}
    wrong = [
        (repr(code), repr(severity))
        for code, severity in checks.items()
        if code not in CHECKS or str(severity) not in severities
    ]
    if wrong:
        raise InvalidChecks(
            describe(
                "The option `[aws-lambda].checks` has entries that cannot be used.",
                facts=[*columns(wrong), "", "the checks:", *_table()],
                fix=f"set one of these codes to {join_choices(severities)}.",
            )
        )
    graded = {code: severities[str(severity)] for code, severity in checks.items()}
    return {code: graded.get(code, default) for code, (_, default) in CHECKS.items()}


@dataclass(frozen=True)
class JudgedFindings:
    """The findings that are not accepted, each with its severity, the most severe first."""

    graded: tuple[tuple[Severity, Finding], ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that fail the build."""
        return tuple(finding for severity, finding in self.graded if severity is Severity.ERROR)

    def lines(self) -> list[str]:
        """Return one line for each severity and code, except for checks of the runtime."""
        return [line for code, line in self._lines() if code not in RUNTIME_CHECKS]

    def lines_of_runtime(self) -> list[str]:
        """Return one line for each check of the runtime, equal for all targets that have it."""
        return [line for code, line in self._lines() if code in RUNTIME_CHECKS]

    def _lines(self) -> Iterator[tuple[str, str]]:
        for (severity, code), group in groupby(
            self.graded, key=lambda each: (each[0], each[1].code)
        ):
            yield code, _line(severity, code, [finding for _, finding in group])

    def refuse_errors(self, *, where: Where) -> None:
        """Raise `ChecksFailed` with all errors, if there are any."""
        if self.errors:
            raise ChecksFailed(_message(self.errors, where=where))


# The findings of an artifact before its checks run.
NO_FINDINGS = JudgedFindings(())


def judge_findings(
    findings: Iterable[Finding],
    severities: Mapping[str, Severity],
    ignore: Sequence[str],
    *,
    where: Where,
) -> JudgedFindings:
    """Set the severity of each finding, and remove those that are off or accepted.

    `ignore` has the entries of the target that `where` names. Entries that accept no finding are
    findings of L021.
    """
    entries = [e for e in dict.fromkeys(ignore) if severities[e[:4]] is not Severity.OFF]
    every = list(dict.fromkeys(findings))
    # Entries of L021 come last, since they may accept the findings about the other entries.
    for entry in sorted(entries, key=lambda each: each.startswith("L021")):
        if not any(finding.is_accepted_by(entry) for finding in every):
            every.append(_not_found(entry, where))
    kept = (f for f in every if not any(f.is_accepted_by(entry) for entry in ignore))
    order = list(Severity)
    graded = ((_grade(finding, severities), finding) for finding in kept)
    return JudgedFindings(
        tuple(
            sorted(
                (each for each in graded if each[0] is not Severity.OFF),
                key=lambda each: (order.index(each[0]), each[1]),
            )
        )
    )


def merge_lines(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Return each line once, with the number of its targets and the first of their addresses.

    `lines` are pairs of a line and the address of a target.
    """
    targets: dict[str, list[str]] = {}
    for line, address in lines:
        targets.setdefault(line, []).append(address)
    return [
        f"{line}\n    {len(those)} target{'s' if those[1:] else ''}: "
        + ", ".join(those[:_MAX_NAMES])
        + (f" and {len(those) - _MAX_NAMES} more" if those[_MAX_NAMES:] else "")
        for line, those in targets.items()
    ]


def _not_found(entry: str, where: Where) -> Finding:
    return Finding(
        "L021",
        entry,
        f"The field `ignore` of {where} accepts {entry}, which no check found.",
        "remove the entry from `ignore`.",
    )


def _grade(finding: Finding, severities: Mapping[str, Severity]) -> Severity:
    severity = severities[finding.code]
    return Severity.WARNING if finding.doubt and severity is Severity.ERROR else severity


def _line(severity: Severity, code: str, findings: Sequence[Finding]) -> str:
    first, others = findings[0], findings[1:]
    more = ""
    if others:
        names = list(dict.fromkeys(each.subject for each in others))
        rest = len(names) - _MAX_NAMES
        named = ", ".join(names[:_MAX_NAMES]) + (f" and {rest} more" if rest > 0 else "")
        more = f" The same applies to {len(others)} more: {named}."
    return (
        f"{code} {severity.value}: {first.sentence}{more} To fix, {first.fix} "
        f"({explain_command(code)})"
    )


def _message(errors: Sequence[Finding], *, where: Where) -> str:
    facts: list[str] = []
    for finding in errors:
        facts.extend(
            (
                f"{finding.code}  {finding.sentence}",
                f"      To fix, {finding.fix}",
                f"      {explain_command(finding.code)}",
                "",
            )
        )
    entries = list(dict.fromkeys(_quote(f"{each.code}:{each.subject}") for each in errors))
    sure = {each.code for each in errors if CHECKS[each.code][1] is Severity.ERROR}
    problem = "would fail in Lambda" if sure else "has findings that pants.toml counts as errors"
    if sure == {"L029"}:
        problem = "may contain outdated code"
    return describe(
        f"{where.at_start} {problem}.",
        facts=facts[:-1],
        fix=(
            "apply the fix shown for each finding, or accept the finding on the target: "
            f"`ignore=[{', '.join(entries)}]`."
        ),
    )


def _quote(text: str) -> str:
    """Quote a string for a BUILD file; paths may contain quotes and backslashes."""
    return json.dumps(text, ensure_ascii=False)


def _is_entry(entry: str) -> bool:
    match = _ENTRY.fullmatch(entry)
    return match is not None and match[1] in CHECKS


def _table() -> list[str]:
    return columns([(f"  {code}", title) for code, (title, _) in CHECKS.items()])
