"""Tests of the modules that a handler may import, and of the imports that fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.checks.missing_imports import check_missing_imports
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_index import ImportableModules, PathEntry
from aws_lambda.artifact.imports.module_locations import CheckedArtifact
from aws_lambda.artifact.imports.reachability import (
    ImportFailure,
    MissingImport,
    find_missing_imports,
    follow_calls,
    follow_imports,
)
from aws_lambda.testing.files import first_party_file, third_party_file
from aws_lambda.testing.modules import (
    FakeModule,
    facts_reader,
    importable_modules,
    own_module,
    path_entry,
    unread_module,
    wheel_module,
)


def reach(*made: FakeModule, entry: str = "app") -> set[str]:
    return {module.name for module in follow_imports(importable_modules(*made), [entry])}


def missing(
    *made: FakeModule, python: tuple[int, int] = (3, 13), provided: Sequence[str] = ()
) -> list[str]:
    found = find_missing_imports(
        importable_modules(*made), ["app"], python=python, provided=provided
    )
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("c a", {"a"}),
        ("c a.b", {"a", "a.b"}),
        ("c a.b.c", {"a", "a.b", "a.b.c"}),
        ("c a b", {"a", "a.b"}),
        ("c a.b c", {"a", "a.b", "a.b.c"}),
        ("c a no_module", {"a"}),
        ("c a *", {"a"}),
        ("c a.no.c", {"a"}),
        ("c json", set()),
        ("g a", {"a"}),
        ("d a", {"a"}),
        ("t a", {"a"}),
    ],
)
def test_imports_of_first_party_code(words: str, expected: set[str]) -> None:
    """All of them are followed, with parent packages and names that are modules."""
    package = [own_module("a/__init__.py"), own_module("a/b/__init__.py"), own_module("a/b/c.py")]

    assert reach(own_module("app.py", words), *package) == {"app", *expected}


@pytest.mark.parametrize(
    ("kind", "is_lazy", "is_reached"),
    [
        ("c", False, True),
        ("g", False, True),
        ("d", False, False),
        ("t", False, False),
        ("d", True, False),
        ("t", True, True),
    ],
)
def test_imports_of_third_party_code(kind: str, is_lazy: bool, is_reached: bool) -> None:
    """Imports in functions are skipped, and those for type checkers count in lazy modules only."""
    made = (
        own_module("app.py", "c a"),
        wheel_module("a.py", f"{kind} b", lazy=is_lazy),
        wheel_module("b.py"),
    )

    assert reach(*made) == {"app", "a", *(["b"] if is_reached else [])}


def test_modules_that_calls_import() -> None:
    """Functions of modules that are imported without a call may import modules. Functions of these
    modules do not count.
    """
    made = (
        own_module("app.py", "c a"),
        wheel_module("a/__init__.py", "d b c", "d .above"),
        wheel_module("b/__init__.py", "c d", "d e"),
        *(wheel_module(path) for path in ("b/c.py", "d.py", "e.py", "f.py")),
    )
    found = follow_calls(importable_modules(*made), ["app"])

    assert {each.name for each in found} == {"app", "a", "b", "b.c", "d"}


def test_circular_imports() -> None:
    """The walk ends if modules import each other."""
    assert reach(own_module("app.py", "c a"), own_module("a.py", "c app", "c a")) == {"app", "a"}


def test_namespace_packages_are_not_reached() -> None:
    """Every module that is reached has a file."""
    assert reach(own_module("app.py", "c a.b"), own_module("a/b.py")) == {"app", "a.b"}


def test_path_entry_of_reached_modules() -> None:
    """The index of the path entry tells files of the function from those of layers."""
    function, layer = [own_module("app.py", "c a")], [wheel_module("python/a.py")]
    both = ImportableModules(
        (path_entry(*function), path_entry(*layer, root="python")), facts_reader(*function, *layer)
    )

    assert [(each.name, each.entry_index) for each in follow_imports(both, ["app"])] == [
        ("app", 0),
        ("a", 1),
    ]


@pytest.mark.parametrize(
    ("words", "is_missing"),
    [
        ("c a", True),
        ("c a.b", True),
        ("c a b", True),
        ("g a", False),
        ("d a", False),
        ("t a", False),
    ],
)
def test_only_certain_imports_fail(words: str, is_missing: bool) -> None:
    """Imports in a `try`, in a function or for type checkers may never run."""
    assert missing(own_module("app.py", words)) == (["a"] if is_missing else [])


@pytest.mark.parametrize(
    ("name", "python", "is_missing"),
    [
        ("json", (3, 13), False),
        ("xml.etree.ElementTree", (3, 13), False),
        ("_socket", (3, 13), False),
        ("tomllib", (3, 11), False),
        ("tomllib", (3, 10), True),
        ("distutils", (3, 11), False),
        ("distutils", (3, 12), True),
        ("cgi", (3, 12), False),
        ("cgi", (3, 13), True),
        ("boto3", (3, 13), False),
        ("botocore.config", (3, 13), False),
        ("dateutil", (3, 13), False),
        ("urllib3", (3, 13), False),
        ("six.moves", (3, 13), False),
        ("awslambdaric", (3, 13), False),
        ("snapshot_restore_py", (3, 13), False),
        ("__main__", (3, 13), False),
        ("bootstrap", (3, 13), False),
        ("test.support", (3, 13), False),
        ("pkg_resources", (3, 11), False),
        ("pkg_resources", (3, 12), True),
        ("requests", (3, 13), True),
    ],
)
def test_modules_of_python_and_the_runtime(
    name: str, python: tuple[int, int], is_missing: bool
) -> None:
    """The standard library depends on the version. Modules in its packages are not checked."""
    expected = [name.partition(".")[0]] if is_missing else []

    assert missing(own_module("app.py", f"c {name}"), python=python) == expected


@pytest.mark.parametrize("provided", ["yaml", "yaml.nodes"])
def test_provided_modules(provided: str) -> None:
    """Their submodules are provided as well, even if the function has a folder of the name."""
    made = (own_module("app.py", "c yaml.other", "c yaml other"), own_module("yaml/mine.py"))

    assert missing(made[0], provided=[provided]) == []
    assert missing(*made, provided=[provided]) == []
    assert missing(*made) == ["yaml.other"]


@pytest.mark.parametrize(
    ("words", "carried", "expected"),
    [
        ("c google.cloud.bigquery", [wheel_module("google/cloud/storage/__init__.py")], ["google.cloud.bigquery"]),
        ("c google.cloud bigquery", [wheel_module("google/cloud/storage/__init__.py")], ["google.cloud.bigquery"]),
        ("c google.cloud storage", [wheel_module("google/cloud/storage/__init__.py")], []),
        ("c google.cloud __path__", [wheel_module("google/cloud/storage/__init__.py")], []),
        ("c google.cloud *", [wheel_module("google/cloud/storage/__init__.py")], []),
        ("c google.cloud.bigquery", [wheel_module("google/__init__.py")], []),
        ("c a.b", [wheel_module("a/__init__.py")], []),
        ("c a b", [wheel_module("a/__init__.py")], []),
        ("c a.b.c.d", [wheel_module("a/__init__.py"), wheel_module("a/b/c.py")], []),
        ("c a.b", [wheel_module("a.py")], []),
        ("c a.b", [unread_module(third_party_file("a.abi3.so"))], []),
        ("c a.b", [own_module("a/__init__.py")], ["a.b"]),
        ("c a.b.c", [own_module("a/__init__.py")], ["a.b"]),
        ("c a.b.c", [own_module("a/b.py")], ["a.b.c"]),
        ("c a.b.c", [own_module("a/b.py", dynamic=True)], []),
        ("c a.b", [own_module("a/__init__.py", dynamic=True)], []),
        ("c a.b", [own_module("a/__init__.py", lazy=True)], []),
        ("c a.b", [own_module("a/__init__.py", extends_path=True)], []),
        ("c a.b", [own_module("a/__init__.py", is_read=False)], []),
        ("c a.b", [unread_module(first_party_file("a/__init__.py"))], []),
        ("c a.b", [unread_module(first_party_file("a/__init__.so"))], []),
        ("c a.b", [own_module("a/c.py"), wheel_module("a/__init__.py")], []),
    ],
)  # fmt: skip
def test_missing_submodules(words: str, carried: list[FakeModule], expected: list[str]) -> None:
    """They are missing from folders and first-party packages, unless these are dynamic."""
    assert missing(own_module("app.py", words), *carried) == expected


@pytest.mark.parametrize(
    ("words", "module", "expected"),
    [
        ("c a x", own_module("a.py", names="x"), []),
        ("c a y", own_module("a.py", names="x"), ["a.y"]),
        ("c a x y z", own_module("a.py", names="x"), ["a.y", "a.z"]),
        ("c a *", own_module("a.py"), []),
        ("c a __name__ __file__ __doc__ __dict__", own_module("a.py"), []),
        ("c a __version__", own_module("a.py"), ["a.__version__"]),
        ("c a y", own_module("a.py", dynamic=True), []),
        ("c a y", own_module("a.py", lazy=True), []),
        ("c a y", own_module("a.py", is_read=False), []),
        ("c a y z", own_module("a.py", "t b y"), ["a.z"]),
        ("c a y", unread_module(first_party_file("a.py")), []),
        ("c a y", unread_module(first_party_file("a.so")), []),
        ("c a y", wheel_module("a.py"), []),
        ("g a y", own_module("a.py"), []),
        ("c a y", own_module("a/__init__.py"), ["a.y"]),
    ],
)
def test_names_that_a_module_does_not_bind(
    words: str, module: FakeModule, expected: list[str]
) -> None:
    """They are missing from first-party modules whose facts are complete."""
    assert missing(own_module("app.py", words), module) == expected


def test_name_that_is_a_submodule() -> None:
    """`from a import b` imports `a.b` if `a` does not bind `b`."""
    made = (
        own_module("app.py", "c a b"),
        own_module("a/__init__.py"),
        own_module("a/b.py", "c nothing"),
    )
    binding = (made[0], own_module("a/__init__.py", names="b"), made[2])

    assert (missing(*made), missing(*binding)) == (["nothing"], [])


@pytest.mark.parametrize(
    "package",
    [
        own_module("a/__init__.py", lazy=True),
        own_module("a/__init__.py", dynamic=True),
        own_module("a/__init__.py", is_read=False),
    ],
)
def test_package_that_may_bind_the_name(package: FakeModule) -> None:
    """Its submodule of the name may never be imported, so it is not followed."""
    made = (own_module("app.py", "c a b"), package, own_module("a/b.py", "c nothing"))

    assert missing(*made) == []


def test_parent_packages_run_first() -> None:
    """`import a.b` runs `a`, and the handler's own packages run before the handler."""
    made = [
        own_module("app.py", "c a.b"),
        own_module("a/__init__.py", "c nothing"),
        own_module("a/b.py"),
    ]
    entry = importable_modules(own_module("pkg/__init__.py", "c nothing"), own_module("pkg/app.py"))

    assert missing(*made) == ["nothing"]
    assert [each.name for each in find_missing_imports(entry, ["pkg.app"], python=(3, 13))] == [
        "nothing"
    ]


