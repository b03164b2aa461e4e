"""Tests of the search path with `.pth` files: folders, finders, and the imports that need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.imports.module_index import ImportableModules
from aws_lambda.artifact.imports.pth_files import PthLine, SearchPath, build_search_path
from aws_lambda.artifact.imports.reachability import find_missing_imports, follow_imports
from aws_lambda.testing.files import first_party_file, third_party_file
from aws_lambda.testing.modules import (
    FakeModule,
    facts_reader,
    own_module,
    unread_module,
    wheel_module,
)

LAYER = "python"
SITE_PACKAGES = "python/lib/python3.13/site-packages"
SHIM = "import os; os.environ.get('X') and __import__('_distutils_hack').add_shim()"
HACK = [wheel_module("_distutils_hack/__init__.py"), wheel_module("_distutils_hack/override.py")]


def view(address: str, root: str, *files: ArtifactFile) -> ArtifactView:
    return ArtifactView(address, root, files)


def search_path(
    *artifacts: ArtifactView, lines: Mapping[str, Sequence[str]], python_path: str | None = None
) -> SearchPath:
    """The search path, with the lines of `.pth` files by their path in the artifact."""
    return build_search_path(
        artifacts, lambda file: lines.get(file.path, ()), python_path=python_path
    )


def function(*files: str) -> ArtifactView:
    return view("src:fn", "", *map(first_party_file, files))


def roots(start: SearchPath) -> list[str]:
    return [place.root for place in start.entries]


@pytest.mark.parametrize(
    ("line", "root"),
    [
        ("vendor", "vendor"),
        ("./vendor/lib", "vendor/lib"),
        ("vendor/../more", "more"),
        ("/var/task/more", "more"),
        ("/opt/python/vendor", "python/vendor"),
        ("../../opt/lib", "lib"),
    ],
)
def test_line_with_folder(line: str, root: str) -> None:
    """The folder is relative to the file's folder, and comes last on the path."""
    layer = view("src:l", LAYER, first_party_file("python/a.py"))
    start = search_path(function("app.py", "own.pth"), layer, lines={"own.pth": [line]})

    assert roots(start) == ["", LAYER, root]
    assert start.code_lines == ()


@pytest.mark.parametrize("line", ["vendor/..", "/usr/lib/python", "/var/task", "../elsewhere"])
def test_line_with_folder_that_adds_nothing(line: str) -> None:
    """The folder is on the path already, or not in an artifact."""
    assert roots(search_path(function("own.pth"), lines={"own.pth": [line]})) == [""]


def test_pth_files_of_layers() -> None:
    """Lambda reads `.pth` files at the top of both folders of layers, and nowhere else."""
    plain = view(
        "src:l", LAYER, first_party_file("python/a.pth"), first_party_file("python/deep/b.pth")
    )
    bound = view(
        "src:b",
        SITE_PACKAGES,
        first_party_file(f"{SITE_PACKAGES}/c.pth"),
        first_party_file("d.pth"),
    )
    lines = {
        "python/a.pth": ["a"],
        "python/deep/b.pth": ["b"],
        f"{SITE_PACKAGES}/c.pth": ["c"],
        "d.pth": ["d"],
    }

    assert roots(search_path(function("app.py"), plain, bound, lines=lines)) == [
        *("", SITE_PACKAGES, LAYER),
        *(f"{SITE_PACKAGES}/c", f"{LAYER}/a"),
    ]


def test_hidden_pth_files() -> None:
    """CPython skips files that start with a dot."""
    assert roots(search_path(function(".own.pth"), lines={".own.pth": ["vendor"]})) == [""]


def test_pythonpath_replaces_layers() -> None:
    """Its folders replace those of layers, and the layers' `.pth` files are not read."""
    layer = view("src:l", LAYER, first_party_file("python/own.pth"))
    lines = {"python/own.pth": ["vendor"], "task.pth": ["more"]}

    def with_path(python_path: str) -> list[str]:
        return roots(search_path(function("task.pth"), layer, lines=lines, python_path=python_path))

    assert with_path("/elsewhere") == ["", "more"]
    assert with_path("vendor:/opt/python:") == ["", "vendor", "python", "more"]


def test_archive_on_the_path() -> None:
    """Python imports from zips, whose modules are unknown here."""
    start = search_path(function("own.pth", "old.egg"), lines={"own.pth": ["old.egg"]})

    assert start.archives == ("src/old.egg",)


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("import a", ("a",)),
        ("import a.b, c; c.go()", ("a.b", "c")),
        ("import os; from a.b import c", ("os", "a.b")),
        ("import a; a.b and __import__('c').d()", ("a", "c")),
        ("import importlib; importlib.import_module('c')", ("importlib", "c")),
        ("import a; __import__(a.name)", ("a",)),
        ("import a; no python", ()),
    ],
)
def test_modules_that_a_line_imports(line: str, modules: tuple[str, ...]) -> None:
    """Statements and calls with a literal name count."""
    assert PthLine(first_party_file("own.pth"), line).modules == modules


