"""First runs of ./pants in another repository, and the lockfiles that it generates there.

The tests share one Pants, which first runs installed into an empty cache folder, and one daemon,
because the installation and the start of the daemon are slow.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from trial_repository.machine import KEEP_DAEMON, CompletedRun, Machine, wait_for

PANTS_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.python"]
dynamic_ui = false

[anonymous-telemetry]
enabled = false

[python]
enable_resolves = true
default_resolve = "default"
interpreter_constraints = ["CPython==3.9.*"]

[python.resolves]
default = "third_party/default.lock"

[python.resolves_to_constraints_file]
default = "third_party/constraints.txt"
"""

CONSTRAINTS = "six==1.16.0\n"

GENERATING = "Generating third_party/default.lock: "


class FirstRuns(NamedTuple):
    """The first runs on a machine: one that was killed, and two concurrent ones after it."""

    machine: Machine
    killed_installation: Path  # The folder that the killed run left.
    was_complete: bool  # Whether the marker of a complete installation was in it.
    runs: list[CompletedRun]


def reset_repository(folder: Path) -> Path:
    """Create a repository with one requirement and constraints, without a lockfile and git."""
    third_party = folder / "third_party"
    for remains in (third_party, folder / ".git"):
        shutil.rmtree(remains, ignore_errors=True)
    third_party.mkdir(parents=True)
    (folder / "pants.toml").write_text(PANTS_TOML)
    (third_party / "BUILD").write_text('python_requirements(name="reqs")\n')
    (third_party / "requirements.txt").write_text("six\n")
    (third_party / "constraints.txt").write_text(CONSTRAINTS)
    return folder


def progress_of(run: CompletedRun) -> list[str]:
    """The progress lines of ./pants on stderr, without the lines of Pants."""
    begins = ("Building ", "Generating ", "Installing ", "Waiting for another ./pants")
    return [line for line in run.err.splitlines() if line.startswith(begins)]


@pytest.fixture(scope="module")
def first_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstRuns]:
    folder = tmp_path_factory.mktemp("first")
    variables = {**KEEP_DAEMON, "XDG_CACHE_HOME": ""}
    machine = Machine(reset_repository(folder / "repository"), folder / "cache", variables)
    installation = kill_installation(machine)
    was_complete = (installation / "complete").exists()
    processes = [machine.start("list", "::") for _ in range(2)]
    runs = [wait_for(process) for process in processes]
    yield FirstRuns(machine, installation, was_complete, runs)
    machine.stop_daemon()


