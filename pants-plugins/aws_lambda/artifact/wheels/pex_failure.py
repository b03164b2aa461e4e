"""Explains why PEX could not fetch or build the wheels of a lockfile.

Output that `pex_output` does not understand is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from aws_lambda.artifact.commands import lock_command, pants_command
from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.errors import (
    LambdaError,
    LockfileError,
    WheelError,
    Where,
    columns,
    describe,
    output_lines,
)
from aws_lambda.artifact.wheels.pex_lock import Lockfile
from aws_lambda.artifact.wheels.pex_output import FailedFile, ProblemKind, read_failed_files

_MOST_LINES = 12
_NO_REQUIREMENT = re.compile(r"No matching distribution found for (\S+)")
_FIXES = {
    ProblemKind.FILE_MISSING: (
        "run `{relock}`, which locks files that exist, or restore the file."
    ),
    ProblemKind.ACCESS_DENIED: (
        "give the index its user and password in pants.toml:\n\n"
        "  [python-repos]\n"
        '  indexes = ["https://%(env.INDEX_USER)s:%(env.INDEX_PASSWORD)s@INDEX/simple"]'
    ),
    ProblemKind.NO_ANSWER: (
        "make sure that this machine can reach the address, and run the command again. If the "
        "index has moved, set `[python-repos].indexes`, and run `{relock}`."
    ),
    ProblemKind.INVALID_WHEEL: (
        "run the command again, since the download may be damaged. If it is not, lock another "
        "version, and report the wheel to its project."
    ),
}


class SdistNotBuilt(WheelError):
    """PEX could not build a wheel of a distribution from its sdist.

    The lockfile has no wheel of it that fits the platform.

    To fix, lock a version that has a wheel for the platform, or build the wheel in the runtime's
    build image, as the message shows. With `-ldebug`, Pants prints the whole output of the build.
    """


class FileNotFetched(LockfileError):
    """A file that the lockfile names could not be fetched.

    The package index or folder does not have the file, does not answer, or refuses the access.

    To fix, apply the fix of the message. `pants generate-lockfiles` locks files that exist.
    """


class HashMismatch(LockfileError):
    """A file does not have the hash that is in the lockfile. Another file has taken its place, or
    the download was damaged.

    To fix, run the command again. If the new file is right, run `pants generate-lockfiles`.
    """


class PexFailed(WheelError):
    """PEX could not resolve third-party code from the lockfile. The message contains PEX's own
    output.

    To fix, follow PEX's message. If the requirements are newer than the lockfile, run `pants
    generate-lockfiles`.
    """


def explain_failure(
    output: str,
    lock: Lockfile,
    *,
    platform_name: str,
    where: Where,
    wheel_fix: Callable[[Iterable[str]], str],
) -> LambdaError:
    """Return the error for PEX's output.

    `platform_name` is the platform as messages print it. `wheel_fix` returns the fix for these
    distributions, which have no wheel for the platform.
    """
    failed = read_failed_files(output)
    changed = {_describe(each, lock): each for each in failed if each.hashes}
    if changed:
        return HashMismatch(_changed(changed, lock, where=where))
    missing = {_describe(each, lock): each for each in failed if each.problem}
    if missing:
        return FileNotFetched(_not_fetched(missing, lock, where=where))
    builds = {_describe(each, lock): each for each in failed if each.is_build}
    if builds:
        return SdistNotBuilt(
            _not_built(
                builds, lock, platform_name=platform_name, where=where, wheel_fix=wheel_fix(builds)
            )
        )
    return PexFailed(
        describe(
            f"PEX could not resolve the third-party code of {where}.",
            facts=[line for line in output_lines(output) if line][-_MOST_LINES:],
            why=_see_output(where),
            fix=(
                "follow the message of PEX above. If the lockfile is older than the requirements, "
                f"run `{lock_command(lock.resolve)}`."
            ),
        )
    )


def _describe(file: FailedFile, lock: Lockfile) -> str:
    """The name and the locked version of a distribution."""
    project = lock.projects.get(normalize_name(file.name))
    return f"{project.name} {project.version}" if project else file.name


def _facts(
    head: Sequence[tuple[str, str]], files: Mapping[str, Sequence[tuple[str, str]]]
) -> list[str]:
    facts = columns(head)
    for name, rows in files.items():
        facts.extend(["", name, *(f"  {row}" for row in columns(rows))])
    return facts


def _see_output(where: Where) -> str:
    command = pants_command(f"-ldebug package {where.address}")
    return f"To see the whole output, run `{command}`."


def _changed(failed: Mapping[str, FailedFile], lock: Lockfile, *, where: Where) -> str:
    rows = {
        name: [("its file", each.url), ("locked", each.hashes[0]), ("fetched", each.hashes[1])]
        for name, each in failed.items()
        if each.hashes
    }
    return describe(
        f"Files of {where} do not have the hashes in the lockfile.",
        facts=_facts([("the lockfile", lock.path)], rows),
        why="Another file has taken the place of the locked one, or the download was damaged.",
        fix=(
            "run the command again. If the hash differs again, and you trust the new file, run "
            f"`{lock_command(lock.resolve)}`."
        ),
    )


def _not_fetched(failed: Mapping[str, FailedFile], lock: Lockfile, *, where: Where) -> str:
    problems = [each.problem for each in failed.values() if each.problem]
    rows = {
        name: [("its file", each.url), ("the problem", problem)]
        for (name, each), (problem, _) in zip(failed.items(), problems)
    }
    return describe(
        f"Files that the lockfile of {where} names could not be fetched.",
        facts=_facts([("the lockfile", lock.path)], rows),
        fix=_FIXES[problems[0][1]].format(relock=lock_command(lock.resolve)),
    )


def _not_built(
    failed: Mapping[str, FailedFile],
    lock: Lockfile,
    *,
    platform_name: str,
    where: Where,
    wheel_fix: str,
) -> str:
    causes = {name: each.causes for name, each in failed.items()}
    rows = {
        name: [("its sdist", each.url), *(("the build", line) for line in causes[name])]
        for name, each in failed.items()
    }
    needed = _NO_REQUIREMENT.search("\n".join(line for each in causes.values() for line in each))
    first = (
        f"make sure that this machine can reach an index with `{needed[1]}`, which the build "
        "requires. Or "
        if needed
        else ""
    )
    return describe(
        f"PEX could not build distributions of {where} from their sdists.",
        facts=_facts([("the platform", platform_name), ("the lockfile", lock.path)], rows),
        why=(
            "The lockfile has no wheel of them for the platform, so PEX runs their build on this "
            f"machine, with the Python of Pants. {_see_output(where)}"
        ),
        fix=f"{first}{wheel_fix}",
    )
