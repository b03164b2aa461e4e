"""The goal `check`: compares deployment templates with the artifacts of their functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.core.goals.check import CheckRequest, CheckResult, CheckResults
from pants.engine.target import FieldSet
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import LambdaError
from aws_lambda.pants_api import collect_rules, implicitly, rule
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import LambdaHandlerField, LambdaReexportField
from aws_lambda.templates.matched_templates import MatchesRequest, match_templates
from aws_lambda.templates.template_differences import TemplateComparison, select_functions
from aws_lambda.templates.template_report import (
    describe_agreement,
    describe_differences,
    describe_doubts,
)


@dataclass(frozen=True)
class LambdaTemplatesFieldSet(FieldSet):
    required_fields = (LambdaHandlerField, LambdaReexportField)


class LambdaTemplatesRequest(CheckRequest[LambdaTemplatesFieldSet]):
    field_set_type = LambdaTemplatesFieldSet
    tool_name = "lambda-templates"


@rule(desc="Compare templates with functions", level=LogLevel.DEBUG)
async def check_templates(
    request: LambdaTemplatesRequest, options: LambdaSubsystem
) -> CheckResults:
    """Report differences that concern the given functions.

    Functions of a template that have no target are reported if all functions are given.
    """
    if not options.templates:
        return CheckResults([], checker_name=request.tool_name)
    try:
        matched = await match_templates(MatchesRequest(options.templates), **implicitly())
    except LambdaError as error:
        failed = CheckResult(1, "", f"{type(error).__name__}: {error}")
        return CheckResults([failed], checker_name=request.tool_name)
    given = frozenset(each.address.spec for each in request.field_sets)
    results = [
        CheckResult(1, "", message, partition_description=address)
        for address, message in matched.errors.items()
        if address in given
    ]
    for comparison in matched.compare():
        if given != matched.functions:
            comparison = select_functions(comparison, given)
        results.extend(_results(comparison, matched.targets.dist))
    return CheckResults(results, checker_name=request.tool_name)


def _results(comparison: TemplateComparison, dist: str) -> Iterable[CheckResult]:
    errors = (describe_differences(comparison), describe_doubts(comparison, dist))
    for message in filter(None, errors):
        yield CheckResult(1, "", message, partition_description=comparison.path)
    agreement = describe_agreement(comparison)
    if agreement:
        yield CheckResult(0, agreement, "", partition_description=comparison.path)


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(CheckRequest, LambdaTemplatesRequest))
