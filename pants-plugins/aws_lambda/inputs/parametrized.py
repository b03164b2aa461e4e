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

# The entry of `requirements_of` that means all functions that attach the layer.
ATTACHED = "attached"


class UnknownFunction(LayerError):
    """An entry of the field `requirements_of` matches no `lambda_function` target.

    To fix, name `lambda_function` targets, or all those in and below a folder: `"src/orders::"`.
    """


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
    address = await address_of(
        AddressInput.parse(
            request.raw,
            relative_to=request.owner.spec_path,
            description_of_origin=f"the `{request.alias}` field of {request.owner}",
        )
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
class ForeseenPlatformRequest:
    """What a function will be built for, before its dependencies are known."""

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
    return ForeseenPlatform(
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
        platform = (
            await foresee_platform(ForeseenPlatformRequest(target), **implicitly())
        ).platform
        runtimes = {f"python{major}.{minor}" for major, minor in platform.pythons}
        found = platform.architecture.value if platform.architecture else None
        fit = _alike(layers, runtimes, found, options)
    return FittingLayers(fit)


@dataclass(frozen=True)
class ServedFunctionsRequest:
    """The functions whose requirements a layer carries."""

    layer: Target


@dataclass(frozen=True)
class ServedFunctions:
    targets: tuple[Target, ...]


async def _attaching(layer: Target, every: Iterable[Target]) -> list[Target]:
    """The functions whose `layers` mean this very layer."""
    entries = [
        (function, entry)
        for function in every
        if isinstance(function, LambdaFunctionTarget)
        for entry in function[LambdaLayersField].value
        if not is_arn(entry)
    ]
    found = await concurrently(
        find_variants(
            VariantsRequest(entry, function.address, LambdaLayersField.alias), **implicitly()
        )
        for function, entry in entries
    )
    meant = [
        (function, tuple(each for each in variants.targets if isinstance(each, LambdaLayerTarget)))
        for (function, _), variants in zip(entries, found)
        if layer in variants.targets
    ]
    fitting = await concurrently(
        find_fitting(FittingLayersRequest(function, layers), **implicitly())
        for function, layers in meant
    )
    return [function for (function, _), fit in zip(meant, fitting) if layer in fit.targets]


@rule(desc="Find served functions", level=LogLevel.DEBUG)
async def find_served_functions(
    request: ServedFunctionsRequest, every: AllUnexpandedTargets
) -> ServedFunctions:
    layer = request.layer
    entries = layer.get(LambdaRequirementsOfField).value or ()
    globs = {entry: parse_address_glob(entry, layer.address.spec_path) for entry in entries}
    addressed = [e for e in entries if globs[e] is None and e != ATTACHED]
    found = await concurrently(
        find_variants(
            VariantsRequest(entry, layer.address, LambdaRequirementsOfField.alias), **implicitly()
        )
        for entry in addressed
    )
    targets: dict[str, Iterable[Target]] = {
        entry: _of_parameters(layer, variants.targets) for entry, variants in zip(addressed, found)
    }
    for entry, glob in globs.items():
        if glob:
            targets[entry] = _matching(glob, layer, every)
        elif entry == ATTACHED:
            targets[entry] = await _attaching(layer, every)
    unknown = [entry for entry in entries if not targets[entry]]
    if unknown:
        raise UnknownFunction(
            describe(
                f"The `requirements_of` of the `lambda_layer` target {layer.address} cannot be "
                "found.",
                facts=columns([(each, _unknown_because(each, globs[each])) for each in unknown]),
                fix='name `lambda_function` targets, or those of a folder: `"src/orders::"`.',
            )
        )
    return ServedFunctions(tuple(dict.fromkeys(f for entry in entries for f in targets[entry])))


def _matching(glob: AddressGlob, layer: Target, every: Iterable[Target]) -> list[Target]:
    by_name: dict[tuple[str, str], list[Target]] = {}
    for each in every:
        name = (each.address.spec_path, each.address.target_name)
        if glob.matches(*name):
            by_name.setdefault(name, []).append(each)
    return [f for name in sorted(by_name) for f in _of_parameters(layer, by_name[name])]


def _of_parameters(layer: Target, variants: Iterable[Target]) -> list[Target]:
    """Of the variants of one function, those with the layer's parameters; else all."""
    functions: list[Target] = [e for e in variants if isinstance(e, LambdaFunctionTarget)]
    same = layer.address.parameters.items()
    return [f for f in functions if f.address.parameters.items() <= same] or functions


def _unknown_because(entry: str, glob: AddressGlob | None) -> str:
    if entry == ATTACHED:
        return "no lambda_function attaches this layer with `layers`"
    return "matches no lambda_function" if glob else ""


def is_arn(entry: str) -> bool:
    return entry.startswith("arn:")


def rules() -> Iterable[Any]:
    return collect_rules()
