"""Finds the module of a handler, and infers a dependency on its owner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.dependency_inference.module_mapper import PythonModuleOwners
from pants.backend.python.target_types import PythonResolveField
from pants.engine.fs import PathGlobs
from pants.engine.target import (
    DependenciesRequest,
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
)
from pants.engine.unions import UnionRule
from pants.source.source_root import SourceRoot, SourceRootRequest
from pants.util.logging import LogLevel

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import HandlerError, LambdaError, Where, columns, describe
from aws_lambda.inputs.module_owners import ModuleOwnersRequest, find_owners
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    explicitly_provided,
    get_optional_source_root,
    get_source_root,
    implicitly,
    path_globs_to_paths,
    rule,
)
from aws_lambda.target_types import LambdaDependenciesField, LambdaHandlerField


class HandlerFileNotFound(HandlerError):
    """The field `handler` names a file that does not exist. The path is relative to the BUILD file.

    To fix, correct the path. For a file that a target generates, name the module instead:
    `handler="pkg.module:func"`.
    """


class HandlerNotImportable(HandlerError):
    """The name of the handler's file, or of a folder above it, contains a dot. Python reads a dot
    in the name of a module as a step into a package, so it cannot import the file.

    To fix, rename the file or folder, as the message shows.
    """


class HandlerNotOwned(HandlerError):
    """No target owns the handler's module, several do, or `dependencies` excludes its owner. An
    artifact contains only code that a target owns.

    To fix, add `python_sources()` to the BUILD file of its folder (`pants tailor ::` does this),
    name one of several owners in `dependencies`, or remove the entry with `!` or `!!`.
    """


@dataclass(frozen=True)
class HandlerRequest:
    field: LambdaHandlerField


@dataclass(frozen=True)
class Handler:
    """The module and function of a handler.

    `file` is the repository path for the form `file.py:func`. The module is empty if the file does
    not exist, or if `dotted`, the name of the file or of a folder, contains a dot. For a missing
    file, `near` are the Python files in its folder, and `sought` is the module it would have.
    """

    module: str
    function: str
    file: str | None
    dotted: str = ""
    near: tuple[str, ...] = ()
    sought: str = ""


def _below(root: SourceRoot, file: str) -> str:
    """The path of a module below its source root, without its suffix."""
    return (file if root.path == "." else file[len(root.path) + 1 :])[: -len(".py")]


@rule(desc="Find the handler's module", level=LogLevel.DEBUG)
async def find_handler(request: HandlerRequest) -> Handler:
    spec = request.field.spec
    if spec.path is None:
        assert spec.module is not None
        return Handler(spec.module, spec.function, None)

    folder = request.field.address.spec_path
    file = f"{folder}/{spec.path}".lstrip("/")
    paths = await path_globs_to_paths(PathGlobs([file]))
    if not paths.files:
        siblings = await path_globs_to_paths(PathGlobs([f"{folder}/*.py".lstrip("/")]))
        near = tuple(path[len(folder) :].lstrip("/") for path in siblings.files)
        above = await get_optional_source_root(SourceRootRequest.for_file(file), **implicitly())
        sought = _below(above.source_root, file) if above.source_root else ""
        return Handler("", spec.function, file, near=near, sought=sought.replace("/", "."))

    root = await get_source_root(SourceRootRequest.for_file(file))
    path = _below(root, file)
    dotted = next((step for step in path.split("/") if "." in step), "")
    if dotted:
        return Handler("", spec.function, file, dotted=dotted)
    module = path.replace("/", ".")
    if module.endswith(".__init__"):
        module = module[: -len(".__init__")]
    return Handler(module, spec.function, file)


@dataclass(frozen=True)
class HandlerInferenceFieldSet(FieldSet):
    required_fields = (LambdaDependenciesField, LambdaHandlerField, PythonResolveField)

    dependencies: LambdaDependenciesField
    handler: LambdaHandlerField
    resolve: PythonResolveField


class InferHandlerDependency(InferDependenciesRequest[HandlerInferenceFieldSet]):
    infer_from = HandlerInferenceFieldSet


@rule(desc="Infer the dependency on the handler", level=LogLevel.DEBUG)
async def infer_handler_dependency(request: InferHandlerDependency) -> InferredDependencies:
    fields = request.field_set
    handler = await find_handler(HandlerRequest(fields.handler))
    if not handler.module:
        return InferredDependencies([])
    owners, explicit = await concurrently(
        find_owners(ModuleOwnersRequest(handler.module, fields.resolve), **implicitly()),
        explicitly_provided(DependenciesRequest(fields.dependencies)),
    )
    return InferredDependencies(
        owners.inferred(
            explicit,
            owners_must_be_ancestors=handler.file is not None,
            context=(
                f"The target {fields.address} has the field `handler={fields.handler.value!r}`, "
                f"which maps to the Python module `{handler.module}`"
            ),
        )
    )


def explain_missing(
    handler: Handler,
    owners: PythonModuleOwners,
    *,
    value: str,
    where: Where,
    is_generated: bool = False,
) -> LambdaError:
    """The error for a handler's module that the artifact does not contain.

    `is_generated` is true if a target generates the file.
    """
    if handler.dotted:
        return HandlerNotImportable(
            describe(
                f"The handler's file of {where} cannot be imported.",
                facts=columns(
                    [("handler", value), ("file", str(handler.file)), ("dotted", handler.dotted)]
                ),
                why="Python reads a dot in the name of a module as a step into a package.",
                fix=f"rename it, for example to `{handler.dotted.replace('.', '_')}`.",
            )
        )
    if not handler.module:
        return HandlerFileNotFound(
            describe(
                f"The handler's file of {where} does not exist.",
                facts=columns(
                    [
                        ("handler", value),
                        ("looked for", str(handler.file)),
                        ("near it", ", ".join(handler.near) or "no Python file"),
                    ]
                ),
                why=(
                    f"A target generates {handler.file}, and the form `file.py:func` is for files "
                    "in the repository."
                    if is_generated
                    else ""
                ),
                fix=(
                    f'name the module: `handler="{handler.sought}:{handler.function}"`.'
                    if is_generated
                    else "correct the `handler` field; its file is relative to the BUILD file."
                ),
            )
        )
    ambiguous = sorted(address.spec for address in owners.ambiguous)
    sought = [("handler", value), ("module", handler.module)]
    if owners.unambiguous:
        return HandlerNotOwned(
            describe(
                f"The handler's module of {where} is excluded from its dependencies.",
                facts=columns([*sought, *(("owner", each.spec) for each in owners.unambiguous)]),
                fix="remove the `!` or `!!` entry that excludes its owner from `dependencies`.",
            )
        )
    if ambiguous:
        return HandlerNotOwned(
            describe(
                f"The handler's module of {where} has more than one owner.",
                facts=columns([*sought, *(("owner", spec) for spec in ambiguous)]),
                fix=f'choose one: `dependencies=["{ambiguous[0]}"]`.',
            )
        )
    return HandlerNotOwned(
        describe(
            f"No target owns the handler's module of {where}.",
            facts=columns([*sought, *([("file", handler.file)] if handler.file else [])]),
            why="An artifact contains only code that a target owns.",
            fix=(
                "correct the `handler` field, or add `python_sources()` to the BUILD file of its "
                f"folder (`{pants_command('tailor ::')}` does this)."
            ),
        )
    )


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferHandlerDependency),
    )
