"""Loads the lock of another tool, which `[aws-lambda].lock_sources` names for a resolve."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import CreateDigest, PathGlobs
from pants.util.logging import LogLevel

from aws_lambda.artifact.wheels.lock_sources import (
    LockSource,
    is_toml,
    read_text_lock,
    read_toml_lock,
    unusable,
)
from aws_lambda.pants_api import (
    collect_rules,
    contents_at,
    create_digest,
    implicitly,
    rule,
    run_to_success,
)
from aws_lambda.processes.tool_program import ToolRun, prepare_tool


@dataclass(frozen=True)
class LockSourceRequest:
    """An entry of `lock_sources`: a resolve, and a path from the root of the repository."""

    resolve: str
    path: str


@dataclass(frozen=True)
class LoadedLockSource:
    source: LockSource


@rule(desc="Load the source of a lockfile", level=LogLevel.DEBUG)
async def load_lock_source(request: LockSourceRequest) -> LoadedLockSource:
    option = f"{request.resolve} = {request.path}"
    if request.path.startswith(("/", "../")):
        raise unusable(option, request.path, "not a path from the root of the repository")
    found = await contents_at(PathGlobs([request.path]))
    if [each.path for each in found] != [request.path]:
        raise unusable(option, request.path, "does not exist, or Pants ignores it")
    content = found[0].content.decode(errors="replace")
    if not is_toml(content):
        return LoadedLockSource(read_text_lock(request.path, content, option=option))
    result = await run_to_success(
        await prepare_tool(
            ToolRun(
                program="read_toml.py",
                argv=(request.path,),
                description=f"Read {request.path}",
                inputs=await create_digest(CreateDigest(found)),
            ),
            **implicitly(),
        )
    )
    report = json.loads(result.stdout)[request.path]
    if "error" in report:
        raise unusable(option, request.path, f"not valid TOML: {report['error']}")
    return LoadedLockSource(read_toml_lock(request.path, report["document"], option=option))


def rules() -> Iterable[Any]:
    return collect_rules()
