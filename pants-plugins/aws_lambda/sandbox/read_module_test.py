"""Facts that the program reads from Python files of users and of wheels."""

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

from aws_lambda.testing.program_runs import import_program, run_program


def answers(
    *wanted: dict[str, Any],
    folder: Path,
    target: tuple[int, int] = (3, 13),
    python: str = sys.executable,
) -> dict[str, Any]:
    request = {"python": target, "wanted": wanted}
    (folder / "request.json").write_text(json.dumps(request))
    done = run_program("read_module.py", "request.json", cwd=folder, python=python)
    assert (done.returncode, done.stderr) == (0, b"")
    answer: dict[str, Any] = json.loads(done.stdout)
    assert list(answer) == sorted(each["key"] for each in wanted)
    return answer


def reports(*sources: bytes, folder: Path, python: str = sys.executable) -> list[dict[str, Any]]:
    wanted = []
    for i, source in enumerate(sources):
        (folder / f"{i}.py").write_bytes(source)
        wanted.append({"key": str(i), "path": f"{i}.py"})
    answer = answers(*wanted, folder=folder, python=python)
    return [answer[each["key"]] for each in wanted]


def report(source: str, folder: Path, python: str = sys.executable) -> dict[str, Any]:
    (answer,) = reports(dedent(source).encode(), folder=folder, python=python)
    return answer


def newest_python() -> str | None:
    """The newest working CPython from 3.12 on, from PATH or from a version manager's folder."""
    root = os.environ.get("PYENV_ROOT") or os.path.join(os.environ.get("HOME", ""), ".pyenv")
    for minor in range(15, 11, -1):
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
        ("x = [(a := b) for b in c]", ["a", "x"]),
        ("print({(a := b): [(d := e) for e in b] for b in c})", ["a", "d"]),
        ("x = [lambda e=(a := 1): (f := e) for b in c]", ["a", "x"]),
        ("def f(x=(a := 1), *, y=(b := 2), z): inner = 1", ["a", "b", "f"]),
        ("def f(x: (a := int)) -> (b := str): ...", ["a", "b", "f"]),
        ("class C((a := Base), metaclass=(b := Meta)): inner = 1", ["C", "a", "b"]),
        ("@(a := decorate)\nclass C: pass", ["C", "a"]),
        ("f = lambda x=(a := 1), *, y=(b := 2): (c := x)", ["a", "b", "f"]),
    ],
)
def test_names_that_a_module_binds(source: str, names: list[str], tmp_path: Path) -> None:
    """Definitions, assignments, imports and other statements bind names, under any condition."""
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
def test_names_that_importing_does_not_bind(source: str, names: list[str], tmp_path: Path) -> None:
    """Code for type checkers or the main program binds no names, nor does an annotation alone."""
    assert report(source, tmp_path)["names"] == names


@pytest.mark.parametrize(
    ("source", "hinted"),
    [
        ("if TYPE_CHECKING:\n    from x import a\n    b = 1\nelse: c = 1", ["a", "b"]),
        ("session: object", ["session"]),
        ("if typing.TYPE_CHECKING:\n    session: object", ["session"]),
        ("a: int\na = 1", []),
        ('if __name__ == "__main__": a = 1', []),
        ("class C:\n    a: int", []),
        ("def f():\n    a: int", []),
    ],
)
def test_names_for_type_checkers(source: str, hinted: list[str], tmp_path: Path) -> None:
    """Names that only type checkers see are separate, because another module may bind them."""
    assert report(source, tmp_path)["hinted"] == hinted


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
        "locals()['a'] = 1",
        "builtins.globals()['a'] = 1",
        "bind = globals\nbind()['a'] = 1",
        "from builtins import globals as g",
        "_sys.modules[__name__].__class__ = C",
        "from sys import modules as m",
        "modules[__name__] = x",
        "module.__dict__.update(x)",
        "@enum.global_enum\nclass C(enum.Enum): RED = 1",
        "global_enum(C)",
        "__all__ = attach(__name__)",
        "bind(module=__name__)",
    ],
)
def test_code_that_binds_names_dynamically(source: str, tmp_path: Path) -> None:
    """A module is dynamic if it may have names that its source does not contain."""
    assert report(source, tmp_path)["dynamic"] is True


@pytest.mark.parametrize(
    "source",
    [
        "class C:\n    def __getattr__(self, name): ...",
        "sys.path",
        "log = logging.getLogger(__name__)",
        "log = structlog.get_logger(__name__)",
        "app = Flask(__name__)",
        "import_module('.a', __name__)",
        "print(f(__name__ + 'x'), C.__name__)",
        "modules = [1]",
        "f(modules)",
    ],
)
def test_ordinary_code_is_not_dynamic(source: str, tmp_path: Path) -> None:
    """Code that is common in modules does not make them dynamic."""
    assert report(source, tmp_path)["dynamic"] is False


