"""Tests of the modules that an import finds, and of the reports about them."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.imports.module_index import (
    Import,
    ImportableModules,
    ImportKind,
    ModuleFacts,
    dotted_prefixes,
    parse_facts,
    parse_wheel_facts,
)
from aws_lambda.testing.files import extra_file, first_party_file
from aws_lambda.testing.modules import facts_reader, importable_modules, path_entry, unread_module


def found(name: str, *paths: str) -> str | None:
    module = importable_modules(*(unread_module(first_party_file(path)) for path in paths)).find(
        name
    )
    if module is None:
        return None
    return module.file.path if module.file else f"{module.name}/"


@pytest.mark.parametrize(
    ("name", "paths", "expected"),
    [
        ("a", ["a.py"], "a.py"),
        ("a", ["a/__init__.py"], "a/__init__.py"),
        ("a", ["a.py", "a/__init__.py"], "a/__init__.py"),
        ("a", ["a.py", "a/b.py"], "a.py"),
        ("a", ["a.so"], "a.so"),
        ("a", ["a.abi3.so"], "a.abi3.so"),
        ("a", ["a.cpython-313-x86_64-linux-gnu.so"], "a.cpython-313-x86_64-linux-gnu.so"),
        ("a", ["a.py", "a.cpython-313-x86_64-linux-gnu.so"], "a.cpython-313-x86_64-linux-gnu.so"),
        ("a", ["a.abi3.so", "a.py"], "a.abi3.so"),
        ("a", ["a/__init__.abi3.so"], "a/__init__.abi3.so"),
        ("a", ["a.pyc"], "a.pyc"),
        ("a", ["a.py", "a.pyc"], "a.py"),
        ("a", ["a.pyc", "a.py"], "a.py"),
        ("a", ["__pycache__/a.pyc"], None),
        ("a", ["a/b.py"], "a/"),
        ("a", ["a/data.txt"], "a/"),
        ("a", ["a/b/c/data.txt"], "a/"),
        ("a.b", ["a/b/c.py"], "a.b/"),
        ("a.b.c", ["a/b/c.py"], "a/b/c.py"),
        ("a.b", ["a/__init__.py", "a/b.py"], "a/b.py"),
        ("a.b", ["a.py"], None),
        ("a.b", ["a.py", "a/b.py"], None),
        ("a", ["b.py"], None),
        ("a", ["a.txt", "a.pyi"], None),
        ("a", [], None),
        ("my-code", ["my-code.py"], "my-code.py"),
    ],
)
def test_found_file(name: str, paths: list[str], expected: str | None) -> None:
    """Python prefers packages to extension modules, source files and folders, in this order."""
    assert found(name, *paths) == expected


def test_regular_packages_hide_and_namespaces_merge() -> None:
    """A regular package hides its modules in later path entries. Folders do not."""
    function = [
        unread_module(first_party_file(path))
        for path in ("app.py", "shared/a.py", "one/__init__.py")
    ]
    layer = [
        unread_module(first_party_file(f"python/{path}", source=f"layer/{path}"))
        for path in ("app.py", "shared/b.py", "one/b.py", "late/__init__.py", "late/b.py")
    ]
    other = [unread_module(first_party_file("python/late/c.py", source="other/late/c.py"))]
    every = ImportableModules(
        (
            path_entry(*function),
            path_entry(*layer, root="python"),
            path_entry(*other, root="python"),
        ),
        facts_reader(*function, *layer, *other),
    )

    sources = {}
    for name in ("app", "shared", "shared.a", "shared.b", "one.b", "late.b", "late.c", "python"):
        module = every.find(name)
        sources[name] = module and (module.entry_index, module.file and module.file.source)
    assert sources == {
        "app": (0, "src/app.py"),
        "shared": (0, None),
        "shared.a": (0, "src/shared/a.py"),
        "shared.b": (1, "layer/shared/b.py"),
        "one.b": None,
        "late.b": (1, "layer/late/b.py"),
        "late.c": None,
        "python": None,
    }


def test_regular_package_after_folder() -> None:
    """Folders count only if no path entry has a regular package (PEP 420)."""
    function = [
        unread_module(first_party_file("a/data.txt")),
        unread_module(first_party_file("a/b.py")),
    ]
    layer = [unread_module(first_party_file("python/a/__init__.py"))]
    both = ImportableModules(
        (path_entry(*function), path_entry(*layer, root="python")), facts_reader(*function, *layer)
    )

    assert both.find("a.b") is None
    assert set(both.names_in("a")) == {"__init__"}


def test_names_in_a_package() -> None:
    """The names are those of modules and folders, at the top level as well."""
    these = importable_modules(
        *map(
            unread_module,
            map(first_party_file, ("a/b.py", "a/c/d.txt", "a/e.abi3.so", "a/no-name.py")),
        ),
        unread_module(extra_file("data.csv")),
    )

    assert set(these.names_in("")) == {"a"}
    assert set(these.names_in("a")) == {"b", "c", "e"}


@pytest.mark.parametrize(
    ("name", "expected"), [("a", ["a"]), ("a.b.c", ["a", "a.b", "a.b.c"]), ("", [""])]
)
def test_dotted_prefixes(name: str, expected: list[str]) -> None:
    """Python imports each parent package first."""
    assert list(dotted_prefixes(name)) == expected


def test_parsed_reports() -> None:
    """The report on a wheel has fewer facts, and the others are empty."""
    report = {"imports": [["c", "a.b", ["x"], 3], ["t", "c", [], 4]], "lazy": True}
    imports = (
        Import(ImportKind.CERTAIN, "a.b", ("x",), 3),
        Import(ImportKind.TYPING, "c", (), 4),
    )

    assert parse_wheel_facts({"a.py": report, "b.py": {"unread": True}}) == {
        "a.py": ModuleFacts(imports, lazy=True),
        "b.py": ModuleFacts(is_read=False),
    }
    assert parse_facts(
        {**report, "lazy": False, "names": ["n"], "dynamic": True, "extends_path": True}
    ) == ModuleFacts(imports, names=frozenset({"n"}), dynamic=True, extends_path=True)
    assert parse_facts({"syntax_error": "line 1: bad"}) == ModuleFacts(
        is_read=False, syntax_error="line 1: bad"
    )


def test_facts_about_other_modules() -> None:
    """Names for type checkers count as bound, and a use of `__path__` as an extension of it."""
    assert parse_facts(
        {
            **{"imports": [], "names": ["a"], "hinted": ["b"], "names_path": True},
            **{"provides": ["c.d"], "changes_path": True},
        }
    ) == ModuleFacts(
        names=frozenset({"a", "b"}),
        extends_path=True,
        provided_modules=frozenset({"c.d"}),
        changes_path=True,
    )
