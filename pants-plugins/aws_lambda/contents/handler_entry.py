"""Makes the handler available under the name that AWS gets."""

from __future__ import annotations

from dataclasses import dataclass

from pants.backend.python.target_types import PythonResolveField
from pants.engine.fs import DigestSubset, PathGlobs

from aws_lambda.artifact.checks.handler_answer import check_handler_answer
from aws_lambda.artifact.checks.unproven_modules import unproven_handler
from aws_lambda.artifact.contents import ArtifactFile, RepositoryOrigin, Resolution, generate_file
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.handler_fields import parse_reexport
from aws_lambda.artifact.handler_lookup import (
    UNKNOWN_NAMES,
    ModuleNames,
    find_module,
    resolve_handler,
)
from aws_lambda.contents.carried_files import CarriedFiles, request_modules_of
from aws_lambda.inputs.handler_module import Handler, explain_missing
from aws_lambda.inputs.module_owners import ModuleOwnersRequest, find_owners
from aws_lambda.pants_api import digest_subset_to_digest, get_digest_contents, implicitly
from aws_lambda.target_types import LambdaHandlerField, LambdaReexportField
from aws_lambda.third_party.python_modules import read_modules


@dataclass(frozen=True)
class FunctionEntry:
    """The files of a function with its re-export.

    `module` is the module of the handler, and `handler` the name to configure in AWS.
    """

    module: str
    handler: str
    files: tuple[ArtifactFile, ...]
    resolutions: tuple[Resolution, ...] = ()
    findings: tuple[Finding, ...] = ()


async def _append(carried: CarriedFiles, file: ArtifactFile, line: str) -> ArtifactFile:
    """The first-party file as the artifact has it, one line longer."""
    assert isinstance(file.origin, RepositoryOrigin)
    contents = await get_digest_contents(
        await digest_subset_to_digest(DigestSubset(carried.sources, PathGlobs([file.origin.path])))
    )
    source = contents[0].content
    newline = b"" if not source or source.endswith(b"\n") else b"\n"
    return generate_file(
        file.path, source + newline + line.encode(), file.owner, executable=file.executable
    )


async def add_handler_entry(
    carried: CarriedFiles,
    handler: Handler,
    files: tuple[ArtifactFile, ...],
) -> FunctionEntry:
    """Check that the handler exists, and make it available under the name that AWS gets."""
    # A layer may carry the handler, too.
    file = handler.module and (
        find_module(files, handler.module) or find_module(carried.closure, handler.module)
    )
    if not file:
        # A file that is not there has no module, and nobody owns it.
        owners = await find_owners(
            ModuleOwnersRequest(handler.module, carried.target[PythonResolveField]), **implicitly()
        )
        origins = [each.origin for each in carried.closure]
        raise explain_missing(
            handler,
            owners.found,
            value=carried.target[LambdaHandlerField].value,
            where=carried.where,
            is_generated=bool(handler.file) and RepositoryOrigin(str(handler.file)) in origins,
        )
    # With the other files of its folder, which are read for their imports anyway.
    near = carried.own_files if isinstance(file.origin, RepositoryOrigin) else (file,)
    request = await request_modules_of(carried, near)
    read = await read_modules(request)
    report = read.of(file)
    entry = resolve_handler(
        handler.module,
        handler.function,
        parse_reexport(carried.target[LambdaReexportField].value, where=carried.where),
        file=file,
        names=report.names if report else UNKNOWN_NAMES,
        unread_reason=read.unread_because,
        where=carried.where,
    )

    def find(module: str) -> tuple[ArtifactFile, ModuleNames] | None:
        own = find_module(near, module)
        of_it = read.of(own) if own else None
        return (own, of_it.names) if own and of_it else None

    check_handler_answer(handler.module, handler.function, find, where=carried.where)
    findings = tuple(
        unproven_handler(handler.module, doubt, is_read=not read.unread_because)
        for doubt in entry.doubts
    )
    if not entry.appended_line:
        return FunctionEntry(handler.module, entry.handler, files, findings=findings)
    extended = await _append(carried, file, entry.appended_line)
    decided = Resolution(file.path, f"{file.owner.name} + {entry.appended_line.strip()}", ())
    return FunctionEntry(
        handler.module,
        entry.handler,
        tuple(extended if each is file else each for each in files),
        (decided,),
        findings,
    )