@pytest.mark.parametrize(
    ("source", "where"),
    [
        (b"a = 1\nb = = 2\n", "line 2: "),
        (b"def f():\npass\n", "line 2: expected an indented block"),
        (b"print 'python 2'\n", "line 1: Missing parentheses"),
        (b"# -*- coding: nonsense -*-\n", "unknown encoding: nonsense"),
        # The second message is that of Python 3.15.
        (b"a = '\xff'\n", ("line 1: (unicode error) 'utf-8'", "line 1: Non-UTF-8 code")),
        (b"a = 1\0\n", "source code string cannot contain null bytes"),
    ],
)
@pytest.mark.parametrize(
    "python",
    [sys.executable, pytest.param(NEWEST, marks=needs_newer_python)],
    ids=["own", "newest"],
)
def test_syntax_errors(
    source: bytes, where: str | tuple[str, ...], python: str, tmp_path: Path
) -> None:
    """The message has the line, except for an encoding or a NUL byte."""
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
def test_encoding_of_a_file(source: bytes, tmp_path: Path) -> None:
    """PEP 263: the encoding is in a comment or a byte order mark, and otherwise UTF-8."""
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
def test_digest_without_comments_and_docstrings(one: str, other: str, tmp_path: Path) -> None:
    """Comments, docstrings and layout do not change the digest."""
    first, second = reports(one.encode(), other.encode(), folder=tmp_path)

    assert first["syntax_digest"] == second["syntax_digest"]


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
def test_code_changes_the_syntax_digest(one: str, other: str, tmp_path: Path) -> None:
    """Every change that importing could notice changes the digest."""
    first, second = reports(one.encode(), other.encode(), folder=tmp_path)

    assert first["syntax_digest"] != second["syntax_digest"]


def test_file_in_a_wheel(tmp_path: Path) -> None:
    """A request names the wheel and the entry."""
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("a/__init__.py", "b = 1")
    wanted = {"key": "sha", "path": "a.whl", "entry": "a/__init__.py"}

    assert answers(wanted, folder=tmp_path)["sha"]["names"] == ["b"]


def test_many_files_in_one_run(tmp_path: Path) -> None:
    """A file that cannot be read does not affect the others."""
    good, bad, other = reports(b"a = 1", b"(", b"b = 1", folder=tmp_path)

    assert (good["names"], other["names"]) == (["a"], ["b"])
    assert "syntax_error" in bad


def test_long_expression(tmp_path: Path) -> None:
    """Generated modules contain expressions with hundreds of operands."""
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
def test_newer_syntax(source: str, names: list[str], tmp_path: Path) -> None:
    """A Python as new as the code reads its syntax."""
    assert NEWEST is not None
    assert report(source, tmp_path, NEWEST)["names"] == names


def test_expression_too_deep_for_the_parser(tmp_path: Path) -> None:
    """Such a module is unread, and it may bind any name."""
    (found,) = reports(f"a = {'-' * 50_000}1".encode(), folder=tmp_path)

    assert {key: found[key] for key in ("unread", "names", "dynamic")} == {
        "unread": True,
        "names": [],
        "dynamic": True,
    }


@pytest.mark.parametrize(
    ("source", "is_lazy"),
    [
        ("", False),
        ("def __getattr__(name): ...", True),
        ("if x:\n    def __getattr__(name): ...", True),
        ("__getattr__ = make()", True),
        ("__getattr__, __dir__ = attach(__name__)", True),
        ("from lazy import __getattr__", True),
        ("class C:\n    def __getattr__(self, name): ...", False),
        ("def f():\n    def __getattr__(name): ...", False),
        ("a = '__getattr__'", False),
    ],
)
def test_lazy_modules(source: str, is_lazy: bool, tmp_path: Path) -> None:
    """A module is lazy if it binds `__getattr__`, which a method does not do."""
    wheel(tmp_path / "a.whl", {"a.py": source})
    (own,) = reports(source.encode(), folder=tmp_path)
    packed = answers({"key": "a", "wheel": "a.whl"}, folder=tmp_path)["a"]["a.py"]

    assert (own["lazy"], packed["lazy"]) == (is_lazy, is_lazy)


