"""Lambda's results and logs for various handlers, from real processes of the test's own Python."""

from __future__ import annotations

import json
import os
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from time import sleep
from typing import Any

import pytest

from aws_lambda_emulator.function import Function, FunctionIsClosed
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.tests.function_builder import (
    BuiltFunction,
    Files,
    build_function,
    with_placeholders,
)
from aws_lambda_emulator.tests.host_probe import is_alive

MIB = 1024 * 1024
ID = "00000000-0000-4000-8000-000000000000"
EVENT = Invocation(b'{"fail": false}', request_id=ID)
FAILING = Invocation(b'{"fail": true}', request_id=ID)

# A handler that executes the tested statement if the event requests it.
APP = "import os, signal, sys, time\nstarted = time.time()\n\n"
HANDLER = (
    APP
    + "def handler(event, context):\n    if event['fail']:\n        {}\n"
    + "    return os.environ['AWS_LAMBDA_LOG_STREAM_NAME']\n"
)


def build_failing(folder: Path, statement: str, **more: Any) -> BuiltFunction:
    return build_function(folder, HANDLER.format(statement), **more)


def respond(function: Function) -> Any:
    """The response to an event that must succeed."""
    outcome = function.invoke(EVENT)
    assert outcome.error is None, outcome
    return json.loads(outcome.payload)


def comparable(outcome: Outcome) -> tuple[Any, str | None, str]:
    """The payload, the error type and the log, without parts that differ between runs."""
    return json.loads(outcome.payload), outcome.error, with_placeholders(outcome.logs)


def report_lines(*more: str, init: bool = False) -> str:
    return (
        "END RequestId: ID\n"
        "REPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 512 MB\t"
        "Max Memory Used: N MB"
        + ("\tInit Duration: N ms" if init else "")
        + "".join(f"\t{each}" for each in more)
        + "\n"
    )


def test_response_and_log(tmp_path: Path) -> None:
    """The first invocation starts a process and reports its init phase. The second one uses it."""
    function = build_function(
        tmp_path, "def handler(event, context):\n    print('hello')\n    return event\n"
    )
    version = ".".join(map(str, function.interpreter.python))

    with function.start() as started:
        first, second = started.invoke(EVENT), started.invoke(EVENT)

    assert comparable(first) == (
        {"fail": False},
        None,
        f"INIT_START Runtime Version: python:{version} (emulated)\n"
        "START RequestId: ID Version: $LATEST\n"
        "hello\n" + report_lines(init=True),
    )
    assert comparable(second) == (
        {"fail": False},
        None,
        "START RequestId: ID Version: $LATEST\nhello\n" + report_lines(),
    )
    assert (first.init is None, second.init) == (False, None)


def test_init_phase_alone(tmp_path: Path) -> None:
    """It starts the process of later events, and does nothing if one is ready."""
    function = build_function(tmp_path, HANDLER.format("pass"))

    with function.start() as started:
        first, second = started.init(), started.init()
        outcome = started.invoke(EVENT)

    assert with_placeholders(first.logs).splitlines()[1:] == ["INIT_REPORT Init Duration: N ms"]
    assert (first.payload, first.error, first.init is None) == (b"", None, False)
    assert (second.payload, second.error, second.logs, second.init) == (b"", None, b"", None)
    assert outcome.init is None


LOAD_ERRORS = [
    (
        "app.absent",
        {"app.py": ""},
        "Runtime.HandlerNotFound",
        "Handler 'absent' missing on module 'app'",
    ),
    (
        "handler",
        {"app.py": ""},
        "Runtime.MalformedHandlerName",
        "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
    ),
    (
        "time.sleep",
        {"time.py": "def sleep(event, context): ..."},
        "Runtime.BuiltInModuleConflict",
        "Cannot use built-in module time as a handler module",
    ),
    (
        "app.handler",
        {"app.py": "import absent\n"},
        "Runtime.ImportModuleError",
        "Unable to import module 'app': No module named 'absent'",
    ),
    (
        "a/b.handler",
        {"a/b.py": "from json import absent\n"},
        "Runtime.ImportModuleError",
        "Unable to import module 'a/b': cannot import name 'absent' from 'json' ({json})",
    ),
]


