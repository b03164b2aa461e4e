"""Loads the lockfile of a resolve."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.util_rules.pex_requirements import (
    LoadedLockfile,
    LoadedLockfileRequest,
    Resolve,
)
from pants.util.logging import LogLevel

from aws_lambda.artifact.commands import lock_command, pants_command
from aws_lambda.artifact.errors import LockfileError, describe
from aws_lambda.artifact.wheels.pex_lock import Lockfile, read_lockfile
from aws_lambda.pants_api import (
    collect_rules,
    get_digest_contents,
    get_lockfile_for_resolve,
    implicitly,
    is_pex_lockfile,
    load_lockfile,
    locks_with_uv,
    rule,
)


class NoLockfile(LockfileError):
    """Resolves are disabled, or the lockfile of the resolve is not in PEX's format. Git leaves such
    a file after a merge with conflicts. Third-party code comes from lockfiles only.

    To fix, set `enable_resolves = true` in `[python]` of pants.toml, and run `pants
    generate-lockfiles`.
    """


@dataclass(frozen=True)
class LockfileRequest:
    resolve: str


@dataclass(frozen=True)
class ResolveLockfile:
    """The lockfile of a resolve: parsed, and as Pants loaded it."""

    lock: Lockfile
    loaded: LoadedLockfile


@dataclass(frozen=True)
class RequirementSet:
    """Requirement strings of a target.

    The walk through the lockfile stops at the projects in `provided`. `typed` are requirement
    strings that only type checkers need.
    """

    requirements: tuple[str, ...]
    provided: frozenset[str] = frozenset()
    typed: tuple[str, ...] = ()


def requirements_of(needs: Iterable[RequirementSet]) -> tuple[str, ...]:
    """The requirement strings of all sets, sorted, as in a `WheelsRequest`."""
    return tuple(sorted({each for need in needs for each in need.requirements}))


@rule(desc="Load the lockfile", level=LogLevel.DEBUG)
async def load_resolve_lockfile(
    request: LockfileRequest, python_setup: PythonSetup
) -> ResolveLockfile:
    if not python_setup.enable_resolves:
        raise NoLockfile(
            describe(
                "Third-party code for AWS Lambda comes from lockfiles, and they are disabled.",
                facts=["[python].enable_resolves = false"],
                fix=(
                    "enable them in pants.toml, and run "
                    f"`{pants_command('generate-lockfiles')}`:\n\n"
                    "  [python]\n"
                    "  enable_resolves = true"
                ),
            )
        )
    lockfile = await get_lockfile_for_resolve(
        Resolve(request.resolve, use_entire_lockfile=False), **implicitly()
    )
    try:
        loaded = await load_lockfile(LoadedLockfileRequest(lockfile), **implicitly())
        content = await get_digest_contents(loaded.lockfile_digest)
        document = json.loads(content[0].content) if is_pex_lockfile(loaded) else None
    except ValueError as failure:  # Such as lines of Git after a merge with conflicts.
        raise NoLockfile(_not_readable(request.resolve, python_setup, str(failure))) from None
    if document is None:
        raise NoLockfile(_not_readable(request.resolve, python_setup))
    return ResolveLockfile(
        read_lockfile(document, path=loaded.lockfile_path, resolve=request.resolve), loaded
    )


def _not_readable(resolve: str, python_setup: PythonSetup, *reasons: str) -> str:
    first = 'set `[python].resolver = "pex"`, and ' if locks_with_uv(python_setup) else ""
    return describe(
        f"The lockfile of the resolve `{resolve}` is not in PEX's format, the only format that can "
        "be read.",
        facts=[python_setup.resolves[resolve], *reasons],
        fix=f"{first}run `{lock_command(resolve)}`.",
    )


def rules() -> Iterable[Any]:
    return collect_rules()