@pytest.mark.parametrize(
    ("source", "provides", "changes"),
    [
        ("import sys\nsys.modules['a.b'] = x", ["a.b"], False),
        ("import sys as s\ns.modules['a'] = s.modules['b'] = x", ["a", "b"], False),
        ("from sys import modules as m\nm['a'] = x", ["a"], False),
        ("sys.modules.setdefault('a', x)", ["a"], False),
        ("sys.modules.update({'a': x, 'b.c': y})", ["a", "b.c"], False),
        ("def f(): sys.modules['a'] = x", ["a"], False),
        ("sys.modules[__name__] = x", [], False),
        ("sys.modules[__name__].__class__ = C", [], False),
        ("sys.modules['a'].b = x", [], False),
        ("x = sys.modules.get(name) or sys.modules[name]", [], False),
        ("if 'a' in sys.modules: del sys.modules['a']", [], False),
        ("self.modules[name] = x", [], False),
        ("modules[name] = x", [], False),
        ("sys.modules[name] = x", [], True),
        ("sys.modules[f'{__name__}.a'] = x", [], True),
        ("sys.modules.setdefault(name, x)", [], True),
        ("sys.modules.update(x)", [], True),
        ("sys.modules.update({'a': x, **y})", ["a"], True),
        ("known = sys.modules", [], True),
        ("f(sys.modules)", [], True),
        ("sys.path.insert(0, 'lib')", [], True),
        ("_sys.path += x", [], True),
        ("import sys as s\ns.path.append(x)", [], True),
        ("from sys import path as p", [], True),
        ("def f(): sys.meta_path.append(x)", [], True),
        ("sys.path_hooks.append(x)", [], True),
        ("site.addsitedir(x)", [], True),
        ("addsitedir(x)", [], True),
        ("os.path.join(x)", [], False),
        ("from os import path\npath.join(x)", [], False),
        ("sys.argv", [], False),
    ],
)
def test_changes_of_the_module_search(
    source: str, provides: list[str], changes: bool, tmp_path: Path
) -> None:
    """Literal keys of `sys.modules` are names. Other changes may have any effect."""
    found = report(source, tmp_path)

    assert (found["provides"], found["changes_path"]) == (provides, changes)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import db\ndb.session = 1", ["session"]),
        ("import app.db\napp.db.session: int = 1", ["session"]),
        ("from app import db as d\ndef f():\n    d.a, d.b = 1, 2", ["a", "b"]),
        ("import db\ndb.count += 1", ["count"]),
        ("import app.db as d\napp.a = d.b", []),
        ("class A:\n    def f(self): self.a = 1", []),
        ("import db\ndel db.a", []),
    ],
)
def test_attributes_set_on_imports(source: str, names: list[str], tmp_path: Path) -> None:
    """The report has the names, because other modules can import them from there."""
    assert report(source, tmp_path)["sets"] == names


@pytest.mark.parametrize(
    ("source", "unanswering"),
    [
        ("def f(): return 1", {}),
        ("async def f(): return 1", {"f": ["coroutine function", 1]}),
        ("x = 1\ndef f():\n  if x: yield 1", {"f": ["generator function", 2]}),
        ("def f(): return (yield from g())", {"f": ["generator function", 1]}),
        ("async def f(): yield 1", {"f": ["asynchronous generator function", 1]}),
        ("@wraps\nasync def f(): pass", {}),
        ("async def f(): pass\nf = sync(f)", {}),
        ("async def f(): pass\ndef f(): pass", {}),
        ("if x:\n  async def f(): pass\nelse:\n  async def f(): pass", {"f": ["coroutine function", 4]}),  # fmt: skip
        ("def f():\n  def g(): yield 1\n  return [*g()]", {}),
        ("def f():\n  class A:\n    def g(self): yield 1", {}),
        ("def f(): return lambda: (yield)", {}),
        ("def f(): return (x for x in y)", {}),
        ("class A:\n  async def f(self): pass", {}),
    ],
)
def test_functions_that_return_no_answer(
    source: str, unanswering: dict[str, list[object]], tmp_path: Path
) -> None:
    """They are undecorated, and nothing else binds their names."""
    assert report(source, tmp_path)["unanswering"] == unanswering


@pytest.mark.parametrize(
    ("source", "borrowed"),
    [
        ("from a.b import c", {"c": ["a.b", "c"]}),
        ("from a import b as c, d", {"c": ["a", "b"], "d": ["a", "d"]}),
        ("from a import *", {}),
        ("import a.b", {}),
        ("try:\n  from a import b\nexcept ImportError:\n  b = None", {}),
    ],
)
def test_names_imported_from_modules(
    source: str, borrowed: dict[str, list[str]], tmp_path: Path
) -> None:
    """The report has the names that a single import binds."""
    assert report(source, tmp_path)["borrowed"] == borrowed


def test_module_search_changed_by_a_wheel(tmp_path: Path) -> None:
    """PyMySQL provides MySQLdb in this way, and finders change the search."""
    source = "import sys\ndef install(): sys.modules['MySQLdb'] = sys.modules[name] = x"
    finder = "import sys\nsys.meta_path.insert(0, Finder())"
    wheel(tmp_path / "a.whl", {"a.py": source, "b.py": finder})
    told = {"imports": [["c", "sys", [], 1]], "lazy": False, "changes_path": True}

    assert answers({"key": "K", "wheel": "a.whl"}, folder=tmp_path)["K"] == {
        "a.py": {**told, "provides": ["MySQLdb"]},
        "b.py": told,
    }


@pytest.mark.parametrize(
    ("source", "package", "names_path"),
    [
        ("__path__ = [x]", True, True),
        ("__path__.append(x)", True, True),
        ("for each in iter_modules(__path__): pass", True, True),
        ("x.__path__", True, False),
        ("__path__ = [x]", False, False),
    ],
)
def test_package_that_mentions_its_path(
    source: str, package: bool, names_path: bool, tmp_path: Path
) -> None:
    """A mention of `__path__` is not yet an extension over several folders."""
    (tmp_path / "mod.py").write_text(source)
    wanted = {"key": "k", "path": "mod.py", "module": "pkg", "package": package}
    found = answers(wanted, folder=tmp_path)["k"]

    assert (found["names_path"], found["extends_path"]) == (names_path, False)


