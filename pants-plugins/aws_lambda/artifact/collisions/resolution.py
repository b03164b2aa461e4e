"""Resolve collisions: by the meaning of the files, by a rule, or by the field `collisions`.

A collision that none of them resolves fails the build, since Lambda would run the wrong code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from aws_lambda.artifact.collisions.detection import (
    CollidingFiles,
    Collision,
    find_collisions,
    sort_key,
)
from aws_lambda.artifact.collisions.suggestions import collision_message
from aws_lambda.artifact.contents import ArtifactFile, Owner, OwnerKind, Resolution, normalize_name
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import OmittedFiles

_NONE: Mapping[str, str] = MappingProxyType({})

# The name of the rule for files that no running code depends on, as messages print it.
NO_CODE_RULE = "no code"


@dataclass(frozen=True)
class ResolvedCollisions:
    """The files of an artifact, one for each path, and the outcome of each collision.

    `files` are sorted by path. `dropped` are the files that lost, by the entry or rule that
    decided. `used_policies` are the globs of `collisions` that resolved a collision, and
    `unused_policies` the others.
    """

    files: tuple[ArtifactFile, ...]
    resolutions: tuple[Resolution, ...] = ()
    dropped: tuple[OmittedFiles, ...] = ()
    used_policies: frozenset[str] = frozenset()
    unused_policies: tuple[str, ...] = ()

    def with_resolutions(
        self, resolutions: Iterable[Resolution], policies: Collection[str]
    ) -> ResolvedCollisions:
        """Return a copy with more resolutions, and with the globs that decided them as used."""
        return replace(
            self,
            resolutions=(*self.resolutions, *resolutions),
            used_policies=self.used_policies.union(policies),
            unused_policies=tuple(each for each in self.unused_policies if each not in policies),
        )


def resolve_collisions(
    files: Iterable[ArtifactFile],
    *,
    syntax_digests: Mapping[str, str],
    policies: Mapping[str, str] = _NONE,
    reexport_module: str | None,
    root: str = "",
    where: Where,
) -> ResolvedCollisions:
    """Resolve every collision between the files of a target.

    1. `__init__.py` files with equal syntax digests have the same meaning. `syntax_digests` maps
       the SHA-256 of a file to a digest of its code without comments and docstrings.
    2. `policies` decides other collisions. It maps globs to `"first"`, `"drop"` or the distribution
       that wins, and the first glob that matches applies.
    3. If no policy decides, the first distribution gets a path that no running code depends on.

    `root` is the folder of importable code, and `reexport_module` the top-level module of the
    re-export, or `None` without one. Raises `CollidingFiles`, which lists all collisions that
    remain.
    """
    every = sorted(files, key=sort_key)
    collisions = find_collisions(every, reexport_module)
    equivalent = [each for each in collisions if _is_equivalent(each, syntax_digests)]
    decided = [
        (each, *found)
        for each in collisions
        if each not in equivalent
        for found in [_decide(each, policies, root)]
        if found is not None
    ]
    lost = {file: by for each, winner, by in decided for file in each.find_losers(winner)}
    left = [file for file in every if file not in lost] if lost else every
    remaining = find_collisions(left, reexport_module) if lost else collisions
    unresolved = [each for each in remaining if not _is_equivalent(each, syntax_digests)]
    if unresolved:
        raise CollidingFiles(collision_message(unresolved, policies, where=where))
    by_path = groupby(left, key=lambda file: file.path)
    used = {by for _, _, by in decided}
    return ResolvedCollisions(
        tuple(next(claims) for _, claims in by_path),
        (
            *(each.to_resolution(each.owners[0]) for each in equivalent),
            *(each.to_resolution(winner, by) for each, winner, by in decided),
        ),
        tuple(
            OmittedFiles(entry, tuple(file for file, by in lost.items() if by == entry))
            for entry in dict.fromkeys(lost.values())
        ),
        frozenset(used.intersection(policies)),
        tuple(glob for glob in policies if glob not in used),
    )


def _decide(
    collision: Collision, policies: Mapping[str, str], root: str
) -> tuple[Owner | None, str] | None:
    """Return the winner, or `None` for no owner, and the glob or rule that decides.

    Returns `None` if neither decides.
    """
    if collision.has_kind(OwnerKind.REEXPORT):
        return None
    harmless = (collision.owners[0], NO_CODE_RULE) if collision.is_harmless(root) else None
    for glob, policy in policies.items():
        if collision.matches(glob):
            return _by_policy(collision, glob, policy) or harmless
    return harmless


def _by_policy(collision: Collision, glob: str, policy: str) -> tuple[Owner | None, str] | None:
    if policy == "drop":
        return None, glob
    if policy == "first":
        return min(collision.files, key=lambda file: sort_key(file)[1:]).owner, glob
    named = (owner for owner in collision.owners if owner.project == normalize_name(policy))
    winner = next(named, None) if policy else None
    return (winner, glob) if winner else None


def _is_equivalent(collision: Collision, syntax_digests: Mapping[str, str]) -> bool:
    if not collision.may_be_equivalent or len({file.path for file in collision.files}) > 1:
        return False
    # A file that cannot be parsed has no syntax digest.
    return len({syntax_digests.get(file.sha256) or file.sha256 for file in collision.files}) == 1