def missing(*made: FakeModule, lines: Mapping[str, Sequence[str]], python: tuple[int, int] = (3, 13)) -> list[tuple[str, bool]]:  # fmt: skip
    """The imports of `app` that fail, and whether that is doubtful."""
    start = search_path(view("src:fn", "", *(each.file for each in made)), lines=lines)
    found = find_missing_imports(
        ImportableModules(start.entries, facts_reader(*made)), ["app"], python=python, start=start
    )
    return [(each.name, bool(each.doubts)) for each in found]


PTH = unread_module(third_party_file("distutils-precedence.pth"))


def test_distutils_of_setuptools() -> None:
    """Python finds it through the `.pth` file, or after an import of setuptools."""
    app = own_module("app.py", "c distutils.util strtobool")
    lines = {"distutils-precedence.pth": [SHIM]}

    assert missing(app, PTH, *HACK, lines=lines) == []
    assert missing(app, *HACK, lines=lines) == [("distutils", False)]
    assert missing(app, PTH, lines=lines) == [("distutils", False)]
    imported = own_module("app.py", "c setuptools", "c distutils")
    setuptools = wheel_module("setuptools/__init__.py", "c _distutils_hack.override")
    assert missing(imported, setuptools, *HACK, lines=lines) == []


def test_module_in_added_folder() -> None:
    """First-party `.pth` files add folders as well."""
    made = (
        own_module("app.py", "c thing"),
        own_module("vendor/thing.py"),
        unread_module(first_party_file("own.pth")),
    )

    assert missing(*made, lines={"own.pth": ["vendor"]}) == []
    assert missing(*made, lines={"own.pth": ["other"]}) == [("thing", False)]


def test_modules_that_startup_code_provides() -> None:
    """A module that runs at every start may add others to `sys.modules`."""
    made = own_module("app.py", "c thing"), wheel_module(
        "hook.py", provided_modules=frozenset({"thing"})
    )

    assert (
        missing(
            *made, unread_module(first_party_file("own.pth")), lines={"own.pth": ["import hook"]}
        )
        == []
    )
    assert missing(*made, lines={}) == [("thing", False)]


@pytest.mark.parametrize(
    ("line", "is_doubtful"),
    [
        ("import sys; sys.path.insert(0, '/tmp')", True),
        ("import site; site.addsitedir('/tmp')", True),
        ("import hook", True),
        ("import calm", False),
        ("import no_such_module", False),
    ],
)
def test_startup_code_that_changes_the_path(line: str, is_doubtful: bool) -> None:
    """An unknown finder may find any module, so failing imports are doubtful."""
    made = (
        own_module("app.py", "c thing"),
        wheel_module("hook.py", changes_path=True),
        wheel_module("calm.py"),
    )

    assert missing(
        *made, unread_module(first_party_file("own.pth")), lines={"own.pth": [line]}
    ) == [("thing", is_doubtful)]


@pytest.mark.parametrize(
    ("made", "python", "depends"),
    [
        ([own_module("app.py", "c distutils")], (3, 13), True),
        ([own_module("app.py", "g distutils.util")], (3, 13), True),
        ([own_module("app.py", "d distutils.util")], (3, 13), True),
        ([own_module("app.py", "t distutils")], (3, 13), False),
        ([own_module("app.py", "c distutils")], (3, 11), False),
        ([own_module("app.py", "c distutils"), own_module("distutils.py")], (3, 13), False),
        ([own_module("app.py", "c a"), wheel_module("a.py", "c distutils")], (3, 13), True),
        ([own_module("app.py", "c a"), wheel_module("a.py", "g distutils")], (3, 13), False),
        ([own_module("app.py", "c a"), wheel_module("a.py", "c distutils", of="setuptools 84.2.1")], (3, 13), False),  # fmt: skip
        ([own_module("app.py", "c json")], (3, 13), False),
    ],
)
def test_pth_file_that_an_import_needs(
    made: list[FakeModule], python: tuple[int, int], depends: bool
) -> None:
    """First-party code needs the file for any import, third-party code for certain ones."""
    pth = third_party_file("distutils-precedence.pth", of="setuptools 84.2.1")
    every = [*made, *HACK, unread_module(pth)]
    start = search_path(view("src:fn", "", *(m.file for m in every)), lines={pth.path: [SHIM]})
    modules = ImportableModules(start.entries, facts_reader(*every))
    running = follow_imports(modules, ["app", *start.modules])

    assert start.find_needed_files(modules, running, python) == ({pth} if depends else frozenset())
