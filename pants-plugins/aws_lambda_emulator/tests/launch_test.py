"""What a function can see, write and reach of the machine that it runs on."""

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

from aws_lambda_emulator import function as its_module
from aws_lambda_emulator.function import Invocation
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.tests.function_test import is_alive
from aws_lambda_emulator.tests.made_functions import Made, MadeFile, MadeLayer, made

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

EMULATOR = Path(its_module.__file__).parent


def answer(function: Made, event: object, **options: Any) -> Any:
    with function.start(**options) as started:
        outcome = started.invoke(Invocation(json.dumps(event).encode()))
    assert outcome.error is None, outcome.logs.decode()
    return json.loads(outcome.payload)


def has_own_view(folder: Path) -> bool:
    """Whether this machine's kernel lets functions have places of their own."""
    function = made(folder, "def handler(event, context):\n    return __file__\n")
    return bool(answer(function, {}) == "/var/task/app.py")


@pytest.fixture
def own_view(tmp_path: Path) -> None:
    if not has_own_view(tmp_path / "probe"):
        pytest.skip("The kernel does not let processes have a file system of their own.")


@pytest.mark.usefixtures("own_view")
def test_only_tmp_can_be_written(tmp_path: Path) -> None:
    """Neither the function's own places nor the host's files, whoever runs the emulator."""
    layer = MadeLayer({"python/a.py": ""})
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
        *(f"{each}/new" for each in mounted_below_the_top()),
    ]

    written = answer(made(tmp_path, WRITE, layers=[layer]), [*refused, "/tmp/new"])

    assert {each for each in written.values() if each != "written"} <= {
        "Read-only file system",
        "Permission denied",
        # A home below /tmp, which is the function's own.
        "No such file or directory",
    }
    assert [place for place, how in written.items() if how == "written"] == ["/tmp/new"]
    assert not os.path.exists("/tmp/new")


def mounted_below_the_top() -> list[str]:
    """Folders of file systems that lie inside the host's others, and can be written."""
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [
        point
        for point in points
        if point.count("/") > 1
        and point.split("/")[1] not in ("dev", "proc", "sys", "tmp", "opt")
        and os.path.isdir(point)
        and os.access(point, os.W_OK)
    ]


def test_plain_folders_cannot_be_written(tmp_path: Path) -> None:
    """Code and layers are as unwritable as in Lambda, by root as by others."""
    layer = MadeLayer({"python/a.py": ""})
    refused = [
        "$LAMBDA_TASK_ROOT/app.py",
        "$LAMBDA_TASK_ROOT/new",
        "$LAMBDA_TASK_ROOT/../../opt/new",
        "$LAMBDA_TASK_ROOT/../../opt/python/a.py",
    ]

    function = made(tmp_path, WRITE, layers=[layer])
    written = answer(function, [*refused, "$TMPDIR/new"], own_view=False)

    assert written == {**dict.fromkeys(refused, "Permission denied"), "$TMPDIR/new": "written"}


@pytest.mark.usefixtures("own_view")
def test_tmp_is_the_functions_own(tmp_path: Path) -> None:
    """It is empty at first, keeps its files from event to event, and is gone with the function."""
    app = dedent("""
        import os, tempfile
        def handler(event, context):
            tempfile.mkstemp(prefix="made-")
            return [len(os.listdir("/tmp")), tempfile.gettempdir()]
    """)
    with made(tmp_path, app).start() as started:
        payloads = [started.invoke(Invocation(b"1")).payload for _ in range(2)]

    assert payloads == [b'[1, "/tmp"]', b'[2, "/tmp"]']


@pytest.mark.usefixtures("own_view")
def test_there_is_no_shared_memory(tmp_path: Path) -> None:
    """As in Lambda, where a lock or a pool of `multiprocessing` fails."""
    app = "import multiprocessing\ndef handler(event, context):\n    multiprocessing.Lock()\n"
    with made(tmp_path, app).start() as started:
        outcome = started.invoke(Invocation(b"1"))

    assert outcome.error == "OSError"


def test_limits(tmp_path: Path) -> None:
    """1,024 descriptors, and files that everyone may read."""
    app = dedent("""
        import os, resource
        def handler(event, context):
            return [resource.getrlimit(resource.RLIMIT_NOFILE), os.umask(0)]
    """)
    assert answer(made(tmp_path, app), {}) == [[1024, 1024], 0o022]