@pytest.mark.parametrize(
    ("handler", "files", "kind", "message"), LOAD_ERRORS, ids=[each[2] for each in LOAD_ERRORS]
)
def test_handler_cannot_be_loaded(
    tmp_path: Path, handler: str, files: Files, kind: str, message: str
) -> None:
    """Each error has Lambda's type. Each event tries again to load the handler."""
    message = message.replace("{json}", str(json.__file__))

    with build_function(tmp_path, files, handler=handler).start() as started:
        first, second = started.invoke(EVENT), started.invoke(EVENT)

    payload, error, logs = comparable(first)
    assert payload == {
        "errorMessage": message,
        "errorType": kind,
        "requestId": "",
        "stackTrace": [],
    }
    assert error == kind
    logged = f"[ERROR] {kind}: {message}\nTraceback (most recent call last):\n"
    init_report = "INIT_REPORT Init Duration: N ms\tPhase: {}\tStatus: error\tError Type: {}\n"
    again = (
        logged
        + init_report.format("invoke", kind)
        + "START RequestId: ID Version: $LATEST\n"
        + report_lines("Status: error", f"Error Type: {kind}")
    )
    assert logs.partition("\n")[2] == logged + init_report.format("init", kind) + again
    assert comparable(second) == (payload, error, again)
    assert (first.init, second.init) == (None, None)


# Executes the tested statement when it is imported for the first time.
FAILS_ONCE = APP + dedent("""
    import tempfile
    tried = os.path.join(tempfile.gettempdir(), "tried")
    if not os.path.exists(tried):
        open(tried, "w").close()
        {}

    def handler(event, context):
        if event["fail"]:
            os._exit(1)
        return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
""")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [("raise ValueError('no')", "ValueError"), ("os._exit(3)", "Runtime.ExitError")],
)
def test_init_phase_fails_once(tmp_path: Path, statement: str, kind: str) -> None:
    """The process of the second attempt responds. A later process has an init phase of its own."""
    with build_function(tmp_path, FAILS_ONCE.format(statement)).start() as started:
        first = started.invoke(EVENT)
        warm = respond(started)
        started.invoke(FAILING)
        after = started.invoke(EVENT)

    lines = with_placeholders(first.logs).splitlines(keepends=True)
    start = lines.index("START RequestId: ID Version: $LATEST\n")
    assert lines[start - 1] == (
        f"INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: {kind}\n"
    )
    assert "".join(lines[start + 1 :]) == report_lines()
    assert (first.error, first.init, json.loads(first.payload)) == (None, None, warm)
    assert (after.error, after.init is None) == (None, False)


def test_init_phase_alone_is_not_repeated(tmp_path: Path) -> None:
    """Only an event repeats a failed init phase."""
    with build_function(tmp_path, FAILS_ONCE.format("raise ValueError('no')")).start() as started:
        alone, outcome = started.init(), started.invoke(EVENT)

    assert (alone.error, outcome.error) == ("ValueError", None)
    assert (
        with_placeholders(outcome.logs) == "START RequestId: ID Version: $LATEST\n" + report_lines()
    )


