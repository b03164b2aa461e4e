"""What functions see of this machine, from real processes and this machine's own libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from aws_lambda_emulator.function import Function, Invocation, Outcome
from aws_lambda_emulator.host_files import (
    FILE,
    HIDDEN,
    LACKS,
    LIBRARY,
    PROGRAM,
    UNSURE,
    HostFile,
    find_host_files,
    fix,
    remarks,
)
from aws_lambda_emulator.loader import libraries
from aws_lambda_emulator.mounts import SHOWN, Interpreter
from aws_lambda_emulator.tests.launch_test import has_own_view
from aws_lambda_emulator.tests.made_functions import VERSIONS, made

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Only Linux says what a process uses."
)

ADDRESS = "src/app:fn"
HANDLER = "def handler(event, context):\n    {}\n"
OWN = (sys.version_info[0], sys.version_info[1])


def library(how: str) -> HostFile:
    """A library of this machine that loads, and that Lambda lacks or may lack."""
    shown, known = find_host_files(sys.executable, OWN), libraries()
    if how == UNSURE:
        names = [each for each in ("libxml2.so.2", "liblz4.so.1", "libgmp.so.10") if each in known]
    else:
        others = (each for each in known if ".so." in each and not shown.shows(known[each]))
        names = sorted(others, key=lambda each: (each != "libmagic.so.1", each))
    for name in filter(loads, names):
        folder, real = os.path.dirname(known[name]), os.path.realpath(known[name])
        path = os.path.join(os.path.realpath(folder), name) if how == HIDDEN else real
        return HostFile(LIBRARY, name, path, how)
    pytest.skip("This machine has no such library.")


def loads(name: str) -> bool:
    code = f"import ctypes; ctypes.CDLL({name!r})"
    return not subprocess.run([sys.executable, "-c", code], check=False).returncode


def program(how: str) -> HostFile:
    """A program of this machine that Lambda lacks."""
    for path in ("/usr/bin/git", "/usr/bin/tar", "/usr/bin/gzip", "/usr/bin/perl"):
        if os.path.exists(path):
            return HostFile(PROGRAM, os.path.basename(path), path, how)
    pytest.skip("This machine has no such program.")


def run(started: Function) -> Outcome:
    return started.invoke(Invocation(b"{}"))


@pytest.fixture
def own_view(tmp_path: Path) -> None:
    if not has_own_view(tmp_path / "probe"):
        pytest.skip("The kernel does not let processes have a file system of their own.")


@pytest.mark.usefixtures("own_view")
def test_a_library_that_lambda_lacks(tmp_path: Path) -> None:
    """Importing fails as it does there, and one line says why and how to fix it."""
    absent = library(HIDDEN)
    app = f"import ctypes\nctypes.CDLL({absent.name!r})\n{HANDLER.format('pass')}"
    with made(tmp_path, app).start() as started:
        outcome = started.init()
        found = started.host_files

    assert outcome.error == "OSError"
    assert found == [absent]
    assert list(remarks(found, ADDRESS)) == [
        f"src/app:fn did not find {absent.name} ({absent.path}) of this machine: Lambda does not "
        "have such files, so the emulator hides them. To fix, put the library into `lib/`, such as "
        f'with `extra_files={{"lib/{absent.name}": "path/to:target"}}`, attach a layer that has it '
        "there, or require a distribution whose wheel contains it."
    ]


@pytest.mark.usefixtures("own_view")
def test_a_library_that_is_looked_for(tmp_path: Path) -> None:
    """`find_library` finds it no more than in Lambda; that it was asked is known all the same."""
    absent = library(HIDDEN)
    short = absent.name[len("lib") :].partition(".so")[0]
    app = (
        "from ctypes.util import find_library\n"
        f"assert find_library({short!r})\n{HANDLER.format('pass')}"
    )
    with made(tmp_path, app).start() as started:
        outcome = started.init()

        assert (outcome.error, started.host_files) == ("AssertionError", [absent])


@pytest.mark.usefixtures("own_view")
@pytest.mark.parametrize("shell", [False, True], ids=["itself", "by a shell"])
def test_a_program_that_lambda_lacks(tmp_path: Path, shell: bool) -> None:
    """It cannot be started, whether Python says so or a shell."""
    absent = program(HIDDEN)
    command = f"{absent.name} --version" if shell else [absent.name, "--version"]
    act = f"subprocess.run({command!r}, shell={shell}, check=True)"
    with made(tmp_path, f"import subprocess\n{HANDLER.format(act)}").start() as started:
        outcome = run(started)
        found = started.host_files

    assert outcome.error == ("CalledProcessError" if shell else "FileNotFoundError")
    assert found == [absent]
    assert list(remarks(found, ADDRESS)) == [
        f"src/app:fn did not find {absent.name} ({absent.path}) of this machine: Lambda does not "
        "have such files, so the emulator hides them. To fix, attach a layer that has "
        f"`bin/{absent.name}`, which is on `PATH` as `/opt/bin`, or do without the program."
    ]


@pytest.mark.usefixtures("own_view")
def test_data_of_the_host(tmp_path: Path) -> None:
    """Neither folders of users nor data of packages are in sight, and the log names the file."""
    place = next(each for each in ("/etc/fstab", "/etc/hostname") if os.path.exists(each))
    app = HANDLER.format(f"return open({place!r}).read()")
    with made(tmp_path, app).start() as started:
        outcome = run(started)
        found = started.host_files

    assert outcome.error == "FileNotFoundError"
    assert found == [HostFile(FILE, os.path.basename(place), place, HIDDEN)]
    assert fix(found) == "carry the file in the artifact, as a `resource`, and read it from there."


@pytest.mark.usefixtures("own_view")
def test_a_failure_that_has_another_cause(tmp_path: Path) -> None:
    """What a function lacks is no file of the host's, so nothing is said of these."""
    app = "import nowhere\n" + HANDLER.format("pass")
    with made(tmp_path, app).start() as started:
        assert (started.init().error, started.host_files) == ("Runtime.ImportModuleError", [])


