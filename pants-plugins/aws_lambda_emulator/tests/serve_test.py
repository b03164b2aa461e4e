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

from aws_lambda_emulator import served as served_module
from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Invocation
from aws_lambda_emulator.packaged import WrongPython
from aws_lambda_emulator.serve import announcement, serving
from aws_lambda_emulator.tests.function_test import is_alive
from aws_lambda_emulator.tests.made_served import Made, Service, metadata, served, zipped
from aws_lambda_emulator.unpack import Unwanted

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
# Waits until somebody who listens at the port that the event gives closes the connection.
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
    """A function that tells what it got, under the name `orders`."""
    made = Made(tmp_path_factory.mktemp("echo") / "fn.zip", "src/orders:api", "orders")
    made.build(ECHO)
    with served(made) as service:
        yield service


def named(folder: Path, name: str, code: str = ECHO) -> Made:
    made = Made(folder / f"{name}.zip", f"src/{name}:fn", name)
    made.build(code)
    return made


def code_that_answers(answer: object) -> str:
    return (
        "import os\ndef handler(event, context):\n"
        f"    return [{answer!r}, os.environ['AWS_LAMBDA_LOG_STREAM_NAME']]\n"
    )


# Invoke.


def test_a_function_answers(echo: Service) -> None:
    """The payload, and in headers the version and an id of the request."""
    reply = echo.invoke("orders", b'{"number": 1}')

    assert reply.status == 200
    assert reply.json["event"] == {"number": 1}
    assert reply.headers["X-Amz-Executed-Version"] == "$LATEST"
    assert reply.headers["X-Amz-Function-Error"] is None
    assert reply.headers["X-Amz-Log-Result"] is None
    assert re.fullmatch("[0-9a-f-]{36}", reply.headers["x-amzn-RequestId"])


def test_no_payload_is_an_empty_event(echo: Service) -> None:
    """As in AWS, the function gets an object without members."""
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
def test_a_function_has_many_names(echo: Service, name: str, query: str, invoked: str) -> None:
    """Name, address, ARN or part of one; the invoked ARN has the qualifier that was asked for."""
    assert echo.invoke(name, query=query).json["arn"] == invoked


def test_an_unknown_function_is_not_found(echo: Service) -> None:
    """In the form from which SDKs make a ResourceNotFoundException."""
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
def test_what_lambda_refuses_is_refused(
    echo: Service, event: bytes, query: str, headers: dict[str, str], kind: str, says: str
) -> None:
    """Status 400 with the name of AWS's exception; the function does not see it."""
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
def test_a_large_event_is_refused_and_the_connection_goes_on(
    echo: Service, kind: str, most: int, says: str
) -> None:
    """The limit itself still passes; a byte more gives 413, and the next request an answer."""
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


def test_a_body_may_come_in_chunks(echo: Service) -> None:
    """Also where its whole length is not said before it; the connection goes on."""
    caller = echo.caller()

    replies = [caller.invoke("orders", iter([b'{"num', b'ber": ', b"1}"])) for _ in range(2)]

    assert [each.json["event"] for each in replies] == [{"number": 1}] * 2


def test_a_client_context_arrives(echo: Service) -> None:
    """Its letters may be any, and its JSON may have line breaks."""
    given = json.dumps({"custom": {"name": "Zoë €"}}, ensure_ascii=False, indent=1).encode()

    reply = echo.invoke("orders", X_Amz_Client_Context=base64.b64encode(given).decode())

    assert reply.json["custom"] == {"name": "Zoë €"}


def test_web_pages_are_refused(echo: Service) -> None:
    """A browser says where a page is from; no page that is visited can run a function."""
    assert echo.invoke("orders", Origin="https://example.com").status == 403


def test_an_error_of_the_function_is_an_answer(tmp_path: Path) -> None:
    """Status 200, a header that says so, and Lambda's payload of an error."""
    code = "def handler(event, context): raise ValueError('no such order')"
    with served(named(tmp_path, "orders", code)) as service:
        reply = service.invoke("orders")

    assert (reply.status, reply.headers["X-Amz-Function-Error"]) == (200, "Unhandled")
    assert reply.json["errorType"] == "ValueError"
    assert reply.json["errorMessage"] == "no such order"


