"""Compares the fallback client to AWS's client. Cases with AWS's client need its wheels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any, Callable, Optional

import pytest

from aws_lambda_emulator.function import Function
from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.tests.function_builder import (
    VERSIONS,
    BuiltFunction,
    build_function,
    client_wheels,
    with_placeholders,
)

ID = "00000000-0000-4000-8000-000000000000"
OLD, NEW = (3, 11), (3, 13)
RUNTIMES = [pytest.param(each, id=f"python{each[0]}.{each[1]}") for each in VERSIONS]
CONTEXT = json.dumps(
    {
        "custom": {"key": "value"},
        "env": {"locale": "en"},
        "client": {"installation_id": "1", "app_title": "App", "unknown": "x"},
        "w3c": {"traceparent": "00-1-2-01", "tracestate": 1, "other": "x"},
    }
)

WARNING = "LAMBDA_WARNING"

# The payload, the error type, and the lines that the function itself logged.
Answer = tuple[str, Optional[str], list[str]]
# Starts a function of a client, an app and a version of Python, or returns the started one.
SharedFunction = Callable[[str, str, tuple[int, int]], Function]


@pytest.fixture(params=["fallback", "AWS's"])
def client(request: Any) -> str:
    return str(request.param)


def build(folder: Path, client: str, app: str, python: tuple[int, int]) -> BuiltFunction:
    wheels = client_wheels(python) if client == "AWS's" else []
    return build_function(folder, dedent(app), python=python, wheels=wheels)


def run(
    folder: Path,
    client: str,
    app: str,
    *,
    python: tuple[int, int] = NEW,
    context: str | None = None,
    event: bytes = b"{}",
) -> Answer:
    """The answer of a new function."""
    with build(folder, client, app, python).start(own_view=False) as started:
        return answer(started, event, context)


def answer(function: Function, event: bytes, context: str | None = None) -> Answer:
    outcome = function.invoke(Invocation(event, context, request_id=ID))
    lines = with_placeholders(outcome.logs).splitlines()
    own = [line for line in lines if not line.startswith(("INIT", "START", "END", "REPORT"))]
    # AWS's client adds a long warning if a function cannot be initialized.
    own = [line for line in own if line and WARNING not in line]
    return outcome.payload.decode(), outcome.error, own


@pytest.fixture(scope="module")
def shared_function(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SharedFunction]:
    """Functions that several tests invoke."""
    with ExitStack() as stack:

        @cache
        def start(client: str, app: str, python: tuple[int, int]) -> Function:
            built = build(tmp_path_factory.mktemp("shared"), client, app, python)
            return stack.enter_context(built.start(own_view=False))

        yield start


def test_attributes_of_a_context(tmp_path: Path, client: str) -> None:
    """Missing values are `None`, and the remaining time decreases."""
    app = """
        def handler(event, context):
            left = context.get_remaining_time_in_millis()
            names = [each for each in dir(context) if not each.startswith("_")]
            found = {each: getattr(context, each) for each in names}
            found = {key: value for key, value in found.items() if not callable(value)}
            found["identity"] = [
                context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id
            ]
            found["log_stream_name"] = found["log_stream_name"][10:20]
            return [names, found, 29000 < left <= 30000, context.w3c()]
    """
    payload, error, _ = run(tmp_path, client, app)

    found = {
        "aws_request_id": ID,
        "client_context": None,
        "function_name": "fn",
        "function_version": "$LATEST",
        "identity": [None, None],
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:fn",
        "log_group_name": "/aws/lambda/fn",
        "log_stream_name": "/[$LATEST]",
        "memory_limit_in_mb": "512",
        "tenant_id": None,
    }
    names = sorted([*found, "get_remaining_time_in_millis", "log", "w3c"])
    assert json.loads(payload) == [names, found, True, {}]
    assert error is None


def test_attributes_of_a_client_context(tmp_path: Path, client: str) -> None:
    """The values of mobile SDKs become objects.

    Missing values are `None`. The trace context is separate.
    """
    app = """
        def handler(event, context):
            given = context.client_context
            return [
                given.custom, given.env, given.client.installation_id, given.client.app_title,
                given.client.app_package_name, hasattr(given.client, "unknown"), context.w3c(),
                repr(context)[:40], repr(given),
            ]
    """
    payload, error, _ = run(tmp_path, client, app, context=CONTEXT)

    assert error is None
    assert json.loads(payload) == [
        {"key": "value"},
        {"locale": "en"},
        "1",
        "App",
        None,
        False,
        {"traceparent": "00-1-2-01"},
        f"LambdaContext([aws_request_id={ID}"[:40],
        "ClientContext([custom={'key': 'value'},env={'locale': 'en'},client=Client(["
        "installation_id=1,app_title=App,app_version_name=None,app_version_code=None,"
        "app_package_name=None])])",
    ]


def test_client_context_without_a_client(tmp_path: Path, client: str) -> None:
    """The client is `None`, not an empty object."""
    app = "def handler(event, context):\n    return repr(context.client_context)\n"
    payload, _, _ = run(tmp_path, client, app, context="{}")

    assert payload == '"ClientContext([custom=None,env=None,client=None])"'


def test_event_is_not_json(tmp_path: Path, client: str) -> None:
    """Lambda has an error type of its own for such an event."""
    app = "def handler(event, context):\n    pass\n"
    payload, error, _ = run(tmp_path, client, app, event=b"{")

    assert error == "Runtime.UnmarshalError"
    message = json.loads(payload)["errorMessage"]
    assert message.startswith("Unable to unmarshal input: Expecting property name")


# Expressions, and their JSON on python3.13.
RESULTS = [
    ("None", "null"),
    ("{'a': [1, 2.5, True], 'b': 'é\\u2028'}", '{"a": [1, 2.5, true], "b": "é\\u2028"}'),
    ("Decimal('1.10')", "1.10"),
    ("{'n': Decimal('12345678901234567890.123456789')}", '{"n": 12345678901234567890.123456789}'),
    ("[Decimal('NaN'), float('nan'), float('-inf')]", "[NaN, NaN, -Infinity]"),
    ("Decimal('Infinity')", "Infinity"),
    ("Point(1, [Point(2, 3)])", '{"x": 1, "y": [{"x": 2, "y": 3}]}'),
    ("(1, 2)", "[1, 2]"),
    ("{'text': b'bytes'}", '{"text": "bytes"}'),
    ("b'raw \\xff'.replace(b'\\xff', b'')", "raw "),
    ("{1: 'one', None: 2, False: 3}", '{"1": "one", "null": 2, "false": 3}'),
]


# Returns the value of the expression in the event.
EVALUATE = """
    from collections import namedtuple
    from decimal import Decimal
    Point = namedtuple("Point", "x y")
    itself = []
    itself.append(itself)
    def handler(event, context):
        return eval(event)