@pytest.mark.parametrize("kind", ["g", "d", "t"])
def test_imports_beyond_a_possible_import(kind: str) -> None:
    """A module that may never be imported has no findings."""
    assert missing(own_module("app.py", f"{kind} a"), own_module("a.py", "c nothing")) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("c nothing", ["nothing"]),
        ("c nothing.at.all", ["nothing"]),
        ("g nothing", []),
        ("c a.nothing", []),
        ("c own_code nothing", []),
        ("c folder.nothing", []),
        ("c json", []),
    ],
)
def test_missing_imports_of_third_party_code(words: str, expected: list[str]) -> None:
    """Only top-level modules count, since packages create modules at run time."""
    made = (
        own_module("app.py", "c a"),
        wheel_module("a/__init__.py", words),
        own_module("own_code.py"),
    )

    assert missing(*made, own_module("folder/x.py")) == expected


@pytest.mark.parametrize(
    ("carried", "expected"),
    [
        ([own_module("email/__init__.py")], ["email.typo"]),
        ([own_module("email/mine.py")], []),
        ([own_module("six/__init__.py")], ["email.typo"]),
        ([own_module("six/mine.py")], []),
    ],
)
def test_package_with_the_name_of_a_standard_module(
    carried: list[FakeModule], expected: list[str]
) -> None:
    """Python prefers the artifact's package, but not its folder without `__init__.py`."""
    name = carried[0].file.path.partition("/")[0]
    found = missing(own_module("app.py", f"c {name}.typo"), *carried)

    assert found == [each.replace("email", name) for each in expected]


