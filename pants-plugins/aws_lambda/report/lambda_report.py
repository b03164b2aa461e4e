"""The goal `lambda-report`: the contents of artifacts, the reasons for them, and their sizes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Any

from pants.base.build_root import BuildRoot
from pants.core.util_rules.distdir import DistDir
from pants.engine.console import Console
from pants.engine.fs import CreateDigest, FileContent, Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.target import AllTargets, FilteredTargets
from pants.option.option_types import BoolOption, EnumOption, IntOption, StrOption

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, describe
from aws_lambda.artifact.report.comparison import compare_builds
from aws_lambda.artifact.report.html_page import render_page
from aws_lambda.artifact.report.markdown_report import report_as_markdown
from aws_lambda.artifact.report.report_document import Comparison, build_report, report_as_json
from aws_lambda.artifact.report.text_report import report_as_text
from aws_lambda.inputs.build_subject import BuildSubject
from aws_lambda.local.import_time import DEFAULT_IMPORT_RUNS, ImportTimeRequest, measure_import
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    create_digest,
    goal_rule,
    implicitly,
)
from aws_lambda.report.earlier_build import DOCUMENT, read_build
from aws_lambda.report.page_parts import page_parts
from aws_lambda.report.reported_artifacts import find_reported_artifact
from aws_lambda.target_types import LambdaHandlerField, LambdaLayoutField

logger = logging.getLogger(__name__)

# The page below `dist/`.
PAGE = "lambda-report.html"


class NothingToReport(ConfigurationError):
    """`lambda-report` was started without a `lambda_function` or `lambda_layer` target.

    To fix, name targets, such as `pants lambda-report ::`.
    """


class OutputFormat(Enum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class LambdaReportSubsystem(GoalSubsystem):
    name = "lambda-report"
    help = (
        "Show the contents of functions and layers, the reasons for them, and their sizes.\n\n"
        f"The goal packages the targets, and writes {PAGE} and {DOCUMENT} to `dist/`."
    )

    output_format = EnumOption(
        default=OutputFormat.TEXT,
        help="The format on the standard output: text, JSON, or Markdown for pull requests.",
    )
    against = StrOption(
        default=None,
        help=(
            "A folder with the output of `package` for another revision, such as the main branch. "
            "The report then lists the functions that a deployment changes, and why."
        ),
    )
    import_time = BoolOption(
        default=False,
        help=(
            "Import each handler in the emulator, in several fresh processes, and report where the "
            "time of the cold start goes, module by module."
        ),
    )
    import_time_runs = IntOption(
        default=DEFAULT_IMPORT_RUNS, help="The number of processes that import each handler."
    )


class LambdaReport(Goal):
    subsystem_cls = LambdaReportSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def report_artifacts(
    targets: FilteredTargets,
    every: AllTargets,
    console: Console,
    options: LambdaReportSubsystem,
    build_root: BuildRoot,
    dist_dir: DistDir,
    workspace: Workspace,
) -> LambdaReport:
    """Describe the targets and the layers that they attach.

    1. Read the build to compare with.
    2. Package and describe each target, and measure its import.
    3. Write the page to `dist/`, and print the report.
    """
    addresses = [each.address for each in targets if each.has_field(LambdaLayoutField)]
    if not addresses:
        raise NothingToReport(_nothing())
    earlier = read_build(options.against, build_root.path) if options.against else None
    described = await concurrently(find_reported_artifact(BuildSubject(a)) for a in addresses)
    functions = {each.address.spec for each in every if each.has_field(LambdaHandlerField)}
    report = build_report(described, functions)
    if options.import_time:
        # One after another: functions that start at the same time slow each other down.
        times = {}
        for each in targets:
            if each.has_field(LambdaHandlerField):
                request = ImportTimeRequest(each.address, options.import_time_runs)
                times[each.address.spec] = await measure_import(request, **implicitly())
        report = replace(report, import_times=times)
    if earlier:
        changes = compare_builds(
            earlier.artifacts,
            [each.manifest.document() for each in report.artifacts],
            {each.address.spec for each in every},
        )
        comparison = Comparison(earlier.folder, changes, earlier.import_times)
        report = replace(report, comparison=comparison)
    page = render_page(report.document(with_files=True), parts=page_parts())
    files = [
        FileContent(PAGE, page.encode()),
        FileContent(DOCUMENT, report_as_json(report).encode()),
    ]
    digest = await create_digest(CreateDigest(files))
    workspace.write_digest(digest, path_prefix=str(dist_dir.relpath))
    console.print_stdout(_FORMATS[options.output_format](report))
    logger.info(f"Wrote {dist_dir.relpath / PAGE}")
    return LambdaReport(0)


_FORMATS = {
    OutputFormat.TEXT: report_as_text,
    OutputFormat.JSON: report_as_json,
    OutputFormat.MARKDOWN: report_as_markdown,
}


def _nothing() -> str:
    return describe(
        "`lambda-report` was given no function or layer.",
        fix=f"name targets, such as `{pants_command('lambda-report ::')}`.",
    )


def rules() -> Iterable[Any]:
    return collect_rules()
