"""The messages of `check` about templates."""

from __future__ import annotations

from collections.abc import Sequence

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import columns, describe
from aws_lambda.templates.template_differences import TemplateComparison


def describe_differences(comparison: TemplateComparison) -> str:
    """The lines of a template to change, or `""`."""
    if not comparison.differences:
        return ""
    path = comparison.path
    rows = [
        (f"{path}:{each.line}", each.name, each.label, each.found, f"must be {each.needed}")
        for each in comparison.differences
    ]
    is_editable = all(each.is_editable for each in comparison.differences)
    return describe(
        f"The template {path} differs from the artifacts of its functions.",
        facts=columns(rows),
        fix=(
            f"run `{pants_command(f'lambda-migrate --write {path}')}`, or change these lines."
            if is_editable
            else "change the CDK app, and run `cdk synth` again."
        ),
    )


def describe_doubts(comparison: TemplateComparison, dist: str) -> str:
    """The functions of a template whose target is not known, or `""`."""
    if not comparison.doubts:
        return ""
    return describe(
        f"The targets of functions in the template {comparison.path} cannot be found.",
        facts=_lines(comparison.path, comparison.doubts),
        fix=(
            "correct the handler, or write the path of the function's artifact as its code, such "
            f"as `{dist}/src.orders/fn.zip`."
        ),
    )


def describe_agreement(comparison: TemplateComparison) -> str:
    """Lines about the functions of a template that are not errors."""
    path, others = comparison.path, comparison.others
    lines = []
    if comparison.agreeing:
        count = len(comparison.agreeing)
        agree = (
            f"{count} functions agree with their artifacts"
            if count > 1
            else ("1 function agrees with its artifact")
        )
        lines.append(f"{path}: {agree}.")
    if others:
        lines.append(f"{path}: no target packages {', '.join(others)}.")
    lines.extend(_lines(path, comparison.notes))
    return "\n".join(lines)


def _lines(path: str, about: Sequence[tuple[int, str, str]]) -> list[str]:
    return columns([(f"{path}:{line}", name, sentence) for line, name, sentence in about])