def test_several_imports_of_one_missing_module() -> None:
    """The report has the importer nearest to the handler, the chain, and the number of others."""
    these = importable_modules(
        own_module("app.py", "c one", "c two"),
        own_module("one.py", "c three"),
        own_module("two.py", "c json", "c nothing", "c nothing.at.all"),
        own_module("three.py", "c nothing"),
    )
    (found,) = find_missing_imports(these, ["app"], python=(3, 13))
    two = these.find("two")

    assert two is not None
    assert found == MissingImport(
        "nothing",
        two,
        2,
        ("app", "two"),
        None,
        (),
        more_places=2,
        imported_name="nothing",
        may_be_elsewhere=True,
    )


@pytest.mark.parametrize(
    ("entry", "carried", "expected"),
    [
        ("other", [], ["other"]),
        ("pkg.app", [own_module("app.py")], ["pkg.app"]),
        ("pkg.app", [own_module("pkg/__init__.py")], ["pkg.app"]),
        ("pkg.app", [own_module("pkg.py", names="app")], ["pkg.app"]),
        ("pkg.app", [own_module("pkg/other.py")], ["pkg.app"]),
        ("pkg.app", [own_module("pkg/app.py")], []),
        ("pkg.app", [own_module("pkg/__init__.py", extends_path=True)], []),
        ("pkg.app", [wheel_module("pkg/__init__.py")], []),
        ("awslambdaric.app", [], []),
        ("given.app", [], []),
        ("platform.app", [own_module("platform/app.py")], ["platform.app"]),
    ],
)
def test_missing_module_of_the_handler(
    entry: str, carried: list[FakeModule], expected: list[str]
) -> None:
    """It has no importer, and is accepted if the runtime or `provided` may contain it."""
    found = find_missing_imports(
        importable_modules(*carried), [entry], python=(3, 13), provided=["given"]
    )

    assert [(each.name, each.importer) for each in found] == [(name, None) for name in expected]


