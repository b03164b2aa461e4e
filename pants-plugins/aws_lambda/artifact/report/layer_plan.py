"""The search for layers that lower the bytes to upload.

Sets of distributions are integers with a bit for each, because the search compares many of them.

A new layer contains the requirement closure of a few requirements, minus the contents of the layers
below it. A function attaches it only if it depends on all of the closure, so that no function gets
code that it does not need. No distribution reaches a function in two layers: layers that overlap
with the new one are below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Union

from aws_lambda.artifact.checks.size import MAX_UNZIPPED_BYTES
from aws_lambda.artifact.layers.attachment import MAX_LAYERS

# Sources of a function change weekly, and a distribution is upgraded monthly.
EDITS_PER_UPGRADE = 4
# Smallest fraction of all bytes that each new layer must save.
_MIN_LAYER_SHARE = 0.01
# The number of sets that every step of the search considers, of all sets that it starts with.
_CANDIDATES = 80
# The number of first layers that the search tries.
_FIRST_LAYERS = 6
# The number of profiles whose common distributions become candidates.
_COMPARED_PROFILES = 48

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

    `distributions` has the sizes by bit. No new layer's zip may be larger than `max_layer_bytes`.
    """

    distributions: Sequence[DistributionBytes]
    profiles: Sequence[Profile]
    built: Mapping[str, BuiltLayer]
    removable: frozenset[str]
    closures: Sequence[int]
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
            upgrades += self.layer_bytes(plan, applied, index) * count(contents)
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

    def layer_bytes(self, plan: Plan, applied: Applied, index: int) -> int:
        """The zip bytes of a new layer."""
        below, users = plan.new[index].below, applied.users[index]
        return self.zip_bytes(below, applied, applied.contents[index], users)

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


def find_plan(situation: Situation) -> Plan:
    """Find layers that lower the bytes to upload. Equal situations have equal plans.

    1. Keep all layers that exist, or remove all that can be removed. Find promising sets for both.
    2. Add the layer that saves most, up to five times. Try several first layers.
    3. Change the decision about one layer, old or new, while the result is better.

    Neither the bytes for edits nor those for upgrades are larger than before.
    """
    starts = {Plan(), Plan(situation.removable)}
    candidates = sorted({each for start in starts for each in _find_candidates(situation, start)})
    plans = [
        _fill(situation, Plan(start.removed, first), candidates)
        for start in sorted(starts, key=lambda each: sorted(each.removed))
        for first in _first_layers(situation, start, candidates)
    ]
    best = _best(situation, [Plan(), *plans])
    while True:
        similar = list(_similar(situation, best))
        filled = [_fill(situation, each, candidates) for each in similar]
        better = _best(situation, [best, *similar, *filled])
        if better == best:
            return best
        best = better


def _similar(situation: Situation, plan: Plan) -> Iterator[Plan]:
    """The plan without one new layer, or with another decision about one layer that exists."""
    for index in range(len(plan.new)):
        yield _without(plan, {index})
    for name in sorted(situation.removable):
        layer = situation.built[name]
        yield _without(
            Plan(plan.removed ^ {name}, plan.new),
            {
                index
                for index, each in enumerate(plan.new)
                if name in each.below or (name in plan.removed and each.wanted & layer.contents)
            },
        )


def _best(situation: Situation, plans: Iterable[Plan]) -> Plan:
    """The first plan with the fewest bytes, which is not worse than before in any part of them.

    Each new layer must save enough, so it counts as this number of bytes.
    """
    before = situation.before

    def rank(plan: Plan) -> tuple[bool, float]:
        upload = situation.upload(plan)
        is_worse = upload.source_edits > before.source_edits or upload.upgrades > before.upgrades
        return is_worse, upload.weighted + len(plan.new) * situation.enough

    return min(plans, key=rank)