def wheel(path: Path, entries: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)


# Runs in this process, because 150 small sources would need 150 processes.
_PROGRAM = import_program("read_module.py")


def imports(
    source: str,
    folder: Path,
    *,
    module: str = "pkg.sub.mod",
    package: bool = False,
    target: tuple[int, int] = (3, 13),
    python: str | None = None,
) -> list[list[Any]]:
    (folder / "mod.py").write_text(dedent(source))
    wanted = {"key": "k", "module": module, "package": package}
    if python:
        found = answers({**wanted, "path": "mod.py"}, folder=folder, target=target, python=python)
        report = found["k"]
    else:
        report = _PROGRAM.file_report({**wanted, "path": str(folder / "mod.py")}, target)
    return [[kind, name, names, line] for kind, name, names, line in report["imports"]]


def kinds(source: str, folder: Path, **options: Any) -> str:
    """Return each import of a module with its kind in front, such as "ca gb"."""
    found = imports(source, folder, **options)
    return " ".join(sorted((kind + module for kind, module, _, _ in found), key=lambda x: x[1:]))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a", [["c", "a", [], 1]]),
        ("import a.b as c, d", [["c", "a.b", [], 1], ["c", "d", [], 1]]),
        ("\nfrom a.b import c, d as e", [["c", "a.b", ["c", "d"], 2]]),
        ("from a import *", [["c", "a", ["*"], 1]]),
        ("from a import (\n    b,\n    c,\n)", [["c", "a", ["b", "c"], 1]]),
        ("from __future__ import annotations", []),
        ("print('import a')  # import b", []),
    ],
)
def test_form_of_imports(source: str, found: list[list[Any]], tmp_path: Path) -> None:
    """An import has a kind, a module, the imported names and a line."""
    assert imports(source, tmp_path) == found


@pytest.mark.parametrize(
    ("source", "in_module", "in_package"),
    [
        ("from . import a", "pkg.sub", "pkg.sub.mod"),
        ("from .a import b", "pkg.sub.a", "pkg.sub.mod.a"),
        ("from .. import a", "pkg", "pkg.sub"),
        ("from ..a.b import c", "pkg.a.b", "pkg.sub.a.b"),
        ("from ...a import b", "...a", "pkg.a"),
        ("from .... import a", "....", "...."),
        ("import_module('...a', __name__)", "pkg.a", "pkg.a"),
        ("import_module('.....a', __name__)", "", ""),
        ("import_module('.a', __package__)", "pkg.sub.a", "pkg.sub.mod.a"),
        ("import_module('..a', package=__package__)", "pkg.a", "pkg.sub.a"),
        ("import_module('.a', __name__)", "pkg.sub.mod.a", "pkg.sub.mod.a"),
        ("import_module('.a', 'b.c')", "b.c.a", "b.c.a"),
        ("import_module('.a')", "", ""),
        ("import_module('.a', somewhere)", "", ""),
    ],
)
def test_relative_imports(source: str, in_module: str, in_package: str, tmp_path: Path) -> None:
    """Imports above the top keep their dots, and such calls are omitted."""
    found = [imports(source, tmp_path, package=package) for package in (False, True)]

    assert [[each[1] for each in one] for one in found] == [
        [name] if name else [] for name in (in_module, in_package)
    ]


def test_relative_imports_of_unknown_modules(tmp_path: Path) -> None:
    """Relative imports of a module without a name are omitted."""
    assert imports("from . import a\nfrom .b import c\nimport d", tmp_path, module="") == [
        ["c", "d", [], 3]
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a", "ca"),
        ("class C:\n    import a", "ca"),
        ("class C:\n    def f(self):\n        import a", "da"),
        ("def f():\n    import a", "da"),
        ("async def f():\n    import a", "da"),
        ("def f():\n    class C:\n        import a", "da"),
        ("def f():\n    try:\n        import a\n    except E: pass", "da"),
        ("try:\n    import a\nexcept E:\n    import b\nelse:\n    import c", "ga gb gc"),
        ("try: x\nexcept E: y\nfinally:\n    import a", "ca"),
        ("try:\n    import a\nfinally:\n    import b", "ca cb"),
        ("try:\n    try:\n        import a\n    finally: x\nexcept E: y", "ga"),
        ("if x:\n    import a\nelif y:\n    import b\nelse:\n    import c", "ga gb gc"),
        ("for x in y:\n    import a\nelse:\n    import b", "ga gb"),
        ("while x:\n    import a", "ga"),
        ("with suppress(ImportError):\n    import a", "ga"),
        ("if x:\n    class C:\n        import a", "ga"),
        ("if x:\n    def f():\n        import a", "da"),
        ("if x: y\nimport a", "ca"),
    ],
)
def test_kinds_of_imports(source: str, found: str, tmp_path: Path) -> None:
    """The statements around an import make it certain, guarded or deferred."""
    assert kinds(source, tmp_path) == found


