"""Finds the targets of an entry of `layers` or `requirements_of`, parametrized ones included.

Dependency inference uses these rules, so they must not ask for the dependencies of functions or
layers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.native_engine import AddressInput
from pants.engine.target import AllUnexpandedTargets, Dependencies, DependenciesRequest, Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.address_globs import AddressGlob, parse_address_glob
from aws_lambda.artifact.errors import LayerError, columns, describe
from aws_lambda.inputs.dependency_walk import ClosureRequest, find_closure
from aws_lambda.inputs.handler_module import (
    HandlerInferenceFieldSet,
    InferHandlerDependency,
    infer_handler_dependency,
)
from aws_lambda.inputs.target_platform import (
    PlatformRequest,
    TargetPlatform,
    constraints_of,
    find_platform,
    has_platforms,
    python_of,
)
from aws_lambda.pants_api import (
    address_of,
    collect_rules,
    concurrently,
    explicitly_provided,
    implicitly,
    rule,
    targets_at,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaCompletePlatformsField,
    LambdaFunctionTarget,
    LambdaLayersField,
    LambdaLayerTarget,
    LambdaRequirementsOfField,
    LambdaRuntimeField,
    where_of,
)

# The entry of `requirements_of` for all functions that attach the layer.
ATTACHED = "attached"


class UnknownFunction(LayerError):
    """An entry of the field `requirements_of` matches no `lambda_function` target.

    To fix, name `lambda_function` targets, or all those in and below a folder: `"src/orders::"`.
    """


@dataclass(frozen=True)
class TargetVariantsRequest:
    """The targets of an entry. An address without parameters names all variants."""

    raw: str
    owner: Address
    alias: str


@dataclass(frozen=True)
class TargetVariants:
    targets: tuple[Target, ...]


@rule(desc="Find variants of a target", level=LogLevel.DEBUG)
async def find_variants(
    request: TargetVariantsRequest, every: AllUnexpandedTargets
) -> TargetVariants:
    address = await address_of(
        AddressInput.parse(
            request.raw,
            relative_to=request.owner.spec_path,
            description_of_origin=f"the `{request.alias}` field of {request.owner}",
        )
    )
    return TargetVariants(
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
class PredictedPlatformRequest:
    """The platform of a function before its dependencies are known."""

    target: Target


@dataclass(frozen=True)
class PredictedPlatform:
    platform: TargetPlatform


@rule(desc="Predict the platform", level=LogLevel.DEBUG)
async def predict_platform(
    request: PredictedPlatformRequest, python_setup: PythonSetup, options: LambdaSubsystem
) -> PredictedPlatform:
    """Find the platform that `find_inputs` finds, from the handler and the listed dependencies."""
    target = request.target
    explicit = await explicitly_provided(DependenciesRequest(target[Dependencies]))
    roots = [*explicit.includes]
    if HandlerInferenceFieldSet.is_applicable(target):
        fields = HandlerInferenceFieldSet.create(target)
        handler = await infer_handler_dependency(InferHandlerDependency(fields))
        roots.extend(handler.include)
    direct = await targets_at(Addresses(each for each in roots if each not in explicit.ignores))
    closures = await concurrently(
        find_closure(ClosureRequest(each, python=python_of(target, options)), **implicitly())
        for each in direct
        if not each.has_field(LambdaLayersField)
    )
    code = [*direct, *(each for closure in closures for each in closure.targets)]
    resolve = target[PythonResolveField].normalized_value(python_setup)
    return PredictedPlatform(
        await find_platform(
            PlatformRequest(
                target[LambdaRuntimeField],
                target[LambdaArchitectureField],
                target[LambdaCompletePlatformsField],
                constraints_of(code, resolve, python_setup),
                where_of(target),
            ),
            **implicitly(),
        )
    )


def _select_compatible(
    layers: Iterable[Target],
    runtimes: set[str],
    architecture: str | None,
    options: LambdaSubsystem,
) -> tuple[Target, ...]:
    """The layers whose fields agree with the known runtimes and architecture."""
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


@dataclass(frozen=True)
class CompatibleLayersRequest:
    """The variants of one layer, and the target that attaches it."""

    target: Target
    layers: tuple[Target, ...]


@dataclass(frozen=True)
class CompatibleLayers:
    """The variants that are compatible with the target."""

    targets: tuple[Target, ...]


@rule(desc="Find compatible layers", level=LogLevel.DEBUG)
async def find_compatible_layers(
    request: CompatibleLayersRequest, options: LambdaSubsystem
) -> CompatibleLayers:
    target, layers = request.target, request.layers
    if len(layers) < 2:
        return CompatibleLayers(layers)
    runtime = target[LambdaRuntimeField].value
    architecture = target[LambdaArchitectureField].value or options.default_architecture
    fit = _select_compatible(layers, {runtime} if runtime else set(), architecture, options)
    if has_platforms(target) or (runtime is None and len(fit) > 1):
        # Only if needed: this walks all code of the target.
        platform = (
            await predict_platform(PredictedPlatformRequest(target), **implicitly())
        ).platform
        runtimes = {f"python{major}.{minor}" for major, minor in platform.pythons}
        found = platform.architecture.value if platform.architecture else None
        fit = _select_compatible(layers, runtimes, found, options)
    return CompatibleLayers(fit)


@dataclass(frozen=True)
class ServedFunctionsRequest:
    """The functions in a layer's `requirements_of`."""

    layer: Target


