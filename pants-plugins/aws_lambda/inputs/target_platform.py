"""Finds the platform of a target: runtime, architecture and complete platforms for PEX."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import InterpreterConstraintsField
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.core.util_rules.source_files import SourceFilesRequest
from pants.engine.target import SourcesField, Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.native_compatibility import NativePlatform
from aws_lambda.artifact.checks.runtime_support import check_runtime_support
from aws_lambda.artifact.errors import PlatformError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.platform import (
    CompletePlatform,
    compute_platform,
    read_platform,
)
from aws_lambda.artifact.platforms.runtimes import (
    Architecture,
    Runtime,
    find_architecture,
    find_runtime,
    format_runtimes,
)
from aws_lambda.pants_api import (
    collect_rules,
    constraints_among,
    determine_source_files,
    get_digest_contents,
    rule,
    targets_named,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaArchitectureField,
    LambdaCompletePlatformsField,
    LambdaRuntimeField,
)


class NoRuntime(PlatformError):
    """A target has no runtime. It sets none, its interpreter constraints allow several minor
    versions of Python, and `[aws-lambda].default_runtime` is not set.

    To fix, set `runtime="python3.13"` on the target, or `default_runtime` in pants.toml.
    """


class RuntimeOutsideConstraints(PlatformError):
    """The interpreter constraints of the code do not allow the runtime's version of Python.

    To fix, choose a runtime that the constraints allow, or extend `interpreter_constraints` on the
    sources or in `[python]` of pants.toml.
    """


class RuntimeAndPlatforms(PlatformError):
    """A target sets both `complete_platforms` and `runtime` or `architecture`.

    To fix, keep either `complete_platforms`, or `runtime` and `architecture`.
    """


class InvalidCompletePlatform(PlatformError):
    """The field `complete_platforms` does not lead to a complete platform. This is a JSON document
    with `compatible_tags` and `marker_environment`.

    To fix, run `pex3 interpreter inspect --markers --tags` on the machine that the file describes,
    and name a `file` or `resource` target that owns the output.
    """


@dataclass(frozen=True)
class PlatformRequest:
    """The fields of a target, and the interpreter constraints of its code or of its resolve."""

    runtime: LambdaRuntimeField
    architecture: LambdaArchitectureField
    complete_platforms: LambdaCompletePlatformsField
    constraints: InterpreterConstraints
    where: Where


@dataclass(frozen=True)
class TargetPlatform:
    """The platform that an artifact is built for.

    `runtime` and `architecture` are `None` if explicit complete platforms do not tell them. An
    artifact for a platform that `is_override`, in place of the target's own, runs on this machine
    and is never uploaded, so it is not checked.
    """

    runtime: Runtime | None
    architecture: Architecture | None
    platforms: tuple[CompletePlatform, ...]
    findings: tuple[Finding, ...] = ()
    is_override: bool = False

    @property
    def python(self) -> tuple[int, int]:
        """The oldest minor version of Python that the artifact is for."""
        return min(self.pythons)

    @property
    def pythons(self) -> tuple[tuple[int, int], ...]:
        """Every minor version of Python that the artifact is for, the oldest first."""
        if self.runtime:
            return (self.runtime.python,)
        return tuple(sorted({each.python for each in self.platforms}))

    @property
    def native(self) -> NativePlatform:
        """The platform for checks of native code, as far as it is known."""
        if self.runtime and self.architecture:
            named = f"{self.runtime.name} on {self.architecture.value}"
            return NativePlatform(self.architecture.machine, self.runtime.glibc, named)
        machine = self.architecture.machine if self.architecture else None
        oldest = min((each.glibc or (0, 0) for each in self.platforms), default=(0, 0))
        return NativePlatform(machine, oldest if any(oldest) else None, self.described)

    @property
    def described(self) -> str:
        """For messages: "python3.11 on arm64 (glibc 2.26)"."""
        if self.is_override:
            return f"python{'.'.join(map(str, self.python))} on this machine"
        if self.runtime is None or self.architecture is None:
            return "explicit `complete_platforms`"
        glibc = ".".join(map(str, self.runtime.glibc))
        return f"{self.runtime.name} on {self.architecture.value} (glibc {glibc})"

    @property
    def detailed(self) -> str:
        """One line that tells explicit platforms apart as well."""
        if self.runtime:
            return self.described
        pythons = (f"python{major}.{minor}" for major, minor in self.pythons)
        glibc = self.native.glibc and f"glibc {self.native.glibc[0]}.{self.native.glibc[1]}"
        machine = self.native.machine
        return f"{self.described}: {', '.join([*pythons, *filter(None, (machine, glibc))])}"


async def _read_complete_platforms(request: PlatformRequest) -> TargetPlatform:
    targets = await targets_named(request.complete_platforms.to_unparsed_address_inputs())
    sources = await determine_source_files(
        SourceFilesRequest(
            (target.get(SourcesField) for target in targets),
            for_sources_types=(FileSourceField, ResourceSourceField),
            enable_codegen=True,
        )
    )
    contents = await get_digest_contents(sources.snapshot.digest)
    platforms = tuple(_parse(f.path, f.content, where=request.where) for f in contents)
    if not platforms:
        raise InvalidCompletePlatform(
            describe(
                f"The `complete_platforms` of {request.where} contain no file.",
                facts=[f"complete_platforms={list(request.complete_platforms.value or ())!r}"],
                fix="name `file` or `resource` targets, or set `runtime` instead.",
            )
        )
    machines = {each.markers.get("platform_machine", "") for each in platforms}
    architecture = Architecture.of_machine(machines.pop()) if len(machines) == 1 else None
    return TargetPlatform(None, architecture, platforms)


@rule(desc="Find the platform", level=LogLevel.DEBUG)
async def find_platform(
    request: PlatformRequest, options: LambdaSubsystem, python_setup: PythonSetup
) -> TargetPlatform:
    if request.complete_platforms.value is not None:
        if request.runtime.value or request.architecture.value:
            raise RuntimeAndPlatforms(_two_platforms_message(request))
        return await _read_complete_platforms(request)

    minors = request.constraints.partition_into_major_minor_versions(
        # The default of Pants 2.17.1 ends at 3.11.
        sorted(
            {*python_setup.interpreter_versions_universe, *(r.version for r in options.runtimes)},
            key=lambda version: tuple(map(int, version.split("."))),
        )
    )
    inferred = f"python{minors[0]}" if len(minors) == 1 else options.default_runtime
    name = request.runtime.value or inferred
    if not name:
        raise NoRuntime(_no_runtime_message(request, options.runtimes, minors))
    runtime = find_runtime(name, options.runtimes, where=request.where)
    if minors and runtime.version not in minors:
        raise RuntimeOutsideConstraints(_outside_constraints_message(request, runtime))
    architecture = find_architecture(
        request.architecture.value or options.default_architecture, where=request.where
    )
    return TargetPlatform(
        runtime,
        architecture,
        (compute_platform(runtime, architecture),),
        tuple(check_runtime_support(runtime, today=date.today())),
    )


def python_of(target: Target, options: LambdaSubsystem) -> tuple[int, int] | None:
    """The Python of the runtime that a target sets, or of the default runtime."""
    name = target[LambdaRuntimeField].value or options.default_runtime
    return next((each.python for each in options.runtimes if each.name == name), None)


def has_platforms(target: Target) -> bool:
    return target[LambdaCompletePlatformsField].value is not None


def sets_platform(target: Target) -> bool:
    """Whether a target sets its platform."""
    fields = (target[LambdaRuntimeField], target[LambdaArchitectureField])
    return any(field.value for field in fields) or has_platforms(target)


def constraints_of(
    code: Iterable[Target], resolve: str, python_setup: PythonSetup
) -> InterpreterConstraints:
    """The interpreter constraints of the code, or of its resolve if there is no first-party
    code.
    """
    constrained = [each for each in code if each.has_field(InterpreterConstraintsField)]
    if constrained:
        return constraints_among(constrained, python_setup)
    return InterpreterConstraints(
        python_setup.resolves_to_interpreter_constraints.get(
            resolve, python_setup.interpreter_constraints
        )
    )


def _parse(path: str, content: bytes, *, where: Where) -> CompletePlatform:
    try:
        return read_platform(content)
    except ValueError:
        raise InvalidCompletePlatform(
            describe(
                f"A complete platform of {where} cannot be read.",
                facts=[path],
                why="It must contain `compatible_tags` and a `marker_environment`, as JSON.",
                fix=(
                    "write the file again with `pex3 interpreter inspect --markers --tags`, on the "
                    "machine that it describes."
                ),
            )
        ) from None


def _two_platforms_message(request: PlatformRequest) -> str:
    fields = (request.runtime, request.architecture)
    return describe(
        f"{request.where.at_start} sets its platform twice.",
        facts=[
            f"complete_platforms={list(request.complete_platforms.value or ())!r}",
            *(f"{field.alias}={field.value!r}" for field in fields if field.value),
        ],
        fix="keep either `complete_platforms`, or `runtime` and `architecture`.",
    )


def _no_runtime_message(
    request: PlatformRequest, runtimes: Iterable[Runtime], minors: Iterable[str]
) -> str:
    constraints = " OR ".join(sorted(map(str, request.constraints))) or "none"
    return describe(
        f"{request.where.at_start} has no runtime, and its code allows several.",
        facts=[
            f"interpreter constraints: {constraints}",
            f"minor versions that they allow: {', '.join(minors) or 'all'}",
            "known runtimes:",
            *(f"  {row}" for row in format_runtimes(runtimes)),
        ],
        fix=(
            'set `runtime="python3.13"` on the target, or for all targets:\n\n'
            "  [aws-lambda]\n"
            '  default_runtime = "python3.13"'
        ),
    )


def _outside_constraints_message(request: PlatformRequest, runtime: Runtime) -> str:
    return describe(
        f"The code of {request.where} does not allow the runtime's Python.",
        facts=columns(
            [
                ("runtime", runtime.name),
                ("interpreter constraints", " OR ".join(sorted(map(str, request.constraints)))),
            ]
        ),
        fix=(
            "choose a runtime that the constraints allow, or add "
            f"`CPython=={runtime.version}.*` to `interpreter_constraints` on the sources or in "
            "`[python]` of pants.toml."
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