@needs_newer_python
@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("match x:\n    case 1:\n        import a\n    case _:\n        import b", "ga gb"),
        ("try:\n    import a\nexcept* E:\n    import b", "ga gb"),
        ("import a\ndef f[T](): import b", "ca db"),
    ],
)
def test_newer_statements_that_guard(source: str, found: str, tmp_path: Path) -> None:
    """A newer Python reads imports in newer statements."""
    assert NEWEST is not None
    assert kinds(source, tmp_path, python=NEWEST) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("raise E\nimport a", "ga"),
        ("import sys\nsys.exit()\nimport a", "ga csys"),
        ("sys.exit(1)\nimport a", "ga"),
        ("os._exit(1)\nimport a", "ga"),
        ("quit()\nimport a", "ga"),
        ("if sys.platform == 'linux':\n    raise E\nimport a", "ga"),
        ("if sys.platform == 'win32':\n    raise E\nimport a", "ca"),
        ("try:\n    raise E\nfinally: x\nimport a", "ga"),
        ("try:\n    raise E\nexcept E: x\nimport a", "ca"),
        ("if x:\n    raise E\nimport a", "ca"),
        ("def f():\n    raise E\nimport a", "ca"),
        ("class C:\n    raise E\nimport a", "ga"),
        ("sys.exit\nimport a", "ca"),
    ],
)
def test_imports_after_an_exit(source: str, found: str, tmp_path: Path) -> None:
    """After a certain exit, imports are guarded. An uncertain exit changes nothing."""
    assert kinds(source, tmp_path) == found


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("sys.platform == 'linux'", True),
        ("'linux' == sys.platform", True),
        ("sys.platform != 'win32'", True),
        ("sys.platform in ('win32', 'cygwin')", False),
        ("sys.platform not in ['win32']", True),
        ("sys.platform in {'linux', 'darwin'}", True),
        ("sys.platform.startswith('win')", False),
        ("sys.platform.startswith(('linux', 'freebsd'))", True),
        ("os.name == 'nt'", False),
        ("os.name == 'posix'", True),
        ("platform.system() == 'Windows'", False),
        ("platform.system() == 'Linux'", True),
        ("platform.python_implementation() == 'PyPy'", False),
        ("sys.implementation.name == 'cpython'", True),
        ("sys.version_info >= (3, 13)", True),
        ("sys.version_info > (3, 13)", True),
        ("sys.version_info >= (3,)", True),
        ("sys.version_info < (3, 14)", True),
        ("(3, 14) <= sys.version_info", False),
        ("(3, 9) <= sys.version_info < (3, 12)", False),
        ("sys.version_info >= (3, 13, 0)", True),
        ("sys.version_info >= (3, 13, 2)", None),
        ("sys.version_info >= (3, 12, 2)", True),
        ("sys.version_info[0] == 2", False),
        ("sys.version_info[0] >= 3", True),
        ("sys.version_info[1] < 13", False),
        ("sys.version_info[2] > 1", None),
        ("sys.version_info[:2] == (3, 13)", True),
        ("sys.version_info[:1] == (3,)", True),
        ("sys.version_info[:3] == (3, 13, 1)", None),
        ("sys.version_info[1:] > (9,)", None),
        ("sys.version_info.major == 3", True),
        ("sys.version_info.minor <= 12", False),
        ("sys.version_info >= '3'", None),
        ("sys.version > '3'", None),
        ("True", True),
        ("False", False),
        ("0", False),
        ("not sys.platform == 'win32'", True),
        ("sys.platform == 'linux' and os.name == 'posix'", True),
        ("sys.platform == 'linux' and x", None),
        ("sys.platform == 'win32' and x", False),
        ("x and sys.platform == 'win32'", False),
        ("sys.platform == 'linux' or x", True),
        ("sys.platform == 'win32' or x", None),
        ("not x", None),
        ("x", None),
        ("x == 'linux'", None),
        ("x in sys.platform", None),
        ("sys.platform is x", None),
        ("six.PY2", None),
        ("sys.platform.startswith(x)", None),
        ("x.startswith('win')", None),
        ("f(1)", None),
        ("os.name.startswith(1)", None),
        ("__name__ == '__main__'", False),
        ("'__main__' == __name__", False),
        ("__name__ != '__main__'", True),
        ("__name__ in ('pkg.sub.mod', '__main__')", True),
    ],
)
def test_conditions_on_the_platform(condition: str, holds: bool | None, tmp_path: Path) -> None:
    """Conditions are decided for Linux, CPython and the version of the target."""
    source = f"if {condition}:\n    import a\nelse:\n    import b"

    assert kinds(source, tmp_path) == {True: "ca", False: "cb", None: "ga gb"}[holds]


