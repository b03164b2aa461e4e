"""Test the page about the locks of uv, Poetry and pip-tools, with these tools and real Pants."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap.setup_test import assert_listing, assert_printed, files_of, names_in
from bootstrap.users_repository import marked_snippets, run_commands
from docs.documents import Snippet, snippets
from trial_repository.machine import KEEP_DAEMON, CompletedRun, Machine
from trial_repository.pants_toml import ROOT

GUIDE = "docs/guides/getting-started.md"
LOCKS = "docs/guides/locks.md"
POETRY_PLUGINS = "docs/migrating/poetry.md"

UV = "uv==0.13.9"
POETRY = ["poetry==2.5.1", "poetry-plugin-export==1.10.1"]
PIP_TOOLS = ["pip-tools==7.6.2", "pip==26.3"]
POETRY_SOURCE = """
[[tool.poetry.source]]
name = "index"
url = "{}"
"""
# Prints the package index of pip.
PRINT_INDEX = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands `uv`, `poetry` and `pip-compile`, each in its own environment."""
    folder = tmp_path_factory.mktemp("tools")
    commands = folder / "commands"
    commands.mkdir()
    subprocess.run([sys.executable, "-m", "venv", folder / "uv"], check=True)
    subprocess.run([folder / "uv/bin/pip", "install", "--quiet", UV], check=True)
    uv = folder / "uv/bin/uv"
    for name, requirements in (
        ("poetry", POETRY),
        ("pip-compile", PIP_TOOLS),
    ):
        environment = folder / name
        subprocess.run([uv, "venv", "--quiet", "-p", sys.executable, environment], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "-p", environment, *requirements],
            check=True,
            env={**os.environ, **certificates()},
        )
        (commands / name).symlink_to(environment / "bin" / name)
    (commands / "uv").symlink_to(uv)
    return commands


def certificates() -> dict[str, str]:
    """The CA bundle of pip, for tools that read other variables."""
    bundle = os.environ.get("PIP_CERT")
    return {"REQUESTS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle} if bundle else {}


@pytest.fixture
def users(tmp_path: Path, tools: Path) -> Iterator[Machine]:
    """The repository of the guide, with the tools on the PATH."""
    folder = tmp_path / "repository"
    folder.mkdir()
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    variables = {
        **certificates(),
        **KEEP_DAEMON,
        "PATH": path,
        "PANTS_DYNAMIC_UI": "false",
        # uv and pip-compile lock for this CPython.
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        # Otherwise, pip-compile writes a line about the folder to its output.
        "PIP_FIND_LINKS": "",
    }
    machine = Machine(folder, variables=variables)
    for mark, text in marked_snippets(GUIDE).items():
        if mark.startswith("copies"):
            run_commands(folder, text)
    machine.write(dict(files_of(GUIDE)))
    yield machine
    machine.stop_daemon()


def run_shell(machine: Machine, commands: str) -> CompletedRun:
    ran = subprocess.run(
        ["sh", "-euc", commands],
        cwd=machine.folder,
        env=machine.environment,
        capture_output=True,
        text=True,
    )
    return CompletedRun(ran.returncode, ran.stdout, ran.stderr)


def add_poetry_source(machine: Machine) -> None:
    """Let Poetry use the simple API. Mirrors of PyPI often lack the JSON API, which is its default."""
    index = os.environ.get("PIP_INDEX_URL")
    if index is None:
        uv = Path(shutil.which("uv", path=machine.environment["PATH"]) or "")
        python = uv.resolve().with_name("python")
        index = subprocess.check_output([python, "-c", PRINT_INDEX], text=True).strip()
    pyproject = machine.folder / "pyproject.toml"
    source = POETRY_SOURCE.format(index)
    text = pyproject.read_text()
    if source not in text:
        pyproject.write_text(text + source)


def follow(machine: Machine, snippet: Snippet, pants_toml: str) -> None:
    """Follow a snippet as a reader does."""
    verb, _, rest = snippet.mark.partition(" ")
    if verb in ("writes", "rewrites"):
        machine.write({rest: snippet.text})
    elif verb == "adds":
        machine.write({"pants.toml": f"{pants_toml}\n{snippet.text}"})
    elif verb == "runs":
        if "Poetry" in rest:
            add_poetry_source(machine)
        run = run_shell(machine, snippet.text)
        assert run.code == 0, run.err
    elif path := snippet.subject("contents of the reader's"):
        assert_listing(snippet.text, names_in(machine.folder / "dist" / path))
    elif snippet.language == "console":
        command, *lines = snippet.text.removeprefix("$ ").splitlines()
        run = run_shell(machine, command)
        assert run.code == (1 if verb == "failing" else 0), run.err
        assert_printed(lines, run)


def test_pages_as_written(users: Machine) -> None:
    """Every command runs with the real tool, and prints the lines of the page.

    The page about Poetry plugins starts with a lock, which the page about locks explains.
    """
    pants_toml = (users.folder / "pants.toml").read_text()
    for snippet in snippets(ROOT / LOCKS):
        follow(users, snippet, pants_toml)
    constraints = (users.folder / "3rdparty/python/default.constraints.txt").read_text()
    shutil.rmtree(users.folder / "src/hello")
    for snippet in snippets(ROOT / POETRY_PLUGINS):
        follow(users, snippet, pants_toml)
        if snippet.mark == "writes pyproject.toml":
            add_poetry_source(users)
            locked = run_shell(users, "poetry lock")
            assert locked.code == 0, locked.err

    assert re.fullmatch(r"([a-z0-9-]+==[0-9a-z.]+\n)+", constraints), constraints
