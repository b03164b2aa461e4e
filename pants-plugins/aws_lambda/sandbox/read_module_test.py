"""What is read off users' Python files."""

from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.sandbox.made_runs import run


def reports(*sources: bytes, folder: Path, python: str = sys.executable) -> list[dict[str, Any]]:
    request = []
    for i, source in enumerate(sources):
        (folder / f"{i}.py").write_bytes(source)
        request.append({"key": str(i), "path": f"{i}.py"})
    (folder / "request.json").write_text(json.dumps(request))
    done = run("read_module.py", "request.json", cwd=folder, python=python)
    assert (done.returncode, done.stderr) == (0, b"")
    answer = json.loads(done.stdout)
    return [answer[each["key"]] for each in request]


def report(source: str, folder: Path, python: str = sys.executable) -> dict[str, Any]:
    (answer,) = reports(dedent(source).encode(), folder=folder, python=python)
    return answer


def newest_python() -> str | None:
    """The newest working CPython from 3.12 on, from PATH or from a version manager's folder."""
    root = os.environ.get("PYENV_ROOT") or os.path.join(os.environ.get("HOME", ""), ".pyenv")
    for minor in range(14, 11, -1):
        name = f"python3.{minor}"
        installed = glob.glob(os.path.join(root, "versions", "*", "bin", name))
        for path in (shutil.which(name), *installed):
            if path and subprocess.run([path, "-c", ""], check=False).returncode == 0:
                return path
    return None


NEWEST = newest_python()
needs_newer_python = pytest.mark.skipif(NEWEST is None, reason="no CPython 3.12 or newer here")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("", []),
        ("def f(): inner = 1", ["f"]),
        ("async def f(): pass", ["f"]),
        ("class C:\n    attribute = 1\n    def method(self): pass", ["C"]),
        ("@decorate(lambda x: (y := x))\ndef f(): pass", ["f"]),
        ("@(a := decorate)\ndef f(): pass", ["a", "f"]),
        ("a = b = 1", ["a", "b"]),
        ("a, (b, *c), [d] = x", ["a", "b", "c", "d"]),
        ("a.b = c[0] = 1", []),
        ("a: int = 1", ["a"]),
        ("a += 1", ["a"]),
        ("import a, b.c, d.e as f", ["a", "b", "f"]),
        ("from a import b, c as d", ["b", "d"]),
        ("from . import a", ["a"]),
        ("print(a := 1)", ["a"]),
        ("for a, b in x: c = 1\nelse: d = 1", ["a", "b", "c", "d"]),
        ("while x: a = 1", ["a"]),
        ("with x as a, y as (b, c): d = 1", ["a", "b", "c", "d"]),
        ("if x: a = 1\nelif y: b = 1\nelse: c = 1", ["a", "b", "c"]),
        (
            "try: a = 1\nexcept E as error: b = 1\nelse: c = 1\nfinally: d = 1",
            ["a", "b", "c", "d"],
        ),
        ("[a for a in x]", []),
        ("f = lambda a: a", ["f"]),
        ("_private = __dunder__ = 1", ["__dunder__", "_private"]),
        ("handler = make_handler(app)", ["handler"]),
    ],
)
def test_names_are_those_that_importing_binds(
    source: str, names: list[str], tmp_path: Path
) -> None:
    """By definition, assignment, import, or any other statement, under any condition."""
    found = report(source, tmp_path)

    assert (found["names"], found["dynamic"]) == (names, False)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("if TYPE_CHECKING: a = 1\nelse: b = 1", ["b"]),
        ("if typing.TYPE_CHECKING:\n    from x import a", []),
        ("if not TYPE_CHECKING: a = 1", ["a"]),
        ('if __name__ == "__main__": a = 1\nelse: b = 1', ["b"]),
        ('if __name__ != "__main__": a = 1', ["a"]),
        ('if __name__ in ("app", "__main__"): a = 1', ["a"]),
        ("a: int", []),
        ("(a): int", []),
    ],
)
def test_names_that_importing_does_not_bind_do_not_count(
    source: str, names: list[str], tmp_path: Path
) -> None:
    """What only type checkers or the main program run, and annotations without a value."""
    assert report(source, tmp_path)["names"] == names


@pytest.mark.parametrize(
    "source",
    [
        "from a import *",
        "def __getattr__(name): ...",
        "globals()['a'] = 1",
        "globals().update(x)",
        "exec('a = 1')",
        "def f():\n    global a\n    a = 1",
        "import sys\nsys.modules[__name__] = x",
        "if x:\n    from a import *",
        "def f(): exec('global a; a = 1')",
    ],
)
def test_names_may_come_from_where_nobody_can_read_them(source: str, tmp_path: Path) -> None:
    """Such a module is dynamic: what it does not show, it may still have."""
    assert report(source, tmp_path)["dynamic"] is True


@pytest.mark.parametrize(
    "source", ["locals()", "a.exec()", "class C:\n    def __getattr__(self, name): ...", "sys.path"]
)
def test_ordinary_code_is_not_dynamic(source: str, tmp_path: Path) -> None:
    """A doubt about every module would be a doubt about none."""
    assert report(source, tmp_path)["dynamic"] is False


