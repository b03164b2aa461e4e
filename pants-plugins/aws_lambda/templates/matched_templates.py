"""Compares templates with the targets of the repository, and edits their text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pants.base.build_environment import get_buildroot
from pants.engine.fs import CreateDigest, FileContent, PathGlobs
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    create_digest,
    implicitly,
    path_globs_to_paths,
    rule,
    run_to_success,
)
from aws_lambda.processes.tool_program import ToolRun, prepare_tool
from aws_lambda.templates.declared_functions import Template
from aws_lambda.templates.function_matches import (
    FunctionMatch,
    match_functions,
    sought_files,
    with_relative_code,
)
from aws_lambda.templates.packaged_functions import PackagedTargets
from aws_lambda.templates.packaged_targets import (
    FoundTargets,
    FunctionValues,
    FunctionValuesRequest,
    find_function_values,
)
from aws_lambda.templates.read_templates import TemplatesRequest, read_templates
from aws_lambda.templates.template_differences import (
    Difference,
    TemplateComparison,
    compare_template,
)
from aws_lambda.templates.template_edits import edits_as_json

_TEMPLATE = "template"
_EDITS = "edits.json"


@dataclass(frozen=True)
class MatchesRequest:
    """Paths of templates, or glob patterns of paths, from the root of the repository."""

    patterns: tuple[str, ...]


@dataclass(frozen=True)
class MatchedTemplate:
    """A template, and the targets of its functions with all of their values."""

    template: Template
    matches: tuple[FunctionMatch, ...]


@dataclass(frozen=True)
class MatchedTemplates:
    """Templates in the order of the request.

    `targets` are all targets of the repository, and `functions` the addresses of its functions.
    `errors` are the messages of functions whose values are not known. They have no match.
    """

    templates: tuple[MatchedTemplate, ...]
    targets: PackagedTargets
    functions: frozenset[str]
    errors: FrozenDict[str, str]

    def compare(self) -> tuple[TemplateComparison, ...]:
        return tuple(
            compare_template(each.template, each.matches, self.targets, {})
            for each in self.templates
        )


@dataclass(frozen=True)
class TemplateEditRequest:
    """The text of a template, and the differences to remove."""

    text: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class EditedTemplate:
    """The new text, and the differences that must be removed by hand."""

    text: str
    refused: tuple[Difference, ...]


@rule(desc="Find the targets of templates", level=LogLevel.DEBUG)
async def match_templates(request: MatchesRequest, found_targets: FoundTargets) -> MatchedTemplates:
    """Find the values that templates must contain.

    1. Read the templates.
    2. Find the target of each function.
    3. Find the values of these targets.
    """
    expanded = await concurrently(
        path_globs_to_paths(PathGlobs([pattern])) for pattern in request.patterns
    )
    paths = dict.fromkeys(
        path
        # A pattern that matches no file is an error of `read_templates`.
        for pattern, found in zip(request.patterns, expanded)
        for path in found.files or [pattern]
    )
    read = await read_templates(TemplatesRequest(tuple(paths)), **implicitly())
    root = get_buildroot()
    templates = [
        replace(each, functions=tuple(with_relative_code(one, root) for one in each.functions))
        for each in read.templates
    ]
    sought = sought_files(each for template in templates for each in template.functions)
    files = await path_globs_to_paths(PathGlobs(sorted(sought)))
    targets = found_targets.targets
    matches = [
        match_functions(template.functions, targets, frozenset(files.files))
        for template in templates
    ]
    values = await concurrently(
        find_function_values(
            FunctionValuesRequest(found_targets.addresses[address], targets.dist), **implicitly()
        )
        for address in _matched_addresses(match for of_one in matches for match in of_one)
    )
    by_address = {each.address: each for each in values}
    return MatchedTemplates(
        tuple(
            MatchedTemplate(template, tuple(_with_values(of_one, by_address)))
            for template, of_one in zip(templates, matches)
        ),
        targets,
        frozenset(found_targets.addresses),
        FrozenDict({each.address: each.error for each in values if each.error}),
    )


def _matched_addresses(matches: Iterable[FunctionMatch]) -> list[str]:
    return sorted({match.packaged.address for match in matches if match.packaged})


def _with_values(
    matches: Iterable[FunctionMatch], values: Mapping[str, FunctionValues]
) -> Iterator[FunctionMatch]:
    for match in matches:
        if match.packaged is None:
            yield match
        elif value := values[match.packaged.address].packaged:
            yield replace(match, packaged=value)


@rule(desc="Edit template", level=LogLevel.DEBUG)
async def edit_template(request: TemplateEditRequest) -> EditedTemplate:
    inputs = await create_digest(
        CreateDigest(
            [
                FileContent(_TEMPLATE, request.text.encode()),
                FileContent(_EDITS, edits_as_json(request.differences).encode()),
            ]
        )
    )
    result = await run_to_success(
        await prepare_tool(
            ToolRun(
                program="edit_template.py",
                argv=(_TEMPLATE, _EDITS),
                description="Edit template",
                inputs=inputs,
            ),
            **implicitly(),
        )
    )
    report: Mapping[str, Any] = json.loads(result.stdout)
    refused = tuple(request.differences[index] for index in report["refused"])
    return EditedTemplate(report["text"], refused)


def rules() -> Iterable[Any]:
    return collect_rules()
