"""Finds the layers that a target attaches, and infers the dependencies on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.addresses import Address, Addresses
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
    Target,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import LayerError, columns, describe
from aws_lambda.artifact.layers.attachment import MAX_LAYERS
from aws_lambda.inputs.parametrized import (
    CompatibleLayersRequest,
    ServedFunctionsRequest,
    TargetVariantsRequest,
    find_compatible_layers,
    find_served_functions,
    find_variants,
    is_arn,
)
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    implicitly,
    resolve_unexpanded_targets,
    rule,
    unexpanded_dependencies,
)
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaLayersField,
    LambdaLayerTarget,
    LambdaRequirementsOfField,
    LambdaRuntimeField,
)


class UnknownLayer(LayerError):
    """An entry of the field `layers` is neither an ARN nor a `lambda_layer` target that fits. A
    layer fits if it has a variant for the runtime and architecture of the target.

    To fix, name a `lambda_layer` target, by its whole address if it is parametrized, or an ARN.
    """


class LayerCycle(LayerError):
    """Layers attach each other in a circle through their field `layers`.

    To fix, remove one of the entries that the message shows from `layers`.
    """


class TooManyLayers(LayerError):
    """A target attaches more than five layers. AWS does not allow more.

    To fix, merge some of them.
    """


@dataclass(frozen=True)
class AttachedLayersRequest:
    """The layers of one target."""

    target: Target


@dataclass(frozen=True)
class AttachedLayers:
    """Addresses of `lambda_layer` targets and ARNs, in AWS's order."""

    order: tuple[Address | str, ...]

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(each for each in self.order if isinstance(each, Address))


@rule(desc="Find attached layers", level=LogLevel.DEBUG)
async def find_attached_layers(request: AttachedLayersRequest) -> AttachedLayers:
    """Find the layer of each entry of `layers`.

    1. Find the targets of each entry that is not an ARN.
    2. Choose the one variant that is compatible with the target.
    3. Refuse entries without such a layer, and more layers than AWS accepts.
    """
    target = request.target
    entries = target[LambdaLayersField].value
    addressed = [entry for entry in entries if not is_arn(entry)]
    found = await concurrently(
        find_variants(
            TargetVariantsRequest(entry, target.address, LambdaLayersField.alias), **implicitly()
        )
        for entry in addressed
    )
    chosen: dict[str, Address] = {}
    errors: list[tuple[str, str]] = []
    layers_found = [
        [each for each in variants.targets if isinstance(each, LambdaLayerTarget)]
        for variants in found
    ]
    fitting = await concurrently(
        find_compatible_layers(CompatibleLayersRequest(target, tuple(layers)), **implicitly())
        for layers in layers_found
    )
    for entry, variants, layers, fit in zip(addressed, found, layers_found, fitting):
        if len(fit.targets) == 1:
            chosen[entry] = fit.targets[0].address
        elif layers:
            several = ", ".join(sorted(each.address.spec for each in fit.targets or layers))
            errors.append((entry, f"{'several fit' if fit.targets else 'none fits'}: {several}"))
        else:
            known = sorted({each.alias for each in variants.targets})
            errors.append((entry, f"a {known[0]}, not a lambda_layer" if known else "no target"))
    if errors:
        raise UnknownLayer(
            describe(
                f"The `layers` of the `{target.alias}` target {target.address} cannot be found.",
                facts=columns(errors),
                fix=(
                    "name a `lambda_layer` target, by its whole address if it is parametrized, "
                    "or an ARN."
                ),
            )
        )
    if len(entries) > MAX_LAYERS:
        raise TooManyLayers(
            describe(
                f"The `{target.alias}` target {target.address} attaches {len(entries)} layers, "
                f"and AWS accepts {MAX_LAYERS}.",
                facts=entries,
                fix="merge some of them.",
            )
        )
    return AttachedLayers(tuple(chosen.get(entry, entry) for entry in entries))


@dataclass(frozen=True)
class PresupposedRequest:
    """The layers that a target's layers attach, transitively."""

    target: Target


@dataclass(frozen=True)
class PresupposedLayers:
    """For each layer, the layers that it attaches."""

    layers: tuple[tuple[Address, tuple[Address, ...]], ...]


@rule(desc="Find layers of layers", level=LogLevel.DEBUG)
async def find_presupposed_layers(request: PresupposedRequest) -> PresupposedLayers:
    """Raise `LayerCycle` before rules wait for each other forever."""
    named: dict[Address, tuple[Address, ...]] = {}
    waiting = [request.target]
    while waiting:
        attached = await concurrently(
            find_attached_layers(AttachedLayersRequest(target)) for target in waiting
        )
        named.update(zip((t.address for t in waiting), (each.addresses for each in attached)))
        further = sorted({a for each in attached for a in each.addresses if a not in named})
        waiting = list(await resolve_unexpanded_targets(Addresses(further)))
    cycle = _cycle(request.target.address, named)
    if cycle:
        raise LayerCycle(
            describe(
                f"The layers of {request.target.address} attach each other in a cycle.",
                facts=[" -> ".join(address.spec for address in cycle)],
                fix="remove one of them from `layers`.",
            )
        )
    return PresupposedLayers(tuple(sorted(named.items())))


@dataclass(frozen=True)
class LayersInferenceFieldSet(FieldSet):
    required_fields = (LambdaLayersField, LambdaRuntimeField, LambdaArchitectureField)

    layers: LambdaLayersField


class InferLayers(InferDependenciesRequest[LayersInferenceFieldSet]):
    infer_from = LayersInferenceFieldSet


@rule(desc="Infer dependencies on layers", level=LogLevel.DEBUG)
async def infer_layers(request: InferLayers) -> InferredDependencies:
    targets = await resolve_unexpanded_targets(Addresses([request.field_set.address]))
    attached = await find_attached_layers(AttachedLayersRequest(targets[0]))
    return InferredDependencies(attached.addresses)


@dataclass(frozen=True)
class RequirementsOfInferenceFieldSet(FieldSet):
    required_fields = (LambdaRequirementsOfField,)

    requirements_of: LambdaRequirementsOfField


class InferServedCode(InferDependenciesRequest[RequirementsOfInferenceFieldSet]):
    infer_from = RequirementsOfInferenceFieldSet


@rule(desc="Infer dependencies on the code of functions", level=LogLevel.DEBUG)
async def infer_served_code(request: InferServedCode) -> InferredDependencies:
    """Infer that a layer depends on the code of its functions.

    It does not depend on the functions themselves, since they depend on the layer.
    """
    targets = await resolve_unexpanded_targets(Addresses([request.field_set.address]))
    served = await find_served_functions(ServedFunctionsRequest(targets[0]), **implicitly())
    needed = await concurrently(
        unexpanded_dependencies(DependenciesRequest(function.get(Dependencies)))
        for function in served.targets
    )
    return InferredDependencies(
        {
            target.address
            for targets in needed
            for target in targets
            if not target.has_field(LambdaLayersField)
        }
    )


def _cycle(root: Address, named: dict[Address, tuple[Address, ...]]) -> tuple[Address, ...]:
    """A path of layers that returns to its start, or an empty tuple."""
    finished: set[Address] = set()

    def search(path: tuple[Address, ...]) -> tuple[Address, ...]:
        for following in named[path[-1]]:
            if following in path:
                return (*path[path.index(following) :], following)
            if following not in finished:
                found = search((*path, following))
                if found:
                    return found
        finished.add(path[-1])
        return ()

    return search((root,))


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferLayers),
        UnionRule(InferDependenciesRequest, InferServedCode),
    )
