"""Reads the machine, C library and other libraries that native code is built for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Callable

from pants.engine.fs import Digest, DigestSubset, PathGlobs
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.native_compatibility import NativeFile, parse_native_files
from aws_lambda.artifact.contents import ArtifactFile, RepositoryOrigin
from aws_lambda.artifact.output.assembly_plan import REPOSITORY, repository_path, wheel_folder
from aws_lambda.pants_api import (
    collect_rules,
    digest_subset_to_digest,
    implicitly,
    rule,
    run_to_success,
)
from aws_lambda.processes.tool_program import ToolRun, prepare_tool


@dataclass(frozen=True)
class WheelNativeCodeRequest:
    """The native code of a wheel, by its file name."""

    wheel: str
    digest: Digest


@dataclass(frozen=True)
class RepositoryNativeCodeRequest:
    """The native code among files of the repository. `digest` contains them and other files."""

    paths: tuple[str, ...]
    digest: Digest


def native_code_request(
    files: Iterable[ArtifactFile], sources: Digest
) -> RepositoryNativeCodeRequest:
    """The request for those of the files that are in the repository, whose digest is `sources`."""
    paths = {file.owner.name for file in files if _may_be_native(file)}
    return RepositoryNativeCodeRequest(tuple(sorted(paths)), sources)


@dataclass(frozen=True)
class NativeCodeFiles:
    """Native code by the entry of the wheel, or by the path in the repository."""

    files: FrozenDict[str, NativeFile]


@rule(desc="Read the native code of a wheel", level=LogLevel.DEBUG)
async def read_wheel_native_code(request: WheelNativeCodeRequest) -> NativeCodeFiles:
    path = f"{wheel_folder(request.wheel)}/{request.wheel}"
    result = await run_to_success(
        await prepare_tool(
            ToolRun(
                program="read_elf.py",
                argv=(path,),
                description=f"Read the native code of {request.wheel}",
                immutable_inputs=FrozenDict({wheel_folder(request.wheel): request.digest}),
            ),
            **implicitly(),
        )
    )
    return _by(json.loads(result.stdout), lambda _, entry: entry)


@rule(desc="Read the native code of the repository", level=LogLevel.DEBUG)
async def read_repository_native_code(request: RepositoryNativeCodeRequest) -> NativeCodeFiles:
    if not request.paths:
        return NativeCodeFiles(FrozenDict())
    digest = await digest_subset_to_digest(DigestSubset(request.digest, PathGlobs(request.paths)))
    result = await run_to_success(
        await prepare_tool(
            ToolRun(
                program="read_elf.py",
                argv=tuple(repository_path(path) for path in request.paths),
                description=f"Read {', '.join(request.paths)}",
                immutable_inputs=FrozenDict({REPOSITORY: digest}),
            ),
            **implicitly(),
        )
    )
    paths = {repository_path(path): path for path in request.paths}
    return _by(json.loads(result.stdout), lambda path, _: paths[path])


def _may_be_native(file: ArtifactFile) -> bool:
    """Whether to read a file of the repository: a library by its name, or an executable."""
    name = file.path.rpartition("/")[2]
    if not isinstance(file.origin, RepositoryOrigin) or name.endswith(".whl"):
        return False
    return name.endswith(".so") or ".so." in name or file.executable


def _by(report: Mapping[str, Any], key: Callable[[str, str], str]) -> NativeCodeFiles:
    read = parse_native_files(report)
    return NativeCodeFiles(FrozenDict({key(*place): native for place, native in read.items()}))


def rules() -> Iterable[Any]:
    return collect_rules()
