"""Which of several owners gets a path: by what the files mean, by a rule, or as the target says."""

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

# How a collision was settled, where no entry of `collisions` said so.
NO_CODE_RULE = "no code"


@dataclass(frozen=True)
class ResolvedCollisions:
    """The files of an artifact, one for each path, sorted by path; and what was decided.

    `dropped` are files that lost, by the entry or rule that says so. `policies` are the entries of
    `collisions` that settled something, and `idle` those that did not.
    """

    files: tuple[ArtifactFile, ...]
    resolutions: tuple[Resolution, ...] = ()
    dropped: tuple[OmittedFiles, ...] = ()
    used_policies: frozenset[str] = frozenset()
    unused_policies: tuple[str, ...] = ()

    def with_resolutions(
        self, resolutions: Iterable[Resolution], policies: Collection[str]
    ) -> ResolvedCollisions:
        """With what else was decided, and the entries that were not idle after all."""
        return replace(
            self,
            resolutions=(*self.resolutions, *resolutions),
            used_policies=self.used_policies.union(policies),
            unused_policies=tuple(each for each in self.unused_policies if each not in policies),
        )


def resolve_collisions(
    files: Iterable[ArtifactFile],
    *,
    essences: Mapping[str, str],
    policies: Mapping[str, str] = _NONE,
    reexport_module: str | None,
    root: str = "",
    where: Where,
) -> ResolvedCollisions:
    """Decide every collision of a target, or raise `CollidingFiles` with all that nobody settles.

    `essences` maps the SHA-256 of an `__init__.py` to a digest of what it means, comments and
    docstrings aside. `policies` maps globs to `"first"`, `"drop"` or the distribution that wins;
    the first glob that matches counts. `root` is the folder of importable code.
    """
    every = sorted(files, key=sort_key)
    clashes = find_collisions(every, reexport_module)
    equal = [each for each in clashes if _is_equivalent(each, essences)]
    decided = [
        (each, *found)
        for each in clashes
        if each not in equal
        for found in [_decide(each, policies, root)]
        if found is not None
    ]
    lost = {file: by for each, winner, by in decided for file in each.find_losers(winner)}
    left = [file for file in every if file not in lost] if lost else every
    remaining = find_collisions(left, reexport_module) if lost else clashes
    open_ones = [each for each in remaining if not _is_equivalent(each, essences)]
    if open_ones:
        raise CollidingFiles(collision_message(open_ones, policies, where=where))
    by_path = groupby(left, key=lambda file: file.path)
    used = {by for _, _, by in decided}
    return ResolvedCollisions(
        tuple(next(claims) for _, claims in by_path),
        (
            *(each.to_resolution(each.owners[0]) for each in equal),
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
    clash: Collision, policies: Mapping[str, str], root: str
) -> tuple[Owner | None, str] | None:
    """Who wins, `None` for nobody, and by which glob or rule; or `None` if nothing decides it."""
    if clash.has_kind(OwnerKind.REEXPORT):
        return None
    harmless = (clash.owners[0], NO_CODE_RULE) if clash.is_harmless(root) else None
    for glob, policy in policies.items():
        if clash.matches(glob):
            return _by_policy(clash, glob, policy) or harmless
    return harmless


def _by_policy(clash: Collision, glob: str, policy: str) -> tuple[Owner | None, str] | None:
    if policy == "drop":
        return None, glob
    if policy == "first":
        return min(clash.files, key=lambda file: sort_key(file)[1:]).owner, glob
    named = (owner for owner in clash.owners if owner.project == normalize_name(policy))
    winner = next(named, None) if policy else None
    return (winner, glob) if winner else None


def _is_equivalent(collision: Collision, essences: Mapping[str, str]) -> bool:
    if not collision.may_be_equivalent or len({file.path for file in collision.files}) > 1:
        return False
    # A file that could not be parsed has no essence.
    return len({essences.get(file.sha256) or file.sha256 for file in collision.files}) == 1
