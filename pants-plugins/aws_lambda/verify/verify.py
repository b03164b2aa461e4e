"""Runs every check of an artifact, and grades the findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.size import check_size_share
from aws_lambda.artifact.checks.unused_patterns import check_patterns
from aws_lambda.artifact.findings import NO_FINDINGS, Finding, JudgedFindings, judge_findings
from aws_lambda.contents.final_files import FinalFiles, find_final_files
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.pants_api import collect_rules, rule
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import LambdaIgnoreField
from aws_lambda.verify.content_checks import check_contents
from aws_lambda.verify.import_checks import check_imports_of


@dataclass(frozen=True)
class ArtifactFindings:
    """Everything that the checks of files and imports found in an artifact."""

    findings: tuple[Finding, ...]


@rule(desc="Check the artifact", level=LogLevel.DEBUG)
async def verify_artifact(subject: BuildSubject) -> ArtifactFindings:
    """Check the final files. An artifact for a local run is not checked."""
    artifact = await find_final_files(subject)
    if subject.platform_override:
        return ArtifactFindings(())
    if artifact.entry is None:
        return ArtifactFindings(await check_contents(artifact))
    imports = await check_imports_of(artifact, artifact.entry.module)
    contents = await check_contents(artifact, needed=imports.needed)
    return ArtifactFindings((*artifact.entry.findings, *contents, *imports.findings))


def judge_artifact(
    artifact: FinalFiles,
    found: Iterable[Finding],
    unzipped_bytes: int,
    options: LambdaSubsystem,
) -> JudgedFindings:
    """Grade all findings about an artifact by the options and the field `ignore`.

    `unzipped_bytes` is its size together with its layers.
    """
    carried = artifact.carried
    if carried.platform.is_override:
        return NO_FINDINGS
    share = check_size_share(
        unzipped_bytes,
        options.share_to_warn_from,
        with_layers=artifact.entry is not None and bool(carried.layers),
        where=carried.where,
    )
    patterns = check_patterns(
        carried.exclude, carried.closure, artifact.resolved.unused_policies, where=carried.where
    )
    return judge_findings(
        (*found, *share, *patterns, *carried.findings),
        options.severities,
        carried.target[LambdaIgnoreField].value,
        where=carried.where,
    )


def rules() -> Iterable[Any]:
    return collect_rules()
