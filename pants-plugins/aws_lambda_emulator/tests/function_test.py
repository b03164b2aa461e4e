"""What Lambda gives for what handlers do, from real processes of the emulator's own Python."""

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

from aws_lambda_emulator.function import Function, FunctionIsClosed, Invocation, Outcome
from aws_lambda_emulator.tests.made_functions import Files, Made, made, pinned

MIB = 1024 * 1024
ID = "00000000-0000-4000-8000-000000000000"
EVENT = Invocation(b'{"fail": false}', request_id=ID)
FAILING = Invocation(b'{"fail": true}', request_id=ID)

# A handler that does what is to be tested if the event says so.
APP = "import os, signal, sys, time\nstarted = time.time()\n\n"
HANDLER = (
    APP
    + "def handler(event, context):\n    if event['fail']:\n        {}\n"
    + "    return os.environ['AWS_LAMBDA_LOG_STREAM_NAME']\n"
)


def failing(folder: Path, statement: str, **more: Any) -> Made:
    return made(folder, HANDLER.format(statement), **more)


def answer(function: Function) -> Any:
    """Of an invocation that must succeed."""
    outcome = function.invoke(EVENT)
    assert outcome.error is None, outcome
    return json.loads(outcome.payload)


def seen(outcome: Outcome) -> tuple[Any, str | None, str]:
    """All that is the same from run to run."""
    return json.loads(outcome.payload), outcome.error, pinned(outcome.logs)


def report(*more: str, init: bool = False) -> str:
    return (
        "END RequestId: ID\n"
        "REPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 512 MB\t"
        "Max Memory Used: N MB"
        + ("\tInit Duration: N ms" if init else "")
        + "".join(f"\t{each}" for each in more)
        + "\n"
    )


def test_an_answer(tmp_path: Path) -> None:
    """The first invocation starts a process and tells of its init phase; the second finds it."""
    function = made(
        tmp_path, "def handler(event, context):\n    print('hello')\n    return event\n"
    )
    version = ".".join(map(str, function.interpreter.python))

    with function.start() as started:
        first, second = started.invoke(EVENT), started.invoke(EVENT)

    assert seen(first) == (
        {"fail": False},
        None,
        f"INIT_START Runtime Version: python:{version} (emulated)\n"
        "START RequestId: ID Version: $LATEST\n"
        "hello\n" + report(init=True),
    )
    assert seen(second) == (
        {"fail": False},
        None,
        "START RequestId: ID Version: $LATEST\nhello\n" + report(),
    )
    assert (first.init is None, second.init) == (False, None)


def test_the_init_phase_alone(tmp_path: Path) -> None:
    """It starts the process that answers afterwards, and is over where one runs already."""
    function = made(tmp_path, HANDLER.format("pass"))

    with function.start() as started:
        first, second = started.init(), started.init()
        outcome = started.invoke(EVENT)

    assert pinned(first.logs).splitlines()[1:] == ["INIT_REPORT Init Duration: N ms"]
    assert (first.payload, first.error, first.init is None) == (b"", None, False)
    assert (second.payload, second.error, second.logs, second.init) == (b"", None, b"", None)
    assert outcome.init is None


NOT_LOADED = [
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
    ("handler", "files", "kind", "message"), NOT_LOADED, ids=[each[2] for each in NOT_LOADED]
)
def test_a_handler_that_cannot_be_loaded(
    tmp_path: Path, handler: str, files: Files, kind: str, message: str
) -> None:
    """Each fault has Lambda's name; the first event tries again, and so does each that follows."""
    message = message.replace("{json}", str(json.__file__))

    with made(tmp_path, files, handler=handler).start() as started:
        first, second = started.invoke(EVENT), started.invoke(EVENT)

    payload, error, logs = seen(first)
    assert payload == {
        "errorMessage": message,
        "errorType": kind,
        "requestId": "",
        "stackTrace": [],
    }
    assert error == kind
    fault = f"[ERROR] {kind}: {message}\nTraceback (most recent call last):\n"
    init_report = "INIT_REPORT Init Duration: N ms\tPhase: {}\tStatus: error\tError Type: {}\n"
    again = (
        fault
        + init_report.format("invoke", kind)
        + "START RequestId: ID Version: $LATEST\n"
        + report("Status: error", f"Error Type: {kind}")
    )
    assert logs.partition("\n")[2] == fault + init_report.format("init", kind) + again
    assert seen(second) == (payload, error, again)
    assert (first.init, second.init) == (None, None)


