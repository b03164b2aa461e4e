"""Chooses the folder and the name of each function's target, which layers refer to."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from dataclasses import dataclass

from aws_lambda.migrate.chosen_functions import ChosenFunction, ChosenLayer
from aws_lambda.migrate.layer_targets import LayerTargets
from aws_lambda.migrate.repository_files import RepositoryFiles
from aws_lambda.migrate.source_roots import CodeLayout
from aws_lambda.migrate.target_names import address_of, free_name, function_name


@dataclass(frozen=True)
class PlacedFunction:
    """A function with the folder and name of its target, its resolve, and its layers.

    `layers` are layers of the template with their addresses. `deps_layer` is the address of the
    layer with the requirements of several functions, or "".
    """

    chosen: ChosenFunction
    folder: str
    name: str
    resolve: str
    layers: tuple[tuple[ChosenLayer, str], ...]
    deps_layer: str = ""

    @property
    def address(self) -> str:
        return address_of(self.folder, self.name)

    @property
    def handler(self) -> str:
        return _handler_field(self.folder, self.chosen)

    @property
    def layer_addresses(self) -> list[str]:
        """The addresses of layers, followed by ARNs."""
        addresses = [address for _, address in self.layers]
        addresses += [self.deps_layer] * bool(self.deps_layer)
        return list(dict.fromkeys([*addresses, *self.chosen.arns]))


def place_functions(layout: CodeLayout, layers: LayerTargets) -> tuple[PlacedFunction, ...]:
    """Return the functions with the folders and names of their targets."""
    functions = layout.chosen.functions
    codes = Counter(each.code for each in functions)
    in_folder: dict[str, list[ChosenFunction]] = defaultdict(list)
    for each in functions:
        # Functions that share a folder are declared next to their handlers.
        folder = each.code if codes[each.code] == 1 else posixpath.dirname(each.handler_file)
        in_folder[folder or "."].append(each)
    placed: dict[tuple[str, str], PlacedFunction] = {}
    for folder, members in in_folder.items():
        names: list[str] = []
        for each in members:
            name = "fn" if len(members) == 1 else function_name(each.declared.name)
            names.append(_existing_name(folder, each, layout.files) or free_name(name, names))
            placed[each.key] = PlacedFunction(
                chosen=each,
                folder=folder,
                name=names[-1],
                resolve=layout.resolves.of_functions[each.key],
                layers=tuple(
                    (layer, layers.addresses[layer.key])
                    for layer in layout.resolves.attached[each.key]
                    if layer.key in layers.addresses
                ),
            )
    return tuple(placed[each.key] for each in functions)


def _existing_name(folder: str, function: ChosenFunction, files: RepositoryFiles) -> str | None:
    """Return the name of the target that the repository already has for a handler."""
    handler = _handler_field(folder, function)
    for target in files.targets_of(folder):
        if target.alias == "lambda_function" and target.fields.get("handler") == handler:
            return target.name or posixpath.basename(folder)
    return None


def _handler_field(folder: str, function: ChosenFunction) -> str:
    return f"{posixpath.relpath(function.handler_file, folder)}:{function.handler_name}"
