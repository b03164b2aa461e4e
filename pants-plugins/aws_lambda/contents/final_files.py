"""The files of an artifact as they are written: one owner per path, and the handler's entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pants.engine.addresses import Address
from pants.util.logging import LogLevel

from aws_lambda.artifact.collisions.detection import check_layer_names
from aws_lambda.artifact.collisions.resolution import ResolvedCollisions
from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import LayerError, describe
from aws_lambda.artifact.handler_fields import DEFAULT_REEXPORT, parse_reexport
from aws_lambda.artifact.handler_lookup import generate_reexport
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.incomplete_layers import (
    LayerOmission,
    LayerUse,
    check_incomplete_layers,
)
from aws_lambda.contents.carried_files import CarriedFiles, find_carried_files
from aws_lambda.contents.handler_entry import FunctionEntry, add_handler_entry
from aws_lambda.contents.path_collisions import (
    missing_from_layer,
    resolve_layer_overlaps,
    resolve_path_collisions,
)
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.inputs.handler_module import HandlerRequest, find_handler
from aws_lambda.pants_api import collect_rules, concurrently, rule
from aws_lambda.target_types import LambdaHandlerField, LambdaReexportField


class EmptyArtifact(LayerError):
    """A layer would contain no file. AWS does not accept an empty layer.

    To fix, add what the layer should contain to its `dependencies` or `requirements_of`, and check
    `include_sources`, `include_requirements` and `exclude`.
    """


@dataclass(frozen=True)
class FinalFiles:
    """The files of an artifact as they are written, bytecode apart.

    `layers` are the layers of this repository that it attaches, in AWS's order. `entry` is `None`
    for a layer. `missing` are files that a layer was asked for and does not contain.
    """

    carried: CarriedFiles
    files: tuple[ArtifactFile, ...]
    resolved: ResolvedCollisions
    layers: tuple[FinalFiles, ...]
    entry: FunctionEntry | None = None
    missing: tuple[LayerOmission, ...] = ()

    @cached_property
    def view(self) -> ArtifactView:
        return replace(self.carried.view, files=self.files)


async def _find_layer_files(carried: CarriedFiles, layers: tuple[FinalFiles, ...]) -> FinalFiles:
    if not carried.files:
        raise EmptyArtifact(_empty(carried))
    check_layer_names(
        carried.files,
        root=carried.root,
        reexport_module=DEFAULT_REEXPORT.module,
        where=carried.where,
    )
    resolved = await resolve_path_collisions(carried, carried.files, reexport=None)
    missing = missing_from_layer(carried, resolved)
    return FinalFiles(carried, resolved.files, resolved, layers, missing=missing)


async def _find_function_files(carried: CarriedFiles, layers: tuple[FinalFiles, ...]) -> FinalFiles:
    missing = [each for layer in layers for each in layer.missing]
    if missing:
        taken = LayerUse(carried.from_layers, carried.left_to_layers, carried.exclude)
        check_incomplete_layers(
            taken, missing, [layer.view for layer in layers], where=carried.where
        )
    handler = await find_handler(HandlerRequest(carried.target[LambdaHandlerField]))
    reexport = parse_reexport(carried.target[LambdaReexportField].value, where=carried.where)
    added = generate_reexport(handler.module, handler.function, reexport)
    resolved = await resolve_path_collisions(
        carried, (*carried.files, *added), reexport=reexport.module if reexport else None
    )
    entry = await add_handler_entry(carried, handler, resolved.files)
    overlaps, confirming = await resolve_layer_overlaps(
        [carried, *(each.carried for each in layers)],
        [replace(carried.view, files=entry.files), *(each.view for each in layers)],
    )
    return FinalFiles(
        carried=carried,
        files=entry.files,
        resolved=resolved.with_resolutions(entry.resolutions + overlaps, confirming),
        layers=layers,
        entry=entry,
    )


@rule(desc="Decide which files the artifact contains", level=LogLevel.DEBUG)
async def find_final_files(subject: BuildSubject) -> FinalFiles:
    """Give each path one owner.

    Two owners of one path are an error unless a rule or an entry of `collisions` decides. A
    function gets a file that re-exports its handler, and must not differ from its layers on a path.
    """
    carried = await find_carried_files(subject)
    layers = await concurrently(
        find_final_files(subject.at(each)) for each in carried.layers if isinstance(each, Address)
    )
    if carried.target.has_field(LambdaHandlerField):
        return await _find_function_files(carried, layers)
    return await _find_layer_files(carried, layers)


def _empty(carried: CarriedFiles) -> str:
    return describe(
        f"{carried.where.at_start} would be empty, and AWS refuses an empty layer.",
        fix=(
            "add its code to `dependencies`, and check that `include_sources`, "
            "`include_requirements` and `exclude` leave some of it."
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
