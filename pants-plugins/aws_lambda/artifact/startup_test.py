from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import dedent

import pytest

from aws_lambda.artifact.startup import Started, failure


def started(
    error: str | None,
    message: str = "",
    trace: Sequence[str] = (),
    logs: str = "",
    unset_variable: str = "",
) -> Started:
    payload = {"errorType": error, "errorMessage": message, "stackTrace": list(trace)}
    return Started(error, json.dumps(payload) if error else "", dedent(logs), unset_variable)


def said(failed: Started, **check_env: str) -> str:
    return failure(failed, address="src/orders:api", check_env=check_env)


def test_a_function_that_starts() -> None:
    """There is nothing to say of it."""
    assert said(started(None)) == ""


VARIABLE = started(
    "KeyError",
    "'TABLE'",
    [
        '  File "/var/task/orders/api.py", line 3, in <module>\n    TABLE = os.environ["TABLE"]\n',
        '  File "<frozen os>", line 717, in __getitem__\n',
    ],
    unset_variable="TABLE",
)


def test_a_variable_that_is_not_set() -> None:
    """The whole message, with what to paste."""
    assert said(VARIABLE) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          KeyError: 'TABLE'
          Traceback (most recent call last):
            File "/var/task/orders/api.py", line 3, in <module>
              TABLE = os.environ["TABLE"]

        To fix, give the variable a value that will do for importing, on the target: `check_env={"TABLE": "…"}`."""
    )


def test_one_variable_more() -> None:
    """What the target says already stays in what to paste."""
    assert said(VARIABLE, STAGE="test").endswith('`check_env={"STAGE": "test", "TABLE": "…"}`.')


def test_a_key_that_is_no_variable() -> None:
    """A KeyError of the function's own says nothing of the environment, and keeps its frames."""
    own = started("KeyError", "'a'", ['  File "/var/task/m.py", line 1, in <module>\n'])

    assert said(own) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          KeyError: 'a'
          Traceback (most recent call last):
            File "/var/task/m.py", line 1, in <module>

        To fix, mend what the traceback shows. What needs AWS, or another service, belongs into the handler; where it cannot, set `skip_import_check=True` on the target."""
    )


def test_an_import_that_fails() -> None:
    """The traceback is Python's own, which Lambda does not report."""
    failed = started(
        "Runtime.ImportModuleError",
        "Unable to import module 'lambda_function': No module named 'requests'",
        logs="""\
            INIT_START Runtime Version: python:3.13 (emulated)
            Traceback (most recent call last):
              File "/var/task/lambda_function.py", line 1, in <module>
                from orders.api import handler as handler
            ModuleNotFoundError: No module named 'requests'
            [WARNING]	2026-11-01T12:00:00.000Z		LAMBDA_WARNING: Unhandled exception.

            [ERROR] Runtime.ImportModuleError: Unable to import module 'lambda_function'
            Traceback (most recent call last):
            INIT_REPORT Init Duration: 9.00 ms
            """,
    )

    assert said(failed) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          Runtime.ImportModuleError: Unable to import module 'lambda_function': No module named 'requests'
          Traceback (most recent call last):
            File "/var/task/lambda_function.py", line 1, in <module>
              from orders.api import handler as handler
          ModuleNotFoundError: No module named 'requests'

        To fix, mend what the traceback shows. What the artifact has, and from where, is listed by `./pants dependencies --transitive src/orders:api` and in its metadata."""
    )


def test_a_process_that_ends() -> None:
    """What it wrote last is all that is known."""
    failed = started(
        "Runtime.ExitError",
        "Error: Runtime exited with error: exit status 3",
        logs="""\
            INIT_START Runtime Version: python:3.13 (emulated)
            no licence
            Error: Runtime exited with error: exit status 3

            INIT_REPORT Init Duration: 9.00 ms
            """,
    )

    assert said(failed) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          Runtime.ExitError: Error: Runtime exited with error: exit status 3
          no licence

        To fix, mend what the traceback shows. What needs AWS, or another service, belongs into the handler; where it cannot, set `skip_import_check=True` on the target."""
    )


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("Runtime.HandlerNotFound", "name in `handler` a function that the module has."),
        (
            "Sandbox.Timedout",
            "do less while the module is imported: what can wait belongs into the handler.",
        ),
    ],
)
def test_other_faults_have_their_own_remedy(error: str, fix: str) -> None:
    """A remedy fits its fault."""
    assert said(started(error, "x")).endswith(f"To fix, {fix}")