@pytest.mark.parametrize(
    ("words", "carried", "provided", "expected"),
    [
        ("c Yaml", [], "yaml", []),
        ("c my_db.x", [], "My-DB", []),
        ("c acme2.shared", [], "acme2_shared", []),
        ("c acme2.shared.db", [], "acme2-shared", []),
        ("c acme2.shared", [], "acme2.shared", []),
        ("c acme2.shared", [own_module("acme2/k2.py")], "acme2-shared", []),
        ("c acme2.shared.db", [own_module("acme2/k2.py")], "acme2-shared", []),
        ("c acme2 shared", [own_module("acme2/k2.py")], "acme2-shared", []),
        ("c acme2.other", [own_module("acme2/k2.py")], "acme2-shared", ["acme2.other"]),
        ("c acme2.other", [], "acme2-shared", ["acme2"]),
    ],
)
def test_provided_distributions(
    words: str, carried: list[FakeModule], provided: str, expected: list[str]
) -> None:
    """Case does not matter, and hyphens and underscores match dots in the import."""
    assert missing(own_module("app.py", words), *carried, provided=[provided]) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("c old", []),
        ("c old.part", []),
        ("c pkg.old", []),
        ("c pkg old", []),
        ("c other", ["other"]),
        ("c pkg.other", ["pkg.other"]),
    ],
)
@pytest.mark.parametrize("kind", ["c", "g", "d"])
@pytest.mark.parametrize("make", [own_module, wheel_module])
def test_modules_added_to_sys_modules(
    make: Callable[..., FakeModule], kind: str, words: str, expected: list[str]
) -> None:
    """Any import of the module that adds them counts, in functions as well."""
    compat = make("compat.py", provided_modules=frozenset({"old", "pkg.old"}))

    assert (
        missing(
            own_module("app.py", f"{kind} compat", words), own_module("pkg/__init__.py"), compat
        )
        == expected
    )