@pytest.mark.usefixtures("own_view")
def test_a_search_that_does_not_matter(tmp_path: Path) -> None:
    """A function that does without the file works in Lambda as well: nothing is said."""
    absent = program(HIDDEN)
    app = dedent(f"""
        import shutil, subprocess
        def handler(event, context):
            try:
                subprocess.run([{absent.name!r}])
            except OSError:
                return shutil.which({absent.name!r})
    """)
    with made(tmp_path, app).start() as started:
        assert (run(started).payload, started.host_files) == (b"null", [])


def test_what_plain_folders_leave_in_sight(tmp_path: Path) -> None:
    """Nothing can be hidden there, but what the function used is known, and compared."""
    absent, command = library(LACKS), program(LACKS)
    app = f"import ctypes, subprocess\nctypes.CDLL({absent.name!r})\n" + HANDLER.format(
        f"subprocess.run([{command.name!r}, '--version'], stdout=subprocess.DEVNULL)"
    )
    with made(tmp_path, app).start(own_view=False) as started:
        at_first = (started.init().error, started.host_files)
        error, found = run(started).error, started.host_files

    # Other libraries that it needs may be among those that Lambda lacks.
    assert at_first[0] is error is None
    assert absent in at_first[1]
    assert set(found) - set(at_first[1]) == {command}
    assert list(remarks([command], ADDRESS)) == [
        f"src/app:fn used {command.name} ({command.path}) of this machine, which Lambda does not "
        f"have. To fix, attach a layer that has `bin/{command.name}`, which is on `PATH` as "
        "`/opt/bin`, or do without the program."
    ]


