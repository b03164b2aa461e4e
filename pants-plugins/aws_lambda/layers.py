"""Finds the layers that a target attaches, and the functions that a layer serves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.addresses import Address, Addresses
from pants.engine.internals.native_engine import AddressInput
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import (
    AllUnexpandedTargets,
    Dependencies,
    DependenciesRequest,
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
    Target,
    UnexpandedTargets,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from aws_lambda.artifact.fault import ArtifactFault, columns, describe
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaFunctionTarget,
    LambdaLayersField,
    LambdaLayerTarget,
    LambdaRequirementsOfField,
    LambdaRuntimeField,
)

# AWS's quota page `gettingstarted-limits`, read in November 2026. It counts layers of others too.
MOST_LAYERS = 5


class UnknownLayer(ArtifactFault):
    pass


class UnknownFunction(ArtifactFault):
    pass


class LayerCycle(ArtifactFault):
    pass


class TooManyLayers(ArtifactFault):
    pass


@dataclass(frozen=True)
class AttachedLayersRequest:
    """The layers of one target."""

    target: Target


@dataclass(frozen=True)
class AttachedLayers:
    """In AWS's order: the address of a `lambda_layer`, or an ARN."""

    order: tuple[Address | str, ...]

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(each for each in self.order if isinstance(each, Address))


@dataclass(frozen=True)
class ServedFunctionsRequest:
    """The functions whose requirements a layer carries."""

    layer: Target


@dataclass(frozen=True)
class ServedFunctions:
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class VariantsRequest:
    """Every target that an entry of a field may mean: a bare address means all its variants."""

    raw: str
    owner: Address
    alias: str


@dataclass(frozen=True)
class Variants:
    targets: tuple[Target, ...]


@rule(desc="Find variants", level=LogLevel.DEBUG)
async def find_variants(request: VariantsRequest, every: AllUnexpandedTargets) -> Variants:
    address = await Get(
        Address,
        AddressInput,
        AddressInput.parse(
            request.raw,
            relative_to=request.owner.spec_path,
            description_of_origin=f"the `{request.alias}` field of {request.owner}",
        ),
    )
    return Variants(
        tuple(
            target
            for target in every
            if target.address.spec_path == address.spec_path
            and target.address.target_name == address.target_name
            and not target.address.is_generated_target
            and address.parameters.items() <= target.address.parameters.items()
        )
    )


@rule(desc="Find attached layers", level=LogLevel.DEBUG)
async def find_layers(request: AttachedLayersRequest, options: LambdaSubsystem) -> AttachedLayers:
    target = request.target
    entries = target[LambdaLayersField].value
    addressed = [entry for entry in entries if not is_arn(entry)]
    found = await MultiGet(
        Get(Variants, VariantsRequest(entry, target.address, LambdaLayersField.alias))
        for entry in addressed
    )
    chosen: dict[str, Address] = {}
    faults: list[tuple[str, str]] = []
    for entry, variants in zip(addressed, found):
        layers = [each for each in variants.targets if isinstance(each, LambdaLayerTarget)]
        fit = layers if len(layers) == 1 else [e for e in layers if _alike(e, target, options)]
        if len(fit) == 1:
            chosen[entry] = fit[0].address
        elif fit or layers:
            several = ", ".join(sorted(each.address.spec for each in fit or layers))
            faults.append((entry, f"{'several fit' if fit else 'none fits'}: {several}"))
        else:
            known = sorted({each.alias for each in variants.targets})
            faults.append((entry, f"a {known[0]}, not a lambda_layer" if known else "no target"))
    if faults:
        raise UnknownLayer(
            describe(
                f"The `layers` of the `{target.alias}` target {target.address} cannot be found.",
                facts=columns(faults),
                fix=(
                    "name a `lambda_layer` target, by its whole address if it is parametrized, "
                    "or an ARN."
                ),
            )
        )
    if len(entries) > MOST_LAYERS:
        raise TooManyLayers(
            describe(
                f"The `{target.alias}` target {target.address} attaches {len(entries)} layers, "
                f"and AWS takes {MOST_LAYERS}.",
                facts=entries,
                fix="join some of them.",
            )
        )
    return AttachedLayers(tuple(chosen.get(entry, entry) for entry in entries))


@dataclass(frozen=True)
class PresupposedRequest:
    """The layers behind a target's layers, down to the last."""

    target: Target


@dataclass(frozen=True)
class Presupposed:
    """By layer, which layers it names itself."""

    layers: tuple[tuple[Address, tuple[Address, ...]], ...]


