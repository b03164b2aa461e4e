"""Answers AWS's Invoke API, mounts new builds, and ends without leaving processes or folders."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

import pytest

from aws_lambda_emulator import served_function as served_module
from aws_lambda_emulator.archives import MountingCancelled
from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.packaged_function import NoMatchingInterpreter
from aws_lambda_emulator.server import announcement, open_server
from aws_lambda_emulator.tests.host_probe import is_alive
from aws_lambda_emulator.tests.invoke_service import (
    RebuildableFunction,
    Service,
    make_metadata,
    make_zip,
    serve_functions,
)

ECHO = """
import os
seen = []
def handler(event, context):
    seen.append(event)
    custom = context.client_context and context.client_context.custom
    arn = context.invoked_function_arn
    stream = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
    return {"event": event, "stream": stream, "custom": custom, "arn": arn, "seen": seen}
"""
# Waits until the listener at the event's port closes the connection.
WAITS = """
import os, socket
def handler(event, context):
    print("waits", os.environ["AWS_LAMBDA_LOG_STREAM_NAME"], flush=True)
    with socket.create_connection(("127.0.0.1", event["port"])) as gate:
        gate.recv(1)
    return event
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:orders"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A function with the name `orders` that returns its event and context."""
    function = RebuildableFunction(
        tmp_path_factory.mktemp("echo") / "fn.zip", "src/orders:api", "orders"
    )
    function.build(ECHO)
    with serve_functions(function) as service:
        yield service


def build_named(folder: Path, name: str, code: str = ECHO) -> RebuildableFunction:
    function = RebuildableFunction(folder / f"{name}.zip", f"src/{name}:fn", name)
    function.build(code)
    return function


def code_returning(answer: object) -> str:
    return (
        "import os\ndef handler(event, context):\n"
        f"    return [{answer!r}, os.environ['AWS_LAMBDA_LOG_STREAM_NAME']]\n"
    )


# Invocations.


def test_response_to_an_invocation(echo: Service) -> None:
    """The response contains the payload, and headers with the version and the request ID."""
    reply = echo.invoke("orders", b'{"number": 1}')

    assert reply.status == 200
    assert reply.json["event"] == {"number": 1}
    assert reply.headers["X-Amz-Executed-Version"] == "$LATEST"
    assert reply.headers["X-Amz-Function-Error"] is None
    assert reply.headers["X-Amz-Log-Result"] is None
    assert re.fullmatch("[0-9a-f-]{36}", reply.headers["x-amzn-RequestId"])


def test_missing_payload_is_an_empty_event(echo: Service) -> None:
    """As in AWS, the function gets an empty object."""
    assert echo.invoke("orders", None).json["event"] == {}


@pytest.mark.parametrize(
    ("name", "query", "invoked"),
    [
        ("orders", "", ARN),
        ("src/orders:api", "", ARN),
        (ARN, "", ARN),
        ("123456789012:function:orders", "", ARN),
        ("function:orders", "", ARN),
        ("orders:prod", "", f"{ARN}:prod"),
        ("orders", "?Qualifier=prod", f"{ARN}:prod"),
        ("orders:prod", "?Qualifier=prod", f"{ARN}:prod"),
        (f"{ARN}:$LATEST", "", f"{ARN}:$LATEST"),
        ("src/orders:api:7", "", f"{ARN}:7"),
    ],
)
def test_names_of_a_function(echo: Service, name: str, query: str, invoked: str) -> None:
    """A name, an address or a part of an ARN works, and the invoked ARN contains the qualifier."""
    assert echo.invoke(name, query=query).json["arn"] == invoked


def test_unknown_function_is_reported(echo: Service) -> None:
    """SDKs raise a ResourceNotFoundException for this response."""
    reply = echo.invoke("invoices:prod")

    assert reply.status == 404
    assert reply.headers["X-Amzn-ErrorType"] == "ResourceNotFoundException"
    assert reply.json == {
        "Type": "User",
        "Message": "Function not found: "
        "arn:aws:lambda:us-east-1:123456789012:function:invoices:prod",
    }


