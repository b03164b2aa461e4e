"""`lambda-explain`: prints the page of a check or of an error."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from typing import Any

from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.option.option_types import ArgsListOption
from pants.util.docutil import terminal_width

from aws_lambda.artifact import checks
from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.artifact.explanations import (
    Page,
    as_plain_text,
    check_page,
    error_families,
    find_pages,
    nearest_names,
)
from aws_lambda.artifact.findings import CHECKS
from aws_lambda.pants_api import collect_rules, goal_rule


class UnknownCode(ConfigurationError):
    """`lambda-explain` was asked for a name that is neither a check nor an error.

    To fix, use one of the names that `lambda-explain` lists without arguments.
    """


class LambdaExplainSubsystem(GoalSubsystem):
    name = "lambda-explain"
    help = (
        "Explain a check or an error of the targets `lambda_function` and `lambda_layer`: its "
        "causes, and how to fix it.\n\nWithout arguments, it lists all of them."
    )

    args = ArgsListOption(
        example="L003 NoWheelForPlatform",
        extra_help="Codes of checks and names of errors, in upper or lower case.",
        passthrough=True,
    )


class LambdaExplain(Goal):
    subsystem_cls = LambdaExplainSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


def check_pages() -> tuple[Page, ...]:
    """The page of each check, in the order of the codes."""
    texts = ((code, pkgutil.get_data(checks.__name__, f"pages/{code}.md")) for code in CHECKS)
    return tuple(check_page(code, (text or b"").decode()) for code, text in texts)


@goal_rule
async def explain_names(console: Console, options: LambdaExplainSubsystem) -> LambdaExplain:
    errors = [page for family in error_families() for page in family.errors]
    pages = (*check_pages(), *errors)
    if not options.args:
        console.print_stdout("\n".join(columns([(page.name, page.title) for page in pages])))
        return LambdaExplain(0)
    found, unknown = find_pages(pages, options.args)
    if unknown:
        raise UnknownCode(_unknown(unknown, pages))
    width = terminal_width()
    console.print_stdout("\n\n\n".join(as_plain_text(page, width) for page in found))
    return LambdaExplain(0)


def _unknown(names: Iterable[str], pages: Iterable[Page]) -> str:
    known = [page.name for page in pages]
    return describe(
        "`lambda-explain` knows no check or error of this name.",
        facts=columns(
            [
                (name, f"similar names: {', '.join(near)}" if near else "")
                for name in names
                for near in [nearest_names(name, known)]
            ]
        ),
        fix=f"list all names with `{pants_command('lambda-explain')}`.",
    )


def rules() -> Iterable[Any]:
    return collect_rules()