@pytest.mark.parametrize(
    ("words", "carried", "is_found"),
    [
        ("c platform.auth X", [own_module("platform/auth.py")], True),
        ("c platform.auth", [own_module("platform/auth/__init__.py")], True),
        ("c platform.sub auth", [own_module("platform/sub/auth.py")], True),
        ("c platform auth", [own_module("platform/auth.py")], False),
        ("c platform.other", [own_module("platform/auth.py")], False),
        (
            "c platform.auth",
            [own_module("platform/__init__.py"), own_module("platform/auth.py")],
            False,
        ),
        ("c platform.auth", [wheel_module("platform/auth.py")], False),
        ("g platform.auth", [own_module("platform/auth.py")], False),
        ("c email.utils parseaddr", [own_module("email/mine.py")], False),
    ],
)
def test_folder_hidden_by_the_standard_library(
    words: str, carried: list[FakeModule], is_found: bool
) -> None:
    """Python never finds the modules in it if the standard module is not a package."""
    found = check(own_module("app.py", words), *carried)

    assert [each.doubt for each in found] == [False] * is_found


@pytest.mark.parametrize("name", ["email", "urllib3"])
def test_folder_hidden_by_a_package(name: str) -> None:
    """The other package may contain a module of the same name, so the finding is doubtful."""
    (found,) = check(
        own_module("app.py", f"c {name}.mine"), own_module(f"{name}/mine.py", "c nothing")
    )

    assert (found.subject, found.doubt) == (f"{name}.mine", True)


@pytest.mark.parametrize(
    ("entry", "carried", "expected"),
    [
        ("c .a", [], [(".a", ImportFailure.ABOVE_TOP)]),
        ("c . a b", [], [(".a", ImportFailure.ABOVE_TOP)]),
        ("c ..a.b x", [], [("..a.b", ImportFailure.ABOVE_TOP)]),
        ("g .a", [], []),
        ("c a", [wheel_module("a.py", "c .b")], []),
        (
            "c a",
            [own_module("a.py", is_read=False, syntax_error="line 1: bad")],
            [("a", ImportFailure.SYNTAX_ERROR)],
        ),
        ("g a", [own_module("a.py", is_read=False, syntax_error="line 1: bad")], []),
        ("c a", [wheel_module("a.py", is_read=False, syntax_error="line 1: bad")], []),
        ("c a.X", [own_module("a.py", names="X")], [("a.X", ImportFailure.IN_MODULE)]),
        ("c a.X y", [own_module("a.py", names="X")], [("a.X", ImportFailure.IN_MODULE)]),
        ("c a.X", [own_module("a.py", names="Y")], [("a.X", ImportFailure.MISSING)]),
        ("c a.X", [own_module("a/__init__.py", names="X")], [("a.X", ImportFailure.MISSING)]),
    ],
)
def test_other_reasons_of_failure(
    entry: str, carried: list[FakeModule], expected: list[tuple[str, ImportFailure]]
) -> None:
    """They are reported for certain imports in first-party code."""
    found = find_missing_imports(
        importable_modules(own_module("app.py", entry), *carried), ["app"], python=(3, 13)
    )

    assert [(each.name, each.failure) for each in found] == expected


@pytest.mark.parametrize(
    ("words", "is_doubtful_unknown", "is_doubtful_changed"),
    [
        ("c nothing", True, True),
        ("c folder.nothing", True, True),
        ("c folder nothing", True, True),
        ("c pkg.nothing", False, True),
        ("c pkg nothing", False, True),
        ("c mod nothing", False, False),
        ("c mod.x", False, True),
        ("c .above", False, True),
        ("c bad", False, False),
        ("c platform.auth", True, True),
    ],
)
def test_doubts_by_cause(words: str, is_doubtful_unknown: bool, is_doubtful_changed: bool) -> None:
    """Unknown layers may contain top-level modules, and a changed path nearly any module."""
    made = [
        *(
            own_module("app.py", "d odd", words),
            own_module("folder/x.py"),
            own_module("pkg/__init__.py"),
        ),
        *(own_module("mod.py", names="x"), own_module("platform/auth.py")),
        own_module("bad.py", is_read=False, syntax_error="line 1: bad"),
    ]

    assert [each.doubt for each in check(*made, own_module("odd.py"))] == [False]
    assert [each.doubt for each in check(*made, own_module("odd.py"), unknown_sources=["x"])] == [
        is_doubtful_unknown
    ]
    changing = own_module("odd.py", changes_path=True)
    assert [each.doubt for each in check(*made, changing)] == [is_doubtful_changed]


