"""Changes templates so that they deploy the artifacts of their targets.

The targets may not exist yet: `lambda-migrate` adds them to BUILD files in the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pants.core.util_rules.distdir import DistDir
from pants.engine.fs import PathGlobs
from pants.util.logging import LogLevel

from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.pants_api import collect_rules, concurrently, contents_at, implicitly, rule
from aws_lambda.templates.function_matches import FunctionMatch
from aws_lambda.templates.matched_templates import (
    MatchedTemplate,
    MatchesRequest,
    TemplateEditRequest,
    edit_template,
    match_templates,
)
from aws_lambda.templates.packaged_functions import PackagedTargets
from aws_lambda.templates.planned_targets import PlannedTargets, compare_with_plan
from aws_lambda.templates.read_templates import TemplatesRequest, read_templates
from aws_lambda.templates.template_differences import Difference, TemplateComparison


@dataclass(frozen=True)
class TemplateUpdatesRequest:
    """Templates, by path from the root of the repository, and the targets that BUILD files get."""

    paths: tuple[str, ...]
    planned: PlannedTargets


@dataclass(frozen=True)
class TemplateUpdates:
    """A change for each template."""

    changes: tuple[FileChange, ...]


@rule(desc="Change templates", level=LogLevel.DEBUG)
async def update_templates(request: TemplateUpdatesRequest, dist_dir: DistDir) -> TemplateUpdates:
    try:
        matched = await match_templates(MatchesRequest(request.paths), **implicitly())
    except Exception:
        # BUILD files do not parse while they contain targets of other backends.
        read = await read_templates(TemplatesRequest(request.paths), **implicitly())
        targets = PackagedTargets((), (), dist_dir.relpath.as_posix())
        templates = [
            MatchedTemplate(template, tuple(map(FunctionMatch, template.functions)))
            for template in read.templates
        ]
    else:
        targets, templates = matched.targets, [*matched.templates]
    comparisons = [
        compare_with_plan(each.template, each.matches, targets, request.planned)
        for each in templates
    ]
    # CDK generates the templates of a cloud assembly.
    changed = [each for each in comparisons if all(one.is_editable for one in each.differences)]
    contents = await contents_at(PathGlobs([each.path for each in changed]))
    texts = {each.path: each.content.decode() for each in contents}
    edited = await concurrently(
        edit_template(TemplateEditRequest(texts[each.path], each.differences), **implicitly())
        for each in changed
    )
    return TemplateUpdates(
        tuple(
            FileChange(each.path, texts[each.path], one.text, (*_notes(each, one.refused),))
            for each, one in zip(changed, edited)
        )
    )


def _notes(comparison: TemplateComparison, refused: Iterable[Difference]) -> Iterator[str]:
    """Sentences about values that must be changed by hand, and functions without a target."""
    for each in refused:
        yield (
            f"Change `{each.label}` of {each.name} on line {each.line} to {each.needed} yourself. "
            "Other values of the template share it, or depend on it."
        )
    for line, name, sentence in comparison.doubts:
        yield f"{name} (line {line}): {sentence}"


def rules() -> Iterable[Any]:
    return collect_rules()
