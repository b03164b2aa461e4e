"""Tests of the error message for a function that does not start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.artifact.checks.startup_failure import StartResult, describe_failure


def started(
    error: str | None,
    message: str = "",
    trace: Sequence[str] = (),
    logs: str = "",
    **more: Any,
) -> StartResult:
    payload = {"errorType": error, "errorMessage": message, "stackTrace": list(trace)}
    return StartResult(error, json.dumps(payload) if error else "", dedent(logs), **more)


def message_of(failed: StartResult, **check_env: str) -> str:
    return describe_failure(failed, address="src/orders:api", check_env=check_env)


def test_function_that_starts() -> None:
    """It has no message."""
    assert message_of(started(None)) == ""


VARIABLE = started(
    "KeyError",
    "'TABLE'",
    [
        '  File "/var/task/orders/api.py", line 3, in <module>\n    TABLE = os.environ["TABLE"]\n',
        '  File "<frozen os>", line 717, in __getitem__\n',
    ],
    unset_variables=("TABLE",),
)


def test_unset_variable() -> None:
    """The fix is the field to paste."""
    assert message_of(VARIABLE) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          KeyError: 'TABLE'
          Traceback (most recent call last):
            File "/var/task/orders/api.py", line 3, in <module>
              TABLE = os.environ["TABLE"]

        To fix, set `check_env={"TABLE": "…"}` on the target, with a value that suffices for the import."""
    )


def test_unset_variable_with_check_env() -> None:
    """The fix keeps the variables that the target sets already."""
    assert 'set `check_env={"STAGE": "test", "TABLE": "…"}` on' in message_of(
        VARIABLE, STAGE="test"
    )


def test_several_unset_variables() -> None:
    """The fix has all of them, and the facts show the error of the first."""
    failed = started(
        "RuntimeError",
        "TABLE missing",
        [
            '  File "/var/runtime/import_diagnosis.py", line 60, in import_and_report\n    module = import_module(name, package)\n',
            '  File "/var/task/m.py", line 4, in <module>\n    raise RuntimeError(name)\n',
        ],
        unset_variables=("TABLE", "QUEUE"),
    )

    assert message_of(failed, TABLES="2") == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          RuntimeError: TABLE missing
          Traceback (most recent call last):
            File "/var/task/m.py", line 4, in <module>
              raise RuntimeError(name)

        To fix, set `check_env={"TABLES": "2", "TABLE": "…", "QUEUE": "…"}` on the target, with values that suffice for the import."""
    )


def test_key_error_without_variable() -> None:
    """A KeyError of another dictionary keeps all its frames."""
    own = started("KeyError", "'a'", ['  File "/var/task/m.py", line 1, in <module>\n'])

    assert message_of(own) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          KeyError: 'a'
          Traceback (most recent call last):
            File "/var/task/m.py", line 1, in <module>

        To fix, correct the code that the traceback shows, and run `pants check src/orders:api` again."""
    )


def test_failing_import() -> None:
    """The message shows Python's own traceback, which Lambda does not report."""
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

    assert message_of(failed) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          Runtime.ImportModuleError: Unable to import module 'lambda_function': No module named 'requests'
          Traceback (most recent call last):
            File "/var/task/lambda_function.py", line 1, in <module>
              from orders.api import handler as handler
          ModuleNotFoundError: No module named 'requests'

        To fix, correct the code that the traceback shows. To see the artifact's files and their origins, run `pants dependencies --transitive src/orders:api`, or read its metadata."""
    )


