"""The effect of layers on the bytes to upload.

Sets of distributions are integers with a bit for each, because the search compares many of them.

A new layer contains the requirement closure of a few requirements, minus the contents of the layers
below it. A function attaches it only if it depends on all of the closure, so that no function gets
code that it does not need. No distribution reaches a function in two layers: layers that overlap
with the new one are below it. Distributions that share a regular package stay in one artifact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Union

from aws_lambda.artifact.checks.size import MAX_UNZIPPED_BYTES
from aws_lambda.artifact.layers.attachment import MAX_LAYERS

# Sources of a function change weekly, and a distribution is upgraded monthly.
EDITS_PER_UPGRADE = 4
# Smallest fraction of all bytes that each new layer must save.
_MIN_LAYER_SHARE = 0.01

# The name of a layer that exists, or the index of a new one.
LayerId = Union[str, int]


@dataclass(frozen=True)
class DistributionBytes:
    """Sizes of a distribution: zipped in a function, and zipped in a layer.

    `growth` are the unzipped bytes that it has in a layer and not in a function.
    """

    zipped: int
    in_layer: int
    growth: int


@dataclass(frozen=True)
class Profile:
    """Functions that depend on the same distributions and attach the same layers.

    `own_bytes` is the sum of their zips without distributions. `unzipped_bytes` is the largest size
    of one of them with its layers.
    """

    functions: tuple[int, ...]
    closure: int
    layers: tuple[str, ...]
    own_bytes: int
    unzipped_bytes: int


@dataclass(frozen=True)
class BuiltLayer:
    """A layer that exists. Functions attach the layers `below` before it.

    `contents` are the distributions that functions of the situation may need, of all `count`.
    """

    contents: int
    count: int
    zip_bytes: int
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewLayer:
    """A layer for the closed set `wanted`, minus the contents of the layers `below`."""

    wanted: int
    below: tuple[LayerId, ...]


@dataclass(frozen=True)
class Plan:
    """The layers to remove, and the layers to add, which functions attach in this order."""

    removed: frozenset[str] = frozenset()
    new: tuple[NewLayer, ...] = ()


@dataclass(frozen=True)
class Upload:
    """Bytes to upload after an edit of each function, and after an upgrade of each distribution."""

    source_edits: int = 0
    upgrades: int = 0

    @property
    def weighted(self) -> int:
        """The bytes for an upgrade of each distribution and the edits in the meantime."""
        return EDITS_PER_UPGRADE * self.source_edits + self.upgrades


@dataclass
class Applied:
    """The effect of a plan, as lists with an item for each profile, or for each new layer.

    `layers` are those that functions of a profile attach, `carried` the distributions that they
    contain themselves, and `growth` the unzipped bytes that new layers add. `users` are the
    profiles that attach a new layer.
    """

    layers: list[tuple[LayerId, ...]]
    carried: list[int]
    growth: list[int]
    below: list[tuple[LayerId, ...]]
    contents: list[int]
    users: list[list[int]]


@dataclass(frozen=True)
class Situation:
    """The functions, the layers that exist, and the closures of requirements.

    `distributions` has the sizes by bit. `together` are pairs with a common regular package. No new
    layer's zip may be larger than `max_layer_bytes`.
    """

    distributions: Sequence[DistributionBytes]
    profiles: Sequence[Profile]
    built: Mapping[str, BuiltLayer]
    removable: frozenset[str]
    closures: Sequence[int]
    together: Sequence[int]
    max_layer_bytes: int

    @cached_property
    def before(self) -> Upload:
        """The bytes to upload without a change."""
        return self.upload(Plan())

    @property
    def enough(self) -> float:
        """The bytes that a new layer must save."""
        return max(1, _MIN_LAYER_SHARE * self.before.weighted)

    def upload(self, plan: Plan) -> Upload:
        """The bytes to upload under a plan."""
        applied = self.apply(plan)
        edits = upgrades = 0
        for profile, carried in zip(self.profiles, applied.carried):
            size = profile.own_bytes + len(profile.functions) * self.zipped(carried)
            edits += size
            upgrades += size * count(carried)
        for name, layer in self.built.items():
            if name not in plan.removed:
                upgrades += layer.zip_bytes * layer.count
        for index, contents in enumerate(applied.contents):
            upgrades += self.layer_bytes(applied, index) * count(contents)
        return Upload(edits, upgrades)

    def apply(self, plan: Plan) -> Applied:
        """Let functions attach the new layers that they need completely."""
        layers: list[tuple[LayerId, ...]] = [
            tuple(name for name in profile.layers if name not in plan.removed)
            for profile in self.profiles
        ]
        applied = Applied(layers, [], [0 for _ in layers], [], [], [])
        for profile, attached in zip(self.profiles, layers):
            applied.carried.append(profile.closure & ~self.covered(attached, applied))
        for index, layer in enumerate(plan.new):
            users = self.find_users(applied, layer.wanted).get(layer.below, [])
            contents = layer.wanted & ~self.covered(layer.below, applied)
            for each in users:
                applied.layers[each] += (index,)
                applied.carried[each] &= ~contents
                applied.growth[each] += self.growth(contents)
            applied.below.append(layer.below)
            applied.contents.append(contents)
            applied.users.append(users)
        return applied

    def find_users(self, applied: Applied, wanted: int) -> dict[tuple[LayerId, ...], list[int]]:
        """The profiles that could attach a layer for a closed set, by the layers below it."""
        found: dict[tuple[LayerId, ...], list[int]] = {}
        for index, profile in enumerate(self.profiles):
            carried = applied.carried[index]
            if wanted & ~profile.closure or not wanted & carried:
                continue
            if self._separates(wanted & carried, profile.closure):
                continue
            attached = applied.layers[index]
            if len(attached) == MAX_LAYERS or not self._fits(applied, index, wanted & carried):
                continue
            below = self._overlapping(applied, attached, wanted) if wanted & ~carried else ()
            found.setdefault(below, []).append(index)
        return found

    def has_equal_closures(
        self, below: Iterable[LayerId], applied: Applied, contents: int, users: Iterable[int]
    ) -> bool:
        """Whether a layer contains all remaining requirements of each of its functions."""
        covered = self.covered(below, applied)
        return all(self.profiles[each].closure & ~covered == contents for each in users)

    def layer_bytes(self, applied: Applied, index: int) -> int:
        """The zip bytes of a new layer."""
        below, contents, users = applied.below, applied.contents, applied.users
        return self.zip_bytes(below[index], applied, contents[index], users[index])

    def zip_bytes(
        self, below: Iterable[LayerId], applied: Applied, contents: int, users: Iterable[int]
    ) -> int:
        """The zip bytes of a layer with these contents for these profiles.

        If it contains the requirements of its functions, it has the same bytecode as they.
        """
        if self.has_equal_closures(below, applied, contents, users):
            return self.zipped(contents)
        return sum(self.distributions[bit].in_layer for bit in bits(contents))

    def zipped(self, contents: int) -> int:
        """The zip bytes of distributions in a function."""
        return sum(self.distributions[bit].zipped for bit in bits(contents))

    def growth(self, contents: int) -> int:
        """The unzipped bytes that distributions have in a layer and not in a function."""
        return sum(self.distributions[bit].growth for bit in bits(contents))

    def covered(self, layers: Iterable[LayerId], applied: Applied) -> int:
        """The distributions in layers."""
        covered = 0
        for each in layers:
            if isinstance(each, int):
                covered |= applied.contents[each]
            elif each in self.built:
                covered |= self.built[each].contents
        return covered

    def _separates(self, contents: int, closure: int) -> bool:
        """Whether a layer with some distributions of a closure splits a regular package."""
        return any(each & contents and each & closure & ~contents for each in self.together)

    def _fits(self, applied: Applied, profile: int, contents: int) -> bool:
        growth = applied.growth[profile] + self.growth(contents)
        return not growth or self.profiles[profile].unzipped_bytes + growth <= MAX_UNZIPPED_BYTES

    def _overlapping(
        self, applied: Applied, attached: Sequence[LayerId], wanted: int
    ) -> tuple[LayerId, ...]:
        """The attached layers with some of the distributions, and the layers below these."""
        found: set[LayerId] = set()
        for each in attached:
            if self.covered([each], applied) & wanted:
                below = applied.below[each] if isinstance(each, int) else self.built[each].below
                found.update((each, *below))
        return tuple(each for each in attached if each in found)


def count(distributions: int) -> int:
    """The number of distributions in a set."""
    return bin(distributions).count("1")


def bits(distributions: int) -> Iterator[int]:
    """The bits of the distributions in a set."""
    while distributions:
        lowest = distributions & -distributions
        yield lowest.bit_length() - 1
        distributions ^= lowest
