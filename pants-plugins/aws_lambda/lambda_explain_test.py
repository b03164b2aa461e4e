from __future__ import annotations

import pytest
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner

from aws_lambda.lambda_explain import LambdaExplain, rules


@pytest.fixture(scope="module")
def runner() -> RuleRunner:
    return RuleRunner(rules=rules())


def _explain(runner: RuleRunner, *names: str) -> GoalRuleResult:
    return runner.run_goal_rule(LambdaExplain, args=["--", *names])


def test_page_of_a_check(runner: RuleRunner) -> None:
    """The page begins with the title and the severity."""
    said = _explain(runner, "l003").stdout

    assert said.startswith(
        "L003: Native code that needs a library that Lambda lacks\n\nDefault severity: error.\n\n"
    )
    assert "\nHow to accept. `ignore=[" in said


def test_page_of_an_error(runner: RuleRunner) -> None:
    """The page is the docstring of the class."""
    assert _explain(runner, "UnknownCode").stdout == (
        "UnknownCode\n\n"
        "`lambda-explain` was asked for a name that is neither a check nor an error.\n\n"
        "To fix, use one of the names that `lambda-explain` lists without arguments.\n"
    )


def test_pages_of_several_names(runner: RuleRunner) -> None:
    """The pages are in the order of the names."""
    said = _explain(runner, "UnknownCode", "L014").stdout

    assert said.index("UnknownCode\n\n") < said.index("\n\n\nL014: ")


def test_list_of_all_names(runner: RuleRunner) -> None:
    """Without a name, the goal prints a line for each check and each error."""
    lines = runner.run_goal_rule(LambdaExplain).stdout.splitlines()

    assert lines[0].split(maxsplit=1) == ["L001", "Native code for another architecture."]
    assert "UnknownCode" in {line.split()[0] for line in lines}


def test_unknown_names(runner: RuleRunner) -> None:
    """The message suggests similar names for each unknown name."""
    with pytest.raises(ExecutionError) as failed:
        _explain(runner, "L03", "L014", "zzz")

    assert [str(each) for each in failed.value.wrapped_exceptions] == [
        "`lambda-explain` knows no check or error of this name.\n\n"
        "  L03  similar names: L003, L013, L023\n"
        "  zzz\n\n"
        "To fix, list all names with `pants lambda-explain`."
    ]