@pytest.mark.parametrize(
    ("target", "found"),
    [((3, 9), "ca"), ((3, 10), "ca"), ((3, 11), "cb"), ((3, 14), "cb")],
)
def test_conditions_on_the_version(target: tuple[int, int], found: str, tmp_path: Path) -> None:
    """The version is that of the target, and not that of the Python that reads."""
    source = "if sys.version_info < (3, 11):\n    import a\nelse:\n    import b"

    assert kinds(source, tmp_path, target=target) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", "ta cb"),
        ("if typing.TYPE_CHECKING:\n    import a", "ta"),
        ("if not TYPE_CHECKING:\n    import a\nelse:\n    import b", "ca tb"),
        ("if TYPE_CHECKING and x:\n    import a", "ta"),
        ("if TYPE_CHECKING or x:\n    import a\nelse:\n    import b", "ga gb"),
        ("if TYPE_CHECKING or sys.version_info >= (3, 11):\n    import a\nelse: import b", "ca"),
        ("if TYPE_CHECKING and sys.platform == 'win32':\n    import a", ""),
        ("if TYPE_CHECKING:\n    if sys.platform == 'win32':\n        import a", ""),
        ("if TYPE_CHECKING:\n    try:\n        import a\n    except E:\n        import b", "ta tb"),
        ("if TYPE_CHECKING:\n    def f():\n        import a", "ta"),
        ("def f():\n    if TYPE_CHECKING:\n        import a", "ta"),
        ("if TYPE_CHECKING:\n    raise E\nimport a", "ca"),
    ],
)
def test_imports_for_type_checkers(source: str, found: str, tmp_path: Path) -> None:
    """Such imports never run, whatever is around them or inside them."""
    assert kinds(source, tmp_path) == found


@pytest.mark.parametrize(
    ("source", "typed"),
    [
        ("if TYPE_CHECKING:\n    import a, b.c\n    from d import e, f", "a b.c d d.e d.f"),
        ("if TYPE_CHECKING:\n    from . import a\n    from .b import c", "p p.a p.b p.b.c"),
        ("from typing import TYPE_CHECKING as T\nif T:\n    import a", "a"),
        ("TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import a", "a"),
        ("MYPY = False\nif MYPY:\n    import a", "a"),
        ("if not TYPE_CHECKING:\n    import a\nelse:\n    import b", "b"),
        ("if TYPE_CHECKING:\n    if sys.platform == 'win32':\n        import a", "a"),
        ("if TYPE_CHECKING and sys.version_info > (3,):\n    import a", "a"),
        ("def f():\n    if TYPE_CHECKING:\n        import a", "a"),
        # These imports may run.
        ("if TYPE_CHECKING:\n    import a\nimport a", ""),
        ("if TYPE_CHECKING:\n    import a\ndef f():\n    import a", ""),
        ("if TYPE_CHECKING:\n    from a import b\nfrom a import c", "a.b"),
        ("if TYPE_CHECKING or x:\n    import a", ""),
        ("if sys.version_info < (3,):\n    import a\nelif TYPE_CHECKING:\n    import a", ""),
        ("TYPE_CHECKING = True\nif TYPE_CHECKING:\n    import a", ""),
        ("MYPY = find()\nif MYPY:\n    import a  # TYPE_CHECKING", ""),
        ("if False:  # TYPE_CHECKING\n    import a", ""),
        ("if TYPE_CHECKING:\n    import a\ndef __getattr__(name): ...", ""),
        ("import a", ""),
    ],
)
def test_names_imported_for_type_checkers(source: str, typed: str, tmp_path: Path) -> None:
    """No version and no platform runs these imports."""
    (tmp_path / "m.py").write_text(source)
    wanted = {"key": "m", "path": "m.py", "module": "p.m", "package": False}

    found = answers(wanted, folder=tmp_path)["m"]

    assert found.get("typed", []) == typed.split()
    assert found.get("spelled", []) == []


@pytest.mark.parametrize(
    ("source", "spelled"),
    [
        ("if TYPE_CHECKING:\n    import a\nelse:\n    a = lazy('a')", "a"),
        ("if TYPE_CHECKING:\n    from a.b import C\nx = lazy('a', 'C')", "a"),
        ("if TYPE_CHECKING:\n    from a.b import C\nx = lazy('a.b:C')", "a.b"),
        ("if TYPE_CHECKING:\n    from .b import C\nx: Annotated['C', lazy('.b')]", "p.b"),
        ("if TYPE_CHECKING:\n    from .b import C\nparts = {'b': ['C']}", "p.b"),
        ("if TYPE_CHECKING:\n    from a import C\nx = cast('C', f())\ny: 'C'", ""),
        ("if TYPE_CHECKING:\n    import a\nx = 'an apple'", ""),
    ],
)
def test_strings_that_may_import_names(source: str, spelled: str, tmp_path: Path) -> None:
    """A helper may import the name in a string. Quoted annotations name no modules."""
    (tmp_path / "m.py").write_text(source)
    wanted = {"key": "m", "path": "m.py", "module": "p.m", "package": False}

    assert answers(wanted, folder=tmp_path)["m"]["spelled"] == spelled.split()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import_module('a')", "ga"),
        ("x = importlib.import_module('a', None)", "ga"),
        ("x = [f(__import__('a').b)]", "ga"),
        ("def f():\n    return import_module('a')", "da"),
        ("@g(import_module('a'))\ndef f(x=import_module('b')): pass", "ga gb"),
        ("class C(import_module('a').B):\n    x = import_module('c')", "ga gc"),
        ("if import_module('a').x:\n    import_module('b')", "ga gb"),
        ("for x in import_module('a').y: import_module('b')", "ga gb"),
        ("with import_module('a') as x: import_module('b')", "ga gb"),
        ("try:\n    import_module('a')\nexcept E: import_module('b')", "ga gb"),
        ("if TYPE_CHECKING:\n    import_module('a')", "ta"),
        ("import_module(a)", ""),
        ("import_module(f'{a}')", ""),
        ("import_module()", ""),
        ("import_module(1)", ""),
        ("import_module", ""),
    ],
)
def test_imports_by_calls(source: str, found: str, tmp_path: Path) -> None:
    """Such an import is guarded, because it may be optional, and deferred in functions."""
    assert kinds(source, tmp_path) == found


