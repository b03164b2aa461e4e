"""Targets that BUILD files will contain, and how they complete the matches of a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from aws_lambda.templates.declared_functions import Template
from aws_lambda.templates.function_matches import FunctionMatch
from aws_lambda.templates.packaged_functions import (
    PackagedFunction,
    PackagedLayer,
    PackagedTargets,
)
from aws_lambda.templates.template_differences import TemplateComparison, compare_template


@dataclass(frozen=True)
class PlannedTargets:
    """The planned targets, by template and logical ID.

    `functions` are the targets of functions. `layers` are the targets that replace layers of a
    template.
    """

    functions: Mapping[tuple[str, str], PackagedFunction] = field(default_factory=dict, hash=False)
    layers: Mapping[tuple[str, str], PackagedLayer] = field(default_factory=dict, hash=False)


def compare_with_plan(
    template: Template,
    matches: Iterable[FunctionMatch],
    targets: PackagedTargets,
    planned: PlannedTargets,
) -> TemplateComparison:
    """Compare a template with its targets, and with planned targets where it has none."""
    replacing = {
        name: layer for (path, name), layer in planned.layers.items() if path == template.path
    }
    # A target that exists replaces the plan for it.
    layers = {
        each.address: each for each in (*_attached(planned), *replacing.values(), *targets.layers)
    }
    completed = [
        (
            match
            if match.packaged or not function
            else FunctionMatch(match.declared, _with_layers(function, layers))
        )
        for match in matches
        for function in (planned.functions.get((template.path, match.declared.name)),)
    ]
    return compare_template(
        template,
        completed,
        replace(targets, layers=tuple(layers.values())),
        {name: layer.address for name, layer in replacing.items()},
    )


def _attached(planned: PlannedTargets) -> Iterator[PackagedLayer]:
    for function in planned.functions.values():
        yield from (each for each in function.layers if isinstance(each, PackagedLayer))


def _with_layers(
    function: PackagedFunction, layers: Mapping[str, PackagedLayer]
) -> PackagedFunction:
    return replace(
        function,
        layers=tuple(
            layers[each.address] if isinstance(each, PackagedLayer) else each
            for each in function.layers
        ),
    )