@rule(desc="Find layers of layers", level=LogLevel.DEBUG)
async def find_presupposed(request: PresupposedRequest) -> Presupposed:
    """Raises `LayerCycle` before anyone could wait for it forever."""
    named: dict[Address, tuple[Address, ...]] = {}
    waiting = [request.target]
    while waiting:
        attached = await MultiGet(
            Get(AttachedLayers, AttachedLayersRequest(target)) for target in waiting
        )
        named.update(zip((t.address for t in waiting), (each.addresses for each in attached)))
        further = sorted({a for each in attached for a in each.addresses if a not in named})
        waiting = list(await Get(UnexpandedTargets, Addresses(further)))
    cycle = _cycle(request.target.address, named)
    if cycle:
        raise LayerCycle(
            describe(
                f"The layers of {request.target.address} name each other in a circle.",
                facts=[" -> ".join(address.spec for address in cycle)],
                fix="take one of them out of `layers`.",
            )
        )
    return Presupposed(tuple(sorted(named.items())))


@rule(desc="Find served functions", level=LogLevel.DEBUG)
async def find_functions(request: ServedFunctionsRequest) -> ServedFunctions:
    layer = request.layer
    entries = layer.get(LambdaRequirementsOfField).value or ()
    found = await MultiGet(
        Get(Variants, VariantsRequest(entry, layer.address, LambdaRequirementsOfField.alias))
        for entry in entries
    )
    functions = [
        [each for each in variants.targets if isinstance(each, LambdaFunctionTarget)]
        for variants in found
    ]
    unknown = [entry for entry, each in zip(entries, functions) if not each]
    if unknown:
        raise UnknownFunction(
            describe(
                f"The `requirements_of` of the `lambda_layer` target {layer.address} cannot be "
                "found.",
                facts=unknown,
                fix="name `lambda_function` targets.",
            )
        )
    return ServedFunctions(
        tuple(
            function
            for variants in functions
            for function in ([f for f in variants if _same_parameters(f, layer)] or variants)
        )
    )


@dataclass(frozen=True)
class LayersInferenceFieldSet(FieldSet):
    required_fields = (LambdaLayersField, LambdaRuntimeField, LambdaArchitectureField)

    layers: LambdaLayersField


class InferLayers(InferDependenciesRequest[LayersInferenceFieldSet]):
    infer_from = LayersInferenceFieldSet


@rule(desc="Infer dependencies on layers", level=LogLevel.DEBUG)
async def infer_layers(request: InferLayers) -> InferredDependencies:
    targets = await Get(UnexpandedTargets, Addresses([request.field_set.address]))
    attached = await Get(AttachedLayers, AttachedLayersRequest(targets[0]))
    return InferredDependencies(attached.addresses)


@dataclass(frozen=True)
class RequirementsOfInferenceFieldSet(FieldSet):
    required_fields = (LambdaRequirementsOfField,)

    requirements_of: LambdaRequirementsOfField


class InferServedCode(InferDependenciesRequest[RequirementsOfInferenceFieldSet]):
    infer_from = RequirementsOfInferenceFieldSet


@rule(desc="Infer dependencies on the code of functions", level=LogLevel.DEBUG)
async def infer_served_code(request: InferServedCode) -> InferredDependencies:
    """A layer depends on what its functions are made of, and never on the functions themselves:
    they depend on the layer."""
    targets = await Get(UnexpandedTargets, Addresses([request.field_set.address]))
    served = await Get(ServedFunctions, ServedFunctionsRequest(targets[0]))
    needed = await MultiGet(
        Get(UnexpandedTargets, DependenciesRequest(function.get(Dependencies)))
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


def is_arn(entry: str) -> bool:
    return entry.startswith("arn:")


def _alike(layer: Target, target: Target, options: LambdaSubsystem) -> bool:
    """Whether a variant's own words do not speak against its being loaded with the target."""
    runtimes = {each[LambdaRuntimeField].value for each in (layer, target)} - {None}
    architectures = {
        each[LambdaArchitectureField].value or options.default_architecture
        for each in (layer, target)
    }
    return len(runtimes) < 2 and len(architectures) == 1


def _same_parameters(function: Target, layer: Target) -> bool:
    return function.address.parameters.items() <= layer.address.parameters.items()


def _cycle(root: Address, named: dict[Address, tuple[Address, ...]]) -> tuple[Address, ...]:
    """A path of layers that comes back to its start, or nothing."""
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