# Imported for the first time, it does what is to be tested.
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
def test_an_init_phase_that_fails_once(tmp_path: Path, statement: str, kind: str) -> None:
    """The second try's process answers; one that follows later has an init phase of its own."""
    with made(tmp_path, FAILS_ONCE.format(statement)).start() as started:
        first = started.invoke(EVENT)
        warm = answer(started)
        started.invoke(FAILING)
        after = started.invoke(EVENT)

    lines = pinned(first.logs).splitlines(keepends=True)
    start = lines.index("START RequestId: ID Version: $LATEST\n")
    assert lines[start - 1] == (
        f"INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: {kind}\n"
    )
    assert "".join(lines[start + 1 :]) == report()
    assert (first.error, first.init, json.loads(first.payload)) == (None, None, warm)
    assert (after.error, after.init is None) == (None, False)


def test_the_init_phase_alone_is_tried_once(tmp_path: Path) -> None:
    """It is the first event that tries again."""
    with made(tmp_path, FAILS_ONCE.format("raise ValueError('no')")).start() as started:
        alone, outcome = started.init(), started.invoke(EVENT)

    assert (alone.error, outcome.error) == ("ValueError", None)
    assert pinned(outcome.logs) == "START RequestId: ID Version: $LATEST\n" + report()


def test_a_handler_with_a_syntax_error(tmp_path: Path) -> None:
    """The place is in the stack trace, by its path in Lambda."""
    with made(tmp_path, "def handler(event, context)\n    pass\n").start() as started:
        payload, error, logs = seen(started.invoke(EVENT))

    assert error == payload["errorType"] == "Runtime.UserCodeSyntaxError"
    assert payload["errorMessage"].startswith("Syntax error in module 'app': ")
    assert payload["stackTrace"] == [
        '  File "/var/task/app.py" Line 1\n    def handler(event, context)\n'
    ]
    assert '\n\u00a0\u00a0File "/var/task/app.py" Line 1\n' in logs


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
def test_an_init_phase_that_raises(tmp_path: Path, own_view: bool) -> None:
    """Any exception of the module is reported under its own name, with paths as in Lambda."""
    with made(tmp_path, "raise ValueError('no')\n").start(own_view=own_view) as started:
        alone = started.init()
        payload, error, _ = seen(started.invoke(EVENT))

    assert error == "ValueError"
    assert payload["errorMessage"] == "no"
    assert payload["stackTrace"][-1] == (
        "  File \"/var/task/app.py\", line 1, in <module>\n    raise ValueError('no')\n"
    )
    assert alone.error == "ValueError"
    assert pinned(alone.logs).splitlines()[-1] == (
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: ValueError"
    )


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
def test_a_handler_that_raises(tmp_path: Path, own_view: bool) -> None:
    """It is the function's own error, no failure of its process, which answers the next event."""
    with failing(tmp_path, "raise ValueError('no')").start(own_view=own_view) as started:
        before = answer(started)
        outcome = seen(started.invoke(FAILING))
        after = answer(started)

    trace = ["  File \"/var/task/app.py\", line 6, in handler\n    raise ValueError('no')\n"]
    assert outcome == (
        {"errorMessage": "no", "errorType": "ValueError", "requestId": ID, "stackTrace": trace},
        "ValueError",
        "START RequestId: ID Version: $LATEST\n"
        "[ERROR] ValueError: no\n"
        "Traceback (most recent call last):\n"
        '\u00a0\u00a0File "/var/task/app.py", line 6, in handler\n'
        "\u00a0\u00a0\u00a0\u00a0raise ValueError('no')\n" + report(),
    )
    assert after == before


