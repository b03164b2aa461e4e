"""The setup of a user's repository as the documents describe it, with real Pants."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomllib

from bootstrap.users_repository import (
    create_repository,
    marked_snippets,
    replace_section,
    run_commands,
    run_official,
)
from docs.documents import Snippet, covers, snippets
from trial_repository.machine import CompletedRun, Machine
from trial_repository.pants_toml import ROOT

QUICK_START = "README.md"
GUIDE = "docs/guides/getting-started.md"
TUTORIAL = "docs/guides/tutorial.md"
SAM_LAYOUT = "docs/guides/sam-layout.md"


@pytest.fixture
def users(tmp_path: Path) -> Iterator[Machine]:
    """A user's repository without Pants, which already has a folder `build-support`."""
    machine = create_repository(tmp_path / "repository")
    machine.write({"build-support/release/release.py": "VERSION = 1\n"})
    yield machine
    machine.stop_daemon()


def follow(machine: Machine, snippet: Snippet) -> None:
    """Follow a snippet as a reader does: run it, write it, or compare it."""
    verb, _, rest = snippet.mark.partition(" ")
    if verb == "copies":
        run_commands(machine.folder, snippet.text)
    elif verb in ("writes", "rewrites"):
        machine.write({rest: snippet.text})
    elif verb == "transcript":
        for command, lines in transcript(snippet.text):
            run = machine.run(*command, script=machine.folder / "pants")
            assert run.code == 0, run.err
            assert_printed(lines, run)
    elif path := snippet.subject("contents of the reader's"):
        assert_listing(snippet.text, names_in(machine.folder / "dist" / path))


def transcript(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each command, without `./pants`, and the lines that it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        program, *words = shlex.split(command)
        assert program == "./pants"
        yield words, lines


def assert_printed(lines: list[str], run: CompletedRun) -> None:
    """Assert that the lines are printed in this order. `…` is any text.

    Times, sizes, shares and versions vary, and so does the space between columns.
    """
    pattern = "^" + "$(?s:.*)^".join(map(pattern_of, lines)) + "$"
    printed = run.err + run.out
    assert re.search(pattern, printed, re.MULTILINE), printed


def pattern_of(line: str) -> str:
    without_time = re.sub(r"^[0-9:.]+(?= \[INFO\])", "…", line)
    without_sizes = re.sub(r"[0-9.]+(?= (?:B\b|KiB\b|MiB\b|%))", "…", without_time)
    without_versions = re.sub(r"\b\d+\.\d+\.\d+\b", "…", without_sizes)
    escaped = re.escape(without_versions).replace("…", ".+")
    return re.sub(r"(\\ ){2,}", " +", escaped)


def assert_listing(text: str, files: set[str]) -> None:
    """Assert that the first word of each line covers a file, and that every file is covered."""
    listed = [line.split()[0] for line in text.splitlines()]

    assert [each for each in listed if not any(covers(each, file) for file in files)] == []
    assert [file for file in files if not any(covers(each, file) for each in listed)] == []


def files_of(document: str) -> Iterator[tuple[str, str]]:
    """The paths and texts of the files that a document tells its reader to write."""
    for snippet in snippets(ROOT / document):
        for path in (snippet.subject("writes") or "").split(" and "):
            if path:
                yield path, snippet.text


def copied_build_files(folder: Path) -> dict[str, str]:
    """The texts of the BUILD files in the folders that users copy, by path."""
    copied = (*folder.glob("pants-plugins/aws_lambda*"), folder / "build-support/bootstrap")
    found = (path for each in copied for path in sorted(each.rglob("BUILD*")))
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def names_in(zip_file: Path) -> set[str]:
    with zipfile.ZipFile(zip_file) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("document", [QUICK_START, GUIDE, TUTORIAL])
def test_setup_as_written(users: Machine, document: str) -> None:
    """The commands print the lines of the page. `tailor` does not change the backend, and git sees
    no built files."""
    for snippet in snippets(ROOT / document):
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
    assert copied_build_files(users.folder) == copied_build_files(ROOT)
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


def test_setup_with_the_official_launcher_and_a_sam_layout(users: Machine) -> None:
    """Two functions whose modules have the same names get their own modules and the shared code."""
    run_commands(users.folder, marked_snippets(GUIDE)["copies the backend"])
    for document in (GUIDE, SAM_LAYOUT):
        users.write(dict(files_of(document)))
    shutil.rmtree(users.folder / "src/hello")
    toml = users.folder / "pants.toml"
    root_patterns = marked_snippets(SAM_LAYOUT)["replaces [source] of pants.toml"]
    text = replace_section(toml.read_text(), "source", root_patterns)
    toml.write_text(f"{text}\n{section('pex-cli')}")
    files = {"money.py": "CURRENCY = 'EUR'\n", "BUILD": "python_sources()\n"}
    users.write({f"src/common/{path}": text for path, text in files.items()})
    for name in ("orders", "billing"):
        models = f'NAME = "{name}"\n'
        files = {"app.py": APP, "models.py": models, "requirements.txt": "humanize\n"}
        users.write({f"src/{name}/{path}": text for path, text in files.items()})

    runs = [run_official(users, *words) for words in (["generate-lockfiles"], ["package", "::"])]

    assert [each.code for each in runs] == [0, 0], "\n".join(each.err for each in runs)
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


def test_quick_start_and_guide_write_the_same_files() -> None:
    """The quick start has the options and sources of the guide, in fewer lines."""
    quick, guide = marked_snippets(QUICK_START), marked_snippets(GUIDE)
    options = tomllib.loads(quick["writes pants.toml"])
    guide_options = tomllib.loads(guide["writes pants.toml"])
    sources = ["writes src/hello/BUILD", "writes src/hello/handler.py"]

    for scope, values in options.items():
        assert values.items() <= guide_options[scope].items()
    assert [ast.dump(ast.parse(quick[each])) for each in sources] == [
        ast.dump(ast.parse(guide[each])) for each in sources
    ]


def test_guide_sets_the_option_of_the_sam_layout() -> None:
    """Readers of the page about SAM have already set its option."""
    needed = tomllib.loads(marked_snippets(SAM_LAYOUT)["is in pants.toml"])
    options = tomllib.loads(marked_snippets(GUIDE)["writes pants.toml"])

    assert needed["python-infer"].items() <= options["python-infer"].items()


@pytest.mark.parametrize(
    "toml",
    [
        marked_snippets(QUICK_START)["writes pants.toml"],
        marked_snippets(GUIDE)["writes pants.toml"],
        (ROOT / "pants.toml").read_text(),
    ],
)
def test_build_ignore_patterns_without_leading_slash(toml: str) -> None:
    """With a leading slash, `tailor` of Pants 2.17.1 fails with a ValueError."""
    patterns = tomllib.loads(toml)["GLOBAL"]["build_ignore"]

    assert patterns
    assert [each for each in patterns if each.startswith("/")] == []


def section(name: str) -> str:
    """The text of a section of this repository's pants.toml, which users copy."""
    text = (ROOT / "pants.toml").read_text()
    found = re.search(rf"^\[{name}\]\n.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    return f"{found[0]}\n"
