"""The files of this machine that a function used when it started, and that Lambda may lack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.errors import columns, describe

# As `emulator/host_files.py` judges.
_LACKS, _UNSURE, _HIDDEN = "lacks", "unsure", "hidden"


@dataclass(frozen=True)
class HostFile:
    """A library, a program or a data file.

    `how` says that Lambda `lacks` it, that it is `unsure` whether Lambda has it, or that the
    function did not find it since the emulator has `hidden` it. `fix` follows "To fix,".
    """

    name: str
    path: str
    how: str
    fix: str


def parse_host_files(report: Iterable[Mapping[str, str]]) -> tuple[HostFile, ...]:
    """What `emulator/import_check.py` reports."""
    keys = ("name", "path", "how", "fix")
    return tuple(HostFile(*(each[key] for key in keys)) for each in report)


def hidden_files(files: Iterable[HostFile]) -> Sequence[HostFile]:
    """Those for lack of which the function failed."""
    return [each for each in files if each.how == _HIDDEN]


def explain_hidden_files(files: Iterable[HostFile]) -> str:
    """The cause of a failure, `""` if no file was hidden."""
    found = hidden_files(files)
    if not found:
        return ""
    return (
        f"This machine has {_listed(found)}. Lambda does not have "
        f"{'it' if len(found) == 1 else 'them'}, so the emulator hides "
        f"{'it' if len(found) == 1 else 'them'}."
    )


def join_fixes(files: Iterable[HostFile]) -> str:
    """Each fix once."""
    return " Also, ".join(dict.fromkeys(each.fix for each in files))


def describe_missing_files(files: Iterable[HostFile], *, address: str) -> str:
    """The error for a function that started with files that Lambda lacks, or `""`."""
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
    """What a user should know of a function that started, `""` if nothing."""
    found = [each for each in files if each.how == _UNSURE]
    if not found:
        return ""
    return (
        f"Started, and uses {_listed(found)} of this machine. AWS's images have such files for "
        "their package manager, but AWS does not say whether functions find them."
    )


def _listed(files: Iterable[HostFile]) -> str:
    return ", ".join(f"{each.name} ({each.path})" for each in files)