def test_assigned_names_are_attributes() -> None:
    """An assignment to a module cannot add a submodule."""
    setting = own_module("setup.py", "c m", assigned_names=frozenset({"part", "gone"}))
    made = [
        own_module("app.py", "c setup", "c m.part.x", "c gone"),
        own_module("m.py", names="part"),
        setting,
    ]

    assert [(each.subject, each.doubt) for each in check(*made)] == [
        ("gone", False),
        ("m.part", False),
    ]


def test_doubts_about_third_party_code() -> None:
    """Doubtful findings are dropped, and so are those in a distribution that changes the path."""
    made = (own_module("app.py", "c a", "g odd"), wheel_module("a.py", "c nothing"))

    assert check(*made, own_module("odd.py", changes_path=True)) == ()
    assert check(*made, unknown_sources=["x"]) == ()
    assert check(*made, wheel_module("odd.py", changes_path=True)) == ()
    other = wheel_module("odd.py", of="odd 1.0", changes_path=True)
    assert [each.code for each in check(*made, other)] == ["L006"]


MISSING = "which is not in the artifact, its layers, `provided`, the runtime or Python 3.13"
PROVIDED = "If a layer attached by ARN contains it, add it to `provided`."
FIX = (
    "correct the import, add a target that owns the module, or add its distribution to the "
    f"lockfile's requirements. {PROVIDED}"
)


def check(
    *made: FakeModule, unknown_sources: Sequence[str] = (), entry: str = "app"
) -> tuple[Finding, ...]:
    return judge([path_entry(*made)], made, entry=entry, unknown_sources=unknown_sources)


def judge(
    places: Sequence[PathEntry],
    made: Sequence[FakeModule],
    *,
    entry: str = "app",
    unknown_sources: Sequence[str] = (),
) -> tuple[Finding, ...]:
    modules = ImportableModules(places, facts_reader(*made))
    found = find_missing_imports(modules, [entry], python=(3, 13), unknown_sources=unknown_sources)
    holder = CheckedArtifact("src:fn", "3.13", {})
    return check_missing_imports(found, python=(3, 13), locations={}, artifact=holder)