def test_imports_of_a_wheel(tmp_path: Path) -> None:
    """The report has the imports of all entries, also those in functions."""
    wheel(
        tmp_path / "a.whl",
        {
            "a/__init__.py": "from .b import c\ndef f():\n    import d",
            "a/b.py": "from . import e\ndef __getattr__(name): ...",
            "single.py": "import a",
            "a-1.data/purelib/p/q.py": "from . import r",
            "a-1.data/platlib/s.py": "import a",
        },
    )

    assert answers({"key": "K", "wheel": "a.whl"}, folder=tmp_path) == {
        "K": {
            "a/__init__.py": {
                "imports": [["c", "a.b", ["c"], 1], ["d", "d", [], 3]],
                "lazy": False,
            },
            "a/b.py": {"imports": [["c", "a", ["e"], 1]], "lazy": True},
            "single.py": {"imports": [["c", "a", [], 1]], "lazy": False},
            "a-1.data/purelib/p/q.py": {"imports": [["c", "p", ["r"], 1]], "lazy": False},
            "a-1.data/platlib/s.py": {"imports": [["c", "a", [], 1]], "lazy": False},
        }
    }


@pytest.mark.parametrize(
    "entry",
    [
        "a/tests/__init__.py",
        "a/test/x.py",
        "tests/x.py",
        "a/__pycache__/x.py",
        "a/x.pyi",
        "a/x.txt",
        "a/x.so",
        "a-1.data/scripts/x.py",
        "a-1.data/data/x.py",
        "a-1.data/x.py",
    ],
)
def test_entries_that_are_not_read(entry: str, tmp_path: Path) -> None:
    """The report omits tests, scripts and data, which handlers do not import."""
    wheel(tmp_path / "a.whl", {entry: "import a"})

    assert answers({"key": "K", "wheel": "a.whl"}, folder=tmp_path) == {"K": {}}


@pytest.mark.parametrize("text", ["print 'python 2'", "{{ template }} x", "a = 1\0", "-" * 50_000])
def test_code_for_another_python(text: str, tmp_path: Path) -> None:
    """A file that cannot be parsed is unread, and the others are read."""
    wheel(tmp_path / "a.whl", {"a/old.py": text, "a/new.py": "import b"})

    assert answers({"key": "K", "wheel": "a.whl"}, folder=tmp_path)["K"] == {
        "a/old.py": {"unread": True},
        "a/new.py": {"imports": [["c", "b", [], 1]], "lazy": False},
    }


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from importlib.metadata import entry_points", True),
        ("def f():\n    pkg_resources.iter_entry_points('a')", True),
        ("manager.load_setuptools_entrypoints('a')", True),
        ("from stevedore import driver", True),
        ("import a", False),
    ],
)
def test_code_that_looks_for_entry_points(source: str, found: bool, tmp_path: Path) -> None:
    """A module that mentions entry points anywhere may load plug-ins."""
    wheel(tmp_path / "a.whl", {"a.py": source})

    [report] = answers({"key": "K", "wheel": "a.whl"}, folder=tmp_path)["K"].values()
    assert report.get("loads_plugins", False) is found


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("lxml", "lxml"),
        ("mysql+pymysql://user:pass@db/orders", "pymysql"),
        ("postgresql+psycopg2", "psycopg2"),
        ("redis://cache", "redis"),
        ("google.cloud.storage", "google.cloud.storage"),
        ("install pymysql", None),
        ("https://pymysql.readthedocs.io", "https"),
        ("pymysql>=1", None),
        ("", None),
    ],
)
def test_words_in_string_literals(text: str, word: str | None, tmp_path: Path) -> None:
    """Words are dotted names and schemes of URLs, with their first line."""
    source = f"def f():\n    g({text!r})\nx = {text!r}"
    (tmp_path / "a.py").write_text(source, encoding="utf-8")

    read = answers({"key": "K", "path": "a.py"}, folder=tmp_path)["K"]
    assert read["words"] == ({word: 2} if word else {})


