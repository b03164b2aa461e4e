"""Finds the owner of each path, within an artifact and between a function and its layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from aws_lambda.artifact.collisions.detection import find_path_collisions
from aws_lambda.artifact.collisions.resolution import ResolvedCollisions, resolve_collisions
from aws_lambda.artifact.contents import ArtifactFile, Resolution
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.incomplete_layers import LayerOmission
from aws_lambda.artifact.layers.overlap import find_overlaps, resolve_overlaps
from aws_lambda.artifact.wheels.record import add_records
from aws_lambda.contents.carried_files import CarriedFiles, request_modules_of
from aws_lambda.pants_api import concurrently
from aws_lambda.target_types import LambdaCollisionsField
from aws_lambda.third_party.python_modules import read_modules


async def resolve_path_collisions(
    carried: CarriedFiles, files: Iterable[ArtifactFile], *, reexport: str | None
) -> ResolvedCollisions:
    """Keep one file for each path. Raise `CollidingFiles` if owners differ and nothing decides."""
    every = tuple(files)
    undecided = tuple(
        file
        for collision in find_path_collisions(every)
        if collision.may_be_equivalent
        for file in collision.files
    )
    request = await request_modules_of(carried, undecided)
    read = await read_modules(request)
    settled = resolve_collisions(
        every,
        syntax_digests=read.syntax_digests(undecided),
        policies=carried.target[LambdaCollisionsField].value,
        reexport_module=reexport,
        root=carried.root,
        where=carried.where,
    )
    return replace(settled, files=add_records(settled.files, every, carried.root))


async def resolve_layer_overlaps(
    artifacts: Sequence[CarriedFiles], views: Sequence[ArtifactView]
) -> tuple[tuple[Resolution, ...], frozenset[str]]:
    """Compare the final files of a function and its layers, in AWS's order.

    `views` contain the final files. Return the paths at which one artifact hides another, and the
    entries of the function's `collisions` that accept this. Raise `ArtifactsCollide` for all other
    paths where it matters.
    """
    function, *layers = views
    if not layers:
        return (), frozenset()
    overlaps = find_overlaps(function, layers)
    inits = {f for each in overlaps for f in each.files if f.path.endswith("/__init__.py")}
    of_each = [inits.intersection(each.files) if inits else () for each in views]
    requests = [await request_modules_of(*each) for each in zip(artifacts, of_each)]
    reads = await concurrently(read_modules(each) for each in requests)
    syntax_digests: dict[str, str] = {}
    for read, files in zip(reads, of_each):
        syntax_digests.update(read.syntax_digests(files))
    return resolve_overlaps(
        overlaps,
        syntax_digests=syntax_digests,
        policies=artifacts[0].target[LambdaCollisionsField].value,
        where=artifacts[0].where,
    )


def missing_from_layer(
    carried: CarriedFiles, settled: ResolvedCollisions
) -> tuple[LayerOmission, ...]:
    """The files that a layer was asked for and does not contain, by the entry that removes them."""
    by_policy = (each for each in settled.dropped if each.entry in settled.used_policies)
    return tuple(
        LayerOmission(carried.target.address.spec, carried.root, each.entry, each.files)
        for each in (*carried.left_out, *by_policy)
    )