def test_a_handler_that_takes_too_long(tmp_path: Path) -> None:
    """It is stopped at its timeout, and the next event gets a new process."""
    with failing(tmp_path, "print('began', end=''); time.sleep(60)").start(timeout=1.0) as started:
        before = answer(started)
        outcome = started.invoke(FAILING)
        after = answer(started)

    text = "Task timed out after 1.00 seconds"
    assert seen(outcome) == (
        {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {ID} Error: {text}"},
        "Sandbox.Timedout",
        "START RequestId: ID Version: $LATEST\n"
        "began\n"
        f"DATE ID {text}\n\n" + report("Status: timeout"),
    )
    assert outcome.duration >= 1000
    assert after != before


ENDS = [
    ("os._exit(3)", "with error: exit status 3"),
    ("os._exit(0)", "without providing a reason"),
    ("sys.exit(4)", "with error: exit status 4"),
    ("os.kill(os.getpid(), signal.SIGSEGV)", "with error: signal: segmentation fault"),
    ("os.abort()", "with error: signal: aborted"),
    ("os.kill(os.getpid(), signal.SIGKILL)", "with error: signal: killed"),
    ("os.kill(os.getpid(), signal.SIGUSR1)", "with error: signal: 10"),
]


@pytest.mark.parametrize(("statement", "how"), ENDS, ids=[each[0] for each in ENDS])
def test_a_process_that_ends(tmp_path: Path, statement: str, how: str) -> None:
    """Lambda tells how; what was printed without a newline is not lost; a new process follows."""
    with failing(tmp_path, f"print('last', end=''); {statement}").start() as started:
        before = answer(started)
        outcome = seen(started.invoke(FAILING))
        after = answer(started)

    payload, error, logs = outcome
    message = f"Runtime exited {how}"
    assert payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {ID} Error: {message}",
    }
    assert error == "Runtime.ExitError"
    last, _, rest = logs.partition("RequestId: ID Error: ")
    assert last.startswith("START RequestId: ID Version: $LATEST\nlast\n")
    assert rest == f"{message}\n\n" + report("Status: error", "Error Type: Runtime.ExitError")
    assert after != before


def test_a_process_that_ends_while_it_is_imported(tmp_path: Path) -> None:
    """As one that ends later, but for the request, which the init phase has none of."""
    with made(tmp_path, "import os\nos._exit(3)\n").start() as started:
        alone = started.init()
        payload, error, logs = seen(started.invoke(EVENT))

    message = "Runtime exited with error: exit status 3"
    failed = "Status: error\tError Type: Runtime.ExitError"
    assert pinned(alone.logs).splitlines()[1:] == [
        f"Error: {message}",
        "",
        f"INIT_REPORT Init Duration: N ms\tPhase: init\t{failed}",
    ]
    assert logs == (
        f"INIT_REPORT Init Duration: N ms\tPhase: invoke\t{failed}\n"
        "START RequestId: ID Version: $LATEST\n"
        f"RequestId: ID Error: {message}\n\n" + report(failed)
    )
    assert json.loads(alone.payload)["errorMessage"] == f"Error: {message}"
    assert payload["errorMessage"] == f"RequestId: {ID} Error: {message}"
    assert error == alone.error == "Runtime.ExitError"


MEMORY = [
    "kept = [bytearray(1 << 20) for _ in iter(lambda: time.sleep(0.001), 1)]",
    "len(bytearray(600 << 20))",
]


@pytest.mark.parametrize("statement", MEMORY, ids=["slow growth", "over before anybody looked"])
def test_a_process_that_takes_too_much_memory(tmp_path: Path, statement: str) -> None:
    """It is killed, or taken for killed where it was faster, and a new one follows."""
    with failing(tmp_path, statement).start() as started:
        before = answer(started)
        outcome = started.invoke(FAILING)
        after = answer(started)

    message = "Runtime exited with error: signal: killed"
    assert seen(outcome) == (
        {
            "errorType": "Runtime.OutOfMemory",
            "errorMessage": f"RequestId: {ID} Error: {message}",
        },
        "Runtime.OutOfMemory",
        f"START RequestId: ID Version: $LATEST\nRequestId: ID Error: {message}\n\n"
        + report("Status: error", "Error Type: Runtime.OutOfMemory"),
    )
    assert (outcome.memory or 0) > 512
    assert after != before


