from __future__ import annotations

import pytest
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner

from aws_lambda.migrate.lambda_migrate import LambdaMigrate, rules


@pytest.fixture(scope="module")
def runner() -> RuleRunner:
    return RuleRunner(rules=rules())


def _migrate(runner: RuleRunner, *args: str) -> GoalRuleResult:
    return runner.run_goal_rule(LambdaMigrate, args=args)


def test_other_build_files_are_left_alone(runner: RuleRunner) -> None:
    """Without arguments, all BUILD files are read."""
    runner.write_files({"src/BUILD": "python_sources()\n"})

    assert _migrate(runner).stdout == "There is nothing to change.\n"


def test_files_of_unknown_format_are_refused(runner: RuleRunner) -> None:
    """The message lists them."""
    runner.write_files({"README.md": "# Title\n"})

    with pytest.raises(ExecutionError) as failed:
        _migrate(runner, "README.md")

    assert [str(each) for each in failed.value.wrapped_exceptions] == [
        "`lambda-migrate` cannot translate these files, which are neither BUILD files nor deployment templates.\n\n"
        "  README.md\n\n"
        "To fix, name BUILD files, or none for all: `pants lambda-migrate`."
    ]


def test_missing_files_are_refused(runner: RuleRunner) -> None:
    """Pants reports the names that match no file."""
    with pytest.raises(ExecutionError, match="Unmatched glob from the command line"):
        _migrate(runner, "missing.yaml")
