"""A first run for real, in a repository that is not ours; then what becomes of its lockfiles.

The tests share one installed Pants, which two runs at once made in an empty cache folder, and one
daemon: starting it is what takes Pants longest.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap.machine import PANTS_TOML, Machine, Ran, finish

CONSTRAINTS = "six==1.16.0\n"

GENERATING = "Generating third_party/default.lock: "


def repository(folder: Path) -> Path:
    """A repository with one requirement, constraints for it, no lockfile and no version control."""
    third_party = folder / "third_party"
    for remains in (third_party, folder / ".git"):
        shutil.rmtree(remains, ignore_errors=True)
    third_party.mkdir(parents=True)
    (folder / ".gitignore").unlink(missing_ok=True)
    (folder / "pants.toml").write_text(PANTS_TOML)
    (third_party / "BUILD").write_text('python_requirements(name="reqs")\n')
    (third_party / "requirements.txt").write_text("six\n")
    (third_party / "constraints.txt").write_text(CONSTRAINTS)
    return folder


def ours(ran: Ran) -> list[str]:
    """The lines of progress that ./pants itself wrote to stderr, among those that Pants wrote."""
    begins = ("Building ", "Generating ", "Installing ", "Waiting for another ./pants")
    return [line for line in ran.err.splitlines() if line.startswith(begins)]


@pytest.fixture(scope="module")
def first_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, list[Ran]]]:
    """Two first runs at once, in one empty cache folder and one repository, and how they went."""
    folder = tmp_path_factory.mktemp("first")
    variables = {"XDG_CACHE_HOME": ""}
    machine = Machine(repository(folder / "repository"), folder / "cache", variables)
    processes = [machine.start("list", "::") for _ in range(2)]
    yield machine, [finish(process) for process in processes]
    machine.stop_daemon()


@pytest.fixture
def installed(first_runs: tuple[Machine, list[Ran]]) -> Machine:
    """A machine that has Pants, in a repository as it was before the first run."""
    repository(first_runs[0].folder)
    return first_runs[0]


def test_the_pex_tool_is_the_same_wherever_caches_lie(
    first_runs: tuple[Machine, list[Ran]],
) -> None:
    """PEX would write the user's cache folder into it; an empty name, and it means the repository."""
    (tool,) = first_runs[0].cache.glob("pex/*/pex")

    with zipfile.ZipFile(tool) as archive:
        assert json.loads(archive.read("PEX-INFO"))["pex_root"] == "~/.cache/pex"
        assert b"pex_root='~/.cache/pex'" in archive.read("__main__.py")
    assert not (first_runs[0].folder / "pex").exists()


def test_two_first_runs_at_once(first_runs: tuple[Machine, list[Ran]]) -> None:
    """Both succeed; what either needs is installed, built and locked once, and the other waits."""
    machine, runs = first_runs
    lines = [line for ran in runs for line in ours(ran)]

    assert [ran.code for ran in runs] == [0, 0]
    listed = (
        "third_party:_default_lockfile\n"
        "third_party:reqs\n"
        "third_party:reqs#six\n"
        "third_party/default.lock:_default_lockfile\n"
        "third_party/requirements.txt:reqs\n"
    )
    assert [ran.out for ran in runs] == [listed, listed]
    (pants,) = machine.cache.glob("pants/2.17.1-*")
    (pex,) = machine.cache.glob("pex/2.100.5-*")
    assert sorted(line for line in lines if not line.startswith("Waiting")) == [
        f"Building the pex tool 2.100.5 into {pex}",
        f"{GENERATING}it does not exist",
        f"Installing Pants 2.17.1 into {pants}",
    ]
    assert "Waiting for another ./pants, which is installing Pants 2.17.1" in lines