def test_handler_has_a_syntax_error(tmp_path: Path) -> None:
    """The stack trace contains the location, with its path in Lambda."""
    with build_function(tmp_path, "def handler(event, context)\n    pass\n").start() as started:
        payload, error, logs = comparable(started.invoke(EVENT))

    assert error == payload["errorType"] == "Runtime.UserCodeSyntaxError"
    assert payload["errorMessage"].startswith("Syntax error in module 'app': ")
    assert payload["stackTrace"] == [
        '  File "/var/task/app.py" Line 1\n    def handler(event, context)\n'
    ]
    assert '\n\u00a0\u00a0File "/var/task/app.py" Line 1\n' in logs


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
def test_init_phase_raises(tmp_path: Path, own_view: bool) -> None:
    """An exception of the module is reported under its own name, with paths in Lambda."""
    with build_function(tmp_path, "raise ValueError('no')\n").start(own_view=own_view) as started:
        alone = started.init()
        payload, error, _ = comparable(started.invoke(EVENT))

    assert error == "ValueError"
    assert payload["errorMessage"] == "no"
    assert payload["stackTrace"][-1] == (
        "  File \"/var/task/app.py\", line 1, in <module>\n    raise ValueError('no')\n"
    )
    assert alone.error == "ValueError"
    assert with_placeholders(alone.logs).splitlines()[-1] == (
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: ValueError"
    )


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
def test_handler_raises_an_exception(tmp_path: Path, own_view: bool) -> None:
    """The exception is an error of the function. Its process handles the next event."""
    with build_failing(tmp_path, "raise ValueError('no')").start(own_view=own_view) as started:
        before = respond(started)
        outcome = comparable(started.invoke(FAILING))
        after = respond(started)

    trace = ["  File \"/var/task/app.py\", line 6, in handler\n    raise ValueError('no')\n"]
    assert outcome == (
        {"errorMessage": "no", "errorType": "ValueError", "requestId": ID, "stackTrace": trace},
        "ValueError",
        "START RequestId: ID Version: $LATEST\n"
        "[ERROR] ValueError: no\n"
        "Traceback (most recent call last):\n"
        '\u00a0\u00a0File "/var/task/app.py", line 6, in handler\n'
        "\u00a0\u00a0\u00a0\u00a0raise ValueError('no')\n" + report_lines(),
    )
    assert after == before


def test_handler_exceeds_the_timeout(tmp_path: Path) -> None:
    """The process is stopped, and the next event gets a new one."""
    with build_failing(tmp_path, "print('began', end=''); time.sleep(60)").start(
        timeout=1.0
    ) as started:
        before = respond(started)
        outcome = started.invoke(FAILING)
        after = respond(started)

    text = "Task timed out after 1.00 seconds"
    assert comparable(outcome) == (
        {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {ID} Error: {text}"},
        "Sandbox.Timedout",
        "START RequestId: ID Version: $LATEST\n"
        "began\n"
        f"DATE ID {text}\n\n" + report_lines("Status: timeout"),
    )
    assert outcome.duration >= 1000
    assert after != before


EXITS = [
    ("os._exit(3)", "with error: exit status 3"),
    ("os._exit(0)", "without providing a reason"),
    ("sys.exit(4)", "with error: exit status 4"),
    ("os.kill(os.getpid(), signal.SIGSEGV)", "with error: signal: segmentation fault"),
    ("os.abort()", "with error: signal: aborted"),
    ("os.kill(os.getpid(), signal.SIGKILL)", "with error: signal: killed"),
    ("os.kill(os.getpid(), signal.SIGUSR1)", "with error: signal: 10"),
]


@pytest.mark.parametrize(("statement", "how"), EXITS, ids=[each[0] for each in EXITS])
def test_process_exits_during_an_event(tmp_path: Path, statement: str, how: str) -> None:
    """Lambda reports the exit status.

    Output without a newline is not lost. A new process follows.
    """
    with build_failing(tmp_path, f"print('last', end=''); {statement}").start() as started:
        before = respond(started)
        outcome = comparable(started.invoke(FAILING))
        after = respond(started)

    payload, error, logs = outcome
    message = f"Runtime exited {how}"
    assert payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {ID} Error: {message}",
    }
    assert error == "Runtime.ExitError"
    last, _, rest = logs.partition("RequestId: ID Error: ")
    assert last.startswith("START RequestId: ID Version: $LATEST\nlast\n")
    assert rest == f"{message}\n\n" + report_lines("Status: error", "Error Type: Runtime.ExitError")
    assert after != before


