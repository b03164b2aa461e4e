"""Strict mode: the layers that would cover the distributions that a function may not carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pants.engine.target import AllUnexpandedTargets, Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import (
    Distribution,
)
from aws_lambda.artifact.errors import LayerError, Where, columns, describe
from aws_lambda.artifact.wheels.pex_lock import find_reachable
from aws_lambda.contents.distributions import ResolvedDistributions
from aws_lambda.inputs.attached_layers import (
    AttachedLayersRequest,
    find_attached_layers,
)
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, rule
from aws_lambda.target_types import (
    LambdaIncludeRequirementsField,
    LambdaLayerTarget,
)
from aws_lambda.third_party.lockfile import LockfileRequest, load_resolve_lockfile


class NotCovered(LayerError):
    """Layers and `provided` lack third-party code of a target with `include_requirements=False`.

    To fix, attach a layer that contains the distributions that the message lists, add them to
    `provided`, or remove `include_requirements=False`.
    """


@dataclass(frozen=True)
class UncoveredRequest:
    """A function in strict mode, and its distributions that neither layers nor `provided` cover."""

    target: Target
    missing: tuple[Distribution, ...]
    third_party: ResolvedDistributions


@dataclass(frozen=True)
class NothingUncovered:
    pass


@rule(desc="Find layers that cover distributions", level=LogLevel.DEBUG)
async def refuse_uncovered(
    request: UncoveredRequest, every: AllUnexpandedTargets
) -> NothingUncovered:
    """Raise `NotCovered` with layers to attach, if layers of the repository cover everything."""
    inputs, attached = await concurrently(
        find_inputs(BuildSubject(request.target.address), **implicitly()),
        find_attached_layers(AttachedLayersRequest(request.target)),
    )
    others = [
        target
        for target in every
        if isinstance(target, LambdaLayerTarget) and target.address not in attached.order
    ]
    of_layers = await concurrently(
        find_inputs(BuildSubject(layer.address), **implicitly()) for layer in others
    )
    lock = (await load_resolve_lockfile(LockfileRequest(inputs.resolve), **implicitly())).lock
    named = [each if isinstance(each, str) else each.spec for each in attached.order]
    missing = {each.name for each in request.missing}
    for layer, of_layer in zip(others, of_layers):
        fits = (of_layer.resolve, of_layer.platform) == (inputs.resolve, inputs.platform)
        if not fits or not layer[LambdaIncludeRequirementsField].value:
            continue
        covered = {
            project.name
            for need in of_layer.third_party
            for platform in inputs.platform.platforms
            for project in find_reachable(lock, need.requirements, platform, provided=need.provided)
        }
        if covered & missing:
            named.append(layer.address.spec)
            missing -= covered
    raise NotCovered(_not_covered(request, named if not missing else [], where=inputs.where))


def _not_covered(request: UncoveredRequest, layers: Sequence[str], *, where: Where) -> str:
    why = request.third_party.needed_by
    rows = [
        (each.name, each.version, f"needed by {why.get(each.name, 'the code')}")
        for each in request.missing
    ]
    listed = ", ".join(f'"{each}"' for each in layers)
    return describe(
        f"{where.at_start} contains no third-party code, and its layers lack distributions.",
        facts=columns(rows),
        why="Neither a layer nor `provided` contains these.",
        fix=(
            f"set `layers=[{listed}]`."
            if layers
            else (
                "attach a layer that contains them, add them to `provided`, or remove "
                "`include_requirements=False`."
            )
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