@pytest.mark.parametrize(
    ("event", "query", "headers", "kind", "says"),
    [
        (b"{", "", {}, "InvalidRequestContentException", "Could not parse request body into json"),
        (b"[NaN]", "", {}, "InvalidRequestContentException", "NaN is not JSON"),
        (b'"\xff"', "", {}, "InvalidRequestContentException", "can't decode"),
        (b"[" * 200_000, "", {}, "InvalidRequestContentException", "recursion"),
        (b"1", "", {"X_Amz_Client_Context": "%"}, "InvalidRequestContentException", "Base64"),
        (b"1", "", {"X_Amz_Client_Context": "MQ=="}, "InvalidRequestContentException", "object"),
        (b"1", "", {"X_Amz_Invocation_Type": "Soon"}, "ValidationException", "'Soon'"),
        (b"1", "?Qualifier=two", {}, "InvalidParameterValueException", "does not match"),
        (b"1", "", {"Transfer_Encoding": "gzip"}, "InvalidRequestContentException", "length"),
    ],
)
def test_invalid_requests_are_refused(
    echo: Service, event: bytes, query: str, headers: dict[str, str], kind: str, says: str
) -> None:
    """The status is 400 with the name of AWS's exception, and the function is not invoked."""
    reply = echo.invoke("orders:one", event, query=query, **headers)

    assert (reply.status, reply.headers["X-Amzn-ErrorType"]) == (400, kind)
    assert says in reply.json["Message"]
    assert reply.json["Type"] == "User"


@pytest.mark.parametrize(
    ("kind", "most", "says"),
    [
        ("RequestResponse", 6_291_456, "Request must be smaller than 6291456 bytes"),
        ("Event", 1_048_576, "1048577 byte payload is too large for the Event invocation type"),
    ],
)
def test_event_exceeds_the_limit(echo: Service, kind: str, most: int, says: str) -> None:
    """The limit itself is accepted.

    A larger event gets 413, and the connection can be used again.
    """
    caller = echo.caller()
    text = b'"' + b"x" * (most - 2) + b'"'

    passed = caller.invoke("orders", text, X_Amz_Invocation_Type="DryRun")
    refused = caller.invoke("orders", text + b" ", X_Amz_Invocation_Type=kind)
    after = caller.invoke("orders", b"1")

    assert passed.status == 204
    assert refused.status == 413
    assert refused.headers["X-Amzn-ErrorType"] == "RequestEntityTooLargeException"
    assert says in refused.json["Message"]
    assert after.json["event"] == 1


def test_body_in_chunks_is_accepted(echo: Service) -> None:
    """A body without a Content-Length is accepted, and the connection can be used again."""
    caller = echo.caller()

    replies = [caller.invoke("orders", iter([b'{"num', b'ber": ', b"1}"])) for _ in range(2)]

    assert [each.json["event"] for each in replies] == [{"number": 1}] * 2


def test_client_context_reaches_the_function(echo: Service) -> None:
    """Its strings may contain any letters, and its JSON may contain line breaks."""
    given = json.dumps({"custom": {"name": "Zoë €"}}, ensure_ascii=False, indent=1).encode()

    reply = echo.invoke("orders", X_Amz_Client_Context=base64.b64encode(given).decode())

    assert reply.json["custom"] == {"name": "Zoë €"}


def test_web_pages_are_refused(echo: Service) -> None:
    """A browser sends the origin of a page, so no page that the user visits can invoke a
    function.
    """
    assert echo.invoke("orders", Origin="https://example.com").status == 403


