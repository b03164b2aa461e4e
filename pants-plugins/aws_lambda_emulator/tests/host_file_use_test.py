"""The files of this machine that functions see, use and miss, with real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from aws_lambda_emulator.function import Function
from aws_lambda_emulator.host_file_use import (
    FILE,
    HIDDEN,
    LACKS,
    UNSURE,
    HostFile,
    describe_use,
    suggest_fix,
)
from aws_lambda_emulator.host_files import find_host_files
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.mounts import SHOWN_FILES, Interpreter
from aws_lambda_emulator.tests.function_builder import VERSIONS, build_function
from aws_lambda_emulator.tests.host_probe import OWN_VERSION, find_library, find_program

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Only Linux reports the files of a process."
)

ADDRESS = "src/app:fn"
HANDLER = "def handler(event, context):\n    {}\n"


def invoke(started: Function) -> Outcome:
    return started.invoke(Invocation(b"{}"))


@pytest.mark.usefixtures("require_own_view")
def test_function_loads_a_hidden_library(tmp_path: Path) -> None:
    """The import fails as in Lambda, and a line states the reason and the fix."""
    hidden_file = find_library(HIDDEN)
    app = f"import ctypes\nctypes.CDLL({hidden_file.name!r})\n{HANDLER.format('pass')}"
    with build_function(tmp_path, app).start() as started:
        outcome = started.init()
        found = started.host_files

    assert outcome.error == "OSError"
    assert found == [hidden_file]
    assert list(describe_use(found, ADDRESS)) == [
        f"src/app:fn looked for {hidden_file.name} ({hidden_file.path}) on this machine. Lambda does not "
        "have such files, so the emulator hides them. To fix, put the library into `lib/`, such as "
        f'with `extra_files={{"lib/{hidden_file.name}": "path/to:target"}}`, attach a layer that has it '
        "there, or require a distribution whose wheel contains it."
    ]


@pytest.mark.usefixtures("require_own_view")
def test_search_for_a_hidden_library(tmp_path: Path) -> None:
    """`find_library` does not find it, as in Lambda, but the emulator knows its name."""
    hidden_file = find_library(HIDDEN)
    short = hidden_file.name[len("lib") :].partition(".so")[0]
    app = (
        "from ctypes.util import find_library\n"
        f"assert find_library({short!r})\n{HANDLER.format('pass')}"
    )
    with build_function(tmp_path, app).start() as started:
        outcome = started.init()

        assert (outcome.error, started.host_files) == ("AssertionError", [hidden_file])


@pytest.mark.usefixtures("require_own_view")
@pytest.mark.parametrize("shell", [False, True], ids=["itself", "by a shell"])
def test_function_starts_a_hidden_program(tmp_path: Path, shell: bool) -> None:
    """It cannot be started. The emulator recognizes Python's message and a shell's."""
    hidden_file = find_program(HIDDEN)
    command = f"{hidden_file.name} --version" if shell else [hidden_file.name, "--version"]
    act = f"subprocess.run({command!r}, shell={shell}, check=True)"
    with build_function(tmp_path, f"import subprocess\n{HANDLER.format(act)}").start() as started:
        outcome = invoke(started)
        found = started.host_files

    assert outcome.error == ("CalledProcessError" if shell else "FileNotFoundError")
    assert found == [hidden_file]
    assert list(describe_use(found, ADDRESS)) == [
        f"src/app:fn looked for {hidden_file.name} ({hidden_file.path}) on this machine. Lambda does not "
        "have such files, so the emulator hides them. To fix, attach a layer that has "
        f"`bin/{hidden_file.name}`, which is on `PATH` as `/opt/bin`, or do without the program."
    ]


@pytest.mark.usefixtures("require_own_view")
def test_hidden_data_file(tmp_path: Path) -> None:
    """Data of the host is hidden as well, and the result names the file."""
    place = next(each for each in ("/etc/fstab", "/etc/hostname") if os.path.exists(each))
    app = HANDLER.format(f"return open({place!r}).read()")
    with build_function(tmp_path, app).start() as started:
        outcome = invoke(started)
        found = started.host_files

    assert outcome.error == "FileNotFoundError"
    assert found == [HostFile(FILE, os.path.basename(place), place, HIDDEN)]
    assert (
        suggest_fix(found) == "add the file to the artifact as a `resource` and read it from there."
    )


@pytest.mark.usefixtures("require_own_view")
def test_failure_with_another_cause(tmp_path: Path) -> None:
    """No file of the host is reported if the function lacks something else."""
    app = "import nowhere\n" + HANDLER.format("pass")
    with build_function(tmp_path, app).start() as started:
        assert (started.init().error, started.host_files) == ("Runtime.ImportModuleError", [])


@pytest.mark.usefixtures("require_own_view")
def test_search_without_a_failure(tmp_path: Path) -> None:
    """A function that works without the file works in Lambda as well, so nothing is reported."""
    hidden_file = find_program(HIDDEN)
    app = dedent(f"""
        import shutil, subprocess
        def handler(event, context):
            try:
                subprocess.run([{hidden_file.name!r}])
            except OSError:
                return shutil.which({hidden_file.name!r})
    """)
    with build_function(tmp_path, app).start() as started:
        assert (invoke(started).payload, started.host_files) == (b"null", [])


def test_files_in_plain_folders(tmp_path: Path) -> None:
    """No file is hidden, but the files that the function used are reported."""
    hidden_file, command = find_library(LACKS), find_program(LACKS)
    app = f"import ctypes, subprocess\nctypes.CDLL({hidden_file.name!r})\n" + HANDLER.format(
        f"subprocess.run([{command.name!r}, '--version'], stdout=subprocess.DEVNULL)"
    )
    with build_function(tmp_path, app).start(own_view=False) as started:
        at_first = (started.init().error, started.host_files)
        error, found = invoke(started).error, started.host_files

    # Lambda may also lack dependencies of the library.
    assert at_first[0] is error is None
    assert hidden_file in at_first[1]
    assert set(found) - set(at_first[1]) == {command}
    assert list(describe_use([command], ADDRESS)) == [
        f"src/app:fn used {command.name} ({command.path}) of this machine. Lambda does not have "
        f"such files. To fix, attach a layer that has `bin/{command.name}`, which is on `PATH` as "
        "`/opt/bin`, or do without the program."
    ]


@pytest.mark.parametrize("own_view", [True, False], ids=["a view", "plain folders"])
def test_function_loads_an_uncertain_library(tmp_path: Path, own_view: bool) -> None:
    """It stays visible, and a line names it."""
    uncertain = find_library(UNSURE)
    app = f"import ctypes\nctypes.CDLL({uncertain.name!r})\n{HANDLER.format('pass')}"
    with build_function(tmp_path, app).start(own_view=own_view) as started:
        outcome = started.init()
        found = started.host_files

    assert (outcome.error, found) == (None, [uncertain])
    assert list(describe_use(found, ADDRESS)) == [
        f"src/app:fn used {uncertain.name} ({uncertain.path}) of this machine. AWS's images "
        "contain such files for their package manager, but AWS does not say whether functions find them."
    ]


STANDARD = dedent("""
    import bz2, ctypes, ctypes.util, hashlib, lzma, os, pwd, socket, ssl, subprocess, urllib.request
    import zlib, zoneinfo
    libc = ctypes.CDLL(ctypes.util.find_library("c"))
    hashlib.sha3_256(b"")
    ssl.create_default_context()
    def handler(event, context):
        shell = "ls / | grep -c tmp; echo a | sed s/a/b/ | cut -c1; uname -s; bash -c 'echo c'"
        return [
            libc.abs(-1),
            socket.gethostbyname("localhost"),
            pwd.getpwuid(0).pw_name,
            subprocess.check_output(shell, shell=True, text=True).split(),
        ]
