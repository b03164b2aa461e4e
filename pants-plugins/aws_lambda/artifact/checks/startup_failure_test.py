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


def said(failed: StartResult, **check_env: str) -> str:
    return describe_failure(failed, address="src/orders:api", check_env=check_env)


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
    unset_variables=("TABLE",),
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


def test_several_variables() -> None:
    """All of them are in what to paste, with the error of the first."""
    failed = started(
        "RuntimeError",
        "TABLE missing",
        [
            '  File "/var/runtime/failed_import.py", line 47, in explaining\n    return it\n',
            '  File "/var/task/m.py", line 4, in <module>\n    raise RuntimeError(name)\n',
        ],
        unset_variables=("TABLE", "QUEUE"),
    )

    assert said(failed, TABLES="2") == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          RuntimeError: TABLE missing
          Traceback (most recent call last):
            File "/var/task/m.py", line 4, in <module>
              raise RuntimeError(name)

        To fix, give the variables values that will do for importing, on the target: `check_env={"TABLES": "2", "TABLE": "…", "QUEUE": "…"}`."""
    )


def test_a_key_that_is_no_variable() -> None:
    """A KeyError of the function's own says nothing of the environment, and keeps its frames."""
    own = started("KeyError", "'a'", ['  File "/var/task/m.py", line 1, in <module>\n'])

    assert said(own) == dedent(
        """\
        The `lambda_function` target src/orders:api does not start in Lambda.

          KeyError: 'a'
          Traceback (most recent call last):
            File "/var/task/m.py", line 1, in <module>

        To fix, correct the code that the traceback shows, and run `./pants check src/orders:api` again."""
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

        To fix, correct the code that the traceback shows. To see which files the artifact has, and from where, run `./pants dependencies --transitive src/orders:api`, or read its metadata."""
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

        To fix, correct the code that the traceback shows, and run `./pants check src/orders:api` again."""
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
AT_ONCE = (
    "To fix, move the call to AWS, or to another service, into the handler. If it must run during "
    "the import, set `skip_import_check=True` on the target."
)


@pytest.mark.parametrize(("error", "kinds"), NETWORK.values(), ids=list(NETWORK))
def test_a_failure_for_want_of_a_network(error: str, kinds: Sequence[str]) -> None:
    """Only then may the import be skipped, since the code works in Lambda."""
    assert said(started(error, "no", kinds=kinds)).endswith(AT_ONCE)


def test_a_failure_that_c_code_reports() -> None:
    """A client written in C has exceptions of its own, and the C library's words."""
    message = "connection to server at 192.0.2.1 failed: Network is unreachable"
    failed = started("OperationalError", message, kinds=["psycopg.OperationalError"])

    assert said(failed).endswith(AT_ONCE)


@pytest.mark.parametrize(
    "kinds",
    [
        ["botocore.exceptions.ParamValidationError", "botocore.exceptions.BotoCoreError"],
        ["builtins.FileNotFoundError", "builtins.OSError"],
        ["app.errors.ConnectionError", "builtins.Exception"],
    ],
)
def test_a_failure_without_a_network(kinds: Sequence[str]) -> None:
    """What fails in Lambda as well is not to be skipped."""
    assert "skip_import_check" not in said(started("Error", "no", kinds=kinds))


def test_a_handler_that_is_a_coroutine_function() -> None:
    """The whole message, with the error that every event gets."""
    message = "Unable to marshal response: Object of type coroutine is not JSON serializable"
    failed = started("Runtime.MarshalError", message, handler="/var/task/orders/api.py:3")

    assert said(failed) == dedent(
        """\
        The `lambda_function` target src/orders:api starts in Lambda, and fails for every event.

          Runtime.MarshalError: Unable to marshal response: Object of type coroutine is not JSON serializable
          the handler is at /var/task/orders/api.py:3

        To fix, name in `handler` a function without `async`, such as `def handler(event, context): return asyncio.run(main(event, context))`."""
    )


def test_a_handler_that_is_a_generator_function() -> None:
    """The fix fits what it returns."""
    message = "Unable to marshal response: Object of type generator is not JSON serializable"
    failed = started("Runtime.MarshalError", message, handler="/var/task/orders/api.py:3")

    assert said(failed).endswith(
        "\n\nTo fix, return the answer from the handler instead of yielding it."
    )


def test_a_handler_that_cannot_be_called() -> None:
    """The whole message; where a value is made, nobody knows."""
    failed = started("TypeError", "'dict' object is not callable", handler="")

    assert said(failed) == dedent("""\
        The `lambda_function` target src/orders:api starts in Lambda, and fails for every event.

          TypeError: 'dict' object is not callable

        To fix, name in `handler` a function that takes an event and a context.""")
