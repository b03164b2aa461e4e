"""How this backend runs those of its own programs that need a library which Pants does not bring.

The library comes from the package index, pinned here, or from a resolve of the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import Requirement
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.util_rules.pex import PexRequest, VenvPex
from pants.backend.python.util_rules.pex_environment import PexEnvironment, PythonExecutable
from pants.backend.python.util_rules.pex_requirements import PexRequirements, Resolve
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.fs import EMPTY_DIGEST, Digest, MergeDigests
from pants.engine.process import Process, ProcessExecutionFailure
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.commands import lock_command
from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    implicitly,
    merge_digests,
    rule,
    venv_pex,
)
from aws_lambda.processes.sandbox_program import SandboxProgram, load_program, patient
from aws_lambda.subsystem import LambdaSubsystem


class UnknownToolsResolve(ConfigurationError):
    """The option `tools_resolve` names a resolve that `[python].resolves` does not have.

    To fix, add the resolve to `[python].resolves` and run `pants generate-lockfiles`, or remove
    `tools_resolve`.
    """


class ToolNotInstalled(ConfigurationError):
    """A library that the checks or the bill of materials need could not be installed.

    To fix, make sure that this machine can reach the package index, or name yours in
    `[python-repos]`. Without an index, lock the library in a resolve and set
    `[aws-lambda].tools_resolve`.
    """


# Of what PEX says when it fails: the end, where the reason is.
_MOST_LINES = 10


@dataclass(frozen=True)
class Library:
    """A pinned requirement, with pins for what it needs itself."""

    requirement: str
    constraints: tuple[str, ...] = ()

    @property
    def project(self) -> str:
        return str(Requirement(self.requirement).name)


# What a program of `sandbox/` imports besides the standard library. The newest versions that run on
# CPython 3.9, on which Pants runs (read in November 2026).
LIBRARIES: Mapping[str, Library] = {
    "read_elf.py": Library("pyelftools==0.32"),
    "write_sbom.py": Library(
        "cyclonedx-python-lib==11.12.0",
        (
            "boolean.py==5.0",
            "defusedxml==0.7.1",
            "license-expression==30.4.4",
            "packageurl-python==0.17.6",
            "py-serializable==2.1.0",
            "sortedcontainers==2.4.0",
            "typing_extensions==4.16.0",
        ),
    ),
}


@dataclass(frozen=True)
class ToolRun:
    """One run of a sandbox program that `LIBRARIES` has a library for.

    `inputs` are copied into the sandbox; `immutable_inputs`, by path, are shared between sandboxes
    and must not be written.
    """

    program: str
    argv: tuple[str, ...]
    description: str = field(compare=False)
    inputs: Digest = EMPTY_DIGEST
    immutable_inputs: FrozenDict[str, Digest] = FrozenDict()
    level: LogLevel = LogLevel.DEBUG


@dataclass(frozen=True)
class ToolRequest:
    """The library of a program, installed once for all its runs."""

    program: str


@dataclass(frozen=True)
class Tool:
    venv: VenvPex


@rule(desc="Install a tool's library", level=LogLevel.DEBUG)
async def install_tool(
    request: ToolRequest,
    options: LambdaSubsystem,
    python_setup: PythonSetup,
    own_python: PythonBuildStandaloneBinary,
) -> Tool:
    library = LIBRARIES[request.program]
    resolve = options.tools_resolve
    if not resolve:
        requirements = PexRequirements(
            [library.requirement], constraints_strings=library.constraints
        )
        # Pants' own Python is always there, and nobody has to look for it.
        python = PythonExecutable(own_python.path)
    else:
        if not python_setup.enable_resolves or resolve not in python_setup.resolves:
            raise UnknownToolsResolve(_unknown(resolve, python_setup))
        requirements = PexRequirements(
            [library.project], from_superset=Resolve(resolve, use_entire_lockfile=False)
        )
        python = None  # One that fits the resolve.
    pex = PexRequest(
        output_filename=f"{library.project}.pex",
        internal_only=True,
        requirements=requirements,
        python=python,
        description=f"Install {library.project}",
    )
    try:
        return Tool(await venv_pex(pex))
    except ProcessExecutionFailure as failure:
        raise ToolNotInstalled(_not_installed(library, resolve, failure)) from None


@rule
async def prepare_tool(run: ToolRun, pex_environment: PexEnvironment) -> Process:
    tool, program = await concurrently(
        install_tool(ToolRequest(run.program), **implicitly()),
        load_program(SandboxProgram(run.program)),
    )
    caches = pex_environment.in_sandbox(working_directory=None).append_only_caches
    process = Process(
        # Not the PEX itself, whose Python ignores the environment.
        argv=[tool.venv.python.argv0, run.program, *run.argv],
        description=run.description,
        level=run.level,
        input_digest=await merge_digests(
            MergeDigests([tool.venv.digest, program.digest, run.inputs])
        ),
        immutable_input_digests=run.immutable_inputs,
        env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
        append_only_caches={**caches, **(tool.venv.append_only_caches or {})},
    )
    return patient(process)


def _not_installed(library: Library, resolve: str | None, failure: ProcessExecutionFailure) -> str:
    said = failure.stderr.decode(errors="replace").strip().splitlines()
    return describe(
        f"The library {library.project}, which the checks need, could not be installed.",
        facts=[each.strip() for each in said[-_MOST_LINES:]],
        fix=(
            f"add `{library.project}` to the requirements of the resolve `{resolve}`, and run "
            f"`{lock_command(resolve)}`."
            if resolve
            else "see that the package index can be reached, or that `[python-repos]` names yours; "
            "or lock the library in a resolve of your own, and set `[aws-lambda].tools_resolve`."
        ),
    )


def _unknown(resolve: str, python_setup: PythonSetup) -> str:
    there = ", ".join(sorted(python_setup.resolves)) if python_setup.enable_resolves else "off"
    projects = sorted(library.project for library in LIBRARIES.values())
    return describe(
        "`[aws-lambda].tools_resolve` names a resolve that is not there.",
        facts=columns([("tools_resolve", resolve), ("[python].resolves", there)]),
        fix=(
            f"add it to `[python].resolves` in pants.toml, with {' and '.join(projects)} among its "
            f"requirements, and run `{lock_command(resolve)}`; or leave "
            "`tools_resolve` out."
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