"""


@pytest.mark.parametrize("result", [each[0] for each in RESULTS])
def test_results_are_the_same_json(shared_function: SharedFunction, result: str) -> None:
    """The fallback client writes each result as AWS's client does."""
    event = json.dumps(result).encode()
    for python in (OLD, NEW):
        of_aws = answer(shared_function("AWS's", EVALUATE, python), event)
        found = answer(shared_function("fallback", EVALUATE, python), event)
        assert found == of_aws


@pytest.mark.parametrize(("result", "expected"), RESULTS, ids=[each[0] for each in RESULTS])
def test_json_of_results(shared_function: SharedFunction, result: str, expected: str) -> None:
    """From python3.12 on, JSON contains letters unescaped. Numbers keep their digits."""
    function = shared_function("fallback", EVALUATE, (3, 13))
    payload, error, _ = answer(function, json.dumps(result).encode())

    assert (payload.replace("\u2028", "\\u2028"), error) == (expected, None)


INVALID_RESULTS = ["object()", "{(1, 2): 3}", "{1, 2}", "b'\\xff'.join([]) or {'text': b'\\xff'}"]


@pytest.mark.parametrize("result", [*INVALID_RESULTS, "itself"])
def test_results_are_not_json(shared_function: SharedFunction, result: str) -> None:
    """The error is the same, including its message."""
    event = json.dumps(result).encode()
    of_aws = answer(shared_function("AWS's", EVALUATE, NEW), event)
    found = answer(shared_function("fallback", EVALUATE, NEW), event)

    assert of_aws[1] == "Runtime.MarshalError"
    assert found == of_aws


ERRORS = {
    "an exception": "raise ValueError('two\\nlines')",
    "no message": "raise KeyError",
    "an exception in a library": "import json; json.loads('{')",
    "with a cause": "\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        raise OSError(2, 'x') from e",
    "an assertion": "assert event == 1",
    "an unknown name": "return absent.name",
}
# Calls the function with the number in the event.
FAIL = (
    "".join(
        f"def fail_{number}(event):\n    {statement}\n"
        for number, statement in enumerate(ERRORS.values())
    )
    + "def handler(event, context):\n    return globals()[f'fail_{event}'](event)\n"
)


