"""Output paths below `dist/` that conflict: targets would overwrite each other's files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, order=True)
class Output:
    """A path below `dist/` that a target writes. `is_ours` marks targets of this backend."""

    path: str
    address: str
    alias: str
    is_ours: bool


def find_conflicts(outputs: Iterable[Output]) -> tuple[tuple[Output, Output], ...]:
    """The pairs of outputs that conflict, sorted.

    They belong to different targets, at least one of them of this backend, and have the same path,
    or one is a file where the other needs a folder.
    """
    by_path: dict[str, list[Output]] = {}
    for output in sorted(outputs):
        by_path.setdefault(output.path, []).append(output)
    found = {pair for claims in by_path.values() for pair in combinations(claims, 2)}
    for path, claims in by_path.items():
        steps = path.split("/")
        for i in range(1, len(steps)):
            for folder in by_path.get("/".join(steps[:i]), ()):
                found.update((folder, claim) for claim in claims)
    return tuple(
        sorted(
            (one, other)
            for one, other in found
            if one.address != other.address and (one.is_ours or other.is_ours)
        )
    )


def conflicting_outputs(pairs: Iterable[tuple[Output, Output]]) -> tuple[Output, ...]:
    """The first conflicting output of each target, sorted."""
    first: dict[str, Output] = {}
    for output in sorted(each for pair in pairs for each in pair):
        first.setdefault(output.address, output)
    return tuple(sorted(first.values()))