def kill_installation(machine: Machine) -> Path:
    """Kill a first run while pip installs Pants, and return the folder of the installation."""
    process = machine.start("list", "::")
    deadline = time.monotonic() + 120
    while not list(machine.cache.glob("pants/*/lib/python3.9/site-packages/pants")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (installation,) = machine.cache.glob("pants/*")
    return installation


@pytest.fixture
def installed(first_runs: FirstRuns) -> Machine:
    """A machine with Pants, in a repository without lockfiles."""
    reset_repository(first_runs.machine.folder)
    return first_runs.machine


def test_runs_after_a_killed_installation(first_runs: FirstRuns) -> None:
    """One of them installs Pants again, and neither uses the incomplete installation."""
    lines = [line for run in first_runs.runs for line in progress_of(run)]
    installing = f"Installing Pants 2.17.1 into {first_runs.killed_installation}"

    assert not first_runs.was_complete
    assert [run.code for run in first_runs.runs] == [0, 0]
    assert lines.count(installing) == 1


def test_two_concurrent_first_runs(first_runs: FirstRuns) -> None:
    """Both succeed. Each step is done once, while the other run waits."""
    machine, runs = first_runs.machine, first_runs.runs
    lines = [line for run in runs for line in progress_of(run)]

    assert [run.code for run in runs] == [0, 0]
    listed = (
        "third_party:_default_lockfile\n"
        "third_party:reqs\n"
        "third_party:reqs#six\n"
        "third_party/default.lock:_default_lockfile\n"
        "third_party/requirements.txt:reqs\n"
    )
    assert [run.out for run in runs] == [listed, listed]
    (pants,) = machine.cache.glob("pants/2.17.1-*")
    (pex,) = machine.cache.glob("pex/2.100.5-*")
    assert sorted(line for line in lines if not line.startswith("Waiting")) == [
        f"Building the pex tool 2.100.5 into {pex}",
        f"{GENERATING}it does not exist",
        f"Installing Pants 2.17.1 into {pants}",
    ]
    assert "Waiting for another ./pants, which is installing Pants 2.17.1" in lines


def test_pex_tool_contains_no_cache_folder(first_runs: FirstRuns) -> None:
    """Without an option, PEX would write the user's cache folder into it.

    With an empty XDG_CACHE_HOME, that would be the current folder.
    """
    (tool,) = first_runs.machine.cache.glob("pex/*/pex")

    with zipfile.ZipFile(tool) as archive:
        assert json.loads(archive.read("PEX-INFO"))["pex_root"] == "~/.cache/pex"
        assert b"pex_root='~/.cache/pex'" in archive.read("__main__.py")
    assert not (first_runs.machine.folder / "pex").exists()


def test_recorded_hash_of_the_pex_tool(first_runs: FirstRuns) -> None:
    """The hash and size that Pants gets are those of the file, and the tool runs."""
    (tool,) = first_runs.machine.cache.glob("pex/*/pex")
    recorded = json.loads(tool.with_name("facts.json").read_text())
    (python,) = first_runs.machine.cache.glob("pants/*/bin/python")

    done = subprocess.run([python, tool, "--version"], check=True, capture_output=True, text=True)

    content = tool.read_bytes()
    assert recorded == {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert done.stdout == "2.100.5\n"


def test_cache_of_the_pex_tool(first_runs: FirstRuns, tmp_path: Path) -> None:
    """It is the folder that Pants names in PEX_ROOT, or else one in the home folder."""
    (tool,) = first_runs.machine.cache.glob("pex/*/pex")
    (python,) = first_runs.machine.cache.glob("pants/*/bin/python")
    variables = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PEX_SCRIPT": "pex3"}
    caches = [
        subprocess.check_output([python, tool, "cache", "dir"], text=True, env=env, cwd=tmp_path)
        for env in (variables, {**variables, "PEX_ROOT": ".cache/pex_root"})
    ]

    assert caches == [f"{tmp_path}/.cache/pex\n", f"{tmp_path}/.cache/pex_root\n"]


@pytest.mark.parametrize("no_native_client", ["", "1"])
def test_version_in_a_warm_run(installed: Machine, no_native_client: str) -> None:
    """./pants adds nothing to stdout and stderr, and generates no lockfile."""
    variables = {"PANTS_NO_NATIVE_CLIENT": no_native_client} if no_native_client else {}
    # With all other variables as they are, because the daemon would restart otherwise.
    machine = dataclasses.replace(installed, variables={**installed.variables, **variables})

    run = machine.run("--version")

    assert (run.code, run.out, progress_of(run)) == (0, "2.17.1\n", [])
    assert not (installed.folder / "third_party/default.lock").exists()


def test_changed_constraints(installed: Machine) -> None:
    """The lockfile is generated again, and the progress line names the changed file."""
    lockfile = installed.folder / "third_party/default.lock"

    first = installed.run("list", "::")
    second = installed.run("list", "::")
    locked_first = lockfile.read_text()
    (installed.folder / "third_party/constraints.txt").write_text("six==1.17.0\n")
    third = installed.run("list", "::")

    assert (first.code, second.code, third.code) == (0, 0, 0)
    assert progress_of(first) == [f"{GENERATING}it does not exist"]
    assert progress_of(second) == []
    assert progress_of(third) == [f"{GENERATING}third_party/constraints.txt changed"]
    assert '"version": "1.16.0"' in locked_first
    assert '"version": "1.17.0"' in lockfile.read_text()


@pytest.fixture
def two_resolves(installed: Machine) -> Iterator[Machine]:
    """A machine with two resolves, and with a folder of sources for each."""
    folder = installed.folder
    toml = PANTS_TOML.replace("[python.resolves]", '[python.resolves]\nb = "third_party/b.lock"')
    (folder / "pants.toml").write_text(toml)
    (folder / "third_party/BUILD").write_text(
        'python_requirements(name="reqs")\n'
        'python_requirement(name="b", requirements=["iniconfig"], resolve="b")\n'
    )
    for name, text in (("a", "import six\n"), ("b", "import iniconfig\n")):
        (folder / "src" / name).mkdir(parents=True)
        (folder / "src" / name / "main.py").write_text(f"{text}print('works')\n")
    (folder / "src/a/BUILD").write_text("python_sources()\n")
    (folder / "src/b/BUILD").write_text('python_sources(resolve="b")\n')
    yield installed
    shutil.rmtree(folder / "src")


def test_lockfiles_of_targets(two_resolves: Machine) -> None:
    """A command generates the lockfile of its targets. A later command generates the other."""
    commands = (["run", "src/b/main.py"], ["run", "src/a/main.py"], ["package", "::"])

    runs = [two_resolves.run(*command) for command in commands]

    assert [(run.code, run.out) for run in runs] == [(0, "works\n"), (0, "works\n"), (0, "")]
    assert [progress_of(run) for run in runs] == [
        ["Generating third_party/b.lock: it does not exist"],
        [f"{GENERATING}it does not exist"],
        [],
    ]
    assert re.search(r"^Generated third_party/b.lock in \d+ s$", runs[0].err, re.MULTILINE)


def test_lockfiles_of_changed_dependencies(two_resolves: Machine) -> None:
    """The targets of a command are read again after an edit of a BUILD file."""
    third_party = two_resolves.folder / "third_party"
    binary = 'pex_binary(name="bin", entry_point="main.py", resolve="b")\n'
    build_file = two_resolves.folder / "src/b/BUILD"
    build_file.write_text(build_file.read_text() + binary)
    first = two_resolves.run("fmt", "src/a/main.py")
    (third_party / "b.lock").write_text("of another time\n")
    (third_party / "b.lock.inputs").write_text("0  other\n")
    second = two_resolves.run("fmt", "src/a/main.py")
    (two_resolves.folder / "src/a/BUILD").write_text('python_sources(dependencies=["src/b:bin"])\n')
    third = two_resolves.run("fmt", "src/a/main.py")

    changed = "other, the resolve's settings in pants.toml, third_party/BUILD changed"
    assert [progress_of(run) for run in (first, second, third)] == [
        [f"{GENERATING}it does not exist"],
        [],
        [f"Generating third_party/b.lock: {changed}"],
    ]


def test_unknown_target(two_resolves: Machine) -> None:
    """If Pants cannot list the dependencies, every lockfile is generated, and Pants reports why."""
    run = two_resolves.run("package", "src/c:none")

    assert run.code == 1
    assert "src/c" in run.err
    assert progress_of(run) == [
        "Generating third_party/b.lock (1 of 2): it does not exist",
        "Generating third_party/default.lock (2 of 2): it does not exist",
    ]


def test_new_requirements_in_another_folder(installed: Machine) -> None:
    """Requirement targets in all folders, and the files that they read, are inputs of the lockfile.

    Other targets in the same BUILD file are not.
    """
    other = installed.folder / "src/lazy"
    shutil.rmtree(other.parent, ignore_errors=True)
    first = installed.run("list", "third_party/BUILD")
    other.mkdir(parents=True)
    (other / "needed.txt").write_text("iniconfig\n")
    (other / "BUILD").write_text('python_requirements(name="reqs", source="needed.txt")\n')
    second = installed.run("list", "third_party/BUILD")
    (other / "BUILD").write_text((other / "BUILD").read_text() + 'files(name="f", sources=[])\n')
    third = installed.run("list", "third_party/BUILD")
    (other / "needed.txt").write_text("iniconfig>=2\n")
    fourth = installed.run("list", "third_party/BUILD")
    shutil.rmtree(other.parent)

    assert [progress_of(run) for run in (first, second, third, fourth)] == [
        [f"{GENERATING}it does not exist"],
        [f"{GENERATING}src/lazy/BUILD, src/lazy/needed.txt changed"],
        [],
        [f"{GENERATING}src/lazy/needed.txt changed"],
    ]
    locked = (installed.folder / "third_party/default.lock").read_text()
    assert '"project_name": "iniconfig"' in locked


def test_no_requirements(installed: Machine) -> None:
    """No empty lockfile is generated, and an existing lockfile stays as it is."""
    lockfile = installed.folder / "third_party/default.lock"
    build_file = installed.folder / "third_party/BUILD"
    build_file.write_text("")

    new = installed.run("list", "::")
    was_generated = lockfile.exists()
    lockfile.write_text("from before\n")
    lockfile.with_name("default.lock.inputs").write_text("other inputs\n")
    existing = installed.run("list", "third_party/BUILD")

    assert [progress_of(run) for run in (new, existing)] == [[], []]
    assert not was_generated
    assert lockfile.read_text() == "from before\n"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def test_lockfile_under_version_control(installed: Machine) -> None:
    """./pants never writes it, even if its inputs changed, it has a record, or it was deleted."""
    lockfile = installed.folder / "third_party/default.lock"
    lockfile.write_text("its author's\n")
    git(installed.folder, "init", "--quiet")
    git(installed.folder, "add", "third_party/default.lock")

    without_record = installed.run("list", "third_party/BUILD")
    lockfile.with_name("default.lock.inputs").write_text("other inputs\n")
    with_record = installed.run("list", "third_party/BUILD")
    content = lockfile.read_text()
    lockfile.unlink()
    deleted = installed.run("list", "third_party/BUILD")

    assert [progress_of(run) for run in (without_record, with_record, deleted)] == [[], [], []]
    assert content == "its author's\n"
    assert not lockfile.exists()


@pytest.mark.parametrize("in_git", [True, False])
def test_lockfile_that_is_not_committed_yet(installed: Machine, in_git: bool) -> None:
    """./pants does not write a lockfile without a record, unless git ignores it."""
    lockfile = installed.folder / "third_party/default.lock"
    lockfile.write_text("its author's\n")
    if in_git:
        git(installed.folder, "init", "--quiet")

    run = installed.run("list", "third_party/BUILD")

    assert progress_of(run) == []
    assert lockfile.read_text() == "its author's\n"


def test_generate_lockfiles_without_a_python(installed: Machine) -> None:
    """The error offers to generate the lockfiles of the other resolves.

    Pants does not start, because PEX would print a page of output first.
    """
    toml = installed.folder / "pants.toml"
    toml.write_text(
        toml.read_text().replace(
            "[python.resolves_to_constraints_file]",
            'other = "third_party/other.lock"\n'
            "\n"
            "[python.resolves_to_interpreter_constraints]\n"
            'other = ["CPython==3.99.*"]\n'
            "\n"
            "[python.resolves_to_constraints_file]",
        )
    )
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")

    run = installed.run("generate-lockfiles")

    assert (run.code, run.out) == (1, "")
    assert run.err == (
        "No working CPython 3.99 was found, and Pants cannot generate a lockfile for CPython 3.99"
        " without one.\n"
        "\n"
        "  resolve other    third_party/other.lock\n"
        f"  PATH             {os.environ['PATH']}\n"
        f"  pyenv            {pyenv}/versions/*/bin/python3.99\n"
        "\n"
        "To fix, install it, for instance with\n"
        "\n"
        "  pyenv install 3.99\n"
        "\n"
        "or generate the other lockfiles:\n"
        "\n"
        "  ./pants generate-lockfiles --resolve=default\n"
    )


def test_failed_generation(installed: Machine) -> None:
    """The output of Pants is shown, no file is left behind, and the next run tries again."""
    third_party = installed.folder / "third_party"
    before = sorted(path.name for path in third_party.iterdir())
    (third_party / "constraints.txt").write_text("six==0.0.0\n")

    failed = installed.run("list", "::")
    left = sorted(path.name for path in third_party.iterdir())
    (third_party / "constraints.txt").write_text(CONSTRAINTS)
    corrected = installed.run("list", "::")

    assert (failed.code, failed.out) == (1, "")
    assert "The user requested (constraint) six==0.0.0" in failed.err
    assert failed.err.endswith(
        "\n"
        "Pants could not generate these lockfiles of pants.toml (exit code 1)."
        " Its output is above.\n"
        "\n"
        "  default    third_party/default.lock\n"
        "\n"
        "To fix, correct the error that Pants reports and run your command again. To repeat only"
        " this step, run\n"
        "\n"
        "  ./pants generate-lockfiles --resolve=default\n"
    )
    assert left == before
    assert corrected.code == 0
    assert progress_of(corrected) == [f"{GENERATING}it does not exist"]


def test_killed_generation(installed: Machine) -> None:
    """The next run generates the lockfile again, and does not use an incomplete one."""
    lockfile = installed.folder / "third_party/default.lock"
    process = installed.start("list", "::")
    assert process.stderr is not None
    while "Starting: Generate lockfile" not in (line := process.stderr.readline()):
        assert line
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    record = lockfile.with_name("default.lock.inputs").read_text()

    second = installed.run("list", "::")
    third = installed.run("list", "::")

    assert record == "unfinished\n"
    assert (second.code, third.code) == (0, 0)
    assert [line.partition(": ")[0] for line in progress_of(second)] == [GENERATING[:-2]]
    assert progress_of(third) == []
    assert '"version": "1.16.0"' in lockfile.read_text()


def test_ignored_lockfile_without_a_record(installed: Machine) -> None:
    """./pants generates it again, because a lockfile that git ignores is always generated."""
    lockfile = installed.folder / "third_party/default.lock"
    lockfile.write_text("from before\n")
    git(installed.folder, "init", "--quiet")
    # The daemon restarts after edits of .gitignore.
    (installed.folder / ".git/info/exclude").write_text("*.lock\n")

    run = installed.run("list", "::")

    assert progress_of(run) == [f"{GENERATING}its inputs are not recorded"]
    assert '"version": "1.16.0"' in lockfile.read_text()


def test_newest_pip(installed: Machine) -> None:
    """A resolve of Python 3.10 or newer is locked with it, unless pants.toml sets a version."""
    lockfile = installed.folder / "third_party/default.lock"
    toml = installed.folder / "pants.toml"
    text = toml.read_text().replace("CPython==3.9.*", "CPython==3.13.*")
    toml.write_text(text)
    installed.run("list", "::")
    newest = lockfile.read_text()
    toml.write_text(text.replace("[python]\n", '[python]\npip_version = "23.1.2"\n'))
    installed.run("list", "::")
    older = lockfile.read_text()

    assert older == newest.replace('"pip_version": "26.2.1"', '"pip_version": "24.1"')
    assert older != newest


def test_first_run_with_the_newest_pip(installed: Machine, tmp_path: Path) -> None:
    """The daemon starts while PEX is built and prepared. Pants uses the prepared PEX and pip.

    PEX installs the pip for Pants' tools in the background.
    """
    toml = installed.folder / "pants.toml"
    toml.write_text(toml.read_text().replace("CPython==3.9.*", "CPython==3.13.*"))
    shutil.rmtree(installed.cache / "pex")
    variables = {**installed.variables, "XDG_CACHE_HOME": str(tmp_path)}

    run = dataclasses.replace(installed, variables=variables).run("list", "::")

    (pex,) = installed.cache.glob("pex/*")
    lines = [re.sub(r" \d+ s$", " N s", line) for line in run.err.splitlines()]
    assert sorted(line for line in lines if "[INFO]" not in line) == [
        f"Building the pex tool 2.100.5 into {pex}",
        "Built the pex tool 2.100.5 in N s",
        "Generated third_party/default.lock in N s",
        f"{GENERATING}it does not exist",
        "Prepared PEX in N s",
        "Preparing PEX to lock requirements for Python 3.13",
        "Started Pants in N s",
        "Starting Pants",
    ]
    caches = tmp_path / "pants/named_caches/pex_root"
    assert len(list(caches.glob("venvs/*/*/*/bin/pex3"))) == 1
    assert list(caches.glob("pip/*/26.2.1"))
    deadline = time.monotonic() + 120
    while not list(caches.glob("pip/*/23.1.2/pip.pex/*/no-extra-requirements")):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_python_of_a_resolve_is_missing(installed: Machine) -> None:
    """One progress line names the version, and the command goes on without the lockfile."""
    toml = installed.folder / "pants.toml"
    toml.write_text(
        toml.read_text()
        + '\n[python.resolves_to_interpreter_constraints]\ndefault = ["CPython==3.99.*"]\n'
    )

    run = installed.run("list", "::")

    assert run.code == 0
    assert [line for line in run.err.splitlines() if "3.99" in line] == [
        "Not generating third_party/default.lock: its resolve `default` needs CPython 3.99, and "
        "neither PATH nor pyenv has a working one. To fix, install it, for instance with "
        "`pyenv install 3.99`."
    ]
    assert not (installed.folder / "third_party/default.lock").exists()