@pytest.mark.parametrize("own_view", [True, False], ids=["a view", "plain folders"])
def test_a_library_that_lambda_may_lack(tmp_path: Path, own_view: bool) -> None:
    """It stays in sight, and one line names it."""
    doubtful = library(UNSURE)
    app = f"import ctypes\nctypes.CDLL({doubtful.name!r})\n{HANDLER.format('pass')}"
    with made(tmp_path, app).start(own_view=own_view) as started:
        outcome = started.init()
        found = started.host_files

    assert (outcome.error, found) == (None, [doubtful])
    assert list(remarks(found, ADDRESS)) == [
        f"src/app:fn used {doubtful.name} ({doubtful.path}) of this machine. AWS's images have "
        "such files for their package manager, but AWS does not say whether functions find them."
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
def test_what_lambda_has(tmp_path: Path, python: tuple[int, int], own_view: bool) -> None:
    """The interpreter's own libraries, names, certificates and a shell's programs work,
    silently.
    """
    with made(tmp_path, STANDARD, python=python).start(own_view=own_view) as started:
        outcome = run(started)
        found = started.host_files

    assert outcome.error is None, outcome.logs.decode()
    assert (json.loads(outcome.payload), found) == (ANSWER, [])


def test_an_interpreter_of_the_system(tmp_path: Path) -> None:
    """Of a prefix that it shares with other software, its standard library alone is shown."""
    python = "/usr/bin/python3"
    if not os.path.exists(python):
        pytest.skip("This machine has no Python of its own.")
    ask = "import sys; print(*sys.version_info[:2])"
    said = subprocess.run([python, "-I", "-c", ask], check=True, stdout=subprocess.PIPE, text=True)
    major, minor = map(int, said.stdout.split())
    if (major, minor) < (3, 9):
        pytest.skip("This machine's own Python is too old.")
    shown = find_host_files(python, (major, minor))
    function = made(tmp_path, STANDARD)
    path = Path(f"{function.artifact.code.path}.metadata.json")
    path.write_text(path.read_text().replace(f"python3.{OWN[1]}", f"python{major}.{minor}"))
    of_system = type(function)(
        function.folder, function.artifact, Interpreter(python, (major, minor))
    )
    with of_system.start() as started:
        outcome = run(started)

    assert not shown.shows("/usr/lib/python3/dist-packages")
    assert not shown.shows("/usr/bin/git")
    assert json.loads(outcome.payload) == ANSWER, outcome.logs.decode()


@pytest.mark.usefixtures("own_view")
def test_files_that_cannot_be_hidden(tmp_path: Path) -> None:
    """The function sees all of them, and a line of the log says why, once."""
    with made(tmp_path, HANDLER.format("return event or 1 / 0")).start() as started:
        # What it lists is gone by now, as after an update of the machine.
        shown = Path(started._mounts.root, SHOWN)
        shown.write_text(json.dumps({**json.loads(shown.read_text()), "files": ["/no/such/file"]}))
        outcome, again = started.init(), run(started)

    told = [line for line in outcome.logs.decode().splitlines() if line.startswith("EMULATOR")]
    assert told == [
        "EMULATOR This function sees all files of this machine, also those that Lambda does not "
        "have: mount /no/such/file: No such file or directory"
    ]
    assert b"EMULATOR" not in again.logs


@pytest.mark.usefixtures("own_view")
def test_a_profile_shows_everything(tmp_path: Path) -> None:
    """It may name a program that prints keys."""
    app = "import os\n" + HANDLER.format("return os.path.exists('/etc/fstab')")
    with made(tmp_path, app).start(aws_profile="mine") as started:
        outcome = run(started)

    assert json.loads(outcome.payload) == os.path.exists("/etc/fstab")
    assert (
        "EMULATOR This function sees all files of this machine, also those that Lambda does not "
        "have: `--aws-profile` may start any program for its keys"
    ) in outcome.logs.decode().splitlines()


@pytest.mark.usefixtures("own_view")
def test_a_command_says_what_is_hidden(tmp_path: Path) -> None:
    """`run` does so after the log, on standard error."""
    absent = program(HIDDEN)
    act = f"subprocess.run([{absent.name!r}], check=True)"
    function = made(tmp_path, f"import subprocess\n{HANDLER.format(act)}")
    command = [sys.executable, "-m", "aws_lambda_emulator", "run", function.artifact.code.path]
    ran = subprocess.run(
        [*command, "--python", function.interpreter.path],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=False,
        text=True,
    )

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == next(remarks([absent], "src/app:fn"))