def test_the_pex_tool_is_what_was_recorded(first_runs: tuple[Machine, list[Ran]]) -> None:
    """The facts that Pants checks the tool against are those of the file, and the tool works."""
    (tool,) = first_runs[0].cache.glob("pex/*/pex")
    recorded = json.loads(tool.with_name("facts.json").read_text())
    (python,) = first_runs[0].cache.glob("pants/*/bin/python")

    ran = subprocess.run([python, tool, "--version"], check=True, capture_output=True, text=True)

    content = tool.read_bytes()
    assert recorded == {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert ran.stdout == "2.100.5\n"


@pytest.mark.parametrize("no_native_client", ["", "1"])
def test_the_version(installed: Machine, no_native_client: str) -> None:
    """Stdout is Pants' own, a warm run adds nothing to stderr, and no lockfile is made for it."""
    variables = {"PANTS_NO_NATIVE_CLIENT": no_native_client} if no_native_client else {}

    ran = dataclasses.replace(installed, variables=variables).run("--version")

    assert (ran.code, ran.out, ours(ran)) == (0, "2.17.1\n", [])
    assert not (installed.folder / "third_party/default.lock").exists()


def test_a_lockfile_is_made_anew_when_its_constraints_change(installed: Machine) -> None:
    """It follows its inputs; the line names the one that changed; else nothing happens."""
    lockfile = installed.folder / "third_party/default.lock"

    first = installed.run("list", "::")
    second = installed.run("list", "::")
    locked_first = lockfile.read_text()
    (installed.folder / "third_party/constraints.txt").write_text("six==1.17.0\n")
    third = installed.run("list", "::")

    assert (first.code, second.code, third.code) == (0, 0, 0)
    assert ours(first) == [f"{GENERATING}it does not exist"]
    assert ours(second) == []
    assert ours(third) == [f"{GENERATING}third_party/constraints.txt changed"]
    assert '"version": "1.16.0"' in locked_first
    assert '"version": "1.17.0"' in lockfile.read_text()


def test_a_requirement_in_another_folder_makes_a_lockfile_stale(installed: Machine) -> None:
    """A lockfile follows the requirement targets of its resolve, wherever they and their files are;
    the line names these files, and other targets of the BUILD file change nothing."""
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

    assert [ours(ran) for ran in (first, second, third, fourth)] == [
        [f"{GENERATING}it does not exist"],
        [f"{GENERATING}src/lazy/BUILD, src/lazy/needed.txt changed"],
        [],
        [f"{GENERATING}src/lazy/needed.txt changed"],
    ]
    locked = (installed.folder / "third_party/default.lock").read_text()
    assert '"project_name": "iniconfig"' in locked


def test_no_lockfile_is_made_for_no_requirements(installed: Machine) -> None:
    """A new repository gets no empty lockfile, and one whose requirements vanish keeps its own."""
    lockfile = installed.folder / "third_party/default.lock"
    build_file = installed.folder / "third_party/BUILD"
    build_file.write_text("")

    new = installed.run("list", "::")
    made = lockfile.exists()
    lockfile.write_text("from before\n")
    lockfile.with_name("default.lock.inputs").write_text("other inputs\n")
    vanished = installed.run("list", "third_party/BUILD")

    assert [ours(ran) for ran in (new, vanished)] == [[], []]
    assert not made
    assert lockfile.read_text() == "from before\n"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def test_a_lockfile_under_version_control_is_never_written(installed: Machine) -> None:
    """Not when its inputs changed, nor with our record beside it, nor when it was deleted."""
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

    assert [ours(ran) for ran in (without_record, with_record, deleted)] == [[], [], []]
    assert content == "its author's\n"
    assert not lockfile.exists()


@pytest.mark.parametrize("in_git", [True, False])
def test_a_lockfile_that_nobody_committed_yet_is_its_authors(
    installed: Machine, in_git: bool
) -> None:
    """One that we have no record of is left alone, in git (unless git ignores it) and outside."""
    lockfile = installed.folder / "third_party/default.lock"
    lockfile.write_text("its author's\n")
    if in_git:
        git(installed.folder, "init", "--quiet")

    ran = installed.run("list", "third_party/BUILD")

    assert ours(ran) == []
    assert lockfile.read_text() == "its author's\n"


def test_a_lockfile_that_git_ignores_and_nobody_recorded_is_made_anew(installed: Machine) -> None:
    """It can only have been generated, and from what is not known."""
    lockfile = installed.folder / "third_party/default.lock"
    lockfile.write_text("from before\n")
    git(installed.folder, "init", "--quiet")
    (installed.folder / ".gitignore").write_text("*.lock\n")

    ran = installed.run("list", "::")

    assert ours(ran) == [f"{GENERATING}it is not known what it was made from"]
    assert '"version": "1.16.0"' in lockfile.read_text()


def test_a_resolve_whose_python_is_missing(installed: Machine) -> None:
    """A lockfile that no Python here can make gets one line that names the version, and no more."""
    toml = installed.folder / "pants.toml"
    toml.write_text(
        toml.read_text()
        + '\n[python.resolves_to_interpreter_constraints]\ndefault = ["CPython==3.99.*"]\n'
    )

    ran = installed.run("list", "::")

    assert ran.code == 0
    assert [line for line in ran.err.splitlines() if "3.99" in line] == [
        "Not generating third_party/default.lock: its resolve `default` needs CPython 3.99, and "
        "neither PATH nor pyenv has one that works (for instance: pyenv install 3.99)"
    ]
    assert not (installed.folder / "third_party/default.lock").exists()


def test_generating_without_a_python_is_refused(installed: Machine) -> None:
    """PEX would print a page of output first; another resolve, whose Python is here, is offered."""
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

    ran = installed.run("generate-lockfiles")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
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


def test_a_failed_generation(installed: Machine) -> None:
    """Pants' own words are shown, nothing is left behind, and the next run tries again."""
    third_party = installed.folder / "third_party"
    before = sorted(path.name for path in third_party.iterdir())
    (third_party / "constraints.txt").write_text("six==0.0.0\n")

    failed = installed.run("list", "::")
    left = sorted(path.name for path in third_party.iterdir())
    (third_party / "constraints.txt").write_text(CONSTRAINTS)
    mended = installed.run("list", "::")

    assert (failed.code, failed.out) == (1, "")
    assert "The user requested (constraint) six==0.0.0" in failed.err
    assert failed.err.endswith(
        "\n"
        "Pants could not generate lockfiles that pants.toml names (exit code 1);"
        " what it said is above.\n"
        "\n"
        "  default    third_party/default.lock\n"
        "\n"
        "To fix, correct what Pants says and run your command again, or look into it alone with\n"
        "\n"
        "  ./pants generate-lockfiles --resolve=default\n"
    )
    assert left == before
    assert mended.code == 0
    assert ours(mended) == [f"{GENERATING}it does not exist"]


def test_a_generation_that_was_killed(installed: Machine) -> None:
    """What it left is not taken for a lockfile that matches its inputs: the job is done again."""
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
    assert [line.partition(": ")[0] for line in ours(second)] == [GENERATING[:-2]]
    assert ours(third) == []
    assert '"version": "1.16.0"' in lockfile.read_text()
