"""Mends dependency inference: Pants 2.17.1's own parser in Rust takes only `a` from `import a, b`.

Without it, an artifact would lack `b`, and nobody would say so. To be dropped with the first Pants
whose parser takes both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.target_types import (
    PythonDependenciesField,
    PythonResolveField,
    PythonSourceField,
)
from pants.engine.fs import Digest, DigestContents
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import (
    DependenciesRequest,
    ExplicitlyProvidedDependencies,
    FieldSet,
    HydratedSources,
    HydrateSourcesRequest,
    InferDependenciesRequest,
    InferredDependencies,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from aws_lambda.artifact.imports import further_names
from aws_lambda.owners import Owners, OwnersRequest


@dataclass(frozen=True)
class FurtherImportsFieldSet(FieldSet):
    required_fields = (PythonSourceField, PythonDependenciesField, PythonResolveField)

    source: PythonSourceField
    dependencies: PythonDependenciesField
    resolve: PythonResolveField


class InferFurtherImports(InferDependenciesRequest[FurtherImportsFieldSet]):
    infer_from = FurtherImportsFieldSet


@rule(desc="Infer dependencies from further names of imports", level=LogLevel.DEBUG)
async def infer_further_imports(
    request: InferFurtherImports, infer: PythonInferSubsystem
) -> InferredDependencies:
    fields = request.field_set
    if not infer.imports or not infer.use_rust_parser:
        return InferredDependencies([])
    sources = await Get(HydratedSources, HydrateSourcesRequest(fields.source))
    contents = await Get(DigestContents, Digest, sources.snapshot.digest)
    modules = {
        name for file in contents for name in further_names(file.content.decode("utf-8", "replace"))
    }
    if not modules:
        return InferredDependencies([])

    explicit, *owners = await MultiGet(
        Get(ExplicitlyProvidedDependencies, DependenciesRequest(fields.dependencies)),
        *(Get(Owners, OwnersRequest(module, fields.resolve)) for module in sorted(modules)),
    )
    return InferredDependencies(
        address
        for each in owners
        for address in each.inferred(
            explicit, context=f"The target {fields.address} imports `{each.module}`"
        )
    )


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(InferDependenciesRequest, InferFurtherImports))
