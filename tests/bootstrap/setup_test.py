"""The set-up of a user's repository, as the documents describe it, in real Pants."""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomllib

from bootstrap.client import client_environment
from bootstrap.install import install_pants
from bootstrap.launch import DEFAULT_PEX
from bootstrap.machine import REPOSITORY, Machine, Ran
from bootstrap.places import Place, known_versions
from docs.documents import Snippet, covers, snippets

QUICK_START = "README.md"
GUIDE = "docs/guides/getting-started.md"
SAM_LAYOUT = "docs/guides/sam-layout.md"

# Installed before: these tests are about repositories, not about machines.
CACHE = Path(
    os.environ.get("PANTS_BOOTSTRAP_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pants-bootstrap"
)


@pytest.fixture
def users(tmp_path: Path) -> Iterator[Machine]:
    """A repository without Pants, which has a folder `build-support` of its own."""
    folder = tmp_path / "repository"
    write(folder / "build-support/release/release.py", "VERSION = 1\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    machine = Machine(folder, CACHE, {"PANTS_DYNAMIC_UI": "false"})
    yield machine
    machine.stop_daemon()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def marked(document: str) -> dict[str, str]:
    """The text of each marked snippet, by its mark."""
    return {each.mark: each.text for each in snippets(REPOSITORY / document) if each.mark}


def follow(machine: Machine, snippet: Snippet) -> None:
    """Do with a snippet what a reader does: run it, write it, or compare it."""
    verb, _, rest = snippet.mark.partition(" ")
    if verb == "copies":
        copy(machine.folder, snippet.text)
    elif verb in ("writes", "rewrites"):
        write(machine.folder / rest, snippet.text)
    elif verb == "transcript":
        for command, lines in transcript(snippet.text):
            ran = machine.run(*command, script=machine.folder / "pants")
            assert ran.code == 0, ran.err
            assert_printed(lines, ran)
    elif path := snippet.subject("contents of the reader's"):
        assert_listing(snippet.text, names(machine.folder / "dist" / path))


def copy(folder: Path, commands: str) -> None:
    environment = {**os.environ, "clone": str(REPOSITORY)}
    subprocess.run(["sh", "-euc", commands], cwd=folder, check=True, env=environment)


def transcript(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each command, without `./pants`, and the lines that it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        program, *words = shlex.split(command)
        assert program == "./pants"
        yield words, lines


def assert_printed(lines: list[str], ran: Ran) -> None:
    """The lines are printed, in this order. `…` is any text; times and sizes vary."""
    pattern = "^" + "$(?s:.*)^".join(map(pattern_of, lines)) + "$"
    printed = ran.err + ran.out
    assert re.search(pattern, printed, re.MULTILINE), printed


def pattern_of(line: str) -> str:
    without_time = re.sub(r"^[0-9:.]+(?= \[INFO\])", "…", line)
    without_sizes = re.sub(r"[0-9.]+(?= (?:B|KiB|MiB)\b)", "…", without_time)
    return re.escape(without_sizes).replace("…", ".+")


def assert_listing(text: str, files: set[str]) -> None:
    """The first word of each line covers a file, and every file is covered."""
    listed = [line.split()[0] for line in text.splitlines()]

    assert [each for each in listed if not any(covers(each, file) for file in files)] == []
    assert [file for file in files if not any(covers(each, file) for each in listed)] == []


def files_of(document: str) -> Iterator[tuple[str, str]]:
    """The files that a document tells its reader to write."""
    for snippet in snippets(REPOSITORY / document):
        for path in (snippet.subject("writes") or "").split(" and "):
            if path:
                yield path, snippet.text


def build_files(folder: Path) -> dict[str, str]:
    """The BUILD files that a repository has from the backend, and their text."""
    copied = ("pants-plugins", "build-support/bootstrap")
    found = (path for each in copied for path in sorted((folder / each).rglob("BUILD*")))
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def names(zip_file: Path) -> set[str]:
    with zipfile.ZipFile(zip_file) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("document", [QUICK_START, GUIDE])
def test_the_set_up_works_as_written(users: Machine, document: str) -> None:
    """Commands print the lines of the page. `tailor` leaves the backend alone, and git sees only
    files of the user."""
    for snippet in snippets(REPOSITORY / document):
        follow(users, snippet)
    tailored = users.run("tailor", "::", script=users.folder / "pants")
    again = users.run("package", "::", script=users.folder / "pants")
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=users.folder,
        check=True,
        capture_output=True,
        text=True,
    )

    assert (tailored.code, again.code) == (0, 0), tailored.err + again.err
    assert tailored.out == (
        "Created build-support/release/BUILD:\n  - Add python_sources target release\n"
    )
    assert build_files(users.folder) == build_files(REPOSITORY)
    assert status.stdout == "".join(
        f"?? {each}\n"
        for each in (
            ".gitignore",
            "3rdparty/",
            "build-support/",
            "pants",
            "pants-plugins/",
            "pants.toml",
            "src/",
        )
    )


def test_the_official_launcher_and_the_layout_of_sam(users: Machine) -> None:
    """Without `./pants`, and with functions whose modules have the same names: each gets its own,
    and both get the shared code."""
    copy(users.folder, marked(GUIDE)["copies the backend"])
    for document in (GUIDE, SAM_LAYOUT):
        for path, text in files_of(document):
            write(users.folder / path, text)
    shutil.rmtree(users.folder / "src/hello")
    toml = users.folder / "pants.toml"
    root_patterns = re.compile(r"\[source\]\n.*?\n(?=\n)", re.DOTALL)
    replacement = marked(SAM_LAYOUT)["replaces [source] of pants.toml"]
    text = root_patterns.sub(replacement, toml.read_text(), count=1)
    toml.write_text(f"{text}\n{section('pex-cli')}")
    write(users.folder / "src/common/money.py", "CURRENCY = 'EUR'\n")
    write(users.folder / "src/common/BUILD", "python_sources()\n")
    for name in ("orders", "billing"):
        write(users.folder / f"src/{name}/app.py", APP)
        write(users.folder / f"src/{name}/models.py", f'NAME = "{name}"\n')
        write(users.folder / f"src/{name}/requirements.txt", "humanize\n")

    ran = [official(users, *words) for words in (["generate-lockfiles"], ["package", "::"])]

    assert [each.code for each in ran] == [0, 0], "\n".join(each.err for each in ran)
    for name in ("orders", "billing"):
        with zipfile.ZipFile(users.folder / f"dist/src.{name}/fn.zip") as archive:
            assert archive.read("models.py") == f'NAME = "{name}"\n'.encode()
            assert {"app.py", "humanize/__init__.py", "money.py"} <= set(archive.namelist())


APP = """\
import humanize
import money
from models import NAME


def lambda_handler(event, context):
    return {"name": NAME, "price": humanize.intcomma(event["price"]) + money.CURRENCY}
"""


def test_the_set_ups_write_the_same_files() -> None:
    """The quick start has the options and sources of the guide, in fewer lines."""
    quick, guide = marked(QUICK_START), marked(GUIDE)
    options = tomllib.loads(quick["writes pants.toml"])
    guide_options = tomllib.loads(guide["writes pants.toml"])
    sources = ["writes src/hello/BUILD", "writes src/hello/handler.py"]

    for scope, values in options.items():
        assert values.items() <= guide_options[scope].items()
    assert [ast.dump(ast.parse(quick[each])) for each in sources] == [
        ast.dump(ast.parse(guide[each])) for each in sources
    ]


def test_the_guide_sets_the_option_that_the_sam_layout_needs() -> None:
    """The reader of the page about SAM has the option from the set-up."""
    needed = tomllib.loads(marked(SAM_LAYOUT)["is in pants.toml"])
    options = tomllib.loads(marked(GUIDE)["writes pants.toml"])

    assert needed["python-infer"].items() <= options["python-infer"].items()


@pytest.mark.parametrize(
    "toml",
    [
        marked(QUICK_START)["writes pants.toml"],
        marked(GUIDE)["writes pants.toml"],
        (REPOSITORY / "pants.toml").read_text(),
    ],
)
def test_no_pattern_of_build_ignore_begins_with_a_slash(toml: str) -> None:
    """Pants 2.17.1 reads such a pattern, but `tailor` ends in a ValueError."""
    patterns = tomllib.loads(toml)["GLOBAL"]["build_ignore"]

    assert patterns
    assert [each for each in patterns if each.startswith("/")] == []


def section(name: str) -> str:
    """A section of this repository's pants.toml, which the page tells its reader to copy."""
    text = (REPOSITORY / "pants.toml").read_text()
    found = re.search(rf"^\[{name}\]\n.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    return f"{found[0]}\n"


def official(machine: Machine, *arguments: str) -> Ran:
    """Start Pants itself, as the official launcher does; its PEX comes from the package index."""
    pants = Place(machine.cache, "pants", known_versions("pants")[-1])
    if not pants.is_whole():
        install_pants(pants)
    pex = Place(machine.cache, "pex", DEFAULT_PEX)
    environment = client_environment(machine.environment, pants, pex)
    # Without a daemon: the other test has one.
    told = dataclasses.replace(machine, variables={**environment, "PANTS_PANTSD": "false"})
    return told.run(*arguments, script=pants.folder / "bin/pants")