def _find_candidates(situation: Situation, start: Plan) -> list[int]:
    """The sets of distributions that save most as the only new layer."""
    savings: dict[int, int] = {}
    additions = _additions(situation, start, _closed_sets(situation))
    for saved, layer in additions:
        savings[layer.wanted] = max(saved, savings.get(layer.wanted, 0))
    return sorted(savings, key=lambda each: (-savings[each], each))[:_CANDIDATES]


def _closed_sets(situation: Situation) -> set[int]:
    """The closures of one requirement, of two, and of all that two profiles have in common."""
    closures = sorted(set(situation.closures))
    largest = sorted(
        {each.closure for each in situation.profiles},
        key=lambda closure: (-situation.zipped(closure), closure),
    )[:_COMPARED_PROFILES]
    common = {one & other for one, other in combinations(largest, 2)} | set(largest)
    found = {one | other for one, other in combinations(closures, 2)} | set(closures)
    for each in common:
        union = 0
        for closure in closures:
            if not closure & ~each:
                union |= closure
        found.add(union)
    return found - {0}


def _first_layers(
    situation: Situation, start: Plan, candidates: Iterable[int]
) -> Iterator[tuple[NewLayer, ...]]:
    additions = _additions(situation, start, candidates)
    yield ()
    for _, layer in sorted(additions, key=_most_saved)[:_FIRST_LAYERS]:
        yield (layer,)


def _fill(situation: Situation, plan: Plan, candidates: Iterable[int]) -> Plan:
    """Add the layer that saves most, until there are five or another one saves too little."""
    while len(plan.new) < MAX_LAYERS:
        additions = _additions(situation, plan, candidates)
        if not additions:
            break
        _, best = min(additions, key=_most_saved)
        plan = Plan(plan.removed, (*plan.new, best))
    return plan


def _most_saved(addition: tuple[int, NewLayer]) -> tuple[int, int]:
    saved, layer = addition
    return -saved, layer.wanted


def _additions(
    situation: Situation, plan: Plan, candidates: Iterable[int]
) -> list[tuple[int, NewLayer]]:
    """The layers that a plan could have next, each with the weighted bytes that it saves."""
    applied = situation.apply(plan)
    sizes = [
        profile.own_bytes + len(profile.functions) * situation.zipped(carried)
        for profile, carried in zip(situation.profiles, applied.carried)
    ]
    counts = [count(carried) for carried in applied.carried]
    found = []
    for wanted in candidates:
        for below, users in situation.find_users(applied, wanted).items():
            contents = wanted & ~situation.covered(below, applied)
            moved, size = count(contents), situation.zipped(contents)
            layer_bytes = situation.zip_bytes(below, applied, contents, users)
            if layer_bytes > situation.max_layer_bytes:
                continue
            edits, upgrades = 0, -layer_bytes * moved
            for each in users:
                functions = len(situation.profiles[each].functions)
                edits += functions * size
                upgrades += sizes[each] * moved + functions * size * (counts[each] - moved)
            saved = Upload(edits, upgrades).weighted
            if upgrades >= 0 and saved >= situation.enough:
                found.append((saved, NewLayer(wanted, below)))
    return found


def _without(plan: Plan, dropped: set[int]) -> Plan:
    """A plan without some of its new layers and those that are on top of them."""
    numbers: dict[int, int] = {}
    kept: list[NewLayer] = []
    for number, layer in enumerate(plan.new):
        below = [each for each in layer.below if isinstance(each, int)]
        if number in dropped or any(each not in numbers for each in below):
            continue
        numbers[number] = len(kept)
        renamed = tuple(numbers[e] if isinstance(e, int) else e for e in layer.below)
        kept.append(NewLayer(layer.wanted, renamed))
    return Plan(plan.removed, tuple(kept))


def count(distributions: int) -> int:
    """The number of distributions in a set."""
    return bin(distributions).count("1")


def bits(distributions: int) -> Iterator[int]:
    """The bits of the distributions in a set."""
    while distributions:
        lowest = distributions & -distributions
        yield lowest.bit_length() - 1
        distributions ^= lowest
