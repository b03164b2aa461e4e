"""Compare the lockfile of a resolve with the lock of another tool that it comes from.

A difference matters if a platform of the resolve's functions gets the distribution. Different
versions are an error. Versions that the source does not determine are a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from aws_lambda.artifact.commands import lock_command
from aws_lambda.artifact.errors import LockfileError, columns, describe
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.wheels.lock_sources import LockSource, SourcePin, constraint_commands
from aws_lambda.artifact.wheels.pex_lock import LockedProject, Lockfile, find_reachable


class LockSourceDrift(LockfileError):
    """A lockfile and its source in `lock_sources` have different versions of a distribution. The
    functions are tested with one version, and deployed with another.

    To fix, run the commands of the message. They export the versions of the source into the
    constraints file of the resolve, and generate the lockfile again.
    """


@dataclass(frozen=True)
class LockComparison:
    """The result of a comparison.

    `error` is the message about different versions, `note` the one about versions that the source
    does not determine, and each is `""` if there are none. `agreed` is the number of distributions
    with the same version in both.
    """

    error: str
    note: str
    agreed: int


@dataclass(frozen=True)
class _Row:
    """A distribution that differs on one platform: its cells in the table of a message."""

    name: str
    source: str
    locked: str


def compare_locks(
    lock: Lockfile,
    source: LockSource,
    platforms: Mapping[str, CompletePlatform],
    *,
    constraints: str | None,
) -> LockComparison:
    """Compare a lockfile with its source on each platform.

    `platforms` maps their names in messages, such as "python3.13 on arm64", to platforms.
    `constraints` is the path of the resolve's constraints file, or `None` if it has none.
    """
    pins: dict[str, list[SourcePin]] = {}
    for pin in source.pins:
        pins.setdefault(pin.name, []).append(pin)
    drifted: dict[_Row, list[str]] = {}
    undetermined: dict[_Row, list[str]] = {}
    agreed = set()
    for name, platform in platforms.items():
        for project in find_reachable(lock, lock.requirements, platform):
            found = pins.get(project.name, ())
            applying = [pin for pin in found if pin.may_apply(platform)]
            differs = _different_versions(project, applying)
            reason = _undetermined_reason(project, found, applying)
            if differs:
                row = _Row(project.name, differs, project.version)
                drifted.setdefault(row, []).append(name)
            elif reason:
                row = _Row(project.name, reason, project.version)
                undetermined.setdefault(row, []).append(name)
            else:
                agreed.add(project.name)
    for name in sorted(lock.unchecked & set(pins)):
        row = _Row(name, "not compared: the lockfile has several versions or overrides it", "")
        undetermined[row] = list(platforms)
    agreed -= {row.name for row in (*drifted, *undetermined)}
    return LockComparison(
        str(_drift_error(lock, source, drifted, platforms, constraints)) if drifted else "",
        (_note(lock, source, undetermined, platforms) if undetermined or source.unread else ""),
        len(agreed),
    )


def describe_agreement(lock: Lockfile, source: LockSource, count: int) -> str:
    """The line about a lockfile that has the versions of its source."""
    distributions = "1 distribution" if count == 1 else f"{count} distributions"
    return (
        f"The lockfile of the resolve `{lock.resolve}` has the versions of {source.path}: "
        f"{distributions}."
    )


def _different_versions(project: LockedProject, pins: Sequence[SourcePin]) -> str:
    """Return the versions in the source if none of them is that of the lockfile, or `""`."""
    versions = [pin.version for pin in pins if pin.version]
    if not versions or any(_is_same(version, project.version) for version in versions):
        return ""
    return " or ".join(dict.fromkeys(versions))


def _undetermined_reason(
    project: LockedProject, found: Sequence[SourcePin], applying: Sequence[SourcePin]
) -> str:
    """Return why the source does not determine the version of a distribution, or `""`."""
    if not found:
        return "not in the source"
    if not applying:
        return "in the source, but not for this platform"
    origins = [pin.origin for pin in applying if pin.origin]
    if origins:
        return f"in the source, but from {origins[0]}"
    if not any(pin.version for pin in applying):
        return "in the source, but not pinned"
    return ""


def _is_same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def _drift_error(
    lock: Lockfile,
    source: LockSource,
    rows: Mapping[_Row, Sequence[str]],
    platforms: Mapping[str, CompletePlatform],
    constraints: str | None,
) -> LockSourceDrift:
    table = _table(
        ("distribution", "source", "lockfile"),
        rows,
        platforms,
        lambda row: (row.name, row.source, row.locked),
    )
    path = constraints or f"3rdparty/python/{lock.resolve}.constraints.txt"
    commands = constraint_commands(source, resolve=lock.resolve, constraints=path)
    which = "this command, which locks" if len(commands) == 1 else "these commands, which lock"
    fix = f"run {which} the versions of the source:\n\n" + "\n".join(
        f"  {command}" for command in commands
    )
    if not constraints:
        fix += (
            "\n\nBefore that, name the constraints file in pants.toml:\n\n"
            f'  [python.resolves_to_constraints_file]\n  {lock.resolve} = "{path}"'
        )
    return LockSourceDrift(
        describe(
            f"The lockfile of the resolve `{lock.resolve}` has other versions than its source.",
            facts=[*_files(lock, source), "", *table],
            why="Artifacts contain the versions of the lockfile.",
            fix=fix,
        )
    )


def _note(
    lock: Lockfile,
    source: LockSource,
    rows: Mapping[_Row, Sequence[str]],
    platforms: Mapping[str, CompletePlatform],
) -> str:
    table = _table(
        ("distribution", "lockfile", "reason"),
        rows,
        platforms,
        lambda row: (row.name, row.locked, row.source),
    )
    unread = [f"not read  {line}" for line in source.unread]
    return describe(
        f"The source of the resolve `{lock.resolve}` does not determine all of its versions.",
        facts=[*_files(lock, source), "", *(table if rows else ()), *unread],
        why="`check` cannot tell whether these agree, so it passes.",
        fix=(
            f"add the missing distributions to the project that {source.path} locks, or remove "
            f"them from the requirements of the resolve and run `{lock_command(lock.resolve)}`."
            if rows
            else "name a file that contains all pins."
        ),
    )


def _files(lock: Lockfile, source: LockSource) -> list[str]:
    return columns([("the lockfile", lock.path), ("the source", source.path)])


def _table(
    heads: tuple[str, str, str],
    rows: Mapping[_Row, Sequence[str]],
    platforms: Iterable[str],
    cells: Callable[[_Row], tuple[str, str, str]],
) -> list[str]:
    """Align rows, with a column for platforms if a row is not about all of them."""
    everywhere = list(platforms)
    ordered = sorted(rows, key=lambda row: (row.name, row.locked, row.source))
    if all(list(rows[row]) == everywhere for row in ordered):
        return columns([heads, *(cells(row) for row in ordered)])
    return columns(
        [(*heads, "platform"), *((*cells(row), ", ".join(rows[row])) for row in ordered)]
    )
