"""Finds the inputs of a target: closure, requirements, extra files and platform."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField
from pants.engine.addresses import Addresses
from pants.engine.target import Dependencies, DependenciesRequest, Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import LayerError, LockfileError, Where, columns, describe
from aws_lambda.artifact.split import expand_provided
from aws_lambda.inputs.attached_layers import AttachedLayersRequest, find_attached_layers
from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.inputs.dependency_walk import Closure, ClosureRequest, find_closure
from aws_lambda.inputs.extra_files import ExtraFiles, ExtraFilesRequest, find_extra_files
from aws_lambda.inputs.parametrized import ServedFunctionsRequest, find_served_functions
from aws_lambda.inputs.target_platform import (
    PlatformRequest,
    TargetPlatform,
    constraints_of,
    find_platform,
    python_of,
    sets_platform,
)
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    direct_dependencies,
    explicitly_provided,
    first_and_rest,
    implicitly,
    rule,
    targets_at,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaCompletePlatformsField,
    LambdaExtraFilesField,
    LambdaProvidedField,
    LambdaRuntimeField,
    where_of,
)
from aws_lambda.third_party.lockfile import RequirementSet


class MixedResolves(LockfileError):
    """A target depends on code of several resolves. An artifact contains one version of each
    distribution, from one lockfile.

    To fix, give these targets the same `resolve`.
    """


class FunctionsDisagree(LayerError):
    """The functions in a layer's `requirements_of` are built for different platforms. A layer is
    built for one.

    To fix, parametrize the layer in the same way as the functions, or declare a layer for each
    platform.
    """


@dataclass(frozen=True)
class TargetInputs:
    """The closure of a target, and the requirements of its third-party code.

    For a layer with `requirements_of`, `third_party` has a set for each function, with the
    `provided` of that function.
    """

    where: Where
    resolve: str
    closure: Closure
    extra: ExtraFiles
    third_party: tuple[RequirementSet, ...]
    platform: TargetPlatform


async def _decide_platform(
    target: Target,
    closure: Closure,
    resolve: str,
    python_setup: PythonSetup,
    of_functions: Iterable[TargetInputs],
    where: Where,
) -> TargetPlatform:
    """The platform that the target sets, or that of a layer's functions, or that of the code."""
    theirs = {each.platform: each for each in of_functions}
    if theirs and not sets_platform(target):
        if len(theirs) > 1:
            raise FunctionsDisagree(
                describe(
                    f"The functions in `requirements_of` of {where} have different platforms.",
                    facts=columns(sorted((n.where.address, p.detailed) for p, n in theirs.items())),
                    fix=(
                        "parametrize the layer in the same way as the functions, for example "
                        '`architecture=parametrize("arm64", "x86_64")`, or declare a layer for '
                        "each platform."
                    ),
                )
            )
        return next(iter(theirs.values())).platform
    return await find_platform(
        PlatformRequest(
            target[LambdaRuntimeField],
            target[LambdaArchitectureField],
            target[LambdaCompletePlatformsField],
            constraints_of(closure.targets, resolve, python_setup),
            where,
        ),
        **implicitly(),
    )


@rule(desc="Find the inputs of a target", level=LogLevel.DEBUG)
async def find_inputs(
    subject: BuildSubject, python_setup: PythonSetup, options: LambdaSubsystem
) -> TargetInputs:
    """Find everything that a target names, before any file is read.

    1. Find extra files, attached layers, and the functions that a layer serves.
    2. Walk the closure, without the dependencies of those.
    3. Check that all code has one resolve, and find the platform.
    """
    target = await find_target(subject)
    where = where_of(target)
    override = subject.platform_override
    resolve = target[PythonResolveField].normalized_value(python_setup)
    extra, attached, served, explicit = await concurrently(
        find_extra_files(ExtraFilesRequest(target[LambdaExtraFilesField])),
        find_attached_layers(AttachedLayersRequest(target)),
        find_served_functions(ServedFunctionsRequest(target), **implicitly()),
        explicitly_provided(DependenciesRequest(target[Dependencies])),
    )
    of_functions = await concurrently(
        find_inputs(subject.at(function.address), **implicitly()) for function in served.targets
    )
    # Including generated targets, as the walk finds them.
    own, served_code = await first_and_rest(
        targets_at(Addresses(explicit.includes)),
        (
            direct_dependencies(DependenciesRequest(function[Dependencies]))
            for function in served.targets
        ),
    )
    # Inferred dependencies on the code of functions are not part of the layer's closure.
    theirs = {each.address for targets in served_code for each in targets}
    of_others = {*extra.addresses, *theirs} - {each.address for each in own}
    closure = await find_closure(
        ClosureRequest(
            target,
            aside=(
                *attached.addresses,
                *sorted(of_others - set(explicit.includes)),
            ),
            python=override.python if override else python_of(target, options),
        ),
        **implicitly(),
    )
    _check_resolves(target, closure, resolve, python_setup, of_functions)
    platform = override or await _decide_platform(
        target, closure, resolve, python_setup, of_functions, where
    )
    provided = target[LambdaProvidedField].value
    own_need = RequirementSet(
        closure.requirements,
        expand_provided(options.provided if provided is None else provided),
        closure.typed_requirements,
    )
    return TargetInputs(
        where,
        resolve,
        closure,
        extra,
        (own_need, *(need for each in of_functions for need in each.third_party)),
        platform,
    )


def _check_resolves(
    target: Target,
    closure: Closure,
    resolve: str,
    python_setup: PythonSetup,
    of_functions: Iterable[TargetInputs],
) -> None:
    others = [
        *(
            (each.address.spec, f"resolve `{found}`")
            for each in closure.targets
            if each.has_field(PythonResolveField)
            and (found := each[PythonResolveField].normalized_value(python_setup)) != resolve
        ),
        *(
            (each.where.address, f"resolve `{each.resolve}`")
            for each in of_functions
            if each.resolve != resolve
        ),
    ]
    if others:
        raise MixedResolves(
            describe(
                f"The `{target.alias}` target {target.address} depends on code of another resolve.",
                facts=columns([(target.address.spec, f"resolve `{resolve}`"), *sorted(others)]),
                why="An artifact contains one version of each distribution, from one lockfile.",
                fix="give these targets the same `resolve`.",
            )
        )


def rules() -> Iterable[Any]:
    return collect_rules()