def test_process_exits_during_the_import(tmp_path: Path) -> None:
    """The report is the same, except that the init phase has no request."""
    with build_function(tmp_path, "import os\nos._exit(3)\n").start() as started:
        alone = started.init()
        payload, error, logs = comparable(started.invoke(EVENT))

    message = "Runtime exited with error: exit status 3"
    failed = "Status: error\tError Type: Runtime.ExitError"
    assert with_placeholders(alone.logs).splitlines()[1:] == [
        f"Error: {message}",
        "",
        f"INIT_REPORT Init Duration: N ms\tPhase: init\t{failed}",
    ]
    assert logs == (
        f"INIT_REPORT Init Duration: N ms\tPhase: invoke\t{failed}\n"
        "START RequestId: ID Version: $LATEST\n"
        f"RequestId: ID Error: {message}\n\n" + report_lines(failed)
    )
    assert json.loads(alone.payload)["errorMessage"] == f"Error: {message}"
    assert payload["errorMessage"] == f"RequestId: {ID} Error: {message}"
    assert error == alone.error == "Runtime.ExitError"


MEMORY = [
    "kept = [bytearray(1 << 20) for _ in iter(lambda: time.sleep(0.001), 1)]",
    "len(bytearray(600 << 20))",
]


@pytest.mark.parametrize("statement", MEMORY, ids=["slow growth", "freed before a measurement"])
def test_process_exceeds_the_memory(tmp_path: Path, statement: str) -> None:
    """The process is killed, or reported as killed if it freed the memory. A new one follows."""
    with build_failing(tmp_path, statement).start() as started:
        before = respond(started)
        outcome = started.invoke(FAILING)
        after = respond(started)

    message = "Runtime exited with error: signal: killed"
    assert comparable(outcome) == (
        {
            "errorType": "Runtime.OutOfMemory",
            "errorMessage": f"RequestId: {ID} Error: {message}",
        },
        "Runtime.OutOfMemory",
        f"START RequestId: ID Version: $LATEST\nRequestId: ID Error: {message}\n\n"
        + report_lines("Status: error", "Error Type: Runtime.OutOfMemory"),
    )
    assert (outcome.memory or 0) > 512
    assert after != before


def test_init_phase_exceeds_the_memory(tmp_path: Path) -> None:
    """The handler is not called."""
    app = "kept = bytearray(600 << 20)\ndef handler(event, context):\n    print('called')\n"
    with build_function(tmp_path, app).start() as started:
        alone, outcome = started.init(), started.invoke(EVENT)

    assert alone.error == outcome.error == "Runtime.OutOfMemory"
    assert b"called" not in outcome.logs


def test_shared_memory_is_counted_once(tmp_path: Path) -> None:
    """Pages that a forked child shares with its parent count once."""
    app = dedent("""
        import os, time
        kept = b"x" * (200 << 20)
        def handler(event, context):
            children = [os.fork() for _ in range(4) if os.getpid() == parent]
            if os.getpid() != parent:
                time.sleep(0.3)
                os._exit(0)
            return len([os.waitpid(child, 0) for child in children])
        parent = os.getpid()
    """)
    with build_function(tmp_path, app).start() as started:
        outcome = started.invoke(EVENT)

    assert (outcome.payload, outcome.error) == (b"4", None)


def test_result_is_not_json(tmp_path: Path) -> None:
    """Lambda's error names the type of the result."""
    with build_failing(tmp_path, "return object()").start() as started:
        before = respond(started)
        payload, error, _ = comparable(started.invoke(FAILING))
        after = respond(started)

    assert payload == {
        "errorMessage": "Unable to marshal response: "
        "Object of type object is not JSON serializable",
        "errorType": "Runtime.MarshalError",
        "requestId": ID,
        "stackTrace": [],
    }
    assert error == "Runtime.MarshalError"
    assert after == before


