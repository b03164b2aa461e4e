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
    """The closure of one target; `aside` are direct dependencies that it uses in another way.

    An interpreter of `python` or newer can read its code, as far as that is known.
    """

    root: Target
    aside: tuple[Address, ...] = ()
    python: tuple[int, int] | None = None


@dataclass(frozen=True)
class Closure:
    """What a target needs, transitively, without itself.

    `packaged` are targets at which the walk stopped, each with the target that depends on it.
    `typed` are further targets, which only type checkers need.
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
        """What the artifact leaves out."""
        files = sorted(t.address.spec for t in self.targets if t.has_field(FileSourceField))
        return [
            *(
                Finding(
                    "L017",
                    address,
                    f"{address} is a `file`, which an artifact does not carry.",
                    "make it a `resource`, or name it in `extra_files`.",
                )
                for address in files
            ),
            *(
                Finding(
                    "L018",
                    target.address.spec,
                    f"{target.address} is a `{target.alias}`, which is packaged by itself: nothing "
                    f"of it is carried, though {dependent} depends on it.",
                    "depend on the code behind it, if the artifact needs that.",
                )
                for target, dependent in self.packaged
            ),
        ]


async def transitively_excluded(targets: Iterable[Target]) -> frozenset[Address]:
    """The addresses behind a `!!`."""
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


@rule(desc="Find what the artifact needs", level=LogLevel.DEBUG)
async def find_closure(request: ClosureRequest, unions: UnionMembership) -> Closure:
    """Walk the dependencies at run time to their end, and then what type checkers see beyond."""
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
    """Whether this is more than an input of a distribution's build, such as `pyproject.toml`."""
    return not (target.has_field(ResourceSourceField) or target.has_field(FileSourceField))


def _is_packaged(target: Target, packagers: Iterable[type[PackageFieldSet]]) -> bool:
    # A distribution's wheel is carried, and so is what it needs.
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
                why="An artifact holds code, and never another artifact.",
                fix=(
                    "depend on the code itself, such as a `python_sources` target; a layer that "
                    "a function attaches belongs into its field `layers`."
                ),
            )
        )


def rules() -> Iterable[Any]:
    return collect_rules()
