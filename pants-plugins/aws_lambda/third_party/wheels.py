"""Lets PEX resolve wheels from a lockfile. PEX's flags are in this module only."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from packaging.version import Version
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.subsystems.setuptools import PythonDistributionFieldSet
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex_cli import PexCli, PexCliProcess, PexPEX
from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.backend.python.util_rules.pex_requirements import (
    validate_metadata,
)
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.fs import (
    EMPTY_DIGEST,
    CreateDigest,
    Digest,
    DigestSubset,
    FileContent,
    FileEntry,
    MergeDigests,
    PathGlobs,
    RemovePrefix,
)
from pants.engine.process import FallibleProcessResult, Process, ProcessExecutionFailure
from pants.engine.target import Target
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from aws_lambda.artifact.checks.plugins import parse_entry_point_groups
from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, WheelError, describe
from aws_lambda.artifact.platforms.platform import CompletePlatform, read_platform
from aws_lambda.artifact.wheels.pex_output import (
    find_causes,
    hide_credentials,
    read_failed_files,
)
from aws_lambda.pants_api import (
    ResolveConfigRequest,
    collect_rules,
    concurrently,
    create_digest,
    determine_resolve_config,
    digest_subset_to_digest,
    execute_process,
    get_digest_entries,
    implicitly,
    isolate_local_dist_wheels,
    merge_digests,
    pex_variables,
    pip_version,
    remove_prefix,
    rule,
    run_to_success,
    setup_pex_cli_process,
)
from aws_lambda.processes.interpreters import Interpreter
from aws_lambda.processes.sandbox_program import prefer_remote_cache, prepare_program
from aws_lambda.third_party.lockfile import LockfileRequest, load_resolve_lockfile
from aws_lambda.third_party.wheel_contents import (
    ResolvedWheel,
    file_name,
    open_wheels,
    read_in_sandbox,
)

_WHEELS = "wheels"
# The first release with `pex3 wheel`. Ten releases from it to 2.105.2, tried in November 2026,
# accept all flags below.
_OLDEST_PEX = "2.43.0"
_log = logging.getLogger(__name__)


class PexTooOld(ConfigurationError):
    """The PEX that Pants uses is too old to fetch wheels for AWS Lambda.

    The PEX that Pants 2.28 and later use by default is new enough.

    To fix, set a newer `version`, and its `known_versions`, in `[pex-cli]` of pants.toml.
    """


class LocalWheelNotBuilt(WheelError):
    """The build of a `python_distribution` target failed.

    The setuptools of Pants 2.17 does not run on Python 3.12 and newer.

    To fix, correct the build, whose whole output `pants package` prints for the target. For a newer
    setuptools, require it in a `pyproject.toml` at the source root of the distribution.
    """


@dataclass(frozen=True)
class WheelsRequest:
    """The wheels for requirements on platforms.

    The request names no target, so that targets with the same requirements share one resolve.
    """

    resolve: str
    requirements: tuple[str, ...]
    platforms: tuple[CompletePlatform, ...]
    described: str


@dataclass(frozen=True)
class PinnedWheelsRequest:
    """The wheels of exactly these requirements on a platform, from the package index.

    Each is a pin, `name==version`. Their dependencies are among them.
    """

    requirements: tuple[str, ...]
    platform: CompletePlatform
    described: str


@dataclass(frozen=True)
class EntryPointsRequest:
    """The entry points of a locked project that has a wheel without native code."""

    resolve: str
    project: str
    platform: CompletePlatform


@dataclass(frozen=True)
class EntryPoints:
    """The names of entry points, by group. There are none if the wheel cannot be fetched or
    read.
    """

    groups: FrozenDict[str, tuple[str, ...]]


@dataclass(frozen=True)
class InspectRequest:
    """The platform of an interpreter of this machine, as the interpreter reports it."""

    interpreter: Interpreter


@dataclass(frozen=True)
class ResolvedWheels:
    """The wheels, sorted by file name, or in `failure` the output of PEX."""

    wheels: tuple[ResolvedWheel, ...]
    failure: str = ""


@dataclass(frozen=True)
class LocalWheelsRequest:
    """The wheels of `python_distribution` targets."""

    distributions: tuple[Target, ...]


@dataclass(frozen=True)
class _Fetched:
    """The digest of the wheels, at their file names, or in `failure` the output of PEX."""

    digest: Digest
    failure: str = ""


async def _fetch(
    platforms: Iterable[CompletePlatform],
    requirements: tuple[str, ...],
    args: Iterable[str],
    python_setup: PythonSetup,
    pex: PexCli,
    *,
    inputs: Digest,
    description: str,
    lock: str = "",
) -> _Fetched:
    """Let PEX fetch the wheels of requirements from the lockfile, or from the indexes in `args`.

    With a lockfile, PEX 2.100.5 hides the output of some builds. Without one, it prints the output.
    """
    if Version(pex.version) < Version(_OLDEST_PEX):
        raise PexTooOld(
            describe(
                f"PEX {pex.version.lstrip('v')} cannot fetch wheels for AWS Lambda.",
                facts=[f"[pex-cli].version = {pex.version}", f"needed: {_OLDEST_PEX} or newer"],
                fix=(
                    "set a newer `version`, with its `known_versions`, in [pex-cli] of pants.toml, "
                    "or use Pants 2.28 or newer."
                ),
            )
        )
    documents = [
        FileContent(f"platform-{i}.json", platform.as_json().encode())
        for i, platform in enumerate(platforms)
    ]
    described = await create_digest(CreateDigest(documents))
    shared = (
        *("--pip-version", pip_version(python_setup)),
        *args,
        *(arg for doc in documents for arg in ("--complete-platform", doc.path)),
        *("--dest-dir", _WHEELS),
    )
    merged = await merge_digests(MergeDigests([inputs, described]))
    locked = ("--lock", lock) if lock else ()
    result = await _run_pex((*locked, *shared), requirements, merged, description)
    if result.exit_code == 0:
        return _Fetched(await remove_prefix(RemovePrefix(result.output_digest, _WHEELS)))
    said = _output(result) or f"exit code {result.exit_code}"
    for file in read_failed_files(said):
        if file.is_hidden:
            alone = await _run_pex(
                (*shared, "--intransitive"),
                (file.requirement,),
                merged,
                f"Build {file.name} again, for the output",
            )
            said = f"{said}\n{file.heading}\n{_output(alone)}"
    said = hide_credentials(said)
    _log.debug(said)
    return _Fetched(EMPTY_DIGEST, failure=said)


async def _run_pex(
    args: tuple[str, ...], requirements: tuple[str, ...], inputs: Digest, description: str
) -> FallibleProcessResult:
    process = await setup_pex_cli_process(
        PexCliProcess(
            subcommand=("wheel",),
            extra_args=(*args, *requirements),
            additional_input_digest=inputs,
            description=description,
            output_directories=(_WHEELS,),
            concurrency_available=len(requirements),
        ),
        **implicitly(),
    )
    return await execute_process(prefer_remote_cache(process), **implicitly())


def _output(result: FallibleProcessResult) -> str:
    return (result.stdout + b"\n" + result.stderr).decode(errors="replace").strip()


async def _opened(fetched: _Fetched) -> ResolvedWheels:
    return ResolvedWheels(await open_wheels(fetched.digest), fetched.failure)


@rule(desc="Resolve wheels", level=LogLevel.DEBUG)
async def resolve_wheels(
    request: WheelsRequest, python_setup: PythonSetup, pex: PexCli
) -> ResolvedWheels:
    if not request.requirements:
        return ResolvedWheels(())
    lock, config = await concurrently(
        load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly()),
        determine_resolve_config(ResolveConfigRequest(request.resolve), **implicitly()),
    )
    if lock.loaded.metadata:
        validate_metadata(
            lock.loaded.metadata,
            InterpreterConstraints(
                python_setup.resolves_to_interpreter_constraints.get(
                    request.resolve, python_setup.interpreter_constraints
                )
            ),
            lock.loaded.original_lockfile,
            consumed_req_strings=request.requirements,
            # PEX checks this while it resolves.
            validate_consumed_req_strings=False,
            python_setup=python_setup,
            resolve_config=config,
        )
    fetched = await _fetch(
        request.platforms,
        request.requirements,
        config.pex_args(),
        python_setup,
        pex,
        lock=lock.loaded.lockfile_path,
        inputs=lock.loaded.lockfile_digest,
        description=(
            f"Resolve {pluralize(len(request.requirements), 'requirement')} from "
            f"{lock.loaded.lockfile_path} for {request.described}"
        ),
    )
    return await _opened(fetched)


@rule(desc="Fetch pinned wheels", level=LogLevel.DEBUG)
async def fetch_wheels(
    request: PinnedWheelsRequest, python_setup: PythonSetup, pex: PexCli
) -> ResolvedWheels:
    if not request.requirements:
        return ResolvedWheels(())
    config = await determine_resolve_config(ResolveConfigRequest(None), **implicitly())
    fetched = await _fetch(
        (request.platform,),
        request.requirements,
        (*config.pex_args(), "--intransitive", "--no-build"),
        python_setup,
        pex,
        inputs=EMPTY_DIGEST,
        description=f"Fetch {', '.join(request.requirements)} for {request.described}",
    )
    return await _opened(fetched)


@rule(desc="Find entry points", level=LogLevel.DEBUG)
async def find_entry_points(
    request: EntryPointsRequest, python_setup: PythonSetup, pex: PexCli
) -> EntryPoints:
    lock, config = await concurrently(
        load_resolve_lockfile(LockfileRequest(request.resolve), **implicitly()),
        determine_resolve_config(ResolveConfigRequest(request.resolve), **implicitly()),
    )
    fetched = await _fetch(
        (request.platform,),
        (request.project,),
        (*config.pex_args(), "--intransitive", "--no-build"),
        python_setup,
        pex,
        lock=lock.loaded.lockfile_path,
        inputs=lock.loaded.lockfile_digest,
        description=f"Find the entry points of {request.project}",
    )
    files = [
        file for file in await get_digest_entries(fetched.digest) if isinstance(file, FileEntry)
    ]
    groups: dict[str, tuple[str, ...]] = {}
    for file in files:
        result = await run_to_success(
            await prepare_program(read_in_sandbox(file_name(file), fetched.digest), **implicitly())
        )
        groups.update(parse_entry_point_groups(json.loads(result.stdout)))
    return EntryPoints(FrozenDict(groups))


@rule(desc="Inspect an interpreter", level=LogLevel.DEBUG)
async def inspect_interpreter(
    request: InspectRequest,
    pex: PexPEX,
    pex_environment: PexEnvironment,
    own_python: PythonBuildStandaloneBinary,
) -> CompletePlatform:
    # A `PexCliProcess` would add `--cert`, which this command does not accept.
    environment = pex_environment.in_sandbox(working_directory=None)
    inspect = ("interpreter", "inspect", "--markers", "--tags")
    process = Process(
        environment.create_argv(pex.exe, *inspect, "--python", request.interpreter.path),
        description=f"Inspect {request.interpreter.path}",
        level=LogLevel.DEBUG,
        input_digest=pex.digest,
        env={
            **pex_variables(environment, own_python),
            "PEX_SCRIPT": "pex3",
            # Part of the cache key, since another interpreter may replace this one at its path.
            "AWS_LAMBDA_INTERPRETER_SHA256": request.interpreter.sha256,
        },
        append_only_caches=environment.append_only_caches,
    )
    result = await run_to_success(prefer_remote_cache(process))
    return read_platform(result.stdout)


@rule(desc="Build local distributions", level=LogLevel.DEBUG)
async def build_local_wheels(request: LocalWheelsRequest) -> ResolvedWheels:
    try:
        built = await concurrently(
            isolate_local_dist_wheels(PythonDistributionFieldSet.create(target), **implicitly())
            for target in request.distributions
        )
    except ProcessExecutionFailure as failure:
        raise LocalWheelNotBuilt(_not_built(failure)) from None
    wheels = await concurrently(
        digest_subset_to_digest(DigestSubset(each.wheels_digest, PathGlobs(each.wheel_paths)))
        for each in built
        if each.wheel_paths
    )
    opened = [wheel for digest in wheels for wheel in await open_wheels(digest)]
    return ResolvedWheels(tuple(opened))


def _not_built(failure: ProcessExecutionFailure) -> str:
    output = (failure.stdout + b"\n" + failure.stderr).decode(errors="replace")
    # Pants begins the message with: Process 'Run BACKEND for ADDRESS' failed
    address = str(failure).partition("' failed")[0].rpartition(" ")[2]
    command = pants_command(f"package {address}")
    fix = (
        "require a newer setuptools in a `pyproject.toml` at the source root of the distribution."
        if "'ImpImporter'" in output
        else f"correct the build. `{command}` prints its whole output."
    )
    return describe(
        f"The `python_distribution` target {address} could not be built.",
        facts=find_causes(output.splitlines()),
        fix=fix,
    )


def rules() -> Iterable[Any]:
    return collect_rules()