def test_response_exceeds_the_limit(tmp_path: Path) -> None:
    """The limit is 6,291,556 bytes. A larger response ends the process."""
    app = "def handler(event, context):\n    return 'x' * (event - 2)\n"
    with build_function(tmp_path, app).start() as started:
        most = started.invoke(Invocation(b"6291556"))
        outcome = started.invoke(Invocation(b"6291557", request_id=ID))
        after = started.invoke(Invocation(b"3"))

    assert (len(most.payload), most.error) == (6_291_556, None)
    assert comparable(outcome) == (
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size "
            "(6291556 bytes).",
        },
        "Function.ResponseSizeTooLarge",
        "START RequestId: ID Version: $LATEST\n"
        + report_lines("Status: error", "Error Type: Function.ResponseSizeTooLarge"),
    )
    assert (after.payload, after.init is None) == (b'"x"', False)


def test_largest_event_arrives_completely(tmp_path: Path) -> None:
    """An event of 6 MiB arrives completely."""
    event = json.dumps("x" * (6 * MIB - 2)).encode()
    with build_function(
        tmp_path, "def handler(event, context):\n    return len(event)\n"
    ).start() as started:
        assert started.invoke(Invocation(event)).payload == b"6291454"


def test_slow_init_phase_is_repeated(tmp_path: Path) -> None:
    """After Lambda's limit, the handler is imported again within the function's own timeout."""
    app = (
        "import time\ntime.sleep(1)\n"
        "def handler(event, context):\n    return context.get_remaining_time_in_millis()\n"
    )
    with build_function(tmp_path, app).start(init_seconds=0.3, timeout=30.0) as started:
        first = started.invoke(EVENT)
        second = started.invoke(EVENT)

    assert with_placeholders(first.logs).partition("\n")[2] == (
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: timeout\n"
        "START RequestId: ID Version: $LATEST\n" + report_lines()
    )
    assert (first.error, first.init) == (None, None)
    # Measured from the moment at which the emulator noticed the second process.
    assert first.duration >= 500
    assert json.loads(first.payload) <= 29_500
    assert json.loads(first.payload) < json.loads(second.payload)


def test_init_phase_times_out_twice(tmp_path: Path) -> None:
    """The second attempt counts towards the function's timeout."""
    function = build_function(tmp_path, "import time\ntime.sleep(60)\n")
    with function.start(timeout=0.4, init_seconds=0.3) as started:
        payload, error, logs = comparable(started.invoke(EVENT))
        alone = started.init()

    assert error == payload["errorType"] == "Sandbox.Timedout"
    assert logs.endswith(
        "INIT_REPORT Init Duration: N ms\tPhase: invoke\tStatus: timeout\n"
        "START RequestId: ID Version: $LATEST\n"
        "DATE ID Task timed out after 0.40 seconds\n\n" + report_lines("Status: timeout")
    )
    assert json.loads(alone.payload)["errorMessage"] == "Error: Task timed out after 0.30 seconds"
    assert with_placeholders(alone.logs).splitlines()[-1] == (
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: timeout"
    )


# Calls a function when the test signals it, such as after the response.
AFTER_SIGNAL = dedent("""
    import os, tempfile, threading, time
    def after_signal(act, *arguments):
        path = os.path.join(tempfile.gettempdir(), "signal")
        def wait():
            while not os.path.exists(path):
                time.sleep(0.01)
            os.unlink(path)
            act(*arguments)
        threading.Thread(target=wait).start()
""")


def send_signal(function: Function) -> None:
    Path(function._mounts.root, "tmp", "signal").touch()


def test_process_exits_between_events(tmp_path: Path) -> None:
    """Its child processes end with it, and the next event gets a new process."""
    app = AFTER_SIGNAL + dedent("""
        import subprocess
        def handler(event, context):
            subprocess.Popen(["sleep", "1000"])
            after_signal(os._exit, 0)
            return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
    """)
    with build_function(tmp_path, app).start() as started:
        first = respond(started)
        process = started._environment._process
        assert process
        send_signal(started)
        # The process's environment is gone a moment before the kernel reports its end.
        while is_alive(first) or not process.has_ended:
            sleep(0.01)
        assert respond(started) != first