def test_too_much_memory_in_the_init_phase(tmp_path: Path) -> None:
    """The handler is not even called."""
    app = "kept = bytearray(600 << 20)\ndef handler(event, context):\n    print('called')\n"
    with made(tmp_path, app).start() as started:
        alone, outcome = started.init(), started.invoke(EVENT)

    assert alone.error == outcome.error == "Runtime.OutOfMemory"
    assert b"called" not in outcome.logs


def test_forked_children_share_memory(tmp_path: Path) -> None:
    """What a child shares with its parent is counted once."""
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
    with made(tmp_path, app).start() as started:
        outcome = started.invoke(EVENT)

    assert (outcome.payload, outcome.error) == (b"4", None)


def test_a_result_that_is_no_json(tmp_path: Path) -> None:
    """It is a fault of Lambda's own, which names the type."""
    with failing(tmp_path, "return object()").start() as started:
        before = answer(started)
        payload, error, _ = seen(started.invoke(FAILING))
        after = answer(started)

    assert payload == {
        "errorMessage": "Unable to marshal response: "
        "Object of type object is not JSON serializable",
        "errorType": "Runtime.MarshalError",
        "requestId": ID,
        "stackTrace": [],
    }
    assert error == "Runtime.MarshalError"
    assert after == before


def test_the_largest_answer(tmp_path: Path) -> None:
    """6,291,556 bytes are answered, and one more ends the process."""
    app = "def handler(event, context):\n    return 'x' * (event - 2)\n"
    with made(tmp_path, app).start() as started:
        most = started.invoke(Invocation(b"6291556"))
        outcome = started.invoke(Invocation(b"6291557", request_id=ID))
        after = started.invoke(Invocation(b"3"))

    assert (len(most.payload), most.error) == (6_291_556, None)
    assert seen(outcome) == (
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size "
            "(6291556 bytes).",
        },
        "Function.ResponseSizeTooLarge",
        "START RequestId: ID Version: $LATEST\n"
        + report("Status: error", "Error Type: Function.ResponseSizeTooLarge"),
    )
    assert (after.payload, after.init is None) == (b'"x"', False)


def test_the_largest_event(tmp_path: Path) -> None:
    """An event of 6 MiB arrives whole."""
    event = json.dumps("x" * (6 * MIB - 2)).encode()
    with made(tmp_path, "def handler(event, context):\n    return len(event)\n").start() as started:
        assert started.invoke(Invocation(event)).payload == b"6291454"


def test_a_slow_init_phase_starts_over(tmp_path: Path) -> None:
    """After Lambda's limit, the handler is imported again, within the function's own time."""
    app = (
        "import time\ntime.sleep(1)\n"
        "def handler(event, context):\n    return context.get_remaining_time_in_millis()\n"
    )
    with made(tmp_path, app).start(init_seconds=0.3, timeout=30.0) as started:
        first = started.invoke(EVENT)
        second = started.invoke(EVENT)

    assert pinned(first.logs).partition("\n")[2] == (
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: timeout\n"
        "START RequestId: ID Version: $LATEST\n" + report()
    )
    assert (first.error, first.init) == (None, None)
    # Counted from when the emulator knew of the second process, which may be a little late.
    assert first.duration >= 500
    assert json.loads(first.payload) <= 29_500
    assert json.loads(first.payload) < json.loads(second.payload)


