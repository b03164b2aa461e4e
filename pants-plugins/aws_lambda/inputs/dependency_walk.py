"""Finds the closure of a target.

The walk differs from Pants' `TransitiveTargets`: it stops at targets that are packaged on their
own, such as a `pex_binary` or an `archive`. Their dependencies are not part of this artifact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pants.backend.python.target_types import PythonDistribution, PythonRequirementsField
from pants.core.goals.package import PackageFieldSet
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.engine.addresses import Address
from pants.engine.target import Dependencies, DependenciesRequest, Target
from pants.engine.unions import UnionMembership
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.inputs.runtime_dependencies import (
    RuntimeDependenciesRequest,
    find_runtime_dependencies,
)
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    direct_dependencies,
    implicitly,
    resolve_unparsed_address_inputs,
    rule,
    targets_at,
)
from aws_lambda.target_types import LambdaFunctionTarget, LambdaLayerTarget


class ArtifactAsDependency(ConfigurationError):
    """The field `dependencies` names a function or layer. An artifact contains code, and never
    another artifact.

    To fix, depend on the code itself, such as a `python_sources` target. Name a layer that a
    function attaches in `layers`.
    """


@dataclass(frozen=True)
class ClosureRequest:
    """The closure of one target.

    `aside` are direct dependencies that are not part of it, such as layers. An interpreter of
    version `python` or newer reads the code, if the version is known.
    """

    root: Target
    aside: tuple[Address, ...] = ()
    python: tuple[int, int] | None = None


@dataclass(frozen=True)
class Closure:
    """The transitive dependencies of a target, without the target itself.

    `packaged` are targets at which the walk stopped, each with the target that depends on it.
    `typed` are further targets that only type checkers need.
    """

    targets: tuple[Target, ...]
    packaged: tuple[tuple[Target, Address], ...]
    typed: tuple[Target, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirement strings of the third-party code, sorted."""
        return _requirements(self.targets)

    @property
    def typed_requirements(self) -> tuple[str, ...]:
        """The requirement strings of the third-party code that only type checkers need, sorted."""
        return _requirements(self.typed)

    @property
    def distributions(self) -> tuple[Target, ...]:
        """The `python_distribution` targets, whose wheels belong to the artifact."""
        return tuple(t for t in self.targets if isinstance(t, PythonDistribution))

    def findings(self) -> list[Finding]:
        """The findings about targets that the artifact does not contain."""
        files = sorted(t.address.spec for t in self.targets if t.has_field(FileSourceField))
        return [
            *(
                Finding(
                    "L017",
                    address,
                    f"{address} is a `file` target, and an artifact does not contain those.",
                    "make it a `resource` target, or add it to `extra_files`.",
                )
                for address in files
            ),
            *(
                Finding(
                    "L018",
                    target.address.spec,
                    f"{target.address} is a `{target.alias}`, which is packaged on its own: the "
                    f"artifact does not contain it, although {dependent} depends on it.",
                    "depend on its code instead, if the artifact needs it.",
                )
                for target, dependent in self.packaged
            ),
        ]


async def transitively_excluded(targets: Iterable[Target]) -> frozenset[Address]:
    """The addresses of the entries with `!!` in `dependencies`."""
    unparsed = (target.get(Dependencies).unevaluated_transitive_excludes for target in targets)
    excludes = await concurrently(
        resolve_unparsed_address_inputs(each, **implicitly()) for each in unparsed if each.values
    )
    expanded = await concurrently(targets_at(each) for each in excludes)
    return frozenset(target.address for target in chain(*expanded))


def _requirements(targets: Iterable[Target]) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                str(each)
                for target in targets
                if target.has_field(PythonRequirementsField)
                for each in target[PythonRequirementsField].value
            }
        )
    )


@rule(desc="Walk dependencies", level=LogLevel.DEBUG)
async def find_closure(request: ClosureRequest, unions: UnionMembership) -> Closure:
    """Walk runtime dependencies to the end, and then dependencies that only type checkers need."""
    packagers = unions.get(PackageFieldSet)
    visited: dict[Address, Target] = {}
    packaged: dict[Address, tuple[Target, Address]] = {}
    waiting: list[Target] = [request.root]
    put_off: list[Target] = []
    while waiting:
        needed = await concurrently(
            find_runtime_dependencies(
                RuntimeDependenciesRequest(target, request.python), **implicitly()
            )
            for target in waiting
        )
        dependents = waiting
        waiting = []
        for dependent, dependencies in zip(dependents, needed):
            put_off.extend(dependencies.typed)
            for target in dependencies.targets:
                address = target.address
                if address in visited or address in packaged or address == request.root.address:
                    continue
                if dependent is request.root and address in request.aside:
                    continue
                if isinstance(dependent, PythonDistribution) and not _is_code(target):
                    continue
                if _is_packaged(target, packagers):
                    packaged[address] = (target, dependent.address)
                else:
                    visited[address] = target
                    waiting.append(target)

    typed: dict[Address, Target] = {}
    while put_off:
        beyond = {
            target.address: target
            for target in put_off
            if target.address not in {**visited, **typed} and not _is_packaged(target, packagers)
        }
        typed.update(beyond)
        further = await concurrently(
            direct_dependencies(DependenciesRequest(target.get(Dependencies)))
            for target in beyond.values()
        )
        put_off = [target for targets in further for target in targets]

    _refuse_artifacts(request.root, packaged.values())
    excluded = await transitively_excluded([request.root, *visited.values()])
    return Closure(
        tuple(visited[address] for address in sorted(visited) if address not in excluded),
        tuple(packaged[address] for address in sorted(packaged) if address not in excluded),
        tuple(typed[address] for address in sorted(typed) if address not in excluded),
    )


def _is_code(target: Target) -> bool:
    """Whether this is code, and not an input of a build such as `pyproject.toml`."""
    return not (target.has_field(ResourceSourceField) or target.has_field(FileSourceField))


def _is_packaged(target: Target, packagers: Iterable[type[PackageFieldSet]]) -> bool:
    # The artifact contains the wheel of a distribution and its dependencies.
    if isinstance(target, PythonDistribution):
        return False
    return any(packager.is_applicable(target) for packager in packagers)


def _refuse_artifacts(root: Target, packaged: Iterable[tuple[Target, Address]]) -> None:
    artifacts = [
        (target.address.spec, target.alias, f"needed by {dependent}")
        for target, dependent in packaged
        if isinstance(target, (LambdaFunctionTarget, LambdaLayerTarget))
    ]
    if artifacts:
        raise ArtifactAsDependency(
            describe(
                f"The `{root.alias}` target {root.address} depends on artifacts.",
                facts=columns(sorted(artifacts)),
                why="An artifact contains code, and never another artifact.",
                fix=(
                    "depend on the code itself, such as a `python_sources` target. Name layers in "
                    "the field `layers`."
                ),
            )
        )


def rules() -> Iterable[Any]:
    return collect_rules()
