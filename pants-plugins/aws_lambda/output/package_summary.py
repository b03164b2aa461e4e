"""Adds to the goal `package`: every target that fails, and once what many targets share.

The goal of Pants 2.17.1 stops at the first target that fails, and prints each artifact's own lines.
So its rule is wrapped. To be dropped with the first Pants that lets a backend add to the report.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pants.base.build_environment import get_buildroot
from pants.core.goals.package import (
    BuiltPackage,
    BuiltPackageArtifact,
    EnvironmentAwarePackageRequest,
    Package,
    PackageFieldSet,
    package_asset,
)
from pants.core.util_rules.distdir import DistDir
from pants.engine.fs import Workspace
from pants.engine.internals.native_engine import IntrinsicError
from pants.engine.internals.scheduler import SchedulerSession
from pants.engine.target import NoApplicableTargetsBehavior, TargetRootsToFieldSetsRequest
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import ChecksError
from aws_lambda.artifact.findings import merge_lines
from aws_lambda.artifact.symlinks import parse_link_error
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    environment_aware_package,
    find_valid_field_sets_for_target_roots,
    implicitly,
    rule,
    wrap_rule,
)

logger = logging.getLogger(__name__)


class TargetsFailed(ChecksError):
    """Several targets of a run cannot be packaged. The message contains the error of each.

    To fix, fix the errors that follow.
    """


@dataclass(frozen=True)
class LambdaArtifact(BuiltPackageArtifact):
    """An artifact; `shared` are lines that are the same for every target of its runtime."""

    address: str = ""
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutcomeRequest:
    """A target to package, whatever becomes of it."""

    field_set: PackageFieldSet


@dataclass(frozen=True)
class Outcome:
    """What became of it: the package, or the fault as users read it."""

    built: BuiltPackage | None
    fault: str = ""


@rule(desc="Find what became of a target", level=LogLevel.DEBUG)
async def find_outcome(request: OutcomeRequest) -> Outcome:
    try:
        built = await environment_aware_package(EnvironmentAwarePackageRequest(request.field_set))
    except Exception as error:
        return Outcome(None, f"{type(error).__name__}: {error}")
    return Outcome(built)


async def _outcomes() -> tuple[Outcome, ...]:
    """What became of the targets of this run, which Pants has packaged already."""
    roots = await find_valid_field_sets_for_target_roots(
        TargetRootsToFieldSetsRequest(
            PackageFieldSet,
            goal_description="the `package` goal",
            no_applicable_targets_behavior=NoApplicableTargetsBehavior.warn,
        ),
        **implicitly(),
    )
    return await concurrently(find_outcome(OutcomeRequest(each)) for each in roots.field_sets)


def _wrapped(package: Callable[[Workspace, DistDir], Any]) -> Callable[..., Any]:
    async def package_and_sum_up(workspace: Workspace, dist_dir: DistDir) -> Package:
        try:
            done: Package = await package(workspace, dist_dir)
        except Exception:
            outcomes = await _outcomes()
            faults = tuple(dict.fromkeys(each.fault for each in outcomes if each.fault))
            if len(faults) < 2:
                raise
            failed = sum(1 for each in outcomes if each.fault)
            what = f"{failed} of {len(outcomes)} targets cannot be packaged."
            raise TargetsFailed("\n\n".join([what, *faults])) from None
        lines = [
            (line, artifact.address)
            for outcome in await _outcomes()
            for artifact in (outcome.built.artifacts if outcome.built else ())
            if isinstance(artifact, LambdaArtifact)
            for line in artifact.shared
        ]
        for line in merge_lines(lines):
            logger.info(line)
        return done

    return package_and_sum_up


def _explain_links() -> None:
    """Let errors about links say what to type, in every goal. Pants fails before our rules run."""
    report = SchedulerSession._raise_on_error
    if report.__module__ == __name__:
        return

    def explain(self: SchedulerSession, throws: list[Any]) -> None:
        for throw in throws:
            if isinstance(throw.exc, IntrinsicError):
                fault = parse_link_error(str(throw.exc), get_buildroot())
                if fault is not None:
                    object.__setattr__(throw, "exc", fault)
        report(self, throws)

    SchedulerSession._raise_on_error = explain  # type: ignore[assignment,method-assign]


def rules() -> Iterable[Any]:
    wrap_rule(package_asset, _wrapped, asks=_outcomes)
    _explain_links()
    return collect_rules()
