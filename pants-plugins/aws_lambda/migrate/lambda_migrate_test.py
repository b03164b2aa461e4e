"""The goal `lambda-migrate`: the files that it reads, and those that it refuses."""

from __future__ import annotations

import pytest
from pants.engine.internals.scheduler import ExecutionError

from aws_lambda.migrate.lambda_migrate import LambdaMigrate
from aws_lambda.testing.repository import TrialRepository


def _migrate(repository: TrialRepository, *arguments: str) -> str:
    return repository.runner.run_goal_rule(LambdaMigrate, args=arguments).stdout


def test_other_build_files_are_left_alone(repository: TrialRepository) -> None:
    """Without arguments, all BUILD files are read."""
    repository.write({"src/BUILD": "python_sources()\n"})

    assert _migrate(repository) == "There is nothing to change.\n"


def test_changes_are_printed_and_not_written(repository: TrialRepository) -> None:
    """A folder means the BUILD files in it."""
    repository.write({"src/a/BUILD": "python_awslambda()\n", "src/b/BUILD": "python_awslambda()\n"})

    assert _migrate(repository, "src/a") == (
        "--- a/src/a/BUILD\n+++ b/src/a/BUILD\n@@ -1 +1 @@\n"
        "-python_awslambda()\n+lambda_function()\n\n"
        "1 file would change. To write the changes, run the command again with `--write`.\n"
    )
    assert (repository.root / "src/a/BUILD").read_text() == "python_awslambda()\n"


def test_files_of_unknown_format_are_refused(repository: TrialRepository) -> None:
    """The message lists them."""
    repository.write({"src/README.md": "# Title\n"})

    with pytest.raises(ExecutionError) as failed:
        _migrate(repository, "src/README.md")

    assert [str(each) for each in failed.value.wrapped_exceptions] == [
        "`lambda-migrate` cannot translate these files, which are neither BUILD files nor "
        "deployment templates.\n\n"
        "  src/README.md\n\n"
        "To fix, name BUILD files, or none for all: `pants lambda-migrate`."
    ]


def test_missing_files_are_refused(repository: TrialRepository) -> None:
    """Pants reports the names that match no file."""
    with pytest.raises(ExecutionError, match="Unmatched glob from the command line"):
        _migrate(repository, "missing.yaml")


@pytest.mark.parametrize(
    "names", [(), ("src:a",), ("src:a", "src:b", "src:c"), ("src:a", "src:b", "src::")]
)
def test_comparison_takes_two_addresses(
    repository: TrialRepository, names: tuple[str, ...]
) -> None:
    """Other arguments are refused."""
    with pytest.raises(ExecutionError, match="`--compare` takes two addresses, and got"):
        _migrate(repository, "--compare", *names)