@pytest.mark.parametrize(
    ("made", "finding"),
    [
        (
            [own_module("app.py", "c json", "c requests")],
            Finding("L005", "requests", f"src/app.py:2 imports requests, {MISSING}.", FIX),
        ),
        (
            [
                own_module("app.py", "c acme.orders.prices"),
                own_module("acme/orders/prices.py", "c acme.orders.totals"),
                own_module("acme/orders/totals.py", "c json", "c re", "c acme.shared.monye"),
                own_module("acme/shared/money.py"),
            ],
            Finding(
                "L005",
                "acme.shared.monye",
                f"src/acme/orders/totals.py:3 imports acme.shared.monye, {MISSING} (imported "
                "through app -> acme.orders.prices -> acme.orders.totals). "
                "Similar names: acme.shared.money.",
                FIX,
            ),
        ),
        (
            [own_module("app.py", "c acmee.shared"), own_module("acme/shared.py")],
            Finding(
                "L005", "acmee", f"src/app.py:1 imports acmee, {MISSING}. Similar names: acme.", FIX
            ),
        ),
        (
            [own_module("app.py", "c jsn")],
            Finding(
                "L005", "jsn", f"src/app.py:1 imports jsn, {MISSING}. Similar names: json.", FIX
            ),
        ),
        (
            [own_module("app.py", "c cgi")],
            Finding(
                "L005",
                "cgi",
                f"src/app.py:1 imports cgi, {MISSING}. Other versions of Python contain it.",
                FIX,
            ),
        ),
        (
            [own_module("app.py", "c a", "c requests"), own_module("a.py", "c requests")],
            Finding(
                "L005",
                "requests",
                f"src/app.py:2 and 1 more place import requests, {MISSING}.",
                FIX,
            ),
        ),
        (
            [own_module("app.py", "c requests", "c requests", "c requests.auth")],
            Finding(
                "L005",
                "requests",
                f"src/app.py:1 and 2 more places import requests, {MISSING}.",
                FIX,
            ),
        ),
        (
            [own_module("app.py", "c money rouned"), own_module("money.py", names="rounded")],
            Finding(
                "L005",
                "money.rouned",
                "src/app.py:1 imports rouned from money, but src/money.py does not define it. "
                "Similar names: money.rounded.",
                "correct the import, or define `rouned` at the top level of src/money.py.",
            ),
        ),
        (
            [
                own_module("app.py", "c shared monye"),
                own_module("shared/__init__.py"),
                own_module("shared/money.py"),
            ],
            Finding(
                "L005",
                "shared.monye",
                "src/app.py:1 imports monye from shared, but src/shared/__init__.py does not "
                "define it, and the package has no module of this name. Similar names: shared.money.",
                "correct the import, or define `monye` at the top level of "
                "src/shared/__init__.py.",
            ),
        ),
        (
            [own_module("app.py", "c click"), wheel_module("click/__init__.py", "c colorama")],
            Finding(
                "L006",
                "click",
                f"click/__init__.py:1 of click 8.1.7 imports colorama, {MISSING} "
                "(imported through app -> click).",
                "add the distribution that contains it to the lockfile's requirements. " + PROVIDED,
            ),
        ),
        (
            [own_module("app.py", "c .util_top helper"), own_module("util_top.py")],
            Finding(
                "L005",
                ".util_top",
                "src/app.py:1 imports .util_top, a relative import, but the module is at the top "
                "of a source root and has no parent package.",
                "write `from util_top import …`.",
            ),
        ),
        (
            [own_module("app.py", "c . util_top"), own_module("util_top.py")],
            Finding(
                "L005",
                ".util_top",
                "src/app.py:1 imports .util_top, a relative import, but the module is at the top "
                "of a source root and has no parent package.",
                "write `import util_top`.",
            ),
        ),
        (
            [own_module("app.py", "c b2.x"), own_module("b2/x.py", "c ..a7 new_name")],
            Finding(
                "L005",
                "..a7",
                "src/b2/x.py:1 imports ..a7, a relative import that leads above b2, the top-level "
                "package (imported through app -> b2.x).",
                "write `from a7 import …`.",
            ),
        ),
        (
            [
                own_module("app.py", "c j2.bad"),
                own_module("j2/bad.py", is_read=False, syntax_error="line 1: invalid syntax"),
            ],
            Finding(
                "L005",
                "j2.bad",
                "src/j2/bad.py cannot be imported: line 1: invalid syntax "
                "(imported through app -> j2.bad).",
                "correct the syntax for Python 3.13.",
            ),
        ),
        (
            [own_module("app.py", "c platform.auth X"), own_module("platform/auth.py")],
            Finding(
                "L005",
                "platform.auth",
                "src/app.py:1 imports platform.auth, but Python looks for it in the standard "
                "library's `platform`, since src/platform has no __init__.py.",
                "add an `__init__.py` to the folder, or rename it.",
            ),
        ),
        (
            [own_module("app.py", "c urllib3.mine"), own_module("urllib3/mine/__init__.py")],
            Finding(
                "L005",
                "urllib3.mine",
                "src/app.py:1 imports urllib3.mine, but Python looks for it in the runtime's "
                "`urllib3`, since src/urllib3 has no __init__.py. If `urllib3` contains a module "
                "of this name, Python imports that one.",
                "add an `__init__.py` to the folder, or rename it.",
                doubt=True,
            ),
        ),
        (
            [own_module("app.py", "c i3.m.X"), own_module("i3/m.py", names="X")],
            Finding(
                "L005",
                "i3.m.X",
                "src/app.py:1 imports i3.m.X, but `i3.m` is a module and not a package.",
                "write `from i3.m import X`.",
            ),
        ),
        (
            [own_module("app.py", "c odd", "c requests"), own_module("odd.py", changes_path=True)],
            Finding(
                "L005",
                "requests",
                f"src/app.py:2 imports requests, {MISSING}. src/odd.py may change how Python finds "
                "modules.",
                FIX,
                doubt=True,
            ),
        ),
        (
            [
                *(own_module("app.py", "c setup", "c db session"), own_module("db.py")),
                own_module("setup.py", "c db", assigned_names=frozenset({"session"})),
            ],
            Finding(
                "L005",
                "db.session",
                "src/app.py:2 imports session from db, but src/db.py does not define it. "
                "src/setup.py may define it.",
                "correct the import, or define `session` at the top level of src/db.py.",
                doubt=True,
            ),
        ),
    ],
    ids=lambda value: value.subject if isinstance(value, Finding) else "",
)
def test_findings(made: list[FakeModule], finding: Finding) -> None:
    """A finding has the place in the repository, the chain of imports, and similar names."""
    assert check(*made) == (finding,)


