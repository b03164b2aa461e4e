"""Finds the values that templates must contain, without building anything.

The values are those of the metadata that `package` writes next to each artifact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pants.core.util_rules.distdir import DistDir
from pants.engine.addresses import Address, Addresses
from pants.engine.target import AllUnexpandedTargets, Target
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import LambdaError
from aws_lambda.artifact.handler_fields import parse_reexport
from aws_lambda.inputs.attached_layers import AttachedLayersRequest, find_attached_layers
from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.inputs.handler_module import HandlerRequest, find_handler
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.output.output_paths import output_path
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    implicitly,
    resolve_unexpanded_targets,
    rule,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaHandlerField,
    LambdaLayerNameField,
    LambdaLayoutField,
    LambdaPrefixField,
    LambdaReexportField,
    LambdaRuntimeField,
    where_of,
)
from aws_lambda.templates.packaged_functions import (
    PackagedFunction,
    PackagedLayer,
    PackagedTargets,
)


@dataclass(frozen=True)
class FoundTargets:
    """All functions and layers, and the addresses of the functions by their specs.

    The functions have no layers, and the platform only as far as their own fields tell it.
    """

    targets: PackagedTargets
    addresses: FrozenDict[str, Address]


@dataclass(frozen=True)
class PackagedFunctionRequest:
    """A function as its own fields describe it, which suffices to find it in a template."""

    target: Target
    dist: str


@dataclass(frozen=True)
class FunctionValuesRequest:
    """A function whose layers and platform are wanted as well."""

    address: Address
    dist: str


@dataclass(frozen=True)
class FunctionValues:
    """The values of a function, or the error that prevents them."""

    address: str
    packaged: PackagedFunction | None
    error: str = ""


@rule(desc="Find the artifact of a function", level=LogLevel.DEBUG)
async def find_packaged_function(
    request: PackagedFunctionRequest, options: LambdaSubsystem
) -> PackagedFunction:
    target, dist = request.target, request.dist
    handler = await find_handler(HandlerRequest(target[LambdaHandlerField]))
    module = handler.module or handler.sought
    return PackagedFunction(
        address=target.address.spec,
        output=f"{dist}/{output_path(target)}",
        handler=f"{module}.{handler.function}",
        runtime=target[LambdaRuntimeField].value or options.default_runtime,
        architecture=target[LambdaArchitectureField].value or options.default_architecture,
        module=module,
        function=handler.function,
        file=handler.file,
    )


def _packaged_layer(target: Target, dist: str) -> PackagedLayer:
    return PackagedLayer(
        target.address.spec,
        f"{dist}/{output_path(target)}",
        target[LambdaLayerNameField].value,
    )


@rule(desc="Find the targets of templates", level=LogLevel.DEBUG)
async def find_packaged_targets(every: AllUnexpandedTargets, dist_dir: DistDir) -> FoundTargets:
    dist = dist_dir.relpath.as_posix()
    functions = [each for each in every if each.has_field(LambdaHandlerField)]
    layers = [
        each
        for each in every
        if each.has_field(LambdaPrefixField) and each.has_field(LambdaLayoutField)
    ]
    found = await concurrently(
        find_packaged_function(PackagedFunctionRequest(each, dist), **implicitly())
        for each in functions
    )
    return FoundTargets(
        PackagedTargets(found, tuple(_packaged_layer(each, dist) for each in layers), dist),
        FrozenDict({each.address.spec: each.address for each in functions}),
    )


@rule(desc="Find the values of a function", level=LogLevel.DEBUG)
async def find_function_values(request: FunctionValuesRequest) -> FunctionValues:
    target = await find_target(BuildSubject(request.address))
    try:
        function = await find_packaged_function(
            PackagedFunctionRequest(target, request.dist), **implicitly()
        )
        reexport = parse_reexport(target[LambdaReexportField].value, where=where_of(target))
        inputs = await find_inputs(BuildSubject(request.address), **implicitly())
        attached = await find_attached_layers(AttachedLayersRequest(target))
    except LambdaError as error:
        return FunctionValues(request.address.spec, None, str(error))
    layers = await resolve_unexpanded_targets(Addresses(attached.addresses))
    packaged = {each.address: _packaged_layer(each, request.dist) for each in layers}
    platform = inputs.platform
    return FunctionValues(
        request.address.spec,
        replace(
            function,
            handler=reexport.dotted if reexport else function.handler,
            runtime=platform.runtime.name if platform.runtime else None,
            architecture=platform.architecture.value if platform.architecture else None,
            layers=tuple(
                packaged[each] if isinstance(each, Address) else each for each in attached.order
            ),
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
