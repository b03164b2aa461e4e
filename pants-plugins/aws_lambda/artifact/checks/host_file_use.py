"""Libraries, programs and data files of this machine that a function uses and Lambda may not have.

`check` starts a function on this machine, where it may find files that only work here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.errors import columns, describe

# The values of `how`, which `aws_lambda_emulator/host_files.py` decides.
_LACKS, _UNSURE, _HIDDEN = "lacks", "unsure", "hidden"


@dataclass(frozen=True)
class HostFile:
    """A library, program or data file of this machine that a function opened or looked for.

    `how` is "lacks" if Lambda does not have it, "unsure" if it is unknown whether Lambda has it,
    and "hidden" if the emulator hid it from the function. `fix` continues "To fix,".
    """

    name: str
    path: str
    how: str
    fix: str


def parse_host_files(report: Iterable[Mapping[str, str]]) -> tuple[HostFile, ...]:
    """The files in the report of `aws_lambda_emulator/import_check.py`."""
    keys = ("name", "path", "how", "fix")
    return tuple(HostFile(*(each[key] for key in keys)) for each in report)


def hidden_files(files: Iterable[HostFile]) -> Sequence[HostFile]:
    """The files that the emulator hid, so that the function failed."""
    return [each for each in files if each.how == _HIDDEN]


def explain_hidden_files(files: Iterable[HostFile]) -> str:
    """The sentences that explain a failure by hidden files, or `""` if no file was hidden."""
    found = hidden_files(files)
    if not found:
        return ""
    return (
        f"This machine has {_listed(found)}. Lambda does not have "
        f"{'it' if len(found) == 1 else 'them'}, so the emulator hides "
        f"{'it' if len(found) == 1 else 'them'}."
    )


def join_fixes(files: Iterable[HostFile]) -> str:
    """The fixes of the files, each one once, in one text."""
    return " Also, ".join(dict.fromkeys(each.fix for each in files))


def describe_missing_files(files: Iterable[HostFile], *, address: str) -> str:
    """The error for a function that started with files that Lambda does not have, or `""`."""
    found = [each for each in files if each.how == _LACKS]
    if not found:
        return ""
    return describe(
        f"The `lambda_function` target {address} uses files of this machine that Lambda does not "
        "have.",
        facts=columns([(each.name, each.path) for each in found]),
        why="They are in none of the packages that AWS lists for its images.",
        fix=join_fixes(found),
    )


def describe_uncertain_files(files: Iterable[HostFile]) -> str:
    """The note on a function that started with files that Lambda may not have, or `""`."""
    found = [each for each in files if each.how == _UNSURE]
    if not found:
        return ""
    return (
        f"Started, using {_listed(found)} from this machine. AWS's images contain "
        "such files for their package manager, but AWS does not say whether functions can use them."
    )


def _listed(files: Iterable[HostFile]) -> str:
    return ", ".join(f"{each.name} ({each.path})" for each in files)