def test_parallel_events_are_handled_in_order(tmp_path: Path) -> None:
    """Fifty parallel events are handled one after another, in order of arrival."""
    app = "seen = []\ndef handler(event, context):\n    seen.append(event)\n    return seen\n"
    with build_function(tmp_path, app).start() as started:
        waiting = [started.submit(Invocation(str(number).encode())) for number in range(50)]
        with ThreadPoolExecutor(50) as threads:
            list(threads.map(lambda each: each.result(), waiting))
            late = list(threads.map(started.invoke, [Invocation(b"50")] * 50))

    assert json.loads(waiting[-1].result().payload) == list(range(50))
    assert sorted(len(json.loads(each.payload)) for each in late) == list(range(51, 101))


def test_thousand_events_leak_nothing(tmp_path: Path) -> None:
    """Neither the emulator nor the function leaks files, threads or memory."""
    app = dedent("""
        import logging, os
        def handler(event, context):
            print(f"event {event}", end="")
            logging.warning("record")
            resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            return [len(os.listdir("/proc/self/fd")), resident]
    """)
    with build_function(tmp_path, app).start() as started:
        outcomes = [started.invoke(Invocation(str(number).encode())) for number in range(100)]
        files, threads = len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
        outcomes += [started.invoke(Invocation(str(each).encode())) for each in range(100, 1000)]
        assert len(os.listdir("/proc/self/fd")) == files
        assert len(os.listdir("/proc/self/task")) == threads

    own = [[line for line in each.logs.splitlines() if b"event" in line] for each in outcomes]
    assert own == [[f"event {number}".encode()] for number in range(1000)]
    assert {each.logs.count(b"\trecord\n") for each in outcomes} == {1}
    measured = [json.loads(each.payload) for each in outcomes]
    assert {opened for opened, _ in measured} == {measured[0][0]}
    assert measured[-1][1] - measured[100][1] < MIB


def test_fifty_functions_leak_nothing(tmp_path: Path) -> None:
    """Closed functions leave no descriptor, thread, process or folder."""
    function = build_failing(tmp_path, "os._exit(1)")
    with function.start() as started:
        respond(started)
    before = [len(os.listdir(f"/proc/self/{each}")) for each in ("fd", "task")]
    folders, processes = [], []
    for number in range(50):
        with function.start() as started:
            folders.append(started._mounts.root)
            if number % 5:
                processes.append(respond(started))
            if number % 7 == 0:
                started.invoke(FAILING)

    # Threads of connections end a moment after the connections.
    for _ in range(100):
        after = [len(os.listdir(f"/proc/self/{each}")) for each in ("fd", "task")]
        if after == before:
            break
        sleep(0.05)
    assert after == before
    assert not any(map(os.path.exists, folders))
    assert not any(map(is_alive, processes))


CHILDREN = dedent("""
    import os, subprocess
    def handler(event, context):
        subprocess.Popen(["sleep", "1000"])
        # It leaves the group, and keeps standard output open.
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
""")


def test_closing_ends_child_processes(tmp_path: Path) -> None:
    """With a process namespace, this includes children that left the group."""
    with build_function(tmp_path, CHILDREN).start() as started:
        stream, root = respond(started), started._mounts.root
        assert is_alive(stream)

    assert (is_alive(stream), os.path.exists(root)) == (False, False)


def test_emulator_is_invisible(tmp_path: Path) -> None:
    """The function sees only its own processes, and cannot kill the first of them."""
    app = APP + dedent("""
        def handler(event, context):
            os.kill(os.getppid(), signal.SIGKILL)
            return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    """)
    with build_function(tmp_path, app).start() as started:
        assert respond(started) == [1, 2]


def test_closing_at_once(tmp_path: Path) -> None:
    """An exception in the block stops the current event and cancels the waiting ones."""
    logged: list[bytes] = []
    function = build_failing(tmp_path, "time.sleep(60)")
    with suppress(ZeroDivisionError), function.start(log=logged.append, timeout=60) as started:
        stream = respond(started)
        waiting = [started.submit(FAILING) for _ in range(3)]
        while with_placeholders(b"".join(logged)).count("START RequestId") < 2:
            sleep(0.01)
        raise ZeroDivisionError

    for each in waiting:
        with pytest.raises(CancelledError):
            each.result(0)
    assert not is_alive(stream)
    assert with_placeholders(b"".join(logged)).endswith("START RequestId: ID Version: $LATEST\n")


