"""The set-up of a user's repository, as the README describes it, in real Pants."""

from __future__ import annotations

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
from docs.documents import snippets

PAGE = {
    each.mark: each.text
    for document in ("README.md", "docs/guides/sam-layout.md")
    for each in snippets(REPOSITORY / document)
    if each.mark
}

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


def set_up(folder: Path, *copies: str) -> None:
    """Follow the README's steps, with these parts of the backend's repository."""
    for copy in copies:
        subprocess.run(["sh", "-euc", PAGE[copy]], cwd=folder, check=True, env=clone())
    for path, text in files_of("README.md"):
        write(folder / path, text)


def clone() -> dict[str, str]:
    return {**os.environ, "clone": str(REPOSITORY)}


def files_of(document: str) -> list[tuple[str, str]]:
    """The files that a document tells its reader to write."""
    found = snippets(REPOSITORY / document)
    return [
        (path, snippet.text)
        for snippet in found
        for path in (snippet.subject("writes") or "").split(" and ")
        if path
    ]


def commands() -> tuple[list[list[str]], str]:
    """The commands of the README's last step, without `./pants`, and what the last one prints."""
    (mark,) = (each for each in PAGE if each.startswith("prints {"))
    lines = [shlex.split(line) for line in PAGE[mark].splitlines()]
    assert {words[0] for words in lines} == {"./pants"}
    return [words[1:] for words in lines], mark.removeprefix("prints ")


def build_files(folder: Path) -> dict[str, str]:
    """The BUILD files that a repository has from the backend, and their text."""
    copied = ("pants-plugins", "build-support/bootstrap")
    found = (path for each in copied for path in sorted((folder / each).rglob("BUILD*")))
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def names(zip_file: Path) -> set[str]:
    with zipfile.ZipFile(zip_file) as archive:
        return set(archive.namelist())


def test_the_page_works_as_it_is(users: Machine) -> None:
    """With `./pants`: each command succeeds, `tailor` leaves the backend alone, and git sees only
    what belongs to the user."""
    set_up(users.folder, "copies the backend", "copies the launcher")
    before = build_files(users.folder)
    listed, printed = commands()
    script = users.folder / "pants"

    ran = [users.run(*words, script=script) for words in listed]
    tailored = users.run("tailor", "::", script=script)
    again = users.run("package", "::", script=script)
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=users.folder,
        check=True,
        capture_output=True,
        text=True,
    )

    assert [each.code for each in (*ran, tailored, again)] == [0] * (len(ran) + 2), ran
    assert ran[-1].out == f"{printed}\n"
    assert {"hello/handler.py", "lambda_function.py", "humanize/__init__.py"} <= names(
        users.folder / "dist/src.hello/fn.zip"
    )
    assert tailored.out == (
        "Created build-support/release/BUILD:\n  - Add python_sources target release\n"
    )
    assert len(before) > 1
    assert build_files(users.folder) == before
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
    set_up(users.folder, "copies the backend")
    shutil.rmtree(users.folder / "src")
    for path, text in files_of("docs/guides/sam-layout.md"):
        write(users.folder / path, text)
    toml = users.folder / "pants.toml"
    root_patterns = re.compile(r"\[source\]\n.*?\n(?=\n)", re.DOTALL)
    text = root_patterns.sub(PAGE["replaces [source] of pants.toml"], toml.read_text(), count=1)
    toml.write_text(f"{text}\n{section('pex-cli')}")
    write(users.folder / "src/common/money.py", "CURRENCY = 'EUR'\n")
    write(users.folder / "src/common/BUILD", "python_sources()\n")
    for name in ("orders", "billing"):
        write(users.folder / f"src/{name}/app.py", APP)
        write(users.folder / f"src/{name}/models.py", f'NAME = "{name}"\n')
        write(users.folder / f"src/{name}/requirements.txt", "humanize\n")

    ran = [official(users, *words) for words in commands()[0][:2]]

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


def test_the_guide_speaks_of_options_that_the_page_has() -> None:
    """The guide's option is in the README's pants.toml, so that nobody has to add it."""
    guide = tomllib.loads(PAGE["is in pants.toml"])
    page = tomllib.loads(PAGE["writes pants.toml"])

    assert guide["python-infer"].items() <= page["python-infer"].items()


@pytest.mark.parametrize(
    "toml", [PAGE["writes pants.toml"], (REPOSITORY / "pants.toml").read_text()]
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
