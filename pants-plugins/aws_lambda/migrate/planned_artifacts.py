"""Predicts the artifacts of new targets, so that the templates can deploy them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aws_lambda.artifact.handler_fields import DEFAULT_REEXPORT
from aws_lambda.migrate.build_file_targets import Code, PlacedTarget
from aws_lambda.migrate.chosen_functions import Key
from aws_lambda.migrate.placed_functions import PlacedFunction
from aws_lambda.migrate.target_names import address_of
from aws_lambda.templates.packaged_functions import PackagedFunction, PackagedLayer
from aws_lambda.templates.planned_targets import PlannedTargets


def plan_artifacts(
    functions: Sequence[PlacedFunction],
    layer_addresses: Mapping[Key, str],
    targets: Iterable[PlacedTarget],
    dist: str,
) -> PlannedTargets:
    """Return the values of targets whose artifacts have the default path.

    A parametrized layer has several artifacts. `lambda-migrate` finds the right one when the
    target exists.
    """
    layers = _plan_layers(targets, dist)
    planned: dict[Key, PackagedFunction] = {}
    for each in functions:
        attached = each.layer_addresses
        if all(x in layers or x.startswith("arn:") for x in attached):
            packaged = _plan_function(each, layers, dist)
            for declared in (each.chosen.declared, *each.chosen.twins):
                planned[declared.template, declared.name] = packaged
    replaced = {
        key: layers[address] for key, address in layer_addresses.items() if address in layers
    }
    return PlannedTargets(planned, replaced)


def _plan_layers(targets: Iterable[PlacedTarget], dist: str) -> Mapping[str, PackagedLayer]:
    layers: dict[str, PackagedLayer] = {}
    for each in targets:
        fields = each.target.fields
        parametrized = any(isinstance(fields.get(x), Code) for x in ("runtime", "architecture"))
        if each.target.alias == "lambda_layer" and not parametrized:
            name = str(fields["name"])
            address = address_of(each.folder, name)
            layer_name = str(fields["layer_name"]) if "layer_name" in fields else None
            layers[address] = PackagedLayer(address, _output(each.folder, name, dist), layer_name)
    return layers


def _plan_function(
    function: PlacedFunction, layers: Mapping[str, PackagedLayer], dist: str
) -> PackagedFunction:
    chosen = function.chosen
    return PackagedFunction(
        address=function.address,
        output=_output(function.folder, function.name, dist),
        handler=DEFAULT_REEXPORT.dotted,
        runtime=f"python3.{chosen.python}" if chosen.python else None,
        architecture=chosen.architecture,
        module="",
        function=chosen.handler_name,
        file=chosen.handler_file,
        layers=tuple(layers.get(each, each) for each in function.layer_addresses),
    )


def _output(folder: str, name: str, dist: str) -> str:
    """Return the default path of an artifact, from the root of the repository."""
    steps = [dist, *([] if folder == "." else [folder.replace("/", ".")])]
    return "/".join([*steps, f"{name}.zip"])
