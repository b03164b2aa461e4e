"""Mends dependency inference: Pants 2.17.1's own parser in Rust takes only `a` from `import a, b`.

Without it, an artifact would lack `b`, and nobody would say so. To be dropped with the first Pants
whose parser takes both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.dependency_inference.module_mapper import (
    PythonModuleOwners,
    PythonModuleOwnersRequest,
)
from pants.backend.python.dependency_inference.subsystem import (
    AmbiguityResolution,
    PythonInferSubsystem,
)
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    PythonDependenciesField,
    PythonResolveField,
    PythonSourceField,
)
from pants.engine.addresses import Address
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
from pants.source.source_root import SourceRoot, SourceRootRequest
from pants.util.logging import LogLevel

from aws_lambda.artifact.imports import further_names


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
    request: InferFurtherImports, infer: PythonInferSubsystem, python_setup: PythonSetup
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

    locality = None
    if infer.ambiguity_resolution == AmbiguityResolution.by_source_root:
        root = await Get(
            SourceRoot, SourceRootRequest, SourceRootRequest.for_address(fields.address)
        )
        locality = root.path
    resolve = fields.resolve.normalized_value(python_setup)
    explicit, *owners = await MultiGet(
        Get(ExplicitlyProvidedDependencies, DependenciesRequest(fields.dependencies)),
        *(
            Get(PythonModuleOwners, PythonModuleOwnersRequest(module, resolve, locality))
            for module in sorted(modules)
        ),
    )
    found: list[Address] = []
    for module, each in zip(sorted(modules), owners):
        explicit.maybe_warn_of_ambiguous_dependency_inference(
            each.ambiguous,
            fields.address,
            import_reference="module",
            context=f"The target {fields.address} imports `{module}`",
        )
        chosen = explicit.disambiguated(each.ambiguous)
        found.extend(each.unambiguous or ((chosen,) if chosen else ()))
    return InferredDependencies(found)


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(InferDependenciesRequest, InferFurtherImports))