def test_process_that_exits() -> None:
    """Without a traceback, the message shows the last lines of output."""
    failed = started(
        "Runtime.ExitError",
        "Error: Runtime exited with error: exit status 3",
        logs="""\
            INIT_START Runtime Version: python:3.13 (emulated)
            no license
            Error: Runtime exited with error: exit status 3

            INIT_REPORT Init Duration: 9.00 ms
            """,
    )

    assert message_of(failed) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          Runtime.ExitError: Error: Runtime exited with error: exit status 3
          no license

        To fix, correct the code that the traceback shows, and run `pants check src/orders:api` again."""
    )


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("Runtime.HandlerNotFound", "set `handler` to a function that the module defines."),
        ("Sandbox.Timedout", "do less during the import, and move the rest into the handler."),
    ],
)
def test_fixes_of_other_errors(error: str, fix: str) -> None:
    """Each type of error has its own fix."""
    assert message_of(started(error, "x")).endswith(f"To fix, {fix}")


NETWORK = {
    "a client of AWS": ("ClientError", ["botocore.exceptions.ClientError", "builtins.Exception"]),
    "no account": (
        "NoCredentialsError",
        ["botocore.exceptions.NoCredentialsError", "botocore.exceptions.BotoCoreError"],
    ),
    "no endpoint": (
        "EndpointConnectionError",
        [
            "botocore.exceptions.EndpointConnectionError",
            "botocore.exceptions.ConnectionError",
        ],
    ),
    "a socket": ("ConnectionRefusedError", ["builtins.ConnectionError", "builtins.OSError"]),
    "a name, as a cause": ("RuntimeError", ["builtins.RuntimeError", "socket.gaierror"]),
}
MOVE_CALL = (
    "To fix, move the call to AWS, or to another service, into the handler. If it must run during "
    "the import, set `skip_import_check=True` on the target."
)


@pytest.mark.parametrize(("error", "kinds"), NETWORK.values(), ids=list(NETWORK))
def test_failure_without_network(error: str, kinds: Sequence[str]) -> None:
    """Only then does the fix mention `skip_import_check`, since the code works in Lambda."""
    assert message_of(started(error, "no", kinds=kinds)).endswith(MOVE_CALL)


def test_network_failure_in_c_code() -> None:
    """A client written in C has its own exceptions, with messages of the C library."""
    message = "connection to server at 192.0.2.1 failed: Network is unreachable"
    failed = started("OperationalError", message, kinds=["psycopg.OperationalError"])

    assert message_of(failed).endswith(MOVE_CALL)


@pytest.mark.parametrize(
    "kinds",
    [
        ["botocore.exceptions.ParamValidationError", "botocore.exceptions.BotoCoreError"],
        ["builtins.FileNotFoundError", "builtins.OSError"],
        ["app.errors.ConnectionError", "builtins.Exception"],
    ],
)
def test_failure_that_is_not_of_the_network(kinds: Sequence[str]) -> None:
    """Code that fails in Lambda as well must not be skipped."""
    assert "skip_import_check" not in message_of(started("Error", "no", kinds=kinds))


def test_coroutine_function_as_handler() -> None:
    """The message shows the error for every event."""
    message = "Unable to marshal response: Object of type coroutine is not JSON serializable"
    failed = started("Runtime.MarshalError", message, handler="/var/task/orders/api.py:3")

    assert message_of(failed) == dedent(
        """\
        The `lambda_function` target src/orders:api starts in Lambda but fails for every event.

          Runtime.MarshalError: Unable to marshal response: Object of type coroutine is not JSON serializable
          the handler is at /var/task/orders/api.py:3

        To fix, set `handler` to a function without `async`, such as `def handler(event, context): return asyncio.run(main(event, context))`."""
    )


def test_generator_function_as_handler() -> None:
    """The fix depends on the type that the handler returns."""
    message = "Unable to marshal response: Object of type generator is not JSON serializable"
    failed = started("Runtime.MarshalError", message, handler="/var/task/orders/api.py:3")

    assert message_of(failed).endswith(
        "\n\nTo fix, return the response from the handler instead of yielding it."
    )


def test_handler_that_is_not_callable() -> None:
    """The message has no place, since it is unknown where the value was defined."""
    failed = started("TypeError", "'dict' object is not callable", handler="")

    assert message_of(failed) == dedent("""\
        The `lambda_function` target src/orders:api starts in Lambda but fails for every event.

          TypeError: 'dict' object is not callable

        To fix, set `handler` to a function that takes an event and a context.""")