@dataclass(frozen=True)
class ServedFunctions:
    targets: tuple[Target, ...]


async def _find_attaching_functions(layer: Target, every: Iterable[Target]) -> list[Target]:
    """The functions that attach exactly this layer."""
    entries = [
        (function, entry)
        for function in every
        if isinstance(function, LambdaFunctionTarget)
        for entry in function[LambdaLayersField].value
        if not is_arn(entry)
    ]
    found = await concurrently(
        find_variants(
            TargetVariantsRequest(entry, function.address, LambdaLayersField.alias), **implicitly()
        )
        for function, entry in entries
    )
    meant = [
        (function, tuple(each for each in variants.targets if isinstance(each, LambdaLayerTarget)))
        for (function, _), variants in zip(entries, found)
        if layer in variants.targets
    ]
    fitting = await concurrently(
        find_compatible_layers(CompatibleLayersRequest(function, layers), **implicitly())
        for function, layers in meant
    )
    return [function for (function, _), fit in zip(meant, fitting) if layer in fit.targets]


@rule(desc="Find the functions of a layer", level=LogLevel.DEBUG)
async def find_served_functions(
    request: ServedFunctionsRequest, every: AllUnexpandedTargets
) -> ServedFunctions:
    layer = request.layer
    entries = layer.get(LambdaRequirementsOfField).value or ()
    globs = {entry: parse_address_glob(entry, layer.address.spec_path) for entry in entries}
    addressed = [e for e in entries if globs[e] is None and e != ATTACHED]
    found = await concurrently(
        find_variants(
            TargetVariantsRequest(entry, layer.address, LambdaRequirementsOfField.alias),
            **implicitly(),
        )
        for entry in addressed
    )
    targets: dict[str, Iterable[Target]] = {
        entry: _select_variants(layer, variants.targets)
        for entry, variants in zip(addressed, found)
    }
    for entry, glob in globs.items():
        if glob:
            targets[entry] = _find_matching_functions(glob, layer, every)
        elif entry == ATTACHED:
            targets[entry] = await _find_attaching_functions(layer, every)
    unknown = [entry for entry in entries if not targets[entry]]
    if unknown:
        raise UnknownFunction(
            describe(
                f"The `requirements_of` of the `lambda_layer` target {layer.address} cannot be "
                "found.",
                facts=columns([(each, _unknown_reason(each, globs[each])) for each in unknown]),
                fix='name `lambda_function` targets, or those of a folder: `"src/orders::"`.',
            )
        )
    return ServedFunctions(tuple(dict.fromkeys(f for entry in entries for f in targets[entry])))


def _find_matching_functions(
    glob: AddressGlob, layer: Target, every: Iterable[Target]
) -> list[Target]:
    by_name: dict[tuple[str, str], list[Target]] = {}
    for each in every:
        name = (each.address.spec_path, each.address.target_name)
        if glob.matches(*name):
            by_name.setdefault(name, []).append(each)
    return [f for name in sorted(by_name) for f in _select_variants(layer, by_name[name])]


def _select_variants(layer: Target, variants: Iterable[Target]) -> list[Target]:
    """The variants of one function with the layer's parameters, or all if none has them."""
    functions: list[Target] = [e for e in variants if isinstance(e, LambdaFunctionTarget)]
    same = layer.address.parameters.items()
    return [f for f in functions if f.address.parameters.items() <= same] or functions


def _unknown_reason(entry: str, glob: AddressGlob | None) -> str:
    if entry == ATTACHED:
        return "no lambda_function attaches this layer with `layers`"
    return "matches no lambda_function" if glob else ""


def is_arn(entry: str) -> bool:
    return entry.startswith("arn:")


def rules() -> Iterable[Any]:
    return collect_rules()