@pytest.mark.parametrize("python", VERSIONS[2:])
@pytest.mark.parametrize("cause", ERRORS)
def test_errors_of_a_handler(
    shared_function: SharedFunction, python: tuple[int, int], cause: str
) -> None:
    """Payload, stack trace and log are the same."""
    event = str([*ERRORS].index(cause)).encode()
    of_aws = answer(shared_function("AWS's", FAIL, python), event)
    found = answer(shared_function("fallback", FAIL, python), event)

    assert of_aws[1] is not None
    assert found == of_aws


INIT_ERRORS = {
    "an import": "import absent\n",
    "a syntax error": "def handler(event, context)\n    pass\n",
    "an exception": "def fail():\n    raise ValueError('no')\nfail()\n",
    "no handler": "other = 1\n",
}


@pytest.mark.parametrize("python", VERSIONS[2:])
@pytest.mark.parametrize("cause", INIT_ERRORS)
def test_errors_of_an_init_phase(tmp_path: Path, python: tuple[int, int], cause: str) -> None:
    """Payload and log are the same, except for the warning that AWS's client adds."""
    of_aws = run(tmp_path / "aws", "AWS's", INIT_ERRORS[cause], python=python)
    found = run(tmp_path / "fallback", "fallback", INIT_ERRORS[cause], python=python)

    assert of_aws[1] is not None
    assert found == of_aws


LOGGING = """
    import logging, sys
    logging.warning("during the import")
    logger = logging.getLogger("mine")
    logger.setLevel("INFO")
    def handler(event, context):
        logger.info("logged %s", "twice")
        try:
            raise ValueError("no")
        except ValueError:
            logger.exception("failed")
        logger.debug("not logged")
        context.log("from the context\\n")
        print("to stdout", end="")
        print("to stderr", file=sys.stderr)
        print("begun", end="")
        logging.warning("two\\nlines å")
        sys.stdout.writelines(["a", "b\\n"])
        return [len(logging.getLogger().handlers), logging.getLogger().level]
"""


@pytest.mark.parametrize("python", RUNTIMES)
def test_format_of_log_records(tmp_path: Path, client: str, python: tuple[int, int]) -> None:
    """Records have Lambda's format, begin and end a line, and keep their order with printed
    text.
    """
    payload, _, lines = run(tmp_path, client, LOGGING, python=python)

    assert json.loads(payload) == [1, 30]
    assert lines == [
        "[WARNING]\tDATE\t\tduring the import",
        "[INFO]\tDATE\tID\tlogged twice",
        "[ERROR]\tDATE\tID\tfailed",
        "Traceback (most recent call last):",
        '  File "/var/task/app.py", line 9, in handler',
        '    raise ValueError("no")',
        "ValueError: no",
        "from the context",
        "to stdoutto stderr",
        "begun",
        "[WARNING]\tDATE\tID\ttwo",
        "lines å",
        "ab",
    ]


@pytest.mark.parametrize("python", RUNTIMES)
def test_log_descriptor_is_private(tmp_path: Path, client: str, python: tuple[int, int]) -> None:
    """Neither the handler nor the processes that it starts see the descriptor of log records."""
    app = """
        import contextlib, io, logging, os, subprocess
        NAME = "_LAMBDA_TELEMETRY_LOG_FD"
        at_import = NAME in os.environ
        def handler(event, context):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                print("captured")
                logging.warning("logged")
            child = os.fork()
            if not child:
                logging.warning("from a child")
                os._exit(0)
            os.waitpid(child, 0)
            list_them = ["ls", "-l", "/proc/self/fd"]
            listed = subprocess.run(list_them, stdout=subprocess.PIPE, close_fds=False).stdout
            inherited = listed.decode().count(os.readlink("/proc/self/fd/1"))
            return [at_import, NAME in os.environ, printed.getvalue(), inherited]
    """
    payload, _, lines = run(tmp_path, client, app, python=python)

    # The child process inherits the pipe as its standard error only.
    assert json.loads(payload) == [False, False, "captured\n", 1]
    assert lines == ["[WARNING]\tDATE\tID\tlogged", "[WARNING]\tDATE\tID\tfrom a child"]


def test_trace_id_of_each_event(tmp_path: Path, client: str) -> None:
    """X-Ray's variable changes with each event."""
    app = """
        import os
        def handler(event, context):
            return os.environ["_X_AMZN_TRACE_ID"]
    """
    with build(tmp_path, client, app, NEW).start(own_view=False) as started:
        (first, _, _), (second, _, _) = answer(started, b"{}"), answer(started, b"{}")

    assert first != second
    assert json.loads(first).startswith("Root=1-")
    assert json.loads(first).endswith(";Sampled=0")
