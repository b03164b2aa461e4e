"""Decides which layer of a template is which layer of the repository, and names new ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_lambda.templates.declared_functions import (
    SERVERLESS_FUNCTION,
    DeclaredFunction,
    DeclaredLayer,
    Template,
)
from aws_lambda.templates.function_matches import (
    FunctionMatch,
    is_in_folder,
    path_in_repository,
    unresolved_property,
)
from aws_lambda.templates.packaged_functions import (
    AttachedLayer,
    PackagedFunction,
    PackagedLayer,
    PackagedTargets,
)


@dataclass(frozen=True)
class NewLayer:
    """A layer that a template lacks, with a free logical ID, and a function that attaches it."""

    name: str
    layer: PackagedLayer
    declared: DeclaredFunction
    packaged: PackagedFunction


@dataclass(frozen=True)
class TemplateLayers:
    """The layers of a template that are layers of the repository, and those that are missing.

    `known` maps logical IDs to layers.
    """

    known: Mapping[str, PackagedLayer] = field(hash=False)
    new: tuple[NewLayer, ...]

    def name(self, layer: AttachedLayer) -> str:
        """The logical ID of a layer, or its ARN."""
        if isinstance(layer, str):
            return layer
        known = (name for name, each in self.known.items() if each.output == layer.output)
        new = (each.name for each in self.new if each.layer.output == layer.output)
        return next(known, None) or next(new)

    def agree(self, declared: DeclaredFunction, packaged: PackagedFunction) -> bool:
        """Return whether a function attaches the layers of its target in their order.

        A layer that the template does not name, such as an ARN with a region of the deployment, may
        be any ARN of the target.
        """
        found = [self.known.get(each.value, each.value) for each in declared.layers]
        needed = [
            each
            for each in packaged.layers
            if not (isinstance(each, str) and each not in found and has_unknown_layers(declared))
        ]
        return found == needed


def has_unknown_layers(declared: DeclaredFunction) -> bool:
    return any(unresolved_property(declared, name) for name in ("Layers", "layers"))


def match_layers(
    template: Template,
    matches: Sequence[FunctionMatch],
    targets: PackagedTargets,
    addresses: Mapping[str, str],
) -> TemplateLayers:
    """Match the layers of a template with those of the repository.

    1. A layer whose content is an artifact is the layer of this artifact.
    2. `addresses` maps logical IDs to the targets that replace them, if they are known.
    3. If a function has one more layer in the template, and one more in its target, the first
       becomes the second, unless another function contradicts.
    4. The others are new, except that layers of the template that no function needs stay.
    """
    known: dict[str, PackagedLayer] = {}
    for each in template.layers:
        path = _content_path(each)
        layer = targets.layer_at(path) if path else None
        if layer:
            known[each.name] = layer
    for name, address in addresses.items():
        layer = next((each for each in targets.layers if each.address == address), None)
        if layer and name not in known and layer not in known.values():
            known[name] = layer
    known.update(_replaced_layers(template, matches, targets, known))

    taken = {
        *(each.name for each in template.functions),
        *(each.name for each in template.layers),
    }
    new: list[NewLayer] = []
    for match in matches:
        for attached in match.packaged.layers if match.packaged else ():
            named = (*known.values(), *(each.layer for each in new))
            if match.packaged and isinstance(attached, PackagedLayer) and attached not in named:
                name = _free_name(attached, match.declared.kind, taken)
                taken.add(name)
                new.append(NewLayer(name, attached, match.declared, match.packaged))
    return TemplateLayers(known, tuple(new))


def _replaced_layers(
    template: Template,
    matches: Sequence[FunctionMatch],
    targets: PackagedTargets,
    known: Mapping[str, PackagedLayer],
) -> Mapping[str, PackagedLayer]:
    """Layers whose content is a folder of sources, by the layers that replace them."""
    sources = {
        each.name
        for each in template.layers
        if each.name not in known
        and (path := _content_path(each))
        and not is_in_folder(path, targets.dist)
    }
    proposals: dict[str, set[PackagedLayer | None]] = {}
    for match in matches:
        unmatched = [each.value for each in match.declared.layers if each.value in sources]
        lacking = [
            each
            for each in (match.packaged.layers if match.packaged else ())
            if not isinstance(each, str) and each not in known.values()
        ]
        only = lacking[0] if len(lacking) == 1 and len(unmatched) == 1 else None
        for name in unmatched:
            proposals.setdefault(name, set()).add(only)
    single = {
        name: layer
        for name, layers in proposals.items()
        if len(layers) == 1
        for layer in layers
        if layer is not None
    }
    # Two layers of the template cannot become the same one.
    layers = list(single.values())
    return {name: layer for name, layer in single.items() if layers.count(layer) == 1}


def _content_path(layer: DeclaredLayer) -> str | None:
    if layer.content is None:
        return None
    return path_in_repository(layer.template, layer.content.value)


def _free_name(layer: PackagedLayer, kind: str, taken: set[str]) -> str:
    """A name from the layer's name in AWS, or from its address.

    It is a logical ID of letters and digits, or a key such as `orders-deps` in serverless.yml.
    """
    text = layer.layer_name or layer.address.partition("@")[0]
    words = re.findall(r"[A-Za-z0-9]+", text)
    if kind == SERVERLESS_FUNCTION:
        name = "-".join(words)
    else:
        name = "".join(f"{word[0].upper()}{word[1:]}" for word in words)
        name = name if name.endswith("Layer") else f"{name}Layer"
    number = next(n for n in range(1, len(taken) + 2) if f"{name}{n if n > 1 else ''}" not in taken)
    return name if number == 1 else f"{name}{number}"
