"""What `.pth` files do before a handler is imported: folders, finders, and what depends on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.imports.module_index import ImportableModules
from aws_lambda.artifact.imports.pth_files import PthLine, SearchPath, build_search_path
from aws_lambda.artifact.imports.reachability import find_missing_imports, follow_imports
from aws_lambda.testing.files import first_party, third_party
from aws_lambda.testing.modules import Made, own, reading, theirs, unread

LAYER = "python"
BOUND = "python/lib/python3.13/site-packages"
SHIM = "import os; os.environ.get('X') and __import__('_distutils_hack').add_shim()"
HACK = [theirs("_distutils_hack/__init__.py"), theirs("_distutils_hack/override.py")]


def loaded(address: str, root: str, *files: ArtifactFile) -> ArtifactView:
    return ArtifactView(address, root, files)


def begin(
    *artifacts: ArtifactView, lines: Mapping[str, Sequence[str]], python_path: str | None = None
) -> SearchPath:
    """The start with the lines of `.pth` files by their path in the artifact."""
    return build_search_path(
        artifacts, lambda file: lines.get(file.path, ()), python_path=python_path
    )


def function(*files: str) -> ArtifactView:
    return loaded("src:fn", "", *map(first_party, files))


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
def test_a_line_that_names_a_folder_puts_it_last(line: str, root: str) -> None:
    """As seen from the folder of the file, in the function or in its layers."""
    layer = loaded("src:l", LAYER, first_party("python/a.py"))
    start = begin(function("app.py", "own.pth"), layer, lines={"own.pth": [line]})

    assert roots(start) == ["", LAYER, root]
    assert start.code_lines == ()


@pytest.mark.parametrize("line", ["vendor/..", "/usr/lib/python", "/var/task", "../elsewhere"])
def test_a_line_that_names_no_new_folder_of_the_artifact_adds_none(line: str) -> None:
    """Python has it already, or it is Lambda's own."""
    assert roots(begin(function("own.pth"), lines={"own.pth": [line]})) == [""]


def test_the_files_of_a_layer_are_read_where_the_layer_is() -> None:
    """In both folders of layers, and nowhere else."""
    plain = loaded("src:l", LAYER, first_party("python/a.pth"), first_party("python/deep/b.pth"))
    bound = loaded("src:b", BOUND, first_party(f"{BOUND}/c.pth"), first_party("d.pth"))
    lines = {
        "python/a.pth": ["a"],
        "python/deep/b.pth": ["b"],
        f"{BOUND}/c.pth": ["c"],
        "d.pth": ["d"],
    }

    assert roots(begin(function("app.py"), plain, bound, lines=lines)) == [
        *("", BOUND, LAYER),
        *(f"{BOUND}/c", f"{LAYER}/a"),
    ]


def test_hidden_files_are_not_read() -> None:
    """CPython skips them."""
    assert roots(begin(function(".own.pth"), lines={".own.pth": ["vendor"]})) == [""]


def test_with_pythonpath_the_layers_are_not_on_the_path() -> None:
    """Nor are their `.pth` files read. The folders that it names are in their place."""
    layer = loaded("src:l", LAYER, first_party("python/own.pth"))
    lines = {"python/own.pth": ["vendor"], "task.pth": ["more"]}

    def with_path(python_path: str) -> list[str]:
        return roots(begin(function("task.pth"), layer, lines=lines, python_path=python_path))

    assert with_path("/elsewhere") == ["", "more"]
    assert with_path("vendor:/opt/python:") == ["", "vendor", "python", "more"]


def test_a_file_on_the_path_is_an_archive() -> None:
    """Python imports from zips, and what is in one is not known."""
    start = begin(function("own.pth", "old.egg"), lines={"own.pth": ["old.egg"]})

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
def test_the_modules_that_a_line_imports(line: str, modules: tuple[str, ...]) -> None:
    """By statements and by calls with a literal name."""
    assert PthLine(first_party("own.pth"), line).modules == modules