@pytest.mark.parametrize(
    ("source", "where"),
    [
        (b"a = 1\nb = = 2\n", "line 2: "),
        (b"def f():\npass\n", "line 2: expected an indented block"),
        (b"print 'python 2'\n", "line 1: Missing parentheses"),
        (b"# -*- coding: nonsense -*-\n", "unknown encoding: nonsense"),
        (b"a = '\xff'\n", "line 1: (unicode error) 'utf-8' codec can't decode byte 0xff"),
        (b"a = 1\0\n", "source code string cannot contain null bytes"),
    ],
)
@pytest.mark.parametrize(
    "python",
    [sys.executable, pytest.param(NEWEST, marks=needs_newer_python)],
    ids=["own", "newest"],
)
def test_a_syntax_error_is_told_with_its_line(
    source: bytes, where: str, python: str, tmp_path: Path
) -> None:
    """If it has one: an encoding or a NUL byte is the whole file's fault."""
    (found,) = reports(source, folder=tmp_path, python=python)

    assert list(found) == ["syntax_error"]
    assert found["syntax_error"].startswith(where)


@pytest.mark.parametrize(
    "source",
    [
        b"# -*- coding: latin-1 -*-\nna\xefve = 1\n",
        b"\xef\xbb\xbfna\xc3\xafve = 1\n",
        "naïve = 1\r\n".encode(),
        b"# vim: set fileencoding=cp1252 :\r\nna\xefve = 1",
    ],
)
def test_a_file_is_read_in_its_own_encoding(source: bytes, tmp_path: Path) -> None:
    """PEP 263: a cookie in the first lines, a byte order mark, else UTF-8."""
    (found,) = reports(source, folder=tmp_path)

    assert found["names"] == ["naïve"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "# a comment\n\n"),
        ("", '"""A docstring."""'),
        ("a = 1", '"""Doc."""\na=1  # why'),
        ("def f(): pass", "def f():\n    # why\n\n    pass"),
        ("class C:\n    a = 1", 'class C:\n    """Doc."""\n    a = 1'),
        ("async def f():\n    'one'\n    return 1", "async def f():\n    'other'\n    return 1"),
        ("a = 'x'", 'a = "x"'),
        ("a = (1 + 2)", "a = 1 + 2"),
    ],
)
def test_comments_and_docstrings_do_not_change_the_essence(
    one: str, other: str, tmp_path: Path
) -> None:
    """Nor does layout: what is left means the same."""
    first, second = reports(one.encode(), other.encode(), folder=tmp_path)

    assert first["essence"] == second["essence"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "pass"),
        ("a = 1", "a = 2"),
        ("a = 1", "a = 1.0"),
        ("a = 1", "b = 1"),
        ("def f(): return 1", "def f(): 1"),
        ("import a; import b", "import b; import a"),
        ("__path__ = extend(__path__)", ""),
        ("a = 1\n'no docstring'", "a = 1"),
        ("f'docstring {no}'", ""),
        ("b'no docstring'", ""),
    ],
)
def test_code_changes_the_essence(one: str, other: str, tmp_path: Path) -> None:
    """Whatever importing might notice."""
    first, second = reports(one.encode(), other.encode(), folder=tmp_path)

    assert first["essence"] != second["essence"]


def test_a_file_inside_a_wheel_is_read(tmp_path: Path) -> None:
    """By the wheel's path and the entry's."""
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("a/__init__.py", "b = 1")
    request = [{"key": "sha", "path": "a.whl", "entry": "a/__init__.py"}]
    (tmp_path / "request.json").write_text(json.dumps(request))
    done = run("read_module.py", "request.json", cwd=tmp_path)

    assert json.loads(done.stdout)["sha"]["names"] == ["b"]


def test_many_files_are_read_in_one_run(tmp_path: Path) -> None:
    """One that cannot be read does not keep the others from it."""
    good, bad, other = reports(b"a = 1", b"(", b"b = 1", folder=tmp_path)

    assert (good["names"], other["names"]) == (["a"], ["b"])
    assert "syntax_error" in bad


def test_a_long_expression_is_read(tmp_path: Path) -> None:
    """Generated modules hold sums and tables that go on for pages."""
    assert report(f"a = {' + '.join(['x'] * 900)}\ndef f(): pass", tmp_path)["names"] == ["a", "f"]


@needs_newer_python
@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("type X = int", ["X"]),
        ("def f[T](x: T) -> T: return x", ["f"]),
        ("class C[T]: pass", ["C"]),
        ('a = f"{x["key"]}"', ["a"]),
        (
            """
            match x:
                case {"k": a, **b}: c = 1
                case [d, *e]: pass
                case Point(x=f) as g: pass
                case _: pass
            """,
            ["a", "b", "c", "d", "e", "f", "g"],
        ),
        ("try: pass\nexcept* E as error: a = 1", ["a"]),
    ],
)
def test_newer_syntax_is_read_by_a_newer_python(
    source: str, names: list[str], tmp_path: Path
) -> None:
    """The program runs on a Python as new as the code."""
    assert NEWEST is not None
    assert report(source, tmp_path, NEWEST)["names"] == names