""")
ANSWER = [1, "127.0.0.1", "root", ["1", "b", "Linux", "c"]]


@pytest.mark.parametrize("own_view", [True, False], ids=["a view", "plain folders"])
@pytest.mark.parametrize("python", VERSIONS[1:], ids=lambda each: f"python{each[0]}.{each[1]}")
def test_files_that_lambda_has(tmp_path: Path, python: tuple[int, int], own_view: bool) -> None:
    """Libraries of the interpreter, host names, certificates and programs work without a report."""
    with build_function(tmp_path, STANDARD, python=python).start(own_view=own_view) as started:
        outcome = invoke(started)
        found = started.host_files

    assert outcome.error is None, outcome.logs.decode()
    assert (json.loads(outcome.payload), found) == (ANSWER, [])


def test_interpreter_of_the_system(tmp_path: Path) -> None:
    """If it shares its prefix with other software, only its standard library is shown."""
    python = "/usr/bin/python3"
    if not os.path.exists(python):
        pytest.skip("This machine has no Python of its own.")
    program = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run(
        [python, "-I", "-c", program], check=True, stdout=subprocess.PIPE, text=True
    )
    major, minor = map(int, done.stdout.split())
    if (major, minor) < (3, 9):
        pytest.skip("This machine's own Python is too old.")
    shown = find_host_files(python, (major, minor))
    function = build_function(tmp_path, STANDARD)
    path = Path(f"{function.artifact.code.path}.metadata.json")
    path.write_text(path.read_text().replace(f"python3.{OWN_VERSION[1]}", f"python{major}.{minor}"))
    of_system = type(function)(
        function.folder, function.artifact, Interpreter(python, (major, minor))
    )
    with of_system.start() as started:
        outcome = invoke(started)

    assert not shown.shows("/usr/lib/python3/dist-packages")
    assert not shown.shows("/usr/bin/git")
    assert json.loads(outcome.payload) == ANSWER, outcome.logs.decode()


@pytest.mark.usefixtures("require_own_view")
def test_files_cannot_be_hidden(tmp_path: Path) -> None:
    """The function sees all files, and its log explains that once."""
    with build_function(tmp_path, HANDLER.format("return event or 1 / 0")).start() as started:
        # The list contains a file that was removed, as by an update of the machine.
        shown = Path(started._mounts.root, SHOWN_FILES)
        shown.write_text(json.dumps({**json.loads(shown.read_text()), "files": ["/no/such/file"]}))
        outcome, again = started.init(), invoke(started)

    lines = [line for line in outcome.logs.decode().splitlines() if line.startswith("EMULATOR")]
    assert lines == [
        "EMULATOR This function sees all files of this machine, including files that Lambda does "
        "not have: mount /no/such/file: No such file or directory"
    ]
    assert b"EMULATOR" not in again.logs


@pytest.mark.usefixtures("require_own_view")
def test_profile_shows_all_files(tmp_path: Path) -> None:
    """A profile may name a program that prints credentials."""
    app = "import os\n" + HANDLER.format("return os.path.exists('/etc/fstab')")
    with build_function(tmp_path, app).start(aws_profile="mine") as started:
        outcome = invoke(started)

    assert json.loads(outcome.payload) == os.path.exists("/etc/fstab")
    assert (
        "EMULATOR This function sees all files of this machine, including files that Lambda does "
        "not have: `--aws-profile` may start any program to get credentials"
    ) in outcome.logs.decode().splitlines()


@pytest.mark.usefixtures("require_own_view")
def test_run_explains_a_hidden_file(tmp_path: Path) -> None:
    """`run` writes the line to standard error after the log."""
    hidden_file = find_program(HIDDEN)
    act = f"subprocess.run([{hidden_file.name!r}], check=True)"
    function = build_function(tmp_path, f"import subprocess\n{HANDLER.format(act)}")
    command = [sys.executable, "-m", "aws_lambda_emulator", "run", function.artifact.code.path]
    ran = subprocess.run(
        [*command, "--python", function.interpreter.path],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=False,
        text=True,
    )

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == next(describe_use([hidden_file], "src/app:fn"))