def test_no_signal_is_ignored(tmp_path: Path) -> None:
    """What Python ignores for itself is not handed on to a wrapper."""
    wrapper = MadeFile('#!/bin/sh\nIGNORED="$(grep SigIgn /proc/$$/status)" exec "$@"\n', 0o755)
    app = "import os\ndef handler(event, context):\n    return os.environ['IGNORED'].split()[1]\n"
    function = made(tmp_path, {"app.py": app, "wrap": wrapper})

    ignored = answer(function, {}, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"})

    assert int(ignored, 16) >> (signal.SIGPIPE - 1) & 1 == 0


@pytest.mark.usefixtures("own_view")
def test_a_python_below_tmp(tmp_path: Path) -> None:
    """It stays in sight and cannot be changed; /var/task, /opt and /tmp are the function's own."""
    layer = MadeLayer({"python/a.py": ""})
    function = made(tmp_path / "fn", WRITE, layers=[layer])
    moved = moved_python(function.interpreter, tmp_path / "prefix")
    with Made(function.folder, function.artifact, moved).start() as started:
        assert b"EMULATOR" not in started.init().logs
        places = ["/tmp/new", "/var/task/new", "/opt/python/new", f"{tmp_path}/prefix/bin/new"]
        outcomes = [started.invoke(Invocation(json.dumps(places).encode())) for _ in range(2)]

    written = dict.fromkeys(places, "Read-only file system")
    assert [json.loads(each.payload) for each in outcomes] == [
        {**written, "/tmp/new": "written"}
    ] * 2


@pytest.mark.usefixtures("own_view")
@pytest.mark.parametrize(
    ("prefix", "own"), [("/opt/toolcache/x64", True), ("/opt/python", False), ("/opt", False)]
)
def test_a_python_below_opt(tmp_path: Path, prefix: str, own: bool) -> None:
    """It stays in sight next to the layers, unless they have a folder of that name; then the
    function gets plain folders, and its log says why, once."""
    function = made(tmp_path / "fn", LIST, layers=[MadeLayer({"python/a.py": "A = 1"})])
    moved = moved_python(function.interpreter, tmp_path / "prefix")
    # In a file system of its own, whose /opt has nothing else.
    command = [sys.executable, "-c", IN_OPT, prefix, moved.path, str(tmp_path / "fn/src.app/fn")]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    answered, said = json.loads(done.stdout)
    if own:
        assert answered == [1, "/var/task/app.py", ["python", "toolcache"]]
        assert "EMULATOR" not in said
    else:
        assert answered[0] == 1
        told = [line for line in said.splitlines() if "EMULATOR" in line]
        assert [line.partition("own: ")[2] for line in told] == [
            f"{prefix} lies where Lambda has something else"
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
    from aws_lambda_emulator import launch
    from aws_lambda_emulator.artifact import read_artifact
    from aws_lambda_emulator.function import Invocation
    from aws_lambda_emulator.tests.made_functions import Made
    from aws_lambda_emulator.mounts import Interpreter

    prefix, python, function = sys.argv[1:]
    launch.unshare(launch._CLONE_NEWNS)
    launch._mount("none", "/", None, launch._MS_REC | launch._MS_PRIVATE)
    launch._mount("tmpfs", "/opt", "tmpfs", 0)
    os.makedirs(f"{prefix}/bin")
    path = shutil.copy2(python, f"{prefix}/bin")
    made = Made(Path(function), read_artifact(function), Interpreter(path, sys.version_info[:2]))
    with made.start() as started:
        logs = started.init().logs
        outcomes = [started.invoke(Invocation(each)) for each in (b"1", b"0", b"1")]
    logs += b"".join(each.logs for each in outcomes)
    print(json.dumps([json.loads(outcomes[2].payload), logs.decode()]))
""")


def moved_python(python: Interpreter, prefix: Path) -> Interpreter:
    """A copy of an interpreter at another place. Skips where it does not work there."""
    (prefix / "bin").mkdir(parents=True)
    moved = shutil.copy2(os.path.realpath(python.path), prefix / "bin")
    ask = [str(moved), "-I", "-c", ""]
    if subprocess.run(ask, check=False, capture_output=True).returncode:
        pytest.skip("This Python does not work away from its place.")
    return Interpreter(str(moved), python.python)


def test_plain_folders_that_were_asked_for(tmp_path: Path) -> None:
    """Nobody is told what he knows."""
    with made(tmp_path, WRITE).start(own_view=False) as started:
        assert b"EMULATOR" not in started.init().logs


EMULATE = dedent("""
    import json, os, sys
    from aws_lambda_emulator.artifact import read_artifact
    from aws_lambda_emulator.environment import Configuration
    from aws_lambda_emulator.function import Function, Invocation
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


def test_an_emulator_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's process ends with it, and the next emulator removes its folder."""
    function = made(tmp_path / "fn", STREAM)
    # Its own, or the next emulator is one of another test.
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    emulator = subprocess.Popen(
        [sys.executable, "-c", EMULATE, function.artifact.code.path, function.interpreter.path],
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


def test_a_command_that_is_told_to_end(tmp_path: Path) -> None:
    """SIGTERM ends the event that runs, its process, and leaves no folder."""
    function = made(
        tmp_path / "fn",
        "import os, time\ndef handler(event, context):\n"
        "    print(os.environ['AWS_LAMBDA_LOG_STREAM_NAME'], flush=True)\n    time.sleep(60)\n",
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = subprocess.Popen(
        [sys.executable, "-m", "aws_lambda_emulator", "run", function.artifact.code.path]
        + ["--python", function.interpreter.path],
        env={"PYTHONPATH": str(EMULATOR.parent), "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        assert command.stderr
        stream = next(line.strip() for line in command.stderr if "[$LATEST]" in line)
        command.send_signal(signal.SIGTERM)
        rest = command.stderr.read()

    assert (command.returncode, rest) == (143, "")
    assert not is_alive(stream)
    assert list(scratch.iterdir()) == []


def test_a_command_whose_log_nobody_reads(tmp_path: Path) -> None:
    """Its answer is still printed, and its status is the function's."""
    app = "import os\ndef handler(event, context):\n    print('x' * 100_000)\n    os.environ['TABLE']\n"
    function = made(tmp_path, app)
    with subprocess.Popen(
        [sys.executable, "-m", "aws_lambda_emulator", "run", function.artifact.code.path]
        + ["--python", function.interpreter.path],
        env={"PYTHONPATH": str(EMULATOR.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout
        assert command.stderr
        command.stderr.close()
        answered = json.loads(command.stdout.read())

    assert (answered["errorType"], command.returncode) == ("KeyError", 1)


def test_a_start_leaves_no_bytecode(tmp_path: Path) -> None:
    """What becomes the function's process writes nothing beside the emulator, where sources lie."""
    copy = tmp_path / "lib" / "copied"
    shutil.copytree(EMULATOR, copy, ignore=shutil.ignore_patterns("__pycache__", "*_test.py"))
    function = made(tmp_path / "fn", "def handler(event, context):\n    return 1\n")
    ran = subprocess.run(
        [sys.executable, "-B", "-m", "copied", "run", function.artifact.code.path]
        + ["--python", sys.executable],
        cwd=copy.parent,
        check=True,
        capture_output=True,
    )

    assert ran.stdout == b"1\n"
    assert list(copy.rglob("*.pyc")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become somebody else.")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_nobody_special_can_emulate(tmp_path: Path, mask: int) -> None:
    """Without any right of root's, and with files that only their owner may read."""
    python = "/usr/bin/python3"
    if not os.path.exists(python) or not shutil.which("setpriv"):
        pytest.skip("There is no Python that every user may run, or no `setpriv`.")
    ask = "import sys; print(*sys.version_info[:2])"
    said = subprocess.run([python, "-c", ask], check=True, stdout=subprocess.PIPE, text=True)
    major, minor = map(int, said.stdout.split())
    open_to_all = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        open_to_all.chmod(0o777)
        shutil.copytree(EMULATOR, open_to_all / "aws_lambda_emulator")
        (open_to_all / "aws_lambda" / "__init__.py").touch()
        function = made(open_to_all, STREAM)
        path = Path(function.artifact.code.path)
        metadata = Path(f"{path}.metadata.json")
        metadata.write_text(
            json.dumps({**json.loads(metadata.read_text()), "runtime": f"python{major}.{minor}"})
        )
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        answered = subprocess.run(
            [*nobody, python, "-c", f"import os; os.umask({mask})\n{EMULATE}", str(path), python],
            cwd=open_to_all,
            env={"PYTHONPATH": str(open_to_all)},
            input="",
            capture_output=True,
            check=False,
            text=True,
        )
    finally:
        shutil.rmtree(open_to_all)

    assert (answered.returncode, answered.stderr) == (0, "")
    stream, root = json.loads(answered.stdout)
    assert not is_alive(stream)
    assert not os.path.exists(root)
