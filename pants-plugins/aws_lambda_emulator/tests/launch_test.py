"""The files, processes and limits that a function sees on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent
from time import sleep
from typing import Any

import pytest

from aws_lambda_emulator import launch as launch_module
from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.tests.function_builder import (
    BuiltFunction,
    SourceFile,
    SourceLayer,
    build_function,
)
from aws_lambda_emulator.tests.host_probe import is_alive

WRITE = dedent("""
    import os
    def handler(places, context):
        found = {}
        for place in places:
            try:
                open(os.path.expandvars(place), "w").close()
            except OSError as error:
                found[place] = error.strerror
            else:
                found[place] = "written"
        return found
""")

EMULATOR = Path(launch_module.__file__).parent


def respond(function: BuiltFunction, event: object, **options: Any) -> Any:
    """The response of a function to an event."""
    with function.start(**options) as started:
        outcome = started.invoke(Invocation(json.dumps(event).encode()))
    assert outcome.error is None, outcome.logs.decode()
    return json.loads(outcome.payload)


@pytest.mark.usefixtures("require_own_view")
def test_only_tmp_is_writable(tmp_path: Path) -> None:
    """Neither the function's folders nor the host's files are writable, even if root runs the
    emulator."""
    layer = SourceLayer({"python/a.py": ""})
    refused = [
        "/var/task/app.py",
        "/var/task/new",
        "/opt/new",
        "/opt/python/a.py",
        "/var/runtime/new",
        "/var/lang/new",
        "/var/new",
        "/etc/new",
        "/usr/new",
        "/new",
        str(Path.home() / "new"),
        "/dev/shm/new",
        *(f"{each}/new" for each in writable_mounts()),
    ]

    written = respond(build_function(tmp_path, WRITE, layers=[layer]), [*refused, "/tmp/new"])

    assert {each for each in written.values() if each != "written"} <= {
        "Read-only file system",
        "Permission denied",
        # A home folder in /tmp, which is the function's own.
        "No such file or directory",
    }
    assert [place for place, how in written.items() if how == "written"] == ["/tmp/new"]
    assert not os.path.exists("/tmp/new")


def writable_mounts() -> list[str]:
    """Writable mount points below the top level of the host's file system."""
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [
        point
        for point in points
        if point.count("/") > 1
        and point.split("/")[1] not in ("dev", "proc", "sys", "tmp", "opt")
        and os.path.isdir(point)
        and os.access(point, os.W_OK)
    ]


def test_plain_folders_are_read_only(tmp_path: Path) -> None:
    """Code and layers are read-only as in Lambda, also for root."""
    layer = SourceLayer({"python/a.py": ""})
    refused = [
        "$LAMBDA_TASK_ROOT/app.py",
        "$LAMBDA_TASK_ROOT/new",
        "$LAMBDA_TASK_ROOT/../../opt/new",
        "$LAMBDA_TASK_ROOT/../../opt/python/a.py",
    ]

    function = build_function(tmp_path, WRITE, layers=[layer])
    written = respond(function, [*refused, "$TMPDIR/new"], own_view=False)

    assert written == {**dict.fromkeys(refused, "Permission denied"), "$TMPDIR/new": "written"}


@pytest.mark.usefixtures("require_own_view")
def test_tmp_is_private(tmp_path: Path) -> None:
    """/tmp is empty at the start, keeps its files between events, and ends with the function."""
    app = dedent("""
        import os, tempfile
        def handler(event, context):
            tempfile.mkstemp(prefix="test-")
            return [len(os.listdir("/tmp")), tempfile.gettempdir()]
    """)
    with build_function(tmp_path, app).start() as started:
        payloads = [started.invoke(Invocation(b"1")).payload for _ in range(2)]

    assert payloads == [b'[1, "/tmp"]', b'[2, "/tmp"]']


@pytest.mark.usefixtures("require_own_view")
def test_shared_memory_is_missing(tmp_path: Path) -> None:
    """As in Lambda, a lock or a pool of `multiprocessing` fails."""
    app = "import multiprocessing\ndef handler(event, context):\n    multiprocessing.Lock()\n"
    with build_function(tmp_path, app).start() as started:
        outcome = started.invoke(Invocation(b"1"))

    assert outcome.error == "OSError"


def test_descriptors_and_umask(tmp_path: Path) -> None:
    """A function has 1,024 descriptors, and every user can read its files."""
    app = dedent("""
        import os, resource
        def handler(event, context):
            return [resource.getrlimit(resource.RLIMIT_NOFILE), os.umask(0)]
    """)
    assert respond(build_function(tmp_path, app), {}) == [[1024, 1024], 0o022]


