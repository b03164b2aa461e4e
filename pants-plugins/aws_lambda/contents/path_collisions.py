"""Settles who gets a path, within an artifact and between a function and its layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from aws_lambda.artifact.collisions.detection import find_path_collisions
from aws_lambda.artifact.collisions.resolution import ResolvedCollisions, resolve_collisions
from aws_lambda.artifact.contents import ArtifactFile, Resolution
from aws_lambda.artifact.layers.incomplete_layers import Lacking
from aws_lambda.artifact.layers.overlap import find_overlaps, settle_overlaps
from aws_lambda.artifact.wheels.record import add_records
from aws_lambda.contents.carried_files import Carried, Ready
from aws_lambda.pants_api import concurrently
from aws_lambda.target_types import LambdaCollisionsField
from aws_lambda.third_party.python_modules import read_modules


async def settle_files(
    carried: Carried, files: Iterable[ArtifactFile], *, reexport: str | None
) -> ResolvedCollisions:
    """The artifact's files, one for each path; an error if two owners differ on one."""
    every = tuple(files)
    undecided = tuple(
        file
        for collision in find_path_collisions(every)
        if collision.may_be_equivalent
        for file in collision.files
    )
    read = await read_modules(carried.reading(undecided))
    settled = resolve_collisions(
        every,
        essences=read.essences(undecided),
        policies=carried.target[LambdaCollisionsField].value,
        reexport_module=reexport,
        root=carried.root,
        where=carried.where,
    )
    return replace(settled, files=add_records(settled.files, every, carried.root))


async def settle_layers(
    function: Ready, layers: Sequence[Ready]
) -> tuple[tuple[Resolution, ...], frozenset[str]]:
    """What hides what between a function and its layers; an error where that matters.

    The entries of the function's `collisions` that confirm it come along.
    """
    if not layers:
        return (), frozenset()
    overlaps = find_overlaps(function.view, [layer.view for layer in layers])
    inits = {f for each in overlaps for f in each.files if f.path.endswith("/__init__.py")}
    artifacts = (function, *layers)
    reads = await concurrently(
        read_modules(each.carried.reading(inits.intersection(each.files))) for each in artifacts
    )
    essences: dict[str, str] = {}
    for each, read in zip(artifacts, reads):
        essences.update(read.essences(inits.intersection(each.files)))
    return settle_overlaps(
        overlaps,
        essences=essences,
        policies=function.carried.target[LambdaCollisionsField].value,
        where=function.carried.where,
    )


def lacking(carried: Carried, settled: ResolvedCollisions) -> tuple[Lacking, ...]:
    """What a layer was given and does not hold, by the entry that says so."""
    by_policy = (each for each in settled.dropped if each.entry in settled.used_policies)
    return tuple(
        Lacking(carried.target.address.spec, carried.root, each.entry, each.files)
        for each in (*carried.left_out, *by_policy)
    )
