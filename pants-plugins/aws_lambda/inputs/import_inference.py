"""Extends dependency inference: the Rust parser of Pants 2.17.1 takes only `a` from `import a, b`.

Without this, an artifact would lack `b`. Remove it with the first Pants whose parser takes both.

The Rust parser also fails on a file that is not in UTF-8, without its name. Pants' parser in Python
reads such a file. Pants 2.19 removed that parser, so there an error names the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pants.backend.python.dependency_inference.parse_python_dependencies import (
    parse_python_dependencies,
)
from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.target_types import (
    PythonDependenciesField,
    PythonResolveField,
    PythonSourceField,
)
from pants.engine.internals.native_engine import IntrinsicError
from pants.engine.target import (
    DependenciesRequest,
    FieldSet,
    HydrateSourcesRequest,
    InferDependenciesRequest,
    InferredDependencies,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import ConfigurationError, describe
from aws_lambda.artifact.imports.import_names import find_further_imports
from aws_lambda.inputs.module_owners import ModuleOwnersRequest, find_owners
from aws_lambda.pants_api import (
    collect_rules,
    explicitly_provided,
    files_to_parse,
    first_and_rest,
    get_digest_contents,
    hydrate_sources,
    implicitly,
    parses_in_rust,
    rule,
)
from aws_lambda.pants_api.rule_wrapping import wrap_rule


@dataclass(frozen=True)
class FurtherImportsFieldSet(FieldSet):
    required_fields = (PythonSourceField, PythonDependenciesField, PythonResolveField)

    source: PythonSourceField
    dependencies: PythonDependenciesField
    resolve: PythonResolveField


class _WithoutRust:
    """The options of dependency inference, with the parser in Python."""

    use_rust_parser = False

    def __init__(self, infer: PythonInferSubsystem) -> None:
        self._infer = infer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._infer, name)


class SourceNotUtf8(ConfigurationError):
    """A source file is not in UTF-8. The parser that Pants uses on this machine reads no other
    encoding.

    To fix, save the file in UTF-8.
    """


def _not_utf8(files: Sequence[str]) -> str:
    return describe(
        "Pants cannot read the imports of a source file that is not in UTF-8.",
        facts=files if len(files) == 1 else ["one of these:", *files],
        fix="save the file in UTF-8.",
    )


def _without_rust(value: Any) -> Any:
    return _WithoutRust(value) if isinstance(value, PythonInferSubsystem) else value


def _any_encoding(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap Pants' rule: if the Rust parser cannot read a file, use the parser in Python."""

    # Pants 2.17.1 passes arguments by position, later versions by keyword.
    async def parse_any_encoding(*asked: Any, **named: Any) -> Any:
        try:
            return await parse(*asked, **named)
        except IntrinsicError as error:
            if "utf-8" not in str(error):
                raise
            try:
                return await parse(
                    *map(_without_rust, asked),
                    **{name: _without_rust(value) for name, value in named.items()},
                )
            except IntrinsicError:
                files = files_to_parse(named.get("request") or asked[0])
                raise SourceNotUtf8(_not_utf8(files)) from None

    return parse_any_encoding


class InferFurtherImports(InferDependenciesRequest[FurtherImportsFieldSet]):
    infer_from = FurtherImportsFieldSet


@rule(desc="Infer dependencies from further names of imports", level=LogLevel.DEBUG)
async def infer_further_imports(
    request: InferFurtherImports, infer: PythonInferSubsystem
) -> InferredDependencies:
    fields = request.field_set
    if not infer.imports or not parses_in_rust(infer):
        return InferredDependencies([])
    sources = await hydrate_sources(HydrateSourcesRequest(fields.source), **implicitly())
    contents = await get_digest_contents(sources.snapshot.digest)
    modules = {
        name
        for file in contents
        for name in find_further_imports(file.content.decode("utf-8", "replace"))
    }
    if not modules:
        return InferredDependencies([])

    explicit, owners = await first_and_rest(
        explicitly_provided(DependenciesRequest(fields.dependencies)),
        (
            find_owners(ModuleOwnersRequest(module, fields.resolve), **implicitly())
            for module in sorted(modules)
        ),
    )
    return InferredDependencies(
        address
        for each in owners
        for address in each.inferred(
            explicit, context=f"The target {fields.address} imports `{each.module}`"
        )
    )


def rules() -> Iterable[Any]:
    wrap_rule(parse_python_dependencies, _any_encoding)
    return (*collect_rules(), UnionRule(InferDependenciesRequest, InferFurtherImports))