def test_search_for_string_literals(tmp_path: Path) -> None:
    """The search finds whole literals, and not comments, parts of literals or tests."""
    wheel(
        tmp_path / "a.whl",
        {
            "a/in_function.py": "def f():\n    return entry_points(group='a.b')",
            "a/part.py": "x = 'a.b.c'  # 'a.b'",
            "a/broken.py": "'a.b' +",
            "a/tests/x.py": "'a.b'",
            "a/data.txt": "'a.b'",
        },
    )

    wanted = {"key": "K", "wheel": "a.whl", "strings": ["a.b", "d"]}
    assert answers(wanted, folder=tmp_path) == {"K": {"a/in_function.py": ["a.b"]}}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f():\n    import driver", ["driver"]),
        ("try:\n    from driver.errors import E\nexcept ImportError: ...", ["driver"]),
        ("import google.cloud.storage as s", ["google.cloud.storage"]),
        ("def f():\n    return __import__('driver')", ["driver"]),
        ("driver = import_optional_dependency('driver', errors='ignore')", ["driver"]),
        ("from . import driver", []),
        ("find('driver')", []),
        ("import driver2", []),
    ],
)
def test_search_for_imported_modules(source: str, found: list[str], tmp_path: Path) -> None:
    """The search finds import statements and calls of functions named for importing."""
    wheel(tmp_path / "a.whl", {"a.py": source})

    wanted = {"key": "K", "wheel": "a.whl", "imports": ["driver", "google.cloud.storage"]}
    assert answers(wanted, folder=tmp_path)["K"].get("a.py", []) == found


def test_invalid_escapes(tmp_path: Path) -> None:
    """The program prints no warnings, which users cannot fix in wheels."""
    wheel(tmp_path / "a.whl", {"a.py": "x = '\\d'"})
    python = NEWEST or sys.executable

    assert answers({"key": "K", "wheel": "a.whl"}, folder=tmp_path, python=python)["K"] == {
        "a.py": {"imports": [], "lazy": False}
    }


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")', ["site.settings"]),
        ('os.environ["FLASK_APP"] = "web.app:create"', ["web.app"]),
        ('run(env={"CELERY_CONFIG_MODULE": "jobs.config"})', ["jobs.config"]),
        ('SETTINGS_MODULE: str = "site.settings"', ["site.settings"]),
        ('path("", include("polls.urls"))', ["polls.urls"]),
        ('INSTALLED_APPS = ["polls"]\nOTHER = "site.x"\nf("y.z")', ["polls", "site.x"]),
        ('NAME = "site.settings"', []),
        ('include("a b")', []),
    ],
)
def test_texts_that_name_modules(source: str, texts: list[str], tmp_path: Path) -> None:
    """The report has the texts from which frameworks import, without attributes."""
    assert [text for text, _ in report(source, tmp_path)["module_texts"]] == texts


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('HERE / "html" / "x.html"', [["html/x.html", 1, True]]),
        ('HERE / "html" / name / "x.html"', [["html", 1, True], ["x.html", 1, True]]),
        ('os.path.join(HERE, "html", "x.html")', [["html/x.html", 1, True]]),
        ('HERE.joinpath("html")', [["html", 1, True]]),
        ('str(HERE) + "/html/x.html"', [["html/x.html", 1, True]]),
        ('open(f"{HERE}/html/x.html")', [["html/x.html", 1, False]]),
        ('open("/var/task/x.csv")', [["x.csv", 1, True]]),
        ('FileSystemLoader("html")', [["html", 1, True]]),
        ('files("a.b").joinpath("x.html")', [["a/b/x.html", 1, True]]),
        ('files("a.b") / "x.html"', [["a/b/x.html", 1, True]]),
        ('get_data("a.b", "x.bin")', [["a/b/x.bin", 1, True]]),
        ('"x.html"', [["x.html", 1, False]]),
        ('", ".join(["x", "y"])', []),
        ('"hello"', []),
        ('"worker.py"', []),
        ('"Hello, world.txt"', []),
        ('"1.0"', []),
    ],
)
def test_texts_that_may_name_files(source: str, texts: list[Any], tmp_path: Path) -> None:
    """The report has paths, and texts with an extension other than those of modules."""
    assert report(source, tmp_path)["file_texts"] == texts


def test_sdk_imported_in_functions(tmp_path: Path) -> None:
    """Code that does not require the SDK imports it in functions."""
    code = (
        "def f():\n    import boto3.session, json\n    from botocore import config\n"
        'from .boto3 import y\n"import botocore"\n'
    )
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("p/a.py", code)
        wheel.writestr("p/b.py", "from .botocore import x\n")

    found = answers({"key": "K", "wheel": "a.whl"}, folder=tmp_path)["K"]

    assert {entry: each.get("sdk") for entry, each in found.items()} == {
        "p/a.py": ["boto3", "botocore"],
        "p/b.py": None,
    }