def test_finding_with_unknown_sources() -> None:
    """The sentence ends with the layers and distributions that may contain the module."""
    unknown_sources = ["arn:aws:lambda:eu-west-1:123456789012:layer:corp:1", "corp-lib"]

    assert check(own_module("app.py", "c jsn"), unknown_sources=unknown_sources) == (
        Finding(
            "L005",
            "jsn",
            f"src/app.py:1 imports jsn, {MISSING}. Similar names: json. "
            "arn:aws:lambda:eu-west-1:123456789012:layer:corp:1, corp-lib may contain it.",
            FIX,
            doubt=True,
        ),
    )


def test_finding_for_the_handler() -> None:
    """Lambda itself imports the module of the handler."""
    hidden = (own_module("platform/handler.py"),)

    assert check(own_module("app.py"), entry="acme.app") == (
        Finding(
            "L005",
            "acme.app",
            "The handler's module acme.app is in neither the artifact nor its layers.",
            "correct the `handler` field, or check the entries of `exclude`.",
        ),
    )
    assert check(*hidden, entry="platform.handler") == (
        Finding(
            "L005",
            "platform.handler",
            "Lambda imports platform.handler, but Python looks for it in the standard library's "
            "`platform`, since src/platform has no __init__.py.",
            "add an `__init__.py` to the folder, or rename it.",
        ),
    )


def test_one_module_missing_in_several_places() -> None:
    """First-party code and each distribution have separate findings."""
    found = check(
        own_module("app.py", "c a", "c b", "c nothing"),
        wheel_module("a.py", "c nothing", of="a 1.0"),
        wheel_module("b.py", "c nothing", of="b 1.0"),
    )

    assert [(each.code, each.subject) for each in found] == [
        ("L005", "nothing"),
        ("L006", "a"),
        ("L006", "b"),
    ]


def test_correct_code() -> None:
    """A layer contains the modules that the function does not."""
    function = [own_module("app.py", "c requests", "c acme.money round_up"), own_module("acme/money.py", names="round_up")]  # fmt: skip
    layer = [
        wheel_module("python/requests/__init__.py", "c urllib3"),
        wheel_module("python/idna.py"),
    ]
    places = [path_entry(*function), path_entry(*layer, root="python")]

    assert judge(places, [*function, *layer]) == ()


NAMES = ["app", "a", "b", "a.b", "a.c", "b.c", "b.c.d"]
PATHS = ["app.py", "a.py", "a/__init__.py", "a/b.py", "a/c.py", "b/__init__.py", "b/c/d.py"]
WORDS = st.tuples(st.sampled_from("cgdt"), st.sampled_from([*NAMES, "a b c", "b c", "b.c d"]))
CODE = st.lists(WORDS.map(" ".join), max_size=4)


@given(st.dictionaries(st.sampled_from(PATHS), CODE), st.sets(st.sampled_from(PATHS)))
def test_importers_are_reached(code: dict[str, list[str]], packed: set[str]) -> None:
    """Certain imports are possible ones, so every importer of a missing module is reached."""
    made = [
        (wheel_module if path in packed else own_module)(path, *words)
        for path, words in code.items()
    ]
    these = importable_modules(*made)
    found = find_missing_imports(these, NAMES, python=(3, 13))
    importers = {each.importer.name for each in found if each.importer}

    assert importers <= {module.name for module in follow_imports(these, NAMES)}


@given(st.dictionaries(st.sampled_from(PATHS), CODE), st.sampled_from(["a", "b"]))
def test_provided_modules_only_remove_findings(code: dict[str, list[str]], provided: str) -> None:
    """More `provided` modules never cause more findings."""
    made = [own_module(path, *words) for path, words in code.items()]

    assert set(missing(*made, provided=[provided])) <= set(missing(*made))
