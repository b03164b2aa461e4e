"""Which targets an entry of `layers` or `requirements_of` means, where these are parametrized.

Dependency inference asks this, so that nothing here may need the dependencies of a function or a
layer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.native_engine import AddressInput
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import (
    AllUnexpandedTargets,
    Dependencies,
    DependenciesRequest,
    ExplicitlyProvidedDependencies,
    InferredDependencies,
    Target,
    Targets,
)
from pants.util.logging import LogLevel

from aws_lambda.artifact.fault import ArtifactFault, describe
from aws_lambda.gather import Closure, ClosureRequest
from aws_lambda.handler import HandlerInferenceFieldSet, InferHandlerDependency
from aws_lambda.platforms import (
    PlatformRequest,
    TargetPlatform,
    constraints_of,
    has_platforms,
    python_of,
    says_platform,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaCompletePlatformsField,
    LambdaFunctionTarget,
    LambdaLayersField,
    LambdaRequirementsOfField,
    LambdaRuntimeField,
)


class UnknownFunction(ArtifactFault):
    pass


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


@dataclass(frozen=True)
class ServedFunctionsRequest:
    """The functions whose requirements a layer carries."""

    layer: Target


@dataclass(frozen=True)
class ServedFunctions:
    targets: tuple[Target, ...]


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
class ForeseenPlatformRequest:
    """What a function or a layer will be built for, before its dependencies are known."""

    target: Target


@dataclass(frozen=True)
class ForeseenPlatform:
    platform: TargetPlatform


@rule(desc="Foresee the platform", level=LogLevel.DEBUG)
async def foresee_platform(
    request: ForeseenPlatformRequest, python_setup: PythonSetup, options: LambdaSubsystem
) -> ForeseenPlatform:
    """As `needs` decides it, from the code that the target names: its handler, what it lists."""
    target = request.target
    served, explicit = await MultiGet(
        Get(ServedFunctions, ServedFunctionsRequest(target)),
        Get(ExplicitlyProvidedDependencies, DependenciesRequest(target[Dependencies])),
    )
    if served.targets and not says_platform(target):
        return await Get(ForeseenPlatform, ForeseenPlatformRequest(served.targets[0]))

    roots = [*explicit.includes]
    if HandlerInferenceFieldSet.is_applicable(target):
        fields = HandlerInferenceFieldSet.create(target)
        handler = await Get(InferredDependencies, InferHandlerDependency(fields))
        roots.extend(handler.include)
    direct = await Get(Targets, Addresses(each for each in roots if each not in explicit.ignores))
    closures = await MultiGet(
        Get(Closure, ClosureRequest(each, python=python_of(target, options)))
        for each in direct
        if not each.has_field(LambdaLayersField)
    )
    code = [*direct, *(each for closure in closures for each in closure.targets)]
    resolve = target[PythonResolveField].normalized_value(python_setup)
    return ForeseenPlatform(
        await Get(
            TargetPlatform,
            PlatformRequest(
                target[LambdaRuntimeField],
                target[LambdaArchitectureField],
                target[LambdaCompletePlatformsField],
                constraints_of(code, resolve, python_setup),
                f"the `{target.alias}` target {target.address}",
            ),
        )
    )


@dataclass(frozen=True)
class FittingLayersRequest:
    """The variants of one layer, and the target that attaches it."""

    target: Target
    layers: tuple[Target, ...]


@dataclass(frozen=True)
class FittingLayers:
    """Those whose own words do not speak against it."""

    targets: tuple[Target, ...]


@rule(desc="Find variants that fit", level=LogLevel.DEBUG)
async def find_fitting(request: FittingLayersRequest, options: LambdaSubsystem) -> FittingLayers:
    target, layers = request.target, request.layers
    if len(layers) < 2:
        return FittingLayers(layers)
    runtime = target[LambdaRuntimeField].value
    architecture = target[LambdaArchitectureField].value or options.default_architecture
    fit = _alike(layers, {runtime} if runtime else set(), architecture, options)
    if has_platforms(target) or (runtime is None and len(fit) > 1):
        # Only here, since all the code behind the target has to be found for it.
        platform = (await Get(ForeseenPlatform, ForeseenPlatformRequest(target))).platform
        runtimes = {f"python{major}.{minor}" for major, minor in platform.pythons}
        found = platform.architecture.value if platform.architecture else None
        fit = _alike(layers, runtimes, found, options)
    return FittingLayers(fit)


def _alike(
    layers: Iterable[Target],
    runtimes: set[str],
    architecture: str | None,
    options: LambdaSubsystem,
) -> tuple[Target, ...]:
    """The layers that say nothing else; what is not known, they may say."""
    return tuple(
        each
        for each in layers
        if not runtimes or each[LambdaRuntimeField].value in (None, *runtimes)
        if architecture
        in (
            None,
            each[LambdaArchitectureField].value or options.default_architecture,
        )
    )


def _same_parameters(function: Target, layer: Target) -> bool:
    return function.address.parameters.items() <= layer.address.parameters.items()


def rules() -> Iterable[Any]:
    return collect_rules()
