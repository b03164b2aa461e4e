"""Extends the goal `package`: it reports every target that fails, merges findings, and writes only
files that changed.

The goal of Pants 2.17.1 stops at the first target that fails, and prints the lines of each artifact
on their own. This module wraps its rule. Remove it with the first Pants that lets a backend add to
the report.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
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
from pants.engine.internals.native_engine import IntrinsicError
from pants.engine.internals.scheduler import SchedulerSession
from pants.engine.target import NoApplicableTargetsBehavior, TargetRootsToFieldSetsRequest
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import ChecksError
from aws_lambda.artifact.findings import merge_lines
from aws_lambda.artifact.symlinks import parse_link_error
from aws_lambda.output.changed_files import ChangedFilesWorkspace, find_changed_files
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    environment_aware_package,
    find_valid_field_sets_for_target_roots,
    implicitly,
    rule,
)
from aws_lambda.pants_api.daemon_memory import release_memory
from aws_lambda.pants_api.rule_wrapping import wrap_rule

logger = logging.getLogger(__name__)


class TargetsFailed(ChecksError):
    """Several targets of a run cannot be packaged. The message contains the error of each.

    To fix, fix the errors that follow.
    """


@dataclass(frozen=True)
class LambdaArtifact(BuiltPackageArtifact):
    """An artifact. `shared` are lines that are equal for all targets of a runtime."""

    address: str = ""
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class PackageAttempt:
    """A target to package, whether or not that succeeds."""

    field_set: PackageFieldSet


@dataclass(frozen=True)
class PackageResult:
    """The package of a target, or the error message."""

    built: BuiltPackage | None
    error: str = ""


@rule(desc="Try to package a target", level=LogLevel.DEBUG)
async def try_to_package(request: PackageAttempt) -> PackageResult:
    try:
        built = await environment_aware_package(EnvironmentAwarePackageRequest(request.field_set))
    except Exception as error:
        return PackageResult(None, f"{type(error).__name__}: {error}")
    return PackageResult(built)


async def _find_results() -> tuple[PackageResult, ...]:
    """The results for the targets of this run. Pants computes each once."""
    roots = await find_valid_field_sets_for_target_roots(
        TargetRootsToFieldSetsRequest(
            PackageFieldSet,
            goal_description="the `package` goal",
            no_applicable_targets_behavior=NoApplicableTargetsBehavior.warn,
        ),
        **implicitly(),
    )
    return await concurrently(try_to_package(PackageAttempt(each)) for each in roots.field_sets)


def _add_summary(package: Callable[[Any, DistDir], Any]) -> Callable[..., Any]:
    async def package_with_summary(workspace: Any, dist_dir: DistDir) -> Package:
        results = await _find_results()
        built = [each.built for each in results if each.built]
        changed = await find_changed_files(built, Path(get_buildroot(), dist_dir.relpath))
        try:
            done: Package = await package(ChangedFilesWorkspace(workspace, changed), dist_dir)
        except Exception:
            errors = tuple(dict.fromkeys(each.error for each in results if each.error))
            if len(errors) < 2:
                raise
            failed = sum(1 for each in results if each.error)
            summary = f"{failed} of {len(results)} targets cannot be packaged."
            raise TargetsFailed("\n\n".join([summary, *errors])) from None
        lines = [
            (line, artifact.address)
            for each in built
            for artifact in each.artifacts
            if isinstance(artifact, LambdaArtifact)
            for line in artifact.shared
        ]
        for line in merge_lines(lines):
            logger.info(line)
        release_memory()
        return done

    return package_with_summary


def _explain_links() -> None:
    """Replace Pants' errors about symbolic links, in every goal. They are raised before our
    rules.
    """
    report = SchedulerSession._raise_on_error
    if report.__module__ == __name__:
        return

    def explain(self: SchedulerSession, throws: list[Any]) -> None:
        for throw in throws:
            if isinstance(throw.exc, IntrinsicError):
                error = parse_link_error(str(throw.exc), get_buildroot())
                if error is not None:
                    object.__setattr__(throw, "exc", error)
        report(self, throws)

    SchedulerSession._raise_on_error = explain  # type: ignore[assignment,method-assign]


def rules() -> Iterable[Any]:
    wrap_rule(package_asset, _add_summary, asks=[_find_results, find_changed_files])
    _explain_links()
    return collect_rules()