def test_error_of_the_function(tmp_path: Path) -> None:
    """The status is 200, a header marks the error, and the body is Lambda's payload of an error."""
    code = "def handler(event, context): raise ValueError('no such order')"
    with serve_functions(build_named(tmp_path, "orders", code)) as service:
        reply = service.invoke("orders")

    assert (reply.status, reply.headers["X-Amz-Function-Error"]) == (200, "Unhandled")
    assert reply.json["errorType"] == "ValueError"
    assert reply.json["errorMessage"] == "no such order"


def test_log_tail_with_records(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The tail contains exactly the bytes of the invocation in standard error."""
    code = (
        "import logging\ndef handler(event, context):\n"
        "    print('before')\n    logging.exception('failed')\n    print('after')\n"
    )
    with serve_functions(build_named(tmp_path, "orders", code)) as service:
        reply = service.invoke("orders", X_Amz_Log_Type="Tail")

    log = capfd.readouterr().err
    assert base64.b64decode(reply.headers["X-Amz-Log-Result"]).decode() == log
    lines = [line.split("\t")[-1] for line in log.splitlines()[2:-2]]
    assert lines == ["before", "failed", "NoneType: None", "after"]


def test_log_tail_is_limited(tmp_path: Path) -> None:
    """The tail contains the last 4 KB of the invocation's log, with Lambda's own lines."""
    code = "def handler(event, context):\n for i in range(event): print('line', i)"
    with serve_functions(build_named(tmp_path, "orders", code)) as service:
        whole, tail = (
            base64.b64decode(
                service.invoke("orders", event, X_Amz_Log_Type="Tail").headers["X-Amz-Log-Result"]
            )
            for event in (b"2", b"2000")
        )

    assert b"line 0\nline 1\nEND RequestId" in whole
    assert len(tail) == 4096
    assert b"line 1999\nEND RequestId" in tail
    assert tail.endswith(b" MB\n")


def test_dry_run_starts_no_function(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No function is started, and an unknown function is reported."""
    with serve_functions(build_named(tmp_path, "orders")) as service:
        known = service.invoke("orders", X_Amz_Invocation_Type="DryRun")
        unknown = service.invoke("invoices", X_Amz_Invocation_Type="DryRun")

    assert (known.status, known.body) == (204, b"")
    assert unknown.status == 404
    assert "INIT_START" not in capfd.readouterr().err


def test_response_to_an_asynchronous_event(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The response is immediate even if the function is busy.

    An error is logged, and not retried.
    """
    with serve_functions(build_named(tmp_path, "orders", WAITS)) as service, open_gate() as held:
        first = service.invoke("orders", held.event, X_Amz_Invocation_Type="Event")
        second = service.invoke("orders", b"{}", X_Amz_Invocation_Type="Event")
        held.let_pass()
        after = service.invoke("orders", b"{}")

    log = capfd.readouterr().err
    assert [(each.status, each.body) for each in (first, second)] == [(202, b"")] * 2
    assert after.json["errorType"] == "KeyError"
    assert log.count("START RequestId: " + second.headers["x-amzn-RequestId"]) == 1
    assert (
        f"Event {second.headers['x-amzn-RequestId']} failed with KeyError and is lost. "
        "Lambda would retry it twice, but the emulator does not.\n" in log
    )


def test_unset_variable_is_explained(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each event that fails is followed by the line with the option."""
    code = "import os\ndef handler(event, context):\n    return os.environ['TABLE']\n"
    orders = build_named(tmp_path, "orders", code)
    with serve_functions(orders) as service:
        replies = [service.invoke("orders"), service.invoke("orders")]

    assert [each.json["errorType"] for each in replies] == ["KeyError", "KeyError"]
    hint = (
        f"{orders.address} looked up the variable TABLE, which is not set. "
        "To fix, add `--env TABLE=…`."
    )
    lines = capfd.readouterr().err.splitlines()
    assert [lines[i - 1][:6] for i, line in enumerate(lines) if line == hint] == ["REPORT"] * 2


class Gate:
    """Makes a function wait through a socket, because it does not see the test's files."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.event = json.dumps({"port": listening.getsockname()[1]}).encode()

    def let_pass(self) -> None:
        self._listening.accept()[0].close()


@contextmanager
def open_gate() -> Iterator[Gate]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        yield Gate(listening)


# Parallel events.


def test_events_keep_their_order(tmp_path: Path) -> None:
    """One process handles all events, one after another."""
    with serve_functions(build_named(tmp_path, "orders")) as service:
        caller = service.caller()
        for number in range(50):
            caller.invoke("orders", str(number).encode(), X_Amz_Invocation_Type="Event")
        reply = caller.invoke("orders", b"50")

    assert reply.json["seen"] == list(range(51))


def test_parallel_callers_get_their_responses(tmp_path: Path) -> None:
    """Fifty connections get their own responses from one process."""
    with (
        serve_functions(build_named(tmp_path, "orders")) as service,
        ThreadPoolExecutor(50) as callers,
    ):
        events = [str(number).encode() for number in range(50)]
        replies = list(callers.map(lambda event: service.invoke("orders", event).json, events))

    assert [reply["event"] for reply in replies] == list(range(50))
    assert len({reply["stream"] for reply in replies}) == 1
    assert max(len(reply["seen"]) for reply in replies) == 50


def test_busy_function_blocks_no_other(tmp_path: Path) -> None:
    """Each function has its own process and its own queue."""
    slow, quick = build_named(tmp_path, "slow", WAITS), build_named(tmp_path, "quick")
    with (
        serve_functions(slow, quick) as service,
        ThreadPoolExecutor() as callers,
        open_gate() as held,
    ):
        waiting = callers.submit(service.invoke, "slow", held.event)
        reply = service.invoke("quick", b"1")
        was_waiting = not waiting.done()
        held.let_pass()

        assert waiting.result().status == 200
    assert was_waiting
    assert reply.json["event"] == 1


def test_log_lines_of_several_functions(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each line starts with the name of its function."""
    code = "def handler(event, context): print('one\\ntwo')"
    with serve_functions(
        build_named(tmp_path, "orders", code), build_named(tmp_path, "fx", code)
    ) as service:
        service.invoke("orders")
        service.invoke("fx")

    lines = capfd.readouterr().err.splitlines()
    assert "orders | two" in lines
    assert "fx     | two" in lines
    assert all(re.match(r"(orders|fx    ) \| ", line) for line in lines)


def test_log_lines_of_one_function(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The lines have no prefix."""
    with serve_functions(build_named(tmp_path, "orders")) as service:
        service.invoke("orders")

    assert capfd.readouterr().err.startswith("INIT_START")


# Builds.


def test_new_build_is_mounted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The next event gets the new code, and the log contains one line about it."""
    function = build_named(tmp_path, "orders", code_returning("old"))
    with serve_functions(function) as service:
        before = service.invoke("orders").json
        function.build(code_returning("new"))
        after = service.invoke("orders").json

    assert (before[0], after[0]) == ("old", "new")
    assert capfd.readouterr().err.count("Mounted again: ") == 1


def test_unchanged_build_keeps_the_process(tmp_path: Path) -> None:
    """Rewritten files with the same bytes do not cause a cold start."""
    function = build_named(tmp_path, "orders")
    with serve_functions(function) as service:
        before = service.invoke("orders").json
        function.build(ECHO)
        after = service.invoke("orders").json

    assert before["stream"] == after["stream"]


def test_build_for_another_python(tmp_path: Path) -> None:
    """Events fail at once, the old interpreter is not used, and the process stays warm."""
    function = build_named(tmp_path, "orders", code_returning("old"))
    document = json.loads(Path(f"{function.path}.metadata.json").read_text())
    with serve_functions(function) as service:
        before = service.invoke("orders").json
        function.write_metadata({**document, "runtime": "python3.99"})
        began = time.monotonic()
        refused = service.invoke("orders")
        took = time.monotonic() - began
        function.write_metadata(document)
        after = service.invoke("orders").json

    assert (refused.status, refused.headers["X-Amzn-ErrorType"]) == (500, "ServiceException")
    assert refused.json["Message"].startswith("src/orders:fn is built for Python 3.99 now, but was")
    assert took < served_module.MAX_BUILD_SECONDS
    assert after == before


def test_interpreter_is_missing(tmp_path: Path) -> None:
    """Each event fails at once, so that other functions can be served."""
    function = build_named(tmp_path, "orders")
    packaged = replace(function.packaged, interpreter=None)
    with open_server([(packaged, Configuration("orders", ""))], port=0, cache=None) as api:
        (served,) = api.functions
        with pytest.raises(NoMatchingInterpreter) as refused:
            served.submit(Invocation(b"{}")).result(served_module.MAX_BUILD_SECONDS)

    assert "but this machine has none." in str(refused.value)


def test_new_build_of_a_layer_is_mounted(tmp_path: Path) -> None:
    """The function's own zip did not change."""
    function = RebuildableFunction(tmp_path / "fn.zip", "src/orders:api", "orders")
    code = "import shared\ndef handler(event, context): return shared.VALUE"
    layers = [{"layer.zip": make_zip({"python/shared.py": f"VALUE = {value}"})} for value in (1, 2)]
    function.build(code, layers=layers[0])
    with serve_functions(function) as service:
        before = service.invoke("orders").json
        function.build(code, layers=layers[1])
        after = service.invoke("orders").json

    assert (before, after) == (1, 2)


def test_new_build_of_a_folder_is_mounted(tmp_path: Path) -> None:
    """With `layout="flat"` there is no digest, so new metadata marks a build."""
    function = RebuildableFunction(tmp_path / "fn", "src/orders:api", "orders")
    function.build_folder(code_returning("old"))
    with serve_functions(function) as service:
        before = service.invoke("orders").json
        function.build_folder(code_returning("new"))
        after = service.invoke("orders").json

    assert (before[0], after[0]) == ("old", "new")


def test_event_waits_for_a_build(tmp_path: Path) -> None:
    """A build writes zip and metadata one after the other, and nothing is mounted between them."""
    function = build_named(tmp_path, "orders", code_returning("old"))
    new = make_zip({"app.py": code_returning("new")})
    with serve_functions(function) as service:
        service.invoke("orders")
        function.write_zip(new[: len(new) // 2])
        with ThreadPoolExecutor() as callers:
            reply = callers.submit(service.invoke, "orders")
            time.sleep(0.3)
            function.write_zip(new)
            time.sleep(0.3)
            was_waiting = not reply.done()
            function.write_metadata(make_metadata(function.address, new))

    assert was_waiting
    assert reply.result().json[0] == "new"


def test_build_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The error is immediate for later events, and the old process stays warm for a repaired
    build.
    """
    monkeypatch.setattr(served_module, "MAX_BUILD_SECONDS", 1.0)
    function = build_named(tmp_path, "orders", code_returning("old"))
    whole = function.path.read_bytes()
    with serve_functions(function) as service:
        before = service.invoke("orders").json
        function.write_zip(whole[:-1])
        first, after_first = service.invoke("orders"), time.monotonic()
        second, after_second = service.invoke("orders"), time.monotonic()
        function.write_zip(whole)
        after = service.invoke("orders").json

    assert (first.status, second.status) == (500, 500)
    assert first.headers["X-Amzn-ErrorType"] == "ServiceException"
    assert first.json["Type"] == "Service"
    assert "does not match its metadata" in first.json["Message"]
    # The second event did not wait.
    assert after_second - after_first < 1.0
    assert after == before
    assert "does not match its metadata" in capfd.readouterr().err


def test_artifact_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other functions still respond."""
    monkeypatch.setattr(served_module, "MAX_BUILD_SECONDS", 0.1)
    gone, there = build_named(tmp_path, "gone"), build_named(tmp_path, "there")
    gone.path.unlink()
    with serve_functions(gone, there) as service:
        replies = service.invoke("gone"), service.invoke("there")

    assert [reply.status for reply in replies] == [500, 200]
    assert "This path is not a packaged function." in replies[0].json["Message"]


# Other operations.


def test_functions_are_listed(tmp_path: Path) -> None:
    """`aws lambda list-functions` and waiters read this. No function is started."""
    with serve_functions(build_named(tmp_path, "orders"), build_named(tmp_path, "fx")) as service:
        caller = service.caller()
        every = caller.request("GET", "/2015-03-31/functions/").json["Functions"]
        one = caller.request("GET", "/2015-03-31/functions/orders").json["Configuration"]
        same = caller.request("GET", "/2015-03-31/functions/src%2Forders%3Afn/configuration").json

    assert [each["FunctionName"] for each in every] == ["orders", "fx"]
    assert one == same == every[0]
    assert one["FunctionArn"] == ARN
    assert (one["State"], one["LastUpdateStatus"], one["Timeout"]) == ("Active", "Successful", 30)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/2015-03-31/functions"), ("DELETE", "/2015-03-31/functions/orders"), ("GET", "/")],
)
def test_unknown_operations_are_refused(echo: Service, method: str, path: str) -> None:
    """The message lists the supported operations."""
    reply = echo.caller().request(method, path, b"{}")

    assert (reply.status, reply.headers["X-Amzn-ErrorType"]) == (404, "UnknownOperationException")
    assert "Invoke, ListFunctions" in reply.json["Message"]


# Start and end.


def configure(*functions: RebuildableFunction) -> Any:
    return [(each.packaged, Configuration(each.name, "")) for each in functions]


def test_announcement_of_the_server(tmp_path: Path) -> None:
    """It shows both names of each function, and a command that can be typed."""
    functions = configure(build_named(tmp_path, "orders"), build_named(tmp_path, "fx"))
    with open_server(functions, port=0, cache=None) as api:
        text, address = announcement(api), api.address

    assert "  orders  src/orders:fn\n  fx      src/fx:fn\n" in text
    assert (
        f"aws --endpoint-url http://{address} --region us-east-1 --no-sign-request "
        "lambda invoke --function-name orders --payload fileb://event.json out.json\n" in text
    )


def test_two_functions_with_one_name(tmp_path: Path) -> None:
    """The message contains both addresses."""
    first = RebuildableFunction(tmp_path / "a.zip", "src/a:fn", "fn")
    second = RebuildableFunction(tmp_path / "b.zip", "src/b:fn", "fn")

    with (
        pytest.raises(EmulatorError) as refused,
        open_server(configure(first, second), port=0, cache=None),
    ):
        pass

    assert str(refused.value) == (
        "The name 'fn' means two functions.\n\n"
        "  src/a:fn\n"
        "  src/b:fn\n\n"
        "To fix, set another `function_name` on one of them, or serve them separately, each with its own `--port`."
    )


def test_port_is_in_use(tmp_path: Path) -> None:
    """The message states the port and the fix."""
    functions = configure(build_named(tmp_path, "orders"))
    with open_server(functions, port=0, cache=None) as api:
        port = api.server_address[1]
        with pytest.raises(EmulatorError) as refused, open_server(functions, port=port, cache=None):
            pass

    assert str(refused.value) == (
        f"Port {port} is already in use.\n\n"
        f"  127.0.0.1:{port}  Address already in use\n\n"
        "To fix, stop the program that uses it, or choose another port with `--port`; 0 selects a free port."
    )


@pytest.mark.parametrize("source", ["artifact", "functions.json"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_server(tmp_path: Path, number: int, status: int, source: str) -> None:
    """It ends during an invocation, with others waiting, and leaves no process and no folder."""
    function = build_named(tmp_path, "orders", WAITS)
    document = tmp_path / "functions.json"
    document.write_text(json.dumps({"functions": [function.as_entry()]}))
    is_artifact = source == "artifact"
    what = [str(function.path), "--python", sys.executable] if is_artifact else [str(document)]
    with open_gate() as held, run_server(tmp_path / "left", *what) as (process, service):
        for _ in range(3):
            threading.Thread(
                target=invoke_until_closed, args=[service, held.event], daemon=True
            ).start()
        waits = next(line for line in stderr_of(process) if line.startswith("waits"))

        began = time.monotonic()
        process.send_signal(number)
        ended = process.wait(timeout=10)
        took = time.monotonic() - began

    assert ended == status
    assert took < 5
    assert list((tmp_path / "left").iterdir()) == []
    assert not is_alive(waits.split()[1])


def test_no_program_reads_the_logs(tmp_path: Path) -> None:
    """As after `2>&1 | grep -m1`, functions still respond, and their output is lost."""
    code = "def handler(event, context):\n    print('x' * 100_000)\n    return event\n"
    function = build_named(tmp_path, "orders", code)
    arguments = [str(function.path), "--python", sys.executable]
    with run_server(tmp_path / "left", *arguments) as (process, service):
        stderr_of(process).close()
        replies = [service.invoke(function.address, event) for event in (b"1", b"2")]
        unknown = service.invoke("invoices")

    assert [(each.status, each.json) for each in replies] == [(200, 1), (200, 2)]
    assert unknown.status == 404


def test_process_cannot_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The response and the log contain the reason, no descriptor leaks, and later events may
    succeed."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with serve_functions(build_named(tmp_path, "orders")) as service:
        caller = service.caller()
        caller.invoke("orders", X_Amz_Invocation_Type="DryRun")
        open_before = len(os.listdir("/proc/self/fd"))
        with monkeypatch.context() as patched:
            patched.setattr(subprocess, "Popen", refuse)
            refused = [caller.invoke("orders") for _ in range(20)]
        open_after = len(os.listdir("/proc/self/fd"))
        after = caller.invoke("orders", b"1")

    text = (
        "src/orders:fn cannot be invoked.\n\n"
        "  OSError: [Errno 24] Too many open files\n\n"
        "To fix, check the limits of your system with `ulimit -a`, or start `lambda-serve` again."
    )
    assert {each.status for each in refused} == {500}
    assert refused[0].headers["X-Amzn-ErrorType"] == "ServiceException"
    assert refused[0].json == {"Type": "Service", "Message": text}
    assert f"{text}\n" in capfd.readouterr().err
    # The function's own server and lock.
    assert open_after - open_before < 20
    assert after.json["event"] == 1


def test_mounting_is_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpacking may take seconds, so it stops without leaving an incomplete folder."""
    function = RebuildableFunction(tmp_path / "fn.zip", "src/orders:api", "orders")
    function.build(ECHO, layers={"layer.zip": make_zip({"python/shared.py": ""})})
    for name in ("left", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "left"))
    # Unpacking stops after the function's own file, before that of its layer.
    answers = iter([True, False])

    with pytest.raises(MountingCancelled):
        function.packaged.start(
            Configuration("orders", ""),
            cache=str(tmp_path / "cache"),
            log=lambda text: None,
            should_continue=lambda: next(answers),
        )

    assert list((tmp_path / "left").iterdir()) == []
    of_layers = [each for each in (tmp_path / "cache").iterdir() if "task-" not in each.name]
    assert [each.suffix for each in of_layers] == [".lock"]


@contextmanager
def run_server(scratch: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Service]]:
    """Run `serve` as a process that makes its folders in `scratch`."""
    scratch.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "aws_lambda_emulator", "serve", *arguments, "--port", "0"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            yield process, Service(process.stdout.readline().split("http://")[1].split()[0])
        finally:
            process.kill()


def stderr_of(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stderr
    return process.stderr


def invoke_until_closed(service: Service, event: bytes) -> None:
    with suppress(OSError, HTTPException):
        service.invoke("src/orders:fn", event)
