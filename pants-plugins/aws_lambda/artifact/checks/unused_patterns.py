"""Patterns in BUILD files that match nothing, as a rule since they are misspelled: L020."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import Exclusions
from aws_lambda.artifact.findings import Finding


def check_patterns(
    exclude: Exclusions,
    files: Sequence[ArtifactFile],
    unused_collisions: Iterable[str],
    *,
    where: Where,
) -> Iterable[Finding]:
    """L020: patterns of `exclude` and `collisions` that match nothing.

    `files` is the closure of the artifact, including the files of its layers. `unused_collisions`
    are the entries of `collisions` that decided nothing.
    """
    for field, entries in (
        ("exclude", exclude.find_unused(files)),
        ("collisions", unused_collisions),
    ):
        for entry in entries:
            yield Finding(
                "L020",
                entry,
                f"The pattern {entry!r} in the `{field}` of {where} matches nothing.",
                "correct or remove it.",
            )
