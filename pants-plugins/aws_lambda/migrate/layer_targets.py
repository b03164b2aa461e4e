"""Writes a `lambda_layer` target for each layer of the templates.

A layer's dependencies are its sources, its data, and its requirements. Layers of several templates
with the same folder share a target.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.migrate.build_file_targets import Code, NewTarget, PlacedTarget, Value
from aws_lambda.migrate.chosen_functions import ChosenLayer, Key
from aws_lambda.migrate.data_targets import data_address, data_target
from aws_lambda.migrate.requirement_targets import RequirementTargets
from aws_lambda.migrate.shared_fields import platform_fields, resolve_field
from aws_lambda.migrate.source_roots import CodeLayout, sources_below
from aws_lambda.migrate.target_names import address_of, requirement_name
from aws_lambda.migrate.translation_notes import TranslationNotes

_NAME = "layer"


@dataclass(frozen=True)
class LayerTargets:
    """New targets, and the address of the target of each layer that has any content."""

    targets: Sequence[PlacedTarget]
    addresses: Mapping[Key, str]


def layer_targets(
    layout: CodeLayout, requirements: RequirementTargets, notes: TranslationNotes
) -> LayerTargets:
    """Return the targets of the layers that templates declare."""
    targets: list[PlacedTarget] = []
    addresses: dict[Key, str] = {}
    first_of_folder: dict[str, ChosenLayer] = {}
    for layer in layout.chosen.layers.values():
        first = first_of_folder.setdefault(layer.content, layer)
        if first is not layer:
            if first.key in addresses:
                addresses[layer.key] = addresses[first.key]
            continue
        dependencies = _source_addresses(layer, layout)
        data = data_target(layer.root, layout) if dependencies else None
        if data:
            dependencies.append(data_address(layer.root, layer.root))
            if not data.is_declared_in([*requirements.targets, *targets]):
                targets.append(data)
        dependencies += _requirement_addresses(layer, layout, requirements)
        if not dependencies:
            notes.add_about(layer.declared, "It contains neither modules nor requirements.")
            continue
        fields = _fields(layer, dependencies, layout)
        targets.append(PlacedTarget(layer.content, NewTarget("lambda_layer", fields)))
        addresses[layer.key] = address_of(layer.content, _NAME)
    return LayerTargets(targets, addresses)


def _source_addresses(layer: ChosenLayer, layout: CodeLayout) -> list[str]:
    """Return the addresses of the sources of a layer, one per folder."""
    sources = sources_below(layer.root, layout.files)
    folders = sorted({posixpath.dirname(path) or "." for path in sources})
    several = len(layout.resolves_of(layer.root)) > 1
    suffix = f"@resolve={layout.resolves.of_layers[layer.key]}" if several else ""
    return [f"{address_of(each, _name_of_sources(each, layout))}{suffix}" for each in folders]


def _name_of_sources(folder: str, layout: CodeLayout) -> str:
    for each in layout.files.targets_of(folder):
        if each.alias == "python_sources" and each.name:
            return each.name
    return posixpath.basename(folder)


def _requirement_addresses(
    layer: ChosenLayer, layout: CodeLayout, requirements: RequirementTargets
) -> list[str]:
    if not layer.requirements:
        return []
    target = requirements.addresses.get(layout.resolves.of_layers[layer.key])
    listed = sorted(layer.requirements.requirements, key=lambda each: each.name)
    return [f"{target}#{name}" for name in dict.fromkeys(map(requirement_name, listed))]


def _fields(
    layer: ChosenLayer, dependencies: Sequence[str], layout: CodeLayout
) -> Mapping[str, Value]:
    fields: dict[str, Value] = {"name": _NAME, "dependencies": dependencies}
    if layer.declared.layer_name:
        fields["layer_name"] = layer.declared.layer_name.value
    if not layer.requirements:
        fields["include_requirements"] = Code("False")
    # The platforms of the functions that attach it are more precise than its own.
    users = [
        each
        for each in layout.chosen.functions
        if any(x.content == layer.content for x in layout.resolves.attached[each.key])
    ]
    runtimes = sorted({f"python3.{each.python}" for each in users if each.python})
    architectures = sorted({each.architecture for each in users})
    fields |= platform_fields(
        runtimes or [each.value for each in layer.declared.runtimes],
        architectures or [each.value for each in layer.declared.architectures],
        layout.chosen,
    )
    resolve = layout.resolves.of_layers[layer.key]
    return fields | resolve_field([resolve], layout.files.default_resolve)
