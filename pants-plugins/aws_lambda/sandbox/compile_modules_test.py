"""Bytecode that Python loads, with the same bytes on every machine and in every order."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aws_lambda.testing.archives import DEFLATED, STORED, Member, deflate, wheel_archive
from aws_lambda.testing.program_runs import ENVIRONMENT, find_interpreter, run_program

# The standard library of this Python, which has a few hundred modules.
_LIBRARY = Path(os.__file__).parent


def compile_in(
    folder: Path,
    sources: Sequence[Mapping[str, Any]],
    *,
    checked: bool = False,
    jobs: int = 1,
    python: str = sys.executable,
    environment: Mapping[str, str] = ENVIRONMENT,
) -> list[bytes | None]:
    """Return the bytecode of each source, after comparing it with the report."""
    (folder / "request.json").write_text(
        json.dumps({"checked": checked, "separate": False, "sources": sources}), encoding="utf-8"
    )
    done = run_program(
        "compile_modules.py",
        *("request.json", "modules", str(jobs)),
        cwd=folder,
        python=python,
        environment=environment,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    modules = (folder / "modules").read_bytes()
    return [unpacked(modules, each) for each in json.loads(done.stdout)]


def unpacked(modules: bytes, entry: Mapping[str, Any] | None) -> bytes | None:
    if entry is None:
        return None
    packed = modules[entry["data"] : entry["data"] + entry["packed"]]
    content = zlib.decompress(packed, -15)
    assert (len(content), zlib.crc32(content)) == (entry["size"], entry["crc"])
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    return content


def library() -> list[dict[str, str]]:
    return [
        {"name": str(path.relative_to(_LIBRARY)), "file": str(path)}
        for folder in (".", "asyncio", "email", "json", "logging", "unittest")
        for path in sorted((_LIBRARY / folder).glob("*.py"))
    ]


def shuffled_library(version: str) -> list[dict[str, str]]:
    sources = library()
    random.Random(version).shuffle(sources)
    return sources


def by_name(
    sources: Sequence[Mapping[str, str]], contents: Sequence[bytes | None]
) -> dict[str, bytes | None]:
    return dict(zip((each["name"] for each in sources), contents))


@pytest.fixture(scope="module")
def compiled_library(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], dict[str, bytes | None]]:
    """The bytecode of the library by name, for a version of Python. It takes seconds, so tests
    share it.
    """

    def compiled(version: str) -> dict[str, bytes | None]:
        folder = tmp_path_factory.mktemp("library")
        return by_name(library(), compile_in(folder, library(), python=find_interpreter(version)))

    return cache(compiled)


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.13", "3.14", "3.15"])
def test_selection_of_sources(
    tmp_path: Path,
    version: str,
    compiled_library: Callable[[str], dict[str, bytes | None]],
) -> None:
    """The bytes of a module do not depend on other modules."""
    sources = shuffled_library(version)[:40]

    few = compile_in(tmp_path, sources, python=find_interpreter(version))

    everything = compiled_library(version)
    assert len(everything) > 200
    assert sum(each is not None for each in everything.values()) > 180
    assert few == [everything[each["name"]] for each in sources]


def bare_home(python: str, folder: Path) -> Path:
    """Return a copy of the standard library of an interpreter, without bytecode."""
    asked = "import sysconfig; print(*sysconfig.get_paths().values(), sep='\\n')"
    done = subprocess.run([python, "-c", asked], capture_output=True, check=True, text=True)
    library = Path(done.stdout.splitlines()[0])
    unneeded = ("__pycache__", "config-*", "ensurepip", "idlelib", "site-packages", "test", "tests")
    shutil.copytree(
        library, folder / "lib" / library.name, ignore=shutil.ignore_patterns(*unneeded)
    )
    return folder


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_bytes_do_not_depend_on_order_or_machine(
    tmp_path: Path,
    version: str,
    compiled_library: Callable[[str], dict[str, bytes | None]],
) -> None:
    """The order of the sources, the number of jobs, the location of the interpreter, the bytecode of
    its library, and the environment do not matter.
    """
    python = find_interpreter(version)
    home = bare_home(python, tmp_path / "another home")
    elsewhere = {
        "PYTHONHASHSEED": "0",
        "PYTHONHOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C",
        "HOME": "/nowhere",
    }
    sources = shuffled_library(version)

    there = compile_in(home, sources, jobs=3, python=python, environment=elsewhere)

    assert by_name(sources, there) == compiled_library(version)
    assert not [*home.rglob("*.pyc")]


def imported(folder: Path) -> str:
    """Return the output of a new interpreter that imports the module `app`."""
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", "import app; print(app.VALUE, app.__file__)"],
        cwd=folder,
        env={**ENVIRONMENT, "PYTHONPATH": str(folder)},
        capture_output=True,
        check=True,
        text=True,
    )
    value, _, path = done.stdout.strip().partition(" ")
    assert Path(path) == folder / "app.py"
    return value


@pytest.mark.parametrize(("checked", "seen"), [(True, "2"), (False, "1")])
def test_edit_of_a_compiled_source(tmp_path: Path, checked: bool, seen: str) -> None:
    """Python compares checked bytecode with its source, and uses unchecked bytecode (PEP 552)."""
    source = tmp_path / "app.py"
    source.write_text("VALUE = 1\n")
    (content,) = compile_in(tmp_path, [{"name": "app.py", "file": str(source)}], checked=checked)
    assert content is not None
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    (cache / f"app.{sys.implementation.cache_tag}.pyc").write_bytes(content)

    before = imported(tmp_path)
    source.write_text("VALUE = 2\n")

    assert (before, imported(tmp_path)) == ("1", seen)


def test_sources_in_wheels(tmp_path: Path) -> None:
    """The bytes depend only on the source and its name, in a file or in a wheel."""
    text = b"def double(x):\n    return 2 * x\n"
    (tmp_path / "double.py").write_bytes(text)
    content = wheel_archive(
        Member("a.py", text, method=STORED), Member("b.py", text, method=DEFLATED)
    )
    (tmp_path / "a.whl").write_bytes(content)
    sources: list[dict[str, Any]] = [
        {"name": "double.py", "file": "double.py"},
        *(
            {
                "name": "double.py",
                "wheel": "a.whl",
                "data": content.index(packed),
                "packed": len(packed),
                "method": method,
            }
            for packed, method in ((text, STORED), (deflate(text), DEFLATED))
        ),
    ]

    first, *others = compile_in(tmp_path, sources)

    assert first is not None
    assert others == [first, first]


def test_sources_that_cannot_be_compiled(tmp_path: Path) -> None:
    """Errors in a source affect no other source, and the program prints no warnings."""
    bad = {
        "syntax.py": b"print 'two'\n",
        "nul.py": b"x = 1\0\n",
        "deep.py": b"x = " + b"-" * 100_000 + b"1\n",
        "encoding.py": b"# -*- coding: klingon -*-\n",
    }
    good = {"good.py": b"x = 1\n", "escape.py": b"x = '\\d'\n", "empty.py": b""}
    for name, content in {**bad, **good}.items():
        (tmp_path / name).write_bytes(content)
    sources = [{"name": name, "file": name} for name in (*bad, *good)]

    found = compile_in(tmp_path, sources, jobs=2)

    assert [each is None for each in found] == [True] * len(bad) + [False] * len(good)


def test_request_without_sources(tmp_path: Path) -> None:
    """The program accepts a request without sources."""
    assert compile_in(tmp_path, []) == []