def test_signals_are_not_ignored(tmp_path: Path) -> None:
    """A wrapper does not inherit the signals that Python ignores."""
    wrapper = SourceFile('#!/bin/sh\nIGNORED="$(grep SigIgn /proc/$$/status)" exec "$@"\n', 0o755)
    app = "import os\ndef handler(event, context):\n    return os.environ['IGNORED'].split()[1]\n"
    function = build_function(tmp_path, {"app.py": app, "wrap": wrapper})

    ignored = respond(function, {}, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"})

    assert int(ignored, 16) >> (signal.SIGPIPE - 1) & 1 == 0


@pytest.mark.usefixtures("require_own_view")
def test_interpreter_in_tmp(tmp_path: Path) -> None:
    """The interpreter is visible and read-only. /var/task, /opt and /tmp are the function's own."""
    layer = SourceLayer({"python/a.py": ""})
    function = build_function(tmp_path / "fn", WRITE, layers=[layer])
    moved = moved_python(function.interpreter, tmp_path / "prefix")
    with BuiltFunction(function.folder, function.artifact, moved).start() as started:
        assert b"EMULATOR" not in started.init().logs
        places = ["/tmp/new", "/var/task/new", "/opt/python/new", f"{tmp_path}/prefix/bin/new"]
        outcomes = [started.invoke(Invocation(json.dumps(places).encode())) for _ in range(2)]

    written = dict.fromkeys(places, "Read-only file system")
    assert [json.loads(each.payload) for each in outcomes] == [
        {**written, "/tmp/new": "written"}
    ] * 2


@pytest.mark.usefixtures("require_own_view")
@pytest.mark.parametrize(
    ("prefix", "has_view"),
    [("/opt/toolcache/x64", True), ("/opt/python", False), ("/opt", False)],
)
def test_interpreter_in_opt(tmp_path: Path, prefix: str, has_view: bool) -> None:
    """The interpreter is visible next to the layers, unless they have a folder with its name.

    Then the function gets plain folders, and its log explains that once.
    """
    function = build_function(tmp_path / "fn", LIST, layers=[SourceLayer({"python/a.py": "A = 1"})])
    moved = moved_python(function.interpreter, tmp_path / "prefix")
    # The program gets a mount namespace in which /opt is empty.
    command = [sys.executable, "-c", IN_OPT, prefix, moved.path, str(tmp_path / "fn/src.app/fn")]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    response, logs = json.loads(done.stdout)
    if has_view:
        assert response == [1, "/var/task/app.py", ["python", "toolcache"]]
        assert "EMULATOR" not in logs
    else:
        assert response[0] == 1
        lines = [line for line in logs.splitlines() if "EMULATOR" in line]
        assert [line.partition("own paths: ")[2] for line in lines] == [
            f"Lambda has another folder at {prefix}"
        ]


LIST = dedent("""
    import os, a
    def handler(event, context):
        if not event:
            os._exit(1)
        return [a.A, __file__, sorted(os.listdir("/opt"))]
""")
IN_OPT = dedent("""
    import json, os, shutil, sys
    from pathlib import Path
    from aws_lambda_emulator import system_calls
    from aws_lambda_emulator.artifact import read_artifact
    from aws_lambda_emulator.invocation import Invocation
    from aws_lambda_emulator.mounts import Interpreter
    from aws_lambda_emulator.tests.function_builder import BuiltFunction

    prefix, python, function = sys.argv[1:]
    system_calls.unshare(system_calls.CLONE_NEWNS)
    system_calls.mount("none", "/", None, system_calls.MS_REC | system_calls.MS_PRIVATE)
    system_calls.mount("tmpfs", "/opt", "tmpfs", 0)
    os.makedirs(f"{prefix}/bin")
    path = shutil.copy2(python, f"{prefix}/bin")
    interpreter = Interpreter(path, sys.version_info[:2])
    built = BuiltFunction(Path(function), read_artifact(function), interpreter)
    with built.start() as started:
        logs = started.init().logs
        outcomes = [started.invoke(Invocation(each)) for each in (b"1", b"0", b"1")]
    logs += b"".join(each.logs for each in outcomes)
    print(json.dumps([json.loads(outcomes[2].payload), logs.decode()]))
""")


def moved_python(python: Interpreter, prefix: Path) -> Interpreter:
    """Copy an interpreter to another prefix. Skips the test if it does not work there."""
    (prefix / "bin").mkdir(parents=True)
    moved = shutil.copy2(os.path.realpath(python.path), prefix / "bin")
    command = [str(moved), "-I", "-c", ""]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("This Python does not work at another prefix.")
    return Interpreter(str(moved), python.python)


def test_requested_plain_folders(tmp_path: Path) -> None:
    """The log does not explain plain folders that the caller requested."""
    with build_function(tmp_path, WRITE).start(own_view=False) as started:
        assert b"EMULATOR" not in started.init().logs


EMULATOR_PROGRAM = dedent("""
    import json, os, sys
    from aws_lambda_emulator.artifact import read_artifact
    from aws_lambda_emulator.configuration import Configuration
    from aws_lambda_emulator.function import Function
    from aws_lambda_emulator.invocation import Invocation
    from aws_lambda_emulator.mounts import Interpreter

    artifact = read_artifact(sys.argv[1])
    interpreter = Interpreter(sys.argv[2], artifact.python)
    with Function(artifact, interpreter, Configuration("fn", artifact.handler)) as function:
        answer = json.loads(function.invoke(Invocation(b"{}")).payload)
        print(json.dumps([answer, function._mounts.root]), flush=True)
        sys.stdin.read()
""")
STREAM = (
    "import os\ndef handler(event, context):\n"
    "    return os.environ['AWS_LAMBDA_LOG_STREAM_NAME']\n"
)


def test_emulator_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's process ends with it, and the next emulator removes its folder."""
    function = build_function(tmp_path / "fn", STREAM)
    # A folder of this test, so that no other test's emulator removes the root.
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    emulator = subprocess.Popen(
        [
            sys.executable,
            "-c",
            EMULATOR_PROGRAM,
            function.artifact.code.path,
            function.interpreter.path,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(EMULATOR.parent), "TMPDIR": str(scratch)},
        text=True,
    )
    with emulator:
        assert emulator.stdout
        stream, root = json.loads(emulator.stdout.readline())
        assert is_alive(stream)
        emulator.kill()
    while is_alive(stream):
        sleep(0.01)

    left = os.path.exists(root)
    with function.start():
        assert (left, os.path.exists(root)) == (True, False)


def test_start_writes_no_bytecode(tmp_path: Path) -> None:
    """The function's process writes no files into the emulator's folder, which may contain
    sources.
    """
    copy = tmp_path / "lib" / EMULATOR.name
    shutil.copytree(EMULATOR, copy, ignore=shutil.ignore_patterns("__pycache__", "*_test.py"))
    function = build_function(tmp_path / "fn", "def handler(event, context):\n    return 1\n")
    ran = subprocess.run(
        [sys.executable, "-B", "-m", EMULATOR.name, "run", function.artifact.code.path]
        + ["--python", sys.executable],
        cwd=copy.parent,
        check=True,
        capture_output=True,
    )

    assert ran.stdout == b"1\n"
    assert list(copy.rglob("*.pyc")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become another user.")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_unprivileged_user_can_emulate(tmp_path: Path, mask: int) -> None:
    """The emulator needs no right of root, and works with files that only their owner can read."""
    python = "/usr/bin/python3"
    if not os.path.exists(python) or not shutil.which("setpriv"):
        pytest.skip("There is no Python that every user can run, or no `setpriv`.")
    program = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    major, minor = map(int, done.stdout.split())
    if (major, minor) < (3, 9):
        pytest.skip("This machine's own Python is too old.")
    shared = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        shared.chmod(0o777)
        shutil.copytree(EMULATOR, shared / "aws_lambda_emulator")
        function = build_function(shared, STREAM)
        path = Path(function.artifact.code.path)
        metadata = Path(f"{path}.metadata.json")
        metadata.write_text(
            json.dumps({**json.loads(metadata.read_text()), "runtime": f"python{major}.{minor}"})
        )
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        done = subprocess.run(
            [
                *as_nobody,
                python,
                "-c",
                f"import os; os.umask({mask})\n{EMULATOR_PROGRAM}",
                str(path),
                python,
            ],
            cwd=shared,
            env={"PYTHONPATH": str(shared)},
            input="",
            capture_output=True,
            check=False,
            text=True,
        )
    finally:
        shutil.rmtree(shared)

    assert (done.returncode, done.stderr) == (0, "")
    stream, root = json.loads(done.stdout)
    assert not is_alive(stream)
    assert not os.path.exists(root)