def test_closed_function_refuses_events(tmp_path: Path) -> None:
    """Closing a function again changes nothing."""
    with build_failing(tmp_path, "pass").start() as started:
        pass
    started.close(at_once=True)

    with pytest.raises(FunctionIsClosed) as refused:
        started.submit(EVENT)
    assert str(refused.value) == "fn is closed and accepts no more events."


def test_any_output_is_logged(tmp_path: Path) -> None:
    """Invalid UTF-8, megabytes at once, and incomplete lines are logged as written."""
    app = dedent(r"""
        import os, sys
        def handler(event, context):
            os.write(1, b"\xff\xfe\x00\n")
            print("x" * 3_000_000)
            os.write(2, b"to stderr\r\n")
            sys.stdout.buffer.write(b"buffered")
            print("", end="")
            return "y" * 3_000_000
    """)
    with build_function(tmp_path, app).start() as started:
        outcome = started.invoke(EVENT)

    written = outcome.logs.partition(b"$LATEST\n")[2].partition(b"END")[0]
    assert (
        written.replace(b"\n", b"") == b"\xff\xfe\x00" + b"x" * 3_000_000 + b"to stderr\rbuffered"
    )
    assert written.endswith(b"to stderr\r\nbuffered\n")
    assert len(outcome.payload) == 3_000_002


RECORDS = """
import logging, os, struct, threading
def handler(event, context):
    if event["fail"]:
        # The output of a client that is killed while it writes.
        os.write(1, struct.pack(">IIQ", 0xA55A0003, 9, 1_795_800_000_000_000)[:{cut}] + b"{text}")
        os._exit(1)
    def log(i):
        logging.warning("%s %s", i, "x" * 20_000)
    threads = [threading.Thread(target=log, args=[i]) for i in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
"""


def test_large_records_of_threads(tmp_path: Path) -> None:
    """Records that exceed a pipe's buffer are logged completely, each on a line of its own."""
    with build_function(tmp_path, RECORDS.format(cut=0, text="")).start() as started:
        outcome = started.invoke(EVENT)

    records = [line for line in outcome.logs.splitlines() if line.startswith(b"[WARNING]")]
    assert sorted(int(line.split()[3]) for line in records) == list(range(50))
    assert {line.split()[4] for line in records} == {b"x" * 20_000}
    assert len(outcome.logs.splitlines()) == 50 + 4


@pytest.mark.parametrize(
    ("cut", "text", "shown"),
    [(16, "cut", b"cut"), (7, "", b"\xa5\x5a\x00\x03\x00\x00\x00")],
    ids=["in the record", "in its frame"],
)
def test_incomplete_record_is_logged(tmp_path: Path, cut: int, text: str, shown: bytes) -> None:
    """The written part of a record is logged, on a line of its own."""
    app = RECORDS.format(cut=cut, text=text)
    with build_function(tmp_path, app).start() as started:
        logs = started.invoke(FAILING).logs

    _, _, after = logs.partition(b"$LATEST\n")
    assert after.splitlines()[0] == shown


def test_function_closes_its_output(tmp_path: Path) -> None:
    """It continues to respond, but nothing is logged."""
    with build_failing(tmp_path, "[os.close(each) for each in (1, 2)]").start() as started:
        before = respond(started)
        assert started.invoke(FAILING).error is None
        assert respond(started) == before


def test_output_between_events(tmp_path: Path) -> None:
    """Output of a thread after the response is logged when it is written."""
    logged: list[bytes] = []
    app = AFTER_SIGNAL + "def handler(event, context):\n    after_signal(print, 'late')\n"
    with build_function(tmp_path, app).start(log=logged.append) as started:
        outcome = started.invoke(EVENT)
        send_signal(started)
        while b"late\n" not in logged:
            sleep(0.01)

    assert b"late\n" not in outcome.logs