def test_an_init_phase_that_is_too_slow_for_good(tmp_path: Path) -> None:
    """The second attempt counts towards the function's timeout."""
    function = made(tmp_path, "import time\ntime.sleep(60)\n")
    with function.start(timeout=0.4, init_seconds=0.3) as started:
        payload, error, logs = seen(started.invoke(EVENT))
        alone = started.init()

    assert error == payload["errorType"] == "Sandbox.Timedout"
    assert logs.endswith(
        "INIT_REPORT Init Duration: N ms\tPhase: invoke\tStatus: timeout\n"
        "START RequestId: ID Version: $LATEST\n"
        "DATE ID Task timed out after 0.40 seconds\n\n" + report("Status: timeout")
    )
    assert json.loads(alone.payload)["errorMessage"] == "Error: Task timed out after 0.30 seconds"
    assert pinned(alone.logs).splitlines()[-1] == (
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: timeout"
    )


# Acts once `tell` says so, such as after its answer.
WHEN_TOLD = dedent("""
    import os, tempfile, threading, time
    def when_told(act, *arguments):
        told = os.path.join(tempfile.gettempdir(), "told")
        def wait():
            while not os.path.exists(told):
                time.sleep(0.01)
            os.unlink(told)
            act(*arguments)
        threading.Thread(target=wait).start()
""")


def tell(function: Function) -> None:
    Path(function._mounts.root, "tmp", "told").touch()


def test_a_process_that_ends_between_two_events(tmp_path: Path) -> None:
    """What it started ends with it, and the next event finds a new process."""
    app = WHEN_TOLD + dedent("""
        import subprocess
        def handler(event, context):
            subprocess.Popen(["sleep", "1000"])
            when_told(os._exit, 0)
            return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
    """)
    with made(tmp_path, app).start() as started:
        first = answer(started)
        process = started._phases._process
        assert process
        tell(started)
        # The kernel tells of the end a moment after the environment is gone.
        while is_alive(first) or not process.has_ended:
            sleep(0.01)
        assert answer(started) != first


def test_fifty_events_at_once(tmp_path: Path) -> None:
    """They are answered one after another, in order of arrival."""
    app = "seen = []\ndef handler(event, context):\n    seen.append(event)\n    return seen\n"
    with made(tmp_path, app).start() as started:
        waiting = [started.submit(Invocation(str(number).encode())) for number in range(50)]
        with ThreadPoolExecutor(50) as threads:
            list(threads.map(lambda each: each.result(), waiting))
            late = list(threads.map(started.invoke, [Invocation(b"50")] * 50))

    assert json.loads(waiting[-1].result().payload) == list(range(50))
    assert sorted(len(json.loads(each.payload)) for each in late) == list(range(51, 101))


def test_a_thousand_events_leave_nothing_behind(tmp_path: Path) -> None:
    """Neither the emulator nor the function opens more files, starts threads, or grows."""
    app = dedent("""
        import logging, os
        def handler(event, context):
            print(f"event {event}", end="")
            logging.warning("record")
            resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            return [len(os.listdir("/proc/self/fd")), resident]
    """)
    with made(tmp_path, app).start() as started:
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


