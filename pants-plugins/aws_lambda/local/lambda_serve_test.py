"""The goal `lambda-serve`: its errors and the command that it starts."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent
from typing import cast

import pytest
from pants.engine.internals.scheduler import ExecutionError

from aws_lambda.local.lambda_serve import LambdaServe
from aws_lambda.testing.app_files import HANDLER_FIELD, function_files
from aws_lambda.testing.repository import TrialRepository


def refusal(repository: TrialRepository, *arguments: str, daemon: bool) -> str:
    with pytest.raises(ExecutionError) as failed:
        repository.runner.run_goal_rule(
            LambdaServe,
            global_args=["--pantsd" if daemon else "--no-pantsd"],
            args=arguments,
            env_inherit={"PATH", "HOME"},
        )
    (fault,) = cast(Sequence[Exception], failed.value.wrapped_exceptions)
    return f"{type(fault).__name__}: {fault}"


def test_refusal_in_the_daemon(repository: TrialRepository) -> None:
    """The message contains the command to type, with the same functions and options."""
    repository.write(function_files(HANDLER_FIELD))

    assert refusal(repository, "--port=8000", "src/app:fn", daemon=True) == dedent(
        """\
        ServedByDaemon: `lambda-serve` cannot run inside Pants' daemon.

        Until it ends, every other Pants command in this repository would wait.

        To fix, run it beside the daemon: `pants --no-pantsd lambda-serve --port=8000 src/app:fn`."""
    )


def test_options_after_the_targets(repository: TrialRepository) -> None:
    """As with `run`, the emulator gets them after its own options."""
    repository.write(function_files(HANDLER_FIELD))

    assert refusal(repository, "src/app:fn", "--", "--port=8000", daemon=True).endswith(
        "`pants --no-pantsd lambda-serve --port=8000 src/app:fn`."
    )


def test_no_function_to_serve(repository: TrialRepository) -> None:
    """A folder without functions is an error."""
    repository.write(function_files(HANDLER_FIELD))

    assert refusal(repository, "src/app:app", daemon=False) == dedent("""\
        NothingToServe: `lambda-serve` was given no function.

        To fix, name `lambda_function` targets, such as `pants --no-pantsd lambda-serve ::`.""")
