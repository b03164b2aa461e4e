"""Advice about layers: BUILD text that lowers the bytes to upload, with the figures.

The model has two sums, which the advice shows separately:

- **Edits**: the sources of each function change once, so each function's zip is uploaded once.
- **Upgrades**: each distribution is upgraded once. Each time, all zips that contain it are
  uploaded: a layer, or every function that contains the distribution itself.

Code changes more often than dependencies. The advice minimizes four times the edits plus the
upgrades: as many bytes as in a month in which each function is edited weekly, and each distribution
is upgraded once. Neither sum increases.

Sizes of proposed layers are estimates, since the bytecode of a layer depends on its functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from os.path import commonpath
from typing import Any

from aws_lambda.artifact.output.manifest import MOST_UPLOADED_BYTES
from aws_lambda.artifact.report.layer_plan import find_plan
from aws_lambda.artifact.report.layer_situation import (
    Applied,
    BuiltLayer,
    DistributionBytes,
    LayerId,
    Plan,
    Profile,
    Situation,
    Upload,
    bits,
)

# Advice that saves a smaller fraction of the bytes is not worth the change.
MIN_SHARE = 0.1
# Bytecode is larger than source when zipped, and as large when unzipped: measured on the wheels of
# numpy, pydantic, botocore, cryptography and google-cloud-storage, in November 2026.
_ZIPPED_BYTECODE = 1.7
_UNZIPPED_BYTECODE = 1.1
# Longer lists have a line for each item.
_LINE_LENGTH = 92


@dataclass(frozen=True)
class SizedDistribution:
    """A distribution as functions of a group contain it.

    `uncompiled_zip_bytes` and `uncompiled_unzipped_bytes` are the sizes of its modules without
    bytecode, outside of folders named `test` and `tests`. A layer with `dependencies` has bytecode
    for them if the field `bytecode` is `"reachable"`. Otherwise, both are 0.
    """

    name: str
    zip_bytes: int
    uncompiled_zip_bytes: int = 0
    uncompiled_unzipped_bytes: int = 0


@dataclass(frozen=True)
class AdvisedFunction:
    """A function. `distributions` are the names in its closure, wherever they are today.

    `own_zip_bytes` are those of its zip without distributions. `layers` are addresses and ARNs, and
    `unzipped_bytes` includes the layers.
    """

    address: str
    zip_bytes: int
    own_zip_bytes: int
    unzipped_bytes: int
    distributions: frozenset[str]
    layers: tuple[str, ...] = ()
    is_published: bool = False


@dataclass(frozen=True)
class AdvisedLayer:
    """A layer that exists. `layers` are the addresses of its own field `layers`.

    A layer `is_replaceable` if it contains nothing but distributions, and only functions of the
    report attach it.
    """

    address: str
    zip_bytes: int
    distributions: frozenset[str]
    layers: tuple[str, ...] = ()
    is_replaceable: bool = False


@dataclass(frozen=True)
class AdviceGroup:
    """Functions that can share a layer, because these fields are equal.

    `fields` are names and values of BUILD fields that a new layer has as well: resolve, runtime and
    architecture, and those that change the distributions, such as `exclude`. `distributions` are
    those in the functions' closures. `requirements` maps addresses of requirements to the names in
    their closure. Functions of a group without requirements stay as they are. `together` are pairs
    of names that share a regular package, which Python imports from one artifact only.
    """

    fields: tuple[tuple[str, str], ...]
    distributions: tuple[SizedDistribution, ...]
    requirements: Mapping[str, frozenset[str]]
    functions: tuple[AdvisedFunction, ...]
    together: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class ProposedLayer:
    """A layer to add, with its estimated size, and the functions that should attach it."""

    address: str
    distributions: tuple[str, ...]
    functions: tuple[str, ...]
    zip_bytes: int

    def document(self) -> dict[str, Any]:
        return {
            "name": self.address,
            "distributions": list(self.distributions),
            "functions": list(self.functions),
            "zip_bytes": self.zip_bytes,
        }


@dataclass(frozen=True)
class LayerAdvice:
    """Layers to add, with the bytes to upload before and after, and the text for BUILD files."""

    before: Upload
    after: Upload
    layers: tuple[ProposedLayer, ...]
    build_text: str

    @property
    def saved_bytes(self) -> int:
        """The bytes that are saved while each distribution is upgraded once."""
        return self.before.weighted - self.after.weighted

    def document(self) -> dict[str, Any]:
        return {
            "saves_bytes": self.saved_bytes,
            "before": asdict(self.before),
            "after": asdict(self.after),
            "layers": [each.document() for each in self.layers],
            "build_text": self.build_text,
        }


def advise_layers(
    groups: Sequence[AdviceGroup], layers: Iterable[AdvisedLayer]
) -> LayerAdvice | None:
    """Return the best layers, or `None` if they would save less than `MIN_SHARE` of the bytes."""
    question = _Question(groups, {each.address: each for each in layers})
    situation = question.situation
    plan = find_plan(situation)
    before, after = question.upload_today(), situation.upload(plan)
    saved = before.weighted - after.weighted
    is_worse = after.source_edits > before.source_edits or after.upgrades > before.upgrades
    if is_worse or saved < max(1, MIN_SHARE * before.weighted):
        return None
    answer = _Answer(question, plan, situation.apply(plan))
    return LayerAdvice(before, after, tuple(answer.layers), answer.build_text)


class _Question:
    """The functions of all groups, as the situation in which the search plans.

    A distribution has other sizes in another group, and therefore another bit.
    """

    def __init__(self, groups: Sequence[AdviceGroup], layers: Mapping[str, AdvisedLayer]) -> None:
        self.groups, self.layers = groups, layers
        self.keys = [
            (g, each.name) for g, group in enumerate(groups) for each in group.distributions
        ]
        self.functions = [(g, each) for g, group in enumerate(groups) for each in group.functions]
        self._bit = {key: 1 << index for index, key in enumerate(self.keys)}
        self._groups_of: dict[str, set[int]] = {address: set() for address in layers}
        for group, function in self.functions:
            for address in function.layers:
                self._groups_of.get(address, set()).add(group)
        self.situation = Situation(
            distributions=[_bytes_of(each) for group in groups for each in group.distributions],
            profiles=list(self._profiles()),
            built={address: self._built_layer(layer) for address, layer in layers.items()},
            removable=self._removable(),
            closures=[
                self.set_of(g, names)
                for g, group in enumerate(groups)
                for names in group.requirements.values()
                if all((g, name) in self._bit for name in names)
            ],
            together=[
                self.set_of(g, pair) for g, group in enumerate(groups) for pair in group.together
            ],
            max_layer_bytes=max(
                [
                    MOST_UPLOADED_BYTES,
                    *(each.zip_bytes for _, each in self.functions),
                    *(each.zip_bytes for each in layers.values()),
                ]
            ),
        )

    def set_of(self, group: int, names: Iterable[str]) -> int:
        """The set of the distributions with these names in a group."""
        return sum(self._bit.get((group, name), 0) for name in set(names))

    def upload_today(self) -> Upload:
        """The bytes to upload for the zips as they are."""
        edits = upgrades = 0
        for _, function in self.functions:
            attached = [self.layers[each] for each in function.layers if each in self.layers]
            carried = function.distributions.difference(*(each.distributions for each in attached))
            edits += function.zip_bytes
            upgrades += function.zip_bytes * len(carried)
        for layer in self.layers.values():
            upgrades += layer.zip_bytes * len(layer.distributions)
        return Upload(edits, upgrades)

    def _profiles(self) -> Iterator[Profile]:
        found: dict[tuple[int, tuple[str, ...], int], list[int]] = {}
        for index, (group, function) in enumerate(self.functions):
            closure = self.set_of(group, function.distributions)
            found.setdefault((closure, function.layers, group), []).append(index)
        for (closure, layers, _), indexes in found.items():
            functions = [self.functions[each][1] for each in indexes]
            yield Profile(
                tuple(indexes),
                closure,
                layers,
                sum(each.own_zip_bytes for each in functions),
                max(each.unzipped_bytes for each in functions),
            )

    def _built_layer(self, layer: AdvisedLayer) -> BuiltLayer:
        contents = sum(
            self.set_of(group, layer.distributions) for group in self._groups_of[layer.address]
        )
        return BuiltLayer(contents, len(layer.distributions), layer.zip_bytes, layer.layers)

    def _removable(self) -> frozenset[str]:
        """The layers that one group attaches, and no other layer."""
        below = {address for layer in self.layers.values() for address in layer.layers}
        return frozenset(
            address
            for address, layer in self.layers.items()
            if layer.is_replaceable
            and not layer.layers
            and address not in below
            and len(self._groups_of[address]) == 1
        )


def _bytes_of(distribution: SizedDistribution) -> DistributionBytes:
    return DistributionBytes(
        distribution.zip_bytes,
        distribution.zip_bytes + int(_ZIPPED_BYTECODE * distribution.uncompiled_zip_bytes),
        int(_UNZIPPED_BYTECODE * distribution.uncompiled_unzipped_bytes),
    )


class _Answer:
    """A plan, as addresses and BUILD text."""

    def __init__(self, question: _Question, plan: Plan, applied: Applied) -> None:
        self._question, self._plan, self._applied = question, plan, applied
        self._taken = set(question.layers)
        self.layers: list[ProposedLayer] = []
        self._targets: dict[str, list[str]] = {}
        for index in range(len(plan.new)):
            self._propose(index)

    @property
    def build_text(self) -> str:
        """The targets to add by BUILD file, the fields to set by value, the layers to delete."""
        paragraphs = [
            f"# {folder}/BUILD\n{target}" if folder else f"# BUILD\n{target}"
            for folder, targets in self._targets.items()
            for target in ["\n".join(targets)]
        ]
        paragraphs.extend(
            "".join(f"# {address}\n" for address in addresses) + f"{_field('layers', layers)}\n"
            for layers, addresses in self._changes().items()
        )
        if self._plan.removed:
            removed = "".join(f"# {address}\n" for address in sorted(self._plan.removed))
            paragraphs.append(f"# Delete these layers:\n{removed}")
        return "\n".join(paragraphs)

    def _propose(self, index: int) -> None:
        situation = self._question.situation
        plan, applied = self._plan, self._applied
        contents = applied.contents[index]
        keys = [self._question.keys[bit] for bit in bits(contents)]
        group = self._question.groups[keys[0][0]]
        functions = [
            self._question.functions[each][1]
            for profile in applied.users[index]
            for each in situation.profiles[profile].functions
        ]
        requirements = self._requirements(keys[0][0], plan.new[index].wanted, contents)
        folder = _common_folder(each.address for each in functions)
        address = self._address(folder, requirements)
        below = plan.new[index].below
        equal = situation.has_equal_closures(below, applied, contents, applied.users[index])
        fields = [
            ("name", f'"{address.rpartition(":")[2]}"'),
            (
                ("requirements_of", '["attached"]')
                if equal
                else ("dependencies", _listed(requirements))
            ),
            *([("layers", _listed(self._names(below)))] if below else []),
            *group.fields,
        ]
        if any(each.is_published for each in functions):
            fields.append(("layer_name", fields[0][1]))
        self.layers.append(
            ProposedLayer(
                address,
                tuple(sorted(name for _, name in keys)),
                tuple(sorted(each.address for each in functions)),
                situation.layer_bytes(applied, index),
            )
        )
        lines = "".join(f"    {name}={value},\n" for name, value in fields)
        self._targets.setdefault(folder, []).append(f"lambda_layer(\n{lines})\n")

    def _names(self, layers: Iterable[LayerId]) -> list[str]:
        return [each if isinstance(each, str) else self.layers[each].address for each in layers]

    def _requirements(self, group: int, wanted: int, contents: int) -> list[str]:
        """The requirements that bring the contents, those with the largest closures first."""
        found = []
        sets = {
            address: self._question.set_of(group, names)
            for address, names in self._question.groups[group].requirements.items()
        }
        zipped = self._question.situation.zipped
        for address in sorted(sets, key=lambda each: (-zipped(sets[each] & contents), each)):
            if not sets[address] & ~wanted and sets[address] & contents:
                found.append(address)
                contents &= ~sets[address]
        return found

    def _address(self, folder: str, requirements: Sequence[str]) -> str:
        names = [each.rpartition("#")[2].rpartition(":")[2] for each in requirements]
        name = "-".join([*names[:2], "layer"]).replace(".", "-")
        number = 1
        while True:
            address = f"{folder or '//'}:{name}{f'-{number}' if number > 1 else ''}"
            if address not in self._taken:
                self._taken.add(address)
                return address
            number += 1

    def _changes(self) -> dict[tuple[str, ...], list[str]]:
        """The addresses of functions to change, by the value for their field `layers`."""
        found: dict[tuple[str, ...], list[str]] = {}
        profiles = self._question.situation.profiles
        for profile, layers in zip(profiles, self._applied.layers):
            if layers != profile.layers:
                addresses = [
                    self._question.functions[each][1].address for each in profile.functions
                ]
                found.setdefault(tuple(self._names(layers)), []).extend(addresses)
        return dict(sorted(((k, sorted(v)) for k, v in found.items()), key=lambda item: item[1]))


def _common_folder(addresses: Iterable[str]) -> str:
    folders = {address.partition(":")[0].strip("/") for address in addresses}
    return commonpath(folders) if "" not in folders else ""


def _field(name: str, values: Sequence[str]) -> str:
    """A field of a BUILD file as black formats it."""
    line = f"{name}={_listed(values)},"
    if len(line) <= _LINE_LENGTH:
        return line
    return "\n".join([f"{name}=[", *(f'    "{value}",' for value in values), "],"])


def _listed(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
