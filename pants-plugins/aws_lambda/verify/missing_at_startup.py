"""Finds the module or file in the repository that a function could not find when it started."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.addresses import Address
from pants.engine.fs import PathGlobs
from pants.source.source_root import AllSourceRoots
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.named_files import NamedPath, NamingModule, check_named_paths
from aws_lambda.artifact.checks.named_modules import NamedModule, check_named_modules
from aws_lambda.artifact.checks.startup_failure import MissingExplanation
from aws_lambda.artifact.imports.module_locations import CheckedArtifact, explain_missing_module
from aws_lambda.contents.carried_files import find_carried_files
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.pants_api import collect_rules, implicitly, path_globs_to_paths, rule
from aws_lambda.verify.repository_search import (
    FileOwnersRequest,
    ModuleSearchRequest,
    find_file_owners,
    search_modules,
)


@dataclass(frozen=True)
class StartupFailureRequest:
    """A missing module, by dotted names with the best first, or a file by its path in
    `sys.path`.
    """

    function: Address
    modules: tuple[str, ...]
    file: str


@dataclass(frozen=True)
class StartupCause:
    """The missing module or file, if the repository or the lockfile contains it."""

    lost: MissingExplanation | None


@rule(desc="Search the repository for a missing module or file", level=LogLevel.DEBUG)
async def find_missing_at_startup(
    request: StartupFailureRequest, roots: AllSourceRoots
) -> StartupCause:
    carried = await find_carried_files(BuildSubject(request.function))
    python = carried.platform.python
    holder = CheckedArtifact(
        request.function.spec,
        f"{python[0]}.{python[1]}",
        {
            each.name: each.version
            for each in (*carried.distributions, *(d for d, _ in carried.from_layers))
        },
    )
    if request.modules:
        named = NamedModule(request.modules[0], "", 0)
        wanted = ModuleSearchRequest(carried.target, python, request.modules, (named,))
        found = await search_modules(wanted, **implicitly())
        fixes = {f.subject: f.fix for f in check_named_modules(found.named, found.of, holder)}
        for module in request.modules:
            reason, fix = explain_missing_module(module, found.of[module], holder, importer="")
            if fix:
                said = f"The artifact lacks {module}, {reason}."
                return StartupCause(MissingExplanation(said, fixes.get(module, fix)))
        return StartupCause(None)
    prefixes = ["" if each.path == "." else f"{each.path}/" for each in roots]
    paths = await path_globs_to_paths(PathGlobs(f"{prefix}{request.file}" for prefix in prefixes))
    if not paths.files:
        return StartupCause(None)
    path = paths.files[0]
    owners = await find_file_owners(FileOwnersRequest((path,)))
    folder = NamingModule(posixpath.join(posixpath.dirname(path), "_.py"), "", ())
    (finding,) = check_named_paths([NamedPath(path, (path,), folder, 0)], owners.of, holder)
    return StartupCause(
        MissingExplanation(
            f"The repository has {path}, which the artifact does not carry.", finding.fix
        )
    )


def rules() -> Iterable[Any]:
    return collect_rules()