def test_fifty_functions_leave_nothing_behind(tmp_path: Path) -> None:
    """No descriptor, no thread, no process and no folder of theirs is left once they are closed."""
    function = failing(tmp_path, "os._exit(1)")
    with function.start() as started:
        answer(started)
    before = [len(os.listdir(f"/proc/self/{each}")) for each in ("fd", "task")]
    folders, processes = [], []
    for number in range(50):
        with function.start() as started:
            folders.append(started._mounts.root)
            if number % 5:
                processes.append(answer(started))
            if number % 7 == 0:
                started.invoke(FAILING)

    # Threads that served connections end a moment after these.
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
        # It leaves the group, and holds on to standard output.
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
""")


def test_closing_ends_the_children_too(tmp_path: Path) -> None:
    """One that left the group as well, where the kernel gives the function a view of its own."""
    with made(tmp_path, CHILDREN).start() as started:
        stream, root = answer(started), started._mounts.root
        assert is_alive(stream)

    assert (is_alive(stream), os.path.exists(root)) == (False, False)


def test_a_function_cannot_reach_the_emulator(tmp_path: Path) -> None:
    """It sees its own processes alone, and the first of them does not end on its word."""
    app = APP + dedent("""
        def handler(event, context):
            os.kill(os.getppid(), signal.SIGKILL)
            return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    """)
    with made(tmp_path, app).start() as started:
        assert answer(started) == [1, 2]


def test_closing_at_once(tmp_path: Path) -> None:
    """An error in the block stops the event that runs, and cancels those that wait."""
    logged: list[bytes] = []
    function = failing(tmp_path, "time.sleep(60)")
    with suppress(ZeroDivisionError), function.start(log=logged.append, timeout=60) as started:
        stream = answer(started)
        waiting = [started.submit(FAILING) for _ in range(3)]
        while pinned(b"".join(logged)).count("START RequestId") < 2:
            sleep(0.01)
        raise ZeroDivisionError

    for each in waiting:
        with pytest.raises(CancelledError):
            each.result(0)
    assert not is_alive(stream)
    assert pinned(b"".join(logged)).endswith("START RequestId: ID Version: $LATEST\n")


def test_a_closed_function_takes_no_events(tmp_path: Path) -> None:
    """Whoever sends one is told; closing again changes nothing."""
    with failing(tmp_path, "pass").start() as started:
        pass
    started.close(at_once=True)

    with pytest.raises(FunctionIsClosed) as refused:
        started.submit(EVENT)
    assert str(refused.value) == "fn is closed, and takes no more events."


def test_output_of_any_kind(tmp_path: Path) -> None:
    """Bytes that are no text, megabytes at once, and what has no newline, come out as written."""
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
    with made(tmp_path, app).start() as started:
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
        # As the client does, were it killed while it writes.
        os.write(1, struct.pack(">IIQ", 0xA55A0003, 9, 1_795_800_000_000_000)[:{torn}] + b"{text}")
        os._exit(1)
    def log(i):
        logging.warning("%s %s", i, "x" * 20_000)
    threads = [threading.Thread(target=log, args=[i]) for i in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
"""


def test_large_records_of_many_threads(tmp_path: Path) -> None:
    """More than a pipe holds, at once: each comes out whole, on a line of its own."""
    with made(tmp_path, RECORDS.format(torn=0, text="")).start() as started:
        outcome = started.invoke(EVENT)

    records = [line for line in outcome.logs.splitlines() if line.startswith(b"[WARNING]")]
    assert sorted(int(line.split()[3]) for line in records) == list(range(50))
    assert {line.split()[4] for line in records} == {b"x" * 20_000}
    assert len(outcome.logs.splitlines()) == 50 + 4


@pytest.mark.parametrize(
    ("torn", "text", "shown"),
    [(16, "torn", b"torn"), (7, "", b"\xa5\x5a\x00\x03\x00\x00\x00")],
    ids=["in the record", "in its frame"],
)
def test_a_record_that_is_torn(tmp_path: Path, torn: int, text: str, shown: bytes) -> None:
    """What came of it is shown, on a line of its own."""
    app = RECORDS.format(torn=torn, text=text)
    with made(tmp_path, app).start() as started:
        logs = started.invoke(FAILING).logs

    _, _, after = logs.partition(b"$LATEST\n")
    assert after.splitlines()[0] == shown


def test_a_function_that_closes_its_output(tmp_path: Path) -> None:
    """It answers on, though nothing of it can be seen any more."""
    with failing(tmp_path, "[os.close(each) for each in (1, 2)]").start() as started:
        before = answer(started)
        assert started.invoke(FAILING).error is None
        assert answer(started) == before


def test_output_between_two_events(tmp_path: Path) -> None:
    """What a thread writes after the answer comes out when it is written."""
    logged: list[bytes] = []
    app = WHEN_TOLD + "def handler(event, context):\n    when_told(print, 'late')\n"
    with made(tmp_path, app).start(log=logged.append) as started:
        outcome = started.invoke(EVENT)
        tell(started)
        while b"late\n" not in logged:
            sleep(0.01)

    assert b"late\n" not in outcome.logs


def is_alive(stream: str) -> bool:
    """Whether anything runs of a function's process and of what it started.

    They know the name of their log stream, which no other process has.
    """
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if stream.encode() in (process / "environ").read_bytes():
                return True
    return False