def test_the_tail_of_a_log_with_records(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It has what standard error has of the invocation, to the byte."""
    code = (
        "import logging\ndef handler(event, context):\n"
        "    print('before')\n    logging.exception('failed')\n    print('after')\n"
    )
    with served(named(tmp_path, "orders", code)) as service:
        reply = service.invoke("orders", X_Amz_Log_Type="Tail")

    log = capfd.readouterr().err
    assert base64.b64decode(reply.headers["X-Amz-Log-Result"]).decode() == log
    lines = [line.split("\t")[-1] for line in log.splitlines()[2:-2]]
    assert lines == ["before", "failed", "NoneType: None", "after"]


def test_the_tail_of_the_log_is_4_kb(tmp_path: Path) -> None:
    """The last of what the invocation wrote, with Lambda's own lines."""
    code = "def handler(event, context):\n for i in range(event): print('line', i)"
    with served(named(tmp_path, "orders", code)) as service:
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


def test_a_dry_run_runs_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is started; an unknown function is still unknown."""
    with served(named(tmp_path, "orders")) as service:
        known = service.invoke("orders", X_Amz_Invocation_Type="DryRun")
        unknown = service.invoke("invoices", X_Amz_Invocation_Type="DryRun")

    assert (known.status, known.body) == (204, b"")
    assert unknown.status == 404
    assert "INIT_START" not in capfd.readouterr().err


def test_nobody_waits_for_an_event(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """202 at once, though the function is busy; an error is logged, and not tried again."""
    with served(named(tmp_path, "orders", WAITS)) as service, gate() as held:
        first = service.invoke("orders", held.event, X_Amz_Invocation_Type="Event")
        second = service.invoke("orders", b"{}", X_Amz_Invocation_Type="Event")
        held.let_pass()
        after = service.invoke("orders", b"{}")

    log = capfd.readouterr().err
    assert [(each.status, each.body) for each in (first, second)] == [(202, b"")] * 2
    assert after.json["errorType"] == "KeyError"
    assert log.count("START RequestId: " + second.headers["x-amzn-RequestId"]) == 1
    assert (
        f"Event {second.headers['x-amzn-RequestId']} failed with KeyError and is lost: "
        "Lambda would try it twice more, the emulator does not.\n" in log
    )


def test_a_variable_that_is_not_set(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each event that fails for it tells of the option, behind what it logged."""
    code = "import os\ndef handler(event, context):\n    return os.environ['TABLE']\n"
    orders = named(tmp_path, "orders", code)
    with served(orders) as service:
        replies = [service.invoke("orders"), service.invoke("orders")]

    assert [each.json["errorType"] for each in replies] == ["KeyError", "KeyError"]
    hint = (
        f"{orders.address} looked up the variable TABLE, which is not set. "
        "To fix, add `--env TABLE=…`."
    )
    lines = capfd.readouterr().err.splitlines()
    assert [lines[i - 1][:6] for i, line in enumerate(lines) if line == hint] == ["REPORT"] * 2


class Gate:
    """Holds a function up; what it sees of files is its own, but loopback is everyone's."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.event = json.dumps({"port": listening.getsockname()[1]}).encode()

    def let_pass(self) -> None:
        self._listening.accept()[0].close()


@contextmanager
def gate() -> Iterator[Gate]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        yield Gate(listening)


# Several at once.


def test_events_are_handled_in_order_of_arrival(tmp_path: Path) -> None:
    """One process, one after another; none is lost."""
    with served(named(tmp_path, "orders")) as service:
        caller = service.caller()
        for number in range(50):
            caller.invoke("orders", str(number).encode(), X_Amz_Invocation_Type="Event")
        reply = caller.invoke("orders", b"50")

    assert reply.json["seen"] == list(range(51))


def test_callers_at_once_get_each_their_own(tmp_path: Path) -> None:
    """50 connections to one function; all are handled by the same process."""
    with served(named(tmp_path, "orders")) as service, ThreadPoolExecutor(50) as callers:
        events = [str(number).encode() for number in range(50)]
        replies = list(callers.map(lambda event: service.invoke("orders", event).json, events))

    assert [reply["event"] for reply in replies] == list(range(50))
    assert len({reply["stream"] for reply in replies}) == 1
    assert max(len(reply["seen"]) for reply in replies) == 50


def test_a_busy_function_does_not_hold_up_others(tmp_path: Path) -> None:
    """Each has its own process and its own queue."""
    slow, quick = named(tmp_path, "slow", WAITS), named(tmp_path, "quick")
    with served(slow, quick) as service, ThreadPoolExecutor() as callers, gate() as held:
        waiting = callers.submit(service.invoke, "slow", held.event)
        reply = service.invoke("quick", b"1")
        was_waiting = not waiting.done()
        held.let_pass()

        assert waiting.result().status == 200
    assert was_waiting
    assert reply.json["event"] == 1


def test_lines_say_whose_they_are(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Where there are several functions, each line begins with the name of its own."""
    code = "def handler(event, context): print('one\\ntwo')"
    with served(named(tmp_path, "orders", code), named(tmp_path, "fx", code)) as service:
        service.invoke("orders")
        service.invoke("fx")

    lines = capfd.readouterr().err.splitlines()
    assert "orders | two" in lines
    assert "fx     | two" in lines
    assert all(re.match(r"(orders|fx    ) \| ", line) for line in lines)


def test_lines_of_a_single_function_are_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing stands before them."""
    with served(named(tmp_path, "orders")) as service:
        service.invoke("orders")

    assert capfd.readouterr().err.startswith("INIT_START")


# Builds.


def test_what_is_built_anew_is_mounted_anew(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The next event finds the new code; one line tells of it."""
    made = named(tmp_path, "orders", code_that_answers("old"))
    with served(made) as service:
        before = service.invoke("orders").json
        made.build(code_that_answers("new"))
        after = service.invoke("orders").json

    assert (before[0], after[0]) == ("old", "new")
    assert capfd.readouterr().err.count("Mounted anew: ") == 1


def test_a_build_that_changes_nothing_keeps_the_process(tmp_path: Path) -> None:
    """Files that were written again with the same bytes are no reason for a cold start."""
    made = named(tmp_path, "orders")
    with served(made) as service:
        before = service.invoke("orders").json
        made.build(ECHO)
        after = service.invoke("orders").json

    assert before["stream"] == after["stream"]


def test_a_function_that_is_built_for_another_python(tmp_path: Path) -> None:
    """500 at once, and no run on the old interpreter; what fits again finds the process warm."""
    made = named(tmp_path, "orders", code_that_answers("old"))
    document = json.loads(Path(f"{made.path}.metadata.json").read_text())
    with served(made) as service:
        before = service.invoke("orders").json
        made.write_metadata({**document, "runtime": "python3.99"})
        began = time.monotonic()
        refused = service.invoke("orders")
        took = time.monotonic() - began
        made.write_metadata(document)
        after = service.invoke("orders").json

    assert (refused.status, refused.headers["X-Amzn-ErrorType"]) == (500, "ServiceException")
    assert refused.json["Message"].startswith("src/orders:fn is built for Python 3.99 now, and was")
    assert took < served_module.MOST_BUILD_SECONDS
    assert after == before


def test_a_machine_without_the_interpreter(tmp_path: Path) -> None:
    """Each event is told at once, though others may be served."""
    made = named(tmp_path, "orders")
    packaged = replace(made.packaged, interpreter=None)
    with serving([(packaged, Configuration("orders", ""))], port=0, cache=None) as api:
        (function,) = api.functions
        with pytest.raises(WrongPython) as fault:
            function.submit(Invocation(b"{}")).result(served_module.MOST_BUILD_SECONDS)

    assert "and this machine has none." in str(fault.value)


def test_a_layer_that_is_built_anew_counts(tmp_path: Path) -> None:
    """The function's own zip stays as it was."""
    made = Made(tmp_path / "fn.zip", "src/orders:api", "orders")
    code = "import shared\ndef handler(event, context): return shared.VALUE"
    layers = [{"layer.zip": zipped({"python/shared.py": f"VALUE = {value}"})} for value in (1, 2)]
    made.build(code, layers=layers[0])
    with served(made) as service:
        before = service.invoke("orders").json
        made.build(code, layers=layers[1])
        after = service.invoke("orders").json

    assert (before, after) == (1, 2)


def test_a_folder_that_is_built_anew_is_mounted_anew(tmp_path: Path) -> None:
    """With `layout="flat"` there is no hash; new metadata tells of a build."""
    made = Made(tmp_path / "fn", "src/orders:api", "orders")
    made.build_folder(code_that_answers("old"))
    with served(made) as service:
        before = service.invoke("orders").json
        made.build_folder(code_that_answers("new"))
        after = service.invoke("orders").json

    assert (before[0], after[0]) == ("old", "new")


def test_an_event_waits_for_a_build_that_goes_on(tmp_path: Path) -> None:
    """Zip and metadata are written one after the other; between them nothing is mounted."""
    made = named(tmp_path, "orders", code_that_answers("old"))
    new = zipped({"app.py": code_that_answers("new")})
    with served(made) as service:
        service.invoke("orders")
        made.write_zip(new[: len(new) // 2])
        with ThreadPoolExecutor() as callers:
            reply = callers.submit(service.invoke, "orders")
            time.sleep(0.3)
            made.write_zip(new)
            time.sleep(0.3)
            was_waiting = not reply.done()
            made.write_metadata(metadata(made.address, new))

    assert was_waiting
    assert reply.result().json[0] == "new"


def test_a_build_that_never_ends_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """500 with the fault's text, at once for those that follow; the old function stays for later,
    warm."""
    monkeypatch.setattr(served_module, "MOST_BUILD_SECONDS", 1.0)
    made = named(tmp_path, "orders", code_that_answers("old"))
    whole = made.path.read_bytes()
    with served(made) as service:
        before = service.invoke("orders").json
        made.write_zip(whole[:-1])
        first, after_first = service.invoke("orders"), time.monotonic()
        second, after_second = service.invoke("orders"), time.monotonic()
        made.write_zip(whole)
        after = service.invoke("orders").json

    assert (first.status, second.status) == (500, 500)
    assert first.headers["X-Amzn-ErrorType"] == "ServiceException"
    assert first.json["Type"] == "Service"
    assert "is not the one that its metadata tells of" in first.json["Message"]
    # Less than waiting would have taken.
    assert after_second - after_first < 1.0
    assert after == before
    assert "is not the one that its metadata tells of" in capfd.readouterr().err


def test_an_artifact_that_is_gone_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other functions go on."""
    monkeypatch.setattr(served_module, "MOST_BUILD_SECONDS", 0.1)
    gone, there = named(tmp_path, "gone"), named(tmp_path, "there")
    gone.path.unlink()
    with served(gone, there) as service:
        replies = service.invoke("gone"), service.invoke("there")

    assert [reply.status for reply in replies] == [500, 200]
    assert "There is no built function to run." in replies[0].json["Message"]


# What else AWS's clients ask.


def test_the_functions_are_listed(tmp_path: Path) -> None:
    """What `aws lambda list-functions` and waiters read, without anything being started."""
    with served(named(tmp_path, "orders"), named(tmp_path, "fx")) as service:
        caller = service.caller()
        every = caller.ask("GET", "/2015-03-31/functions/").json["Functions"]
        one = caller.ask("GET", "/2015-03-31/functions/orders").json["Configuration"]
        same = caller.ask("GET", "/2015-03-31/functions/src%2Forders%3Afn/configuration").json

    assert [each["FunctionName"] for each in every] == ["orders", "fx"]
    assert one == same == every[0]
    assert one["FunctionArn"] == ARN
    assert (one["State"], one["LastUpdateStatus"], one["Timeout"]) == ("Active", "Successful", 30)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/2015-03-31/functions"), ("DELETE", "/2015-03-31/functions/orders"), ("GET", "/")],
)
def test_other_operations_are_unknown(echo: Service, method: str, path: str) -> None:
    """The answer says which ones there are."""
    reply = echo.caller().ask(method, path, b"{}")

    assert (reply.status, reply.headers["X-Amzn-ErrorType"]) == (404, "UnknownOperationException")
    assert "Invoke, ListFunctions" in reply.json["Message"]


# Beginning and end.


def configured(*functions: Made) -> Any:
    return [(each.packaged, Configuration(each.name, "")) for each in functions]


def test_the_announcement_can_be_typed(tmp_path: Path) -> None:
    """It shows both names of each function, and a command for one of them."""
    functions = configured(named(tmp_path, "orders"), named(tmp_path, "fx"))
    with serving(functions, port=0, cache=None) as api:
        said, address = announcement(api), api.address

    assert "  orders  src/orders:fn\n  fx      src/fx:fn\n" in said
    assert (
        f"aws --endpoint-url http://{address} --region us-east-1 --no-sign-request "
        "lambda invoke --function-name orders --payload fileb://event.json out.json\n" in said
    )


def test_two_functions_cannot_have_one_name(tmp_path: Path) -> None:
    """Both addresses are said."""
    first = Made(tmp_path / "a.zip", "src/a:fn", "fn")
    second = Made(tmp_path / "b.zip", "src/b:fn", "fn")

    with (
        pytest.raises(EmulatorFault) as fault,
        serving(configured(first, second), port=0, cache=None),
    ):
        pass

    assert str(fault.value) == (
        "Two functions would answer to 'fn'.\n\n"
        "  src/a:fn\n"
        "  src/b:fn\n\n"
        "To fix, give one of them another `function_name`, or serve them apart, each with a `--port`."
    )


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """What, where, and how to fix it."""
    functions = configured(named(tmp_path, "orders"))
    with serving(functions, port=0, cache=None) as api:
        port = api.server_address[1]
        with pytest.raises(EmulatorFault) as fault, serving(functions, port=port, cache=None):
            pass

    assert str(fault.value) == (
        f"Port {port} is taken.\n\n"
        f"  127.0.0.1:{port}  Address already in use\n\n"
        "To fix, end what listens there, or name another with `--port`; 0 takes any that is free."
    )


@pytest.mark.parametrize("by", ["artifact", "functions.json"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_ends_at_once_and_leaves_nothing(
    tmp_path: Path, number: int, status: int, by: str
) -> None:
    """In the middle of an invocation, with others waiting: no process and no folder is left."""
    made = named(tmp_path, "orders", WAITS)
    document = tmp_path / "functions.json"
    document.write_text(json.dumps({"functions": [made.document()]}))
    what = [str(made.path), "--python", sys.executable] if by == "artifact" else [str(document)]
    with gate() as held, program(tmp_path / "left", *what) as (process, service):
        for _ in range(3):
            threading.Thread(target=ask_in_vain, args=[service, held.event], daemon=True).start()
        waits = next(line for line in errors_of(process) if line.startswith("waits"))

        began = time.monotonic()
        process.send_signal(number)
        ended = process.wait(timeout=10)
        took = time.monotonic() - began

    assert ended == status
    assert took < 5
    assert list((tmp_path / "left").iterdir()) == []
    assert not is_alive(waits.split()[1])


def test_nobody_reads_the_logs_any_more(tmp_path: Path) -> None:
    """Such as after `2>&1 | grep -m1`: functions answer on, and their output is lost."""
    code = "def handler(event, context):\n    print('x' * 100_000)\n    return event\n"
    made = named(tmp_path, "orders", code)
    arguments = [str(made.path), "--python", sys.executable]
    with program(tmp_path / "left", *arguments) as (process, service):
        errors_of(process).close()
        replies = [service.invoke(made.address, event) for event in (b"1", b"2")]
        unknown = service.invoke("invoices")

    assert [(each.status, each.json) for each in replies] == [(200, 1), (200, 2)]
    assert unknown.status == 404


def test_a_process_that_cannot_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """500 with the reason, which is logged as well; nothing is left open, and the next one may."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with served(named(tmp_path, "orders")) as service:
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
        "To fix, see with `ulimit -a` what the system may have run out of, or start `lambda-serve` "
        "again."
    )
    assert {each.status for each in refused} == {500}
    assert refused[0].headers["X-Amzn-ErrorType"] == "ServiceException"
    assert refused[0].json == {"Type": "Service", "Message": text}
    assert f"{text}\n" in capfd.readouterr().err
    # The function's own server and lock.
    assert open_after - open_before < 20
    assert after.json["event"] == 1


def test_mounting_ends_when_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large functions take seconds to unpack; nothing that is half unpacked is left."""
    made = Made(tmp_path / "fn.zip", "src/orders:api", "orders")
    made.build(ECHO, layers={"layer.zip": zipped({"python/shared.py": ""})})
    for name in ("left", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "left"))
    # Wanted for the function's own file, and not for that of its layer.
    answers = iter([True, False])

    with pytest.raises(Unwanted):
        made.packaged.start(
            Configuration("orders", ""),
            cache=str(tmp_path / "cache"),
            log=lambda text: None,
            is_wanted=lambda: next(answers),
        )

    assert list((tmp_path / "left").iterdir()) == []
    of_layers = [each for each in (tmp_path / "cache").iterdir() if "task-" not in each.name]
    assert [each.suffix for each in of_layers] == [".lock"]


@contextmanager
def program(scratch: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Service]]:
    """`serve` as a process of its own, which makes its folders in `scratch`."""
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


def errors_of(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stderr
    return process.stderr


def ask_in_vain(service: Service, event: bytes) -> None:
    with suppress(OSError, HTTPException):
        service.invoke("src/orders:fn", event)