def lacks(*made: Made, lines: Mapping[str, Sequence[str]], python: tuple[int, int] = (3, 13)) -> list[tuple[str, bool]]:  # fmt: skip
    """What `app` imports in vain, and whether that is doubtful."""
    start = begin(loaded("src:fn", "", *(each.file for each in made)), lines=lines)
    found = find_missing_imports(
        ImportableModules(start.entries, reading(*made)), ["app"], python=python, start=start
    )
    return [(each.name, bool(each.doubts)) for each in found]


PTH = unread(third_party("distutils-precedence.pth"))


def test_the_finder_of_setuptools_finds_distutils() -> None:
    """With its `.pth` file, or where setuptools is imported; not since it is carried alone."""
    app = own("app.py", "c distutils.util strtobool")
    lines = {"distutils-precedence.pth": [SHIM]}

    assert lacks(app, PTH, *HACK, lines=lines) == []
    assert lacks(app, *HACK, lines=lines) == [("distutils", False)]
    assert lacks(app, PTH, lines=lines) == [("distutils", False)]
    imported = own("app.py", "c setuptools", "c distutils")
    setuptools = theirs("setuptools/__init__.py", "c _distutils_hack.override")
    assert lacks(imported, setuptools, *HACK, lines=lines) == []


def test_a_module_in_an_added_folder_is_found() -> None:
    """First-party `.pth` files add folders, too."""
    made = own("app.py", "c thing"), own("vendor/thing.py"), unread(first_party("own.pth"))

    assert lacks(*made, lines={"own.pth": ["vendor"]}) == []
    assert lacks(*made, lines={"own.pth": ["other"]}) == [("thing", False)]


def test_modules_that_start_code_provides_are_found() -> None:
    """A module that runs at every start may put others into `sys.modules`."""
    made = own("app.py", "c thing"), theirs("hook.py", provided_modules=frozenset({"thing"}))

    assert lacks(*made, unread(first_party("own.pth")), lines={"own.pth": ["import hook"]}) == []
    assert lacks(*made, lines={}) == [("thing", False)]


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
def test_start_code_that_may_change_what_python_finds_gives_a_doubt(
    line: str, is_doubtful: bool
) -> None:
    """A finder that is not known may find anything."""
    made = own("app.py", "c thing"), theirs("hook.py", changes_path=True), theirs("calm.py")

    assert lacks(*made, unread(first_party("own.pth")), lines={"own.pth": [line]}) == [
        ("thing", is_doubtful)
    ]


@pytest.mark.parametrize(
    ("made", "python", "depends"),
    [
        ([own("app.py", "c distutils")], (3, 13), True),
        ([own("app.py", "g distutils.util")], (3, 13), True),
        ([own("app.py", "d distutils.util")], (3, 13), True),
        ([own("app.py", "t distutils")], (3, 13), False),
        ([own("app.py", "c distutils")], (3, 11), False),
        ([own("app.py", "c distutils"), own("distutils.py")], (3, 13), False),
        ([own("app.py", "c a"), theirs("a.py", "c distutils")], (3, 13), True),
        ([own("app.py", "c a"), theirs("a.py", "g distutils")], (3, 13), False),
        ([own("app.py", "c a"), theirs("a.py", "c distutils", of="setuptools 84.2.1")], (3, 13), False),  # fmt: skip
        ([own("app.py", "c json")], (3, 13), False),
    ],
)
def test_a_pth_file_that_an_import_depends_on(
    made: list[Made], python: tuple[int, int], depends: bool
) -> None:
    """First-party imports count wherever they are, others where they are certain."""
    pth = third_party("distutils-precedence.pth", of="setuptools 84.2.1")
    every = [*made, *HACK, unread(pth)]
    start = begin(loaded("src:fn", "", *(m.file for m in every)), lines={pth.path: [SHIM]})
    modules = ImportableModules(start.entries, reading(*every))
    running = follow_imports(modules, ["app", *start.modules])

    assert start.find_needed_files(modules, running, python) == ({pth} if depends else frozenset())
