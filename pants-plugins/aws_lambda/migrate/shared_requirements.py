"""Gives the functions of a template one layer for their requirements, if several share some.

serverless-python-requirements can also build such a layer. Then it is always written.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aws_lambda.migrate.build_file_targets import NewTarget, PlacedTarget, Value
from aws_lambda.migrate.placed_functions import PlacedFunction
from aws_lambda.migrate.target_names import address_of, free_name
from aws_lambda.migrate.translation_notes import TranslationNotes

# The template, the minor version of Python, the architecture, and the resolve of functions.
_Group = tuple[str, "int | None", str, str]


@dataclass(frozen=True)
class SharedRequirements:
    """The functions with the addresses of their new layers, and the targets of these layers."""

    functions: tuple[PlacedFunction, ...]
    targets: Sequence[PlacedTarget]


def share_requirements(
    functions: Sequence[PlacedFunction], earlier: Iterable[PlacedTarget], notes: TranslationNotes
) -> SharedRequirements:
    """Return a layer for each group of functions that share requirements.

    `earlier` are the other new targets. No layer gets the name of one of them.
    """
    groups: dict[_Group, list[PlacedFunction]] = defaultdict(list)
    for each in functions:
        if each.chosen.requirements and each.chosen.requirements.projects:
            groups[_group_of(each)].append(each)
    targets: list[PlacedTarget] = []
    layer_of_group: dict[_Group, str] = {}
    for group, members in groups.items():
        shared = _shared_projects(members)
        if not shared and not any(each.chosen.wants_deps_layer for each in members):
            continue
        template, python, architecture, _ = group
        folder = posixpath.dirname(template) or "."
        only = len([each for each in groups if each[0] == template]) == 1
        name = free_name(
            "deps" if only else f"deps-{python}-{architecture.replace('_', '-')}",
            {each.target.name for each in (*earlier, *targets) if each.folder == folder},
        )
        targets.append(PlacedTarget(folder, _layer_of(members, name)))
        layer_of_group[group] = address_of(folder, name)
        reason = f"Several functions require {', '.join(shared)}. " if shared else ""
        notes.add(
            template, f"{reason}The layer {address_of(folder, name)} contains their requirements."
        )
    deps_layers = {
        each.chosen.key: address
        for group, address in layer_of_group.items()
        for each in groups[group]
    }
    return SharedRequirements(
        tuple(replace(each, deps_layer=deps_layers.get(each.chosen.key, "")) for each in functions),
        targets,
    )


def _group_of(function: PlacedFunction) -> _Group:
    chosen = function.chosen
    return chosen.declared.template, chosen.python, chosen.architecture, function.resolve


def _shared_projects(functions: Iterable[PlacedFunction]) -> list[str]:
    """Return the distributions that several functions require and do not get from layers."""
    counts: Counter[str] = Counter()
    for each in functions:
        in_layers = {
            project
            for layer, _ in each.layers
            if layer.requirements
            for project in layer.requirements.projects
        }
        if each.chosen.requirements:
            counts.update(each.chosen.requirements.projects - in_layers)
    return sorted(project for project, count in counts.items() if count > 1)


def _layer_of(functions: Sequence[PlacedFunction], name: str) -> NewTarget:
    fields: dict[str, Value] = {
        "name": name,
        "requirements_of": [each.address for each in functions],
    }
    # Layers that all of them attach contain a part of their requirements.
    below = [
        address
        for layer, address in functions[0].layers
        if all(layer in [other for other, _ in each.layers] for each in functions)
    ]
    if below:
        fields["layers"] = below
    return NewTarget("lambda_layer", fields)
