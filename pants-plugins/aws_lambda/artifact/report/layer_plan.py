"""The search for layers that lower the bytes to upload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from aws_lambda.artifact.layers.attachment import MAX_LAYERS
from aws_lambda.artifact.report.layer_situation import NewLayer, Plan, Situation, Upload, count

# The number of sets that every step of the search considers, of all sets that it starts with.
_CANDIDATES = 80
# The number of first layers that the search tries.
_FIRST_LAYERS = 6
# The number of profiles whose common distributions become candidates.
_COMPARED_PROFILES = 48


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
    for saved, layer in _additions(situation, start, _closed_sets(situation)):
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
    yield ()
    for _, layer in _additions(situation, start, candidates)[:_FIRST_LAYERS]:
        yield (layer,)


def _fill(situation: Situation, plan: Plan, candidates: Iterable[int]) -> Plan:
    """Add the layer that saves most, until there are five or another one saves too little."""
    while len(plan.new) < MAX_LAYERS and (additions := _additions(situation, plan, candidates)):
        plan = Plan(plan.removed, (*plan.new, additions[0][1]))
    return plan


def _additions(
    situation: Situation, plan: Plan, candidates: Iterable[int]
) -> list[tuple[int, NewLayer]]:
    """Layers that a plan could have next, each with the weighted bytes it saves, best first."""
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
    return sorted(found, key=lambda each: (-each[0], each[1].wanted))


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
