"""Finds the owners of modules in the same way as Pants' dependency inference."""

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
from pants.backend.python.target_types import PythonResolveField
from pants.engine.addresses import Address
from pants.engine.target import ExplicitlyProvidedDependencies
from pants.source.source_root import SourceRootRequest
from pants.util.logging import LogLevel

from aws_lambda.pants_api import (
    collect_rules,
    get_source_root,
    implicitly,
    map_module_to_address,
    rule,
)


@dataclass(frozen=True)
class ModuleOwnersRequest:
    """The owners of a module, for the target that has this `resolve` field."""

    module: str
    resolve: PythonResolveField


@dataclass(frozen=True)
class ModuleOwners:
    module: str
    found: PythonModuleOwners

    def inferred(
        self,
        explicit: ExplicitlyProvidedDependencies,
        *,
        context: str,
        owners_must_be_ancestors: bool = False,
    ) -> tuple[Address, ...]:
        """The owner to depend on, given the target's `dependencies`.

        Pants logs a warning if they leave several.
        """
        explicit.maybe_warn_of_ambiguous_dependency_inference(
            self.found.ambiguous,
            explicit.address,
            owners_must_be_ancestors=owners_must_be_ancestors,
            import_reference="module",
            context=context,
        )
        chosen = explicit.disambiguated(
            self.found.ambiguous, owners_must_be_ancestors=owners_must_be_ancestors
        )
        return self.found.unambiguous or ((chosen,) if chosen else ())


@rule(desc="Find the owners of a module", level=LogLevel.DEBUG)
async def find_owners(
    request: ModuleOwnersRequest, infer: PythonInferSubsystem, python_setup: PythonSetup
) -> ModuleOwners:
    locality = None
    if infer.ambiguity_resolution == AmbiguityResolution.by_source_root:
        root = await get_source_root(SourceRootRequest.for_address(request.resolve.address))
        locality = root.path
    resolve = request.resolve.normalized_value(python_setup)
    return ModuleOwners(
        request.module,
        await map_module_to_address(
            PythonModuleOwnersRequest(request.module, resolve, locality), **implicitly()
        ),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
