"""Runs the programs in `sandbox/` that need a library that is not a part of Pants.

The library comes from the package index, with a version that is pinned here, or from a resolve of
the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from aws_lambda.processes.sandbox_program import SandboxProgram, load_program, prefer_remote_cache
from aws_lambda.subsystem import LambdaSubsystem


class UnknownToolsResolve(ConfigurationError):
    """The option `tools_resolve` or `publish_resolve` names an unknown resolve.

    To fix, add the resolve to `[python].resolves` and run `pants generate-lockfiles`, or remove the
    option.
    """


class ToolNotInstalled(ConfigurationError):
    """A library that the backend needs could not be installed.

    To fix, make sure that this machine can reach the package index, or name yours in
    `[python-repos]`. Without an index, lock the library in a resolve and set
    `[aws-lambda].tools_resolve`.
    """


# The number of lines at the end of PEX's output that an error shows. They contain the reason.
_LINES_OF_PEX = 10


@dataclass(frozen=True)
class Library:
    """A pinned requirement, and constraints that pin its dependencies."""

    requirement: str
    constraints: tuple[str, ...] = ()

    @property
    def project(self) -> str:
        """The name of the distribution."""
        return str(Requirement(self.requirement).name)


# The library of each program that imports more than the standard library. The versions are the
# newest that run on CPython 3.9, which Pants 2.17 runs on (November 2026).
LIBRARIES: Mapping[str, Library] = {
    "edit_toml.py": Library("tomlkit==0.15.2"),
    "read_elf.py": Library("pyelftools==0.32"),
    "edit_template.py": Library("ruamel.yaml==0.19.1"),
    "read_template.py": Library("ruamel.yaml==0.19.1"),
    "read_toml.py": Library("tomli==2.5.0"),
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
    """A run of a program in `sandbox/` that `LIBRARIES` lists.

    `program` is a file name in `sandbox/`. Pants copies `inputs` into the sandbox. Sandboxes share
    `immutable_inputs`, which are digests by path, and must not write to them.
    """

    program: str
    argv: tuple[str, ...]
    description: str = field(compare=False)
    inputs: Digest = EMPTY_DIGEST
    immutable_inputs: FrozenDict[str, Digest] = FrozenDict()
    level: LogLevel = LogLevel.DEBUG


@dataclass(frozen=True)
class LibraryRequest:
    """A library to install from a resolve, or with its pinned version if `resolve` is `None`.

    `option` is the name of the option in `[aws-lambda]` that names the resolve.
    """

    library: Library
    resolve: str | None
    option: str


@dataclass(frozen=True)
class ToolRequest:
    """A request for the library of a program. All runs of the program share it."""

    program: str


@dataclass(frozen=True)
class InstalledTool:
    """The virtual environment that contains a library."""

    venv: VenvPex


@rule(desc="Install a library", level=LogLevel.DEBUG)
async def install_library(
    request: LibraryRequest, python_setup: PythonSetup, own_python: PythonBuildStandaloneBinary
) -> InstalledTool:
    library, resolve = request.library, request.resolve
    if not resolve:
        requirements = PexRequirements(
            [library.requirement], constraints_strings=library.constraints
        )
        # The Python that Pants runs on always exists, and Pants does not have to look for it.
        python = PythonExecutable(own_python.path)
    else:
        if not python_setup.enable_resolves or resolve not in python_setup.resolves:
            raise UnknownToolsResolve(_unknown(request, resolve, python_setup))
        requirements = PexRequirements(
            [library.project], from_superset=Resolve(resolve, use_entire_lockfile=False)
        )
        python = None  # PEX chooses an interpreter that fits the resolve.
    pex = PexRequest(
        output_filename=f"{library.project}.pex",
        internal_only=True,
        requirements=requirements,
        python=python,
        description=f"Install {library.project}",
    )
    try:
        return InstalledTool(await venv_pex(pex))
    except ProcessExecutionFailure as failure:
        raise ToolNotInstalled(_not_installed(request, failure)) from None


@rule(desc="Install a tool's library", level=LogLevel.DEBUG)
async def install_tool(request: ToolRequest, options: LambdaSubsystem) -> InstalledTool:
    return await install_library(
        LibraryRequest(LIBRARIES[request.program], options.tools_resolve, "tools_resolve"),
        **implicitly(),
    )


@rule
async def prepare_tool(run: ToolRun, pex_environment: PexEnvironment) -> Process:
    tool, program = await concurrently(
        install_tool(ToolRequest(run.program), **implicitly()),
        load_program(SandboxProgram(run.program)),
    )
    caches = pex_environment.in_sandbox(working_directory=None).append_only_caches
    process = Process(
        # The PEX itself would start a Python that ignores the environment.
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
    return prefer_remote_cache(process)


def _not_installed(request: LibraryRequest, failure: ProcessExecutionFailure) -> str:
    library, resolve = request.library, request.resolve
    said = failure.stderr.decode(errors="replace").strip().splitlines()
    return describe(
        f"The library {library.project}, which the backend needs, could not be installed.",
        facts=[each.strip() for each in said[-_LINES_OF_PEX:]],
        fix=(
            f"add `{library.project}` to the requirements of the resolve `{resolve}`, and run "
            f"`{lock_command(resolve)}`."
            if resolve
            else "make sure that this machine can reach the package index, or name yours in "
            "`[python-repos]`. Without an index, lock the library in a resolve and set "
            f"`[aws-lambda].{request.option}`."
        ),
    )


def _unknown(request: LibraryRequest, resolve: str, python_setup: PythonSetup) -> str:
    resolves = ", ".join(sorted(python_setup.resolves)) if python_setup.enable_resolves else "off"
    projects = {request.library.project}
    if request.library in LIBRARIES.values():
        projects = {library.project for library in LIBRARIES.values()}
    return describe(
        f"`[aws-lambda].{request.option}` names a resolve that does not exist.",
        facts=columns([(request.option, resolve), ("[python].resolves", resolves)]),
        fix=(
            f"add it to `[python].resolves` in pants.toml with {_in_words(sorted(projects))} in "
            f"its requirements, and run `{lock_command(resolve)}`; or remove `{request.option}`."
        ),
    )


def _in_words(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def rules() -> Iterable[Any]:
    return collect_rules()
