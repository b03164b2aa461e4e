from __future__ import annotations

import pytest
from pants.engine.addresses import Address
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from aws_lambda.migrate.unknown_targets import explain_old_name, rules


@pytest.fixture(scope="module")
def runner() -> RuleRunner:
    return RuleRunner(rules=rules())


def test_an_old_name_is_explained(runner: RuleRunner) -> None:
    """The error names the new target and the command."""
    runner.write_files({"src/BUILD": "\npython_awslambda(name='fn')\n"})

    with pytest.raises(ExecutionError) as failed:
        runner.get_target(Address("src", target_name="fn"))

    assert [str(each) for each in failed.value.wrapped_exceptions] == [
        "Failed to parse ./src/BUILD:\n"
        "TargetOfAnotherBackend: `python_awslambda` is a target of Pants' own AWS Lambda backend, "
        "which is not active.\n\n"
        "  src/BUILD\n\n"
        "The target of this backend is `lambda_function`.\n\n"
        "To fix, translate the BUILD files. `pants lambda-migrate` prints the changes, and "
        "`pants lambda-migrate --write` writes them. To use both backends, add "
        '"pants.backend.awslambda.python" to `[GLOBAL].backend_packages`.'
    ]


def test_old_names_among_defaults_are_explained(runner: RuleRunner) -> None:
    """Pants has another error for names that are strings."""
    runner.write_files({"src/BUILD": "__defaults__({'python_aws_lambda_layer': dict(tags=[])})\n"})

    with pytest.raises(ExecutionError, match="The target of this backend is `lambda_layer`"):
        runner.get_target(Address("src", target_name="fn"))


def test_errors_of_each_version_are_recognized() -> None:
    """Pants 2.19 and later print the line before the name."""
    new = "src/BUILD:3: Name 'python_aws_lambda_function' is not defined.\n\nIf you expect…"

    assert explain_old_name(new, "src/BUILD") is not None
    assert explain_old_name("Name 'python_awslambdas' is not defined.", "BUILD") is None
    assert explain_old_name("Name 'pex_binry' is not defined. All: python_awslambda", "B") is None
