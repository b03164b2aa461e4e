"""Packages a function so that this machine can run it, with its layers and its runtime's packages.

A function for another platform is built a second time, for this machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.engine.addresses import Address
from pants.engine.environment import EnvironmentName
from pants.engine.fs import Digest, MergeDigests, PathGlobs
from pants.engine.platform import Platform
from pants.engine.unions import UnionRule, union
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import PlatformError, Where, columns, describe
from aws_lambda.artifact.platforms.host import Host
from aws_lambda.artifact.platforms.platform import CompletePlatform, compute_platform
from aws_lambda.artifact.platforms.runtimes import Architecture
from aws_lambda.artifact.split import SDK_PROJECTS
from aws_lambda.bytecode.reachable_modules import find_reachable_modules
from aws_lambda.contents.carried_files import find_carried_files
from aws_lambda.contents.closure_files import find_closure_files
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.inputs.target_inputs import find_inputs
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.package import LambdaFunctionFieldSet, package_artifact
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    first_and_rest,
    implicitly,
    merge_digests,
    path_globs_to_paths,
    rule,
)
from aws_lambda.processes.interpreters import Interpreter, Interpreters
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.third_party.lockfile import LockfileRequest, load_resolve_lockfile, requirements_of
from aws_lambda.third_party.wheels import (
    InspectRequest,
    PinnedWheelsRequest,
    ResolvedWheels,
    WheelsRequest,
    fetch_wheels,
    inspect_interpreter,
    resolve_wheels,
)
from aws_lambda.verify.verify import verify_artifact

# AWS's runtime client, which calls the handler, and its dependencies. Each has wheels for
# python3.10 to python3.15 on both architectures of Linux (package index, read in November 2026).
RUNTIME_CLIENT = ("awslambdaric==4.2.2", "simplejson==4.3.0", "snapshot-restore-py==1.0.0")
_OLDEST_WITH_CLIENT = (3, 10)
# The SDK and its dependencies, if the lockfile lacks boto3: the newest for python3.9, with the
# urllib3 that the oldest runtimes have. Pure Python (package index, read in November 2026).
RUNTIME_SDK = (
    *("boto3==1.42.97", "botocore==1.42.97", "jmespath==1.1.0", "python-dateutil==2.9.0.post0"),
    *("s3transfer==0.16.1", "six==1.17.0", "urllib3==1.26.20"),
)

# Lines of PEX's output that a message shows: pip's last attempt and its reason.
_MOST_LINES = 3


class RuntimeNotFetched(PlatformError):
    """The packages that Lambda's runtime provides could not be fetched from the package index. A
    function needs them to run on this machine.

    To fix, make sure that this machine can reach the package index, or name yours in
    `[python-repos]`.
    """


# The findings that explain why a running function misses a module or file.
_MISSING_CODES = ("L025", "L026")


@union(in_scope_types=[EnvironmentName])
class RunnableSubject:
    """A union that gives `run`, `check`, `test` and `lambda-serve` the same rule graph.

    Pants solves rules once for each set of available values, and these goals have different ones.
    With the union, it solves them once and starts 1.5 s sooner (docs/internals/decisions/0016).
    """


@dataclass(frozen=True)
class RunnableRequest:
    """The function to run, as a member of the union `RunnableSubject`."""

    field_set: LambdaFunctionFieldSet


@dataclass(frozen=True)
class RunnableFunction:
    """A packaged function with its layers, as this machine can run it.

    `digest` contains the output of `package`, at paths relative to `dist/`, and `output` is the
    path of the function. `interpreter` has exactly the minor version `python`, or is `None` if this
    machine lacks it. `runtime_wheels` is a flat folder of `.whl` files: the packages of the
    runtime, and provided distributions from the lockfile. `override_remark` is a line if the
    function is built for this machine. `missing` has a line for each module or file that the code
    names and the function lacks.
    """

    digest: Digest
    output: str
    interpreter: Interpreter | None
    python: tuple[int, int]
    runtime_wheels: Digest
    override_remark: str | None
    missing: tuple[str, ...] = ()


@rule(polymorphic=True)
async def find_runnable_function(
    asked: RunnableSubject, environment: EnvironmentName
) -> RunnableFunction:
    """Package the function of any member of the union."""
    raise NotImplementedError


@dataclass(frozen=True)
class ProvidedWheelsRequest:
    """The wheels that a function or layer leaves out because of `provided`, on one platform."""

    subject: BuildSubject
    platform: CompletePlatform


@dataclass(frozen=True)
class RuntimeWheelsRequest:
    """The packages that the runtime of a function contains, on one platform."""

    function: BuildSubject
    platform: CompletePlatform


@dataclass(frozen=True)
class RuntimeWheels:
    digest: Digest


async def _platform_of_machine(
    own: TargetPlatform,
    python: tuple[int, int],
    host: Host,
    interpreter: Interpreter | None,
    options: LambdaSubsystem,
) -> TargetPlatform | None:
    """This machine as a platform: from the table of runtimes, or as an interpreter describes it."""
    runtime = own.runtime or next((r for r in options.runtimes if r.python == python), None)
    if host.is_linux and runtime:
        platform = compute_platform(runtime, host.architecture)
    elif interpreter:
        platform = await inspect_interpreter(InspectRequest(interpreter), **implicitly())
    else:
        return None
    return TargetPlatform(runtime, host.architecture, (platform,), is_override=True)


@rule(desc="Find provided wheels", level=LogLevel.DEBUG)
async def find_provided_wheels(request: ProvidedWheelsRequest) -> ResolvedWheels:
    carried = await find_carried_files(request.subject)
    names = {name for name, version in carried.provided if version is not None}
    if not names:
        return ResolvedWheels(())
    inputs = await find_inputs(request.subject, **implicitly())
    # The build of the artifact resolved the same wheels, so this is cached.
    wheels = WheelsRequest(
        inputs.resolve,
        requirements_of(inputs.third_party),
        (request.platform,),
        inputs.platform.described,
    )
    resolved = await resolve_wheels(wheels, **implicitly())
    left_out = (each for each in resolved.wheels if each.wheel.distribution.name in names)
    return ResolvedWheels(tuple(left_out), resolved.failure)


@dataclass(frozen=True)
class SdkRequest:
    """The SDK of the runtime, for a function that may import the SDK and does not contain it.

    `has` are the names of distributions that it finds already.
    """

    function: BuildSubject
    platform: CompletePlatform
    has: frozenset[str]


@rule(desc="Find the runtime's SDK", level=LogLevel.DEBUG)
async def find_sdk(request: SdkRequest, python_setup: PythonSetup) -> ResolvedWheels:
    closure, reach = await concurrently(
        find_closure_files(request.function, **implicitly()),
        find_reachable_modules(request.function),
    )
    has = {each.wheel.distribution.name for each in closure.wheels} | request.has
    if not SDK_PROJECTS.intersection(closure.imported | reach.sdk) - has:
        return ResolvedWheels(())
    described, resolve = closure.inputs.platform.described, closure.inputs.resolve
    path = python_setup.resolves.get(resolve)
    lockfile = await path_globs_to_paths(PathGlobs([path] if path else []))
    lock = (
        await load_resolve_lockfile(LockfileRequest(resolve), **implicitly())
        if lockfile.files
        else None
    )
    if lock and "boto3" in lock.lock.projects:
        wheels = WheelsRequest(resolve, ("boto3",), (request.platform,), described)
        return await resolve_wheels(wheels, **implicitly())
    pinned = PinnedWheelsRequest(RUNTIME_SDK, request.platform, described)
    resolved = await fetch_wheels(pinned, **implicitly())
    if resolved.failure:
        raise RuntimeNotFetched(_not_fetched(pinned, resolved.failure, where=closure.inputs.where))
    return resolved


@rule(desc="Find the packages of the runtime", level=LogLevel.DEBUG)
async def find_runtime_wheels(request: RuntimeWheelsRequest) -> RuntimeWheels:
    platform, subject = request.platform, request.function
    function = await find_carried_files(subject)
    layers = [subject.at(each) for each in function.layers if isinstance(each, Address)]
    client = PinnedWheelsRequest(client_for(platform), platform, function.platform.described)
    of_client, of_artifacts = await first_and_rest(
        fetch_wheels(client, **implicitly()),
        (
            find_provided_wheels(ProvidedWheelsRequest(each, platform))
            for each in (*layers, subject)
        ),
    )
    found = (of_client, *of_artifacts)
    has = frozenset(wheel.wheel.distribution.name for each in found for wheel in each.wheels)
    sdk = await find_sdk(SdkRequest(subject, platform, has), **implicitly())
    found = (sdk, *found)
    failures = [each.failure for each in found if each.failure]
    if failures:
        raise RuntimeNotFetched(_not_fetched(client, failures[0], where=function.where))
    # One version of each distribution: wheels from the function's lockfile win.
    by_name = {wheel.wheel.distribution.name: wheel for each in found for wheel in each.wheels}
    digests = (by_name[name].digest for name in sorted(by_name))
    return RuntimeWheels(await merge_digests(MergeDigests(digests)))


@rule(desc="Package a function for this machine", level=LogLevel.DEBUG)
async def package_for_machine(
    request: RunnableRequest,
    options: LambdaSubsystem,
    interpreters: Interpreters,
    machine: Platform,
) -> RunnableFunction:
    address = request.field_set.address
    own = (await find_inputs(BuildSubject(address), **implicitly())).platform
    host = host_of(machine)
    fit = host.select_runnable(own.platforms)
    python = fit[0].python if fit else own.python
    interpreter = interpreters.exactly(python)
    override = None if fit else await _platform_of_machine(own, python, host, interpreter, options)
    # If this machine is unknown, use the platform of the target.
    platform, *_ = override.platforms if override else fit or own.platforms
    subject = BuildSubject(address, override)
    package, verified, wheels = await concurrently(
        package_artifact(subject, **implicitly()),
        verify_artifact(subject),
        find_runtime_wheels(RuntimeWheelsRequest(subject, platform)),
    )
    (artifact,) = package.artifacts
    return RunnableFunction(
        package.digest,
        str(artifact.relpath),
        interpreter,
        python,
        wheels.digest,
        host.describe_override(address.spec, own.platforms) if override else None,
        tuple(
            f"{each.sentence} To fix, {each.fix}"
            for each in verified.findings
            if each.code in _MISSING_CODES
        ),
    )


def host_of(machine: Platform) -> Host:
    system, _, processor = machine.value.partition("_")
    return Host({"macos": "darwin"}.get(system, system), Architecture(processor))


def client_for(platform: CompletePlatform) -> tuple[str, ...]:
    """The pins of AWS's runtime client, if it has wheels for the platform."""
    is_linux = platform.markers.get("sys_platform") == "linux"
    return RUNTIME_CLIENT if is_linux and platform.python >= _OLDEST_WITH_CLIENT else ()


def _not_fetched(request: PinnedWheelsRequest, output: str, *, where: Where) -> str:
    lines = [each.strip() for each in output.splitlines() if each.strip()]
    # pip warns of each attempt. The last warning tells why pip could not connect.
    warnings = [each for each in lines if each.startswith("pip: WARNING")]
    lines = [each for each in lines if each not in warnings[:-1]]
    needed = columns([("needed", " ".join(request.requirements)), ("for", request.described)])
    return describe(
        f"{where.at_start} cannot run here without the packages that its runtime "
        "brings, and these could not be fetched.",
        facts=[*needed, "", *lines[-_MOST_LINES:]],
        fix=(
            "make sure that this machine can reach the package index, or name yours in "
            "`[python-repos]`."
        ),
    )


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(RunnableSubject, RunnableRequest))
