"""What a handler reaches, and what it imports in vain."""

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
    follow_imports,
)
from aws_lambda.testing.files import first_party, third_party
from aws_lambda.testing.modules import (
    Made,
    modules,
    own,
    place,
    reading,
    theirs,
    unread,
)


def reach(*made: Made, entry: str = "app") -> set[str]:
    return {module.name for module in follow_imports(modules(*made), [entry])}


def lacks(
    *made: Made, python: tuple[int, int] = (3, 13), provided: Sequence[str] = ()
) -> list[str]:
    found = find_missing_imports(modules(*made), ["app"], python=python, provided=provided)
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
def test_first_party_code_reaches_all_that_it_names(words: str, expected: set[str]) -> None:
    """With the packages on the way, and names that are modules."""
    package = [own("a/__init__.py"), own("a/b/__init__.py"), own("a/b/c.py")]

    assert reach(own("app.py", words), *package) == {"app", *expected}


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
def test_third_party_code_reaches_less(kind: str, is_lazy: bool, is_reached: bool) -> None:
    """Functions do not count, and type checkers only in lazy modules, which list their parts so."""
    made = (own("app.py", "c a"), theirs("a.py", f"{kind} b", lazy=is_lazy), theirs("b.py"))

    assert reach(*made) == {"app", "a", *(["b"] if is_reached else [])}


def test_a_circle_is_walked_once() -> None:
    """Modules that import each other are common."""
    assert reach(own("app.py", "c a"), own("a.py", "c app", "c a")) == {"app", "a"}


def test_a_namespace_is_no_module_with_a_file() -> None:
    """What is reached can be compiled."""
    assert reach(own("app.py", "c a.b"), own("a/b.py")) == {"app", "a.b"}


def test_the_place_of_a_reached_module_is_told() -> None:
    """A function compiles its own files, and its layers theirs."""
    function, layer = [own("app.py", "c a")], [theirs("python/a.py")]
    both = ImportableModules(
        (place(*function), place(*layer, root="python")), reading(*function, *layer)
    )

    assert [(each.name, each.place) for each in follow_imports(both, ["app"])] == [
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
def test_only_what_is_certain_to_be_imported_is_missed(words: str, is_missing: bool) -> None:
    """A `try`, a function or a type checker may go without."""
    assert lacks(own("app.py", words)) == (["a"] if is_missing else [])


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
def test_python_and_the_runtime_bring_modules(
    name: str, python: tuple[int, int], is_missing: bool
) -> None:
    """Each version of Python its own; and whatever they bring, its parts are not judged."""
    expected = [name.partition(".")[0]] if is_missing else []

    assert lacks(own("app.py", f"c {name}"), python=python) == expected


@pytest.mark.parametrize("provided", ["yaml", "yaml.nodes"])
def test_what_is_provided_is_not_missed(provided: str) -> None:
    """Nor are parts of it, even where the function has a folder of that name."""
    made = (own("app.py", "c yaml.other", "c yaml other"), own("yaml/mine.py"))

    assert lacks(made[0], provided=[provided]) == []
    assert lacks(*made, provided=[provided]) == []
    assert lacks(*made) == ["yaml.other"]


@pytest.mark.parametrize(
    ("words", "carried", "expected"),
    [
        ("c google.cloud.bigquery", [theirs("google/cloud/storage/__init__.py")], ["google.cloud.bigquery"]),
        ("c google.cloud bigquery", [theirs("google/cloud/storage/__init__.py")], ["google.cloud.bigquery"]),
        ("c google.cloud storage", [theirs("google/cloud/storage/__init__.py")], []),
        ("c google.cloud __path__", [theirs("google/cloud/storage/__init__.py")], []),
        ("c google.cloud *", [theirs("google/cloud/storage/__init__.py")], []),
        ("c google.cloud.bigquery", [theirs("google/__init__.py")], []),
        ("c a.b", [theirs("a/__init__.py")], []),
        ("c a b", [theirs("a/__init__.py")], []),
        ("c a.b.c.d", [theirs("a/__init__.py"), theirs("a/b/c.py")], []),
        ("c a.b", [theirs("a.py")], []),
        ("c a.b", [unread(third_party("a.abi3.so"))], []),
        ("c a.b", [own("a/__init__.py")], ["a.b"]),
        ("c a.b.c", [own("a/__init__.py")], ["a.b"]),
        ("c a.b.c", [own("a/b.py")], ["a.b.c"]),
        ("c a.b.c", [own("a/b.py", dynamic=True)], []),
        ("c a.b", [own("a/__init__.py", dynamic=True)], []),
        ("c a.b", [own("a/__init__.py", lazy=True)], []),
        ("c a.b", [own("a/__init__.py", extends_path=True)], []),
        ("c a.b", [own("a/__init__.py", is_read=False)], []),
        ("c a.b", [unread(first_party("a/__init__.py"))], []),
        ("c a.b", [unread(first_party("a/__init__.so"))], []),
        ("c a.b", [own("a/c.py"), theirs("a/__init__.py")], []),
    ],
)  # fmt: skip
def test_parts_of_folders_and_first_party_packages_are_missed(
    words: str, carried: list[Made], expected: list[str]
) -> None:
    """Those of third-party packages may be made at run time, and dynamic ones may hold anything."""
    assert lacks(own("app.py", words), *carried) == expected


@pytest.mark.parametrize(
    ("words", "module", "expected"),
    [
        ("c a x", own("a.py", names="x"), []),
        ("c a y", own("a.py", names="x"), ["a.y"]),
        ("c a x y z", own("a.py", names="x"), ["a.y", "a.z"]),
        ("c a *", own("a.py"), []),
        ("c a __name__ __file__ __doc__ __dict__", own("a.py"), []),
        ("c a __version__", own("a.py"), ["a.__version__"]),
        ("c a y", own("a.py", dynamic=True), []),
        ("c a y", own("a.py", lazy=True), []),
        ("c a y", own("a.py", is_read=False), []),
        ("c a y z", own("a.py", "t b y"), ["a.z"]),
        ("c a y", unread(first_party("a.py")), []),
        ("c a y", unread(first_party("a.so")), []),
        ("c a y", theirs("a.py"), []),
        ("g a y", own("a.py"), []),
        ("c a y", own("a/__init__.py"), ["a.y"]),
    ],
)
def test_names_that_a_first_party_module_does_not_bind_are_missed(
    words: str, module: Made, expected: list[str]
) -> None:
    """If all of them could be read; third-party modules are not that simple."""
    assert lacks(own("app.py", words), module) == expected


def test_a_name_may_be_a_module_of_the_package() -> None:
    """`from a import b` imports `a.b` where `a` does not bind `b`."""
    made = (own("app.py", "c a b"), own("a/__init__.py"), own("a/b.py", "c nothing"))
    binding = (made[0], own("a/__init__.py", names="b"), made[2])

    assert (lacks(*made), lacks(*binding)) == (["nothing"], [])


@pytest.mark.parametrize(
    "package",
    [
        own("a/__init__.py", lazy=True),
        own("a/__init__.py", dynamic=True),
        own("a/__init__.py", is_read=False),
    ],
)
def test_a_package_that_may_bind_the_name_is_no_certain_way(package: Made) -> None:
    """Then its module of that name may never be imported."""
    made = (own("app.py", "c a b"), package, own("a/b.py", "c nothing"))

    assert lacks(*made) == []


def test_packages_on_the_way_are_imported_too() -> None:
    """`import a.b` runs `a` first, and the handler's own packages run before it."""
    made = [own("app.py", "c a.b"), own("a/__init__.py", "c nothing"), own("a/b.py")]
    entry = modules(own("pkg/__init__.py", "c nothing"), own("pkg/app.py"))

    assert lacks(*made) == ["nothing"]
    assert [each.name for each in find_missing_imports(entry, ["pkg.app"], python=(3, 13))] == [
        "nothing"
    ]


@pytest.mark.parametrize("kind", ["g", "d", "t"])
def test_nothing_is_missed_beyond_a_possible_import(kind: str) -> None:
    """What may not be imported may import what it likes."""
    assert lacks(own("app.py", f"{kind} a"), own("a.py", "c nothing")) == []


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
def test_third_party_code_misses_top_level_names_only(words: str, expected: list[str]) -> None:
    """Anything finer is full of modules that are made at run time."""
    made = (own("app.py", "c a"), theirs("a/__init__.py", words), own("own_code.py"))

    assert lacks(*made, own("folder/x.py")) == expected


@pytest.mark.parametrize(
    ("carried", "expected"),
    [
        ([own("email/__init__.py")], ["email.typo"]),
        ([own("email/mine.py")], []),
        ([own("six/__init__.py")], ["email.typo"]),
        ([own("six/mine.py")], []),
    ],
)
def test_a_carried_package_goes_before_those_of_python_and_the_runtime(
    carried: list[Made], expected: list[str]
) -> None:
    """But before a mere folder, theirs is found."""
    name = carried[0].file.path.partition("/")[0]
    found = lacks(own("app.py", f"c {name}.typo"), *carried)

    assert found == [each.replace("email", name) for each in expected]


def test_each_missing_thing_is_told_once() -> None:
    """With the importer nearest to the handler, the way there, and how many more there are."""
    these = modules(
        own("app.py", "c one", "c two"),
        own("one.py", "c three"),
        own("two.py", "c json", "c nothing", "c nothing.at.all"),
        own("three.py", "c nothing"),
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
        ("pkg.app", [own("app.py")], ["pkg.app"]),
        ("pkg.app", [own("pkg/__init__.py")], ["pkg.app"]),
        ("pkg.app", [own("pkg.py", names="app")], ["pkg.app"]),
        ("pkg.app", [own("pkg/other.py")], ["pkg.app"]),
        ("pkg.app", [own("pkg/app.py")], []),
        ("pkg.app", [own("pkg/__init__.py", extends_path=True)], []),
        ("pkg.app", [theirs("pkg/__init__.py")], []),
        ("awslambdaric.app", [], []),
        ("given.app", [], []),
        ("platform.app", [own("platform/app.py")], ["platform.app"]),
    ],
)
def test_the_module_of_the_handler_is_missed(
    entry: str, carried: list[Made], expected: list[str]
) -> None:
    """Whatever leaves it out, unless somebody else may bring it."""
    found = find_missing_imports(modules(*carried), [entry], python=(3, 13), provided=["given"])

    assert [(each.name, each.importer) for each in found] == [(name, None) for name in expected]


@pytest.mark.parametrize(
    ("words", "carried", "provided", "expected"),
    [
        ("c Yaml", [], "yaml", []),
        ("c my_db.x", [], "My-DB", []),
        ("c acme2.shared", [], "acme2_shared", []),
        ("c acme2.shared.db", [], "acme2-shared", []),
        ("c acme2.shared", [], "acme2.shared", []),
        ("c acme2.shared", [own("acme2/k2.py")], "acme2-shared", []),
        ("c acme2.shared.db", [own("acme2/k2.py")], "acme2-shared", []),
        ("c acme2 shared", [own("acme2/k2.py")], "acme2-shared", []),
        ("c acme2.other", [own("acme2/k2.py")], "acme2-shared", ["acme2.other"]),
        ("c acme2.other", [], "acme2-shared", ["acme2"]),
    ],
)
def test_names_of_distributions_provide_too(
    words: str, carried: list[Made], provided: str, expected: list[str]
) -> None:
    """In any case, and with hyphens or underscores where the import has dots."""
    assert lacks(own("app.py", words), *carried, provided=[provided]) == expected


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
@pytest.mark.parametrize("make", [own, theirs])
def test_what_a_reached_module_puts_into_sys_modules_is_there(
    make: Callable[..., Made], kind: str, words: str, expected: list[str]
) -> None:
    """However it is reached: a function that puts it there may be called at once."""
    compat = make("compat.py", provided_modules=frozenset({"old", "pkg.old"}))

    assert lacks(own("app.py", f"{kind} compat", words), own("pkg/__init__.py"), compat) == expected


@pytest.mark.parametrize(
    ("words", "carried", "is_told"),
    [
        ("c platform.auth X", [own("platform/auth.py")], True),
        ("c platform.auth", [own("platform/auth/__init__.py")], True),
        ("c platform.sub auth", [own("platform/sub/auth.py")], True),
        ("c platform auth", [own("platform/auth.py")], False),
        ("c platform.other", [own("platform/auth.py")], False),
        ("c platform.auth", [own("platform/__init__.py"), own("platform/auth.py")], False),
        ("c platform.auth", [theirs("platform/auth.py")], False),
        ("g platform.auth", [own("platform/auth.py")], False),
        ("c email.utils parseaddr", [own("email/mine.py")], False),
    ],
)
def test_a_folder_without_init_is_behind_the_standard_library(
    words: str, carried: list[Made], is_told: bool
) -> None:
    """So what we have in it is not found, where theirs is a module."""
    found = check(own("app.py", words), *carried)

    assert [each.doubt for each in found] == [False] * is_told


@pytest.mark.parametrize("name", ["email", "urllib3"])
def test_of_a_package_nobody_knows_what_it_has(name: str) -> None:
    """Python's or the runtime's may hold a module of the same name."""
    (found,) = check(own("app.py", f"c {name}.mine"), own(f"{name}/mine.py", "c nothing"))

    assert (found.subject, found.doubt) == (f"{name}.mine", True)


@pytest.mark.parametrize(
    ("entry", "carried", "expected"),
    [
        ("c .a", [], [(".a", ImportFailure.ABOVE_TOP)]),
        ("c . a b", [], [(".a", ImportFailure.ABOVE_TOP)]),
        ("c ..a.b x", [], [("..a.b", ImportFailure.ABOVE_TOP)]),
        ("g .a", [], []),
        ("c a", [theirs("a.py", "c .b")], []),
        (
            "c a",
            [own("a.py", is_read=False, syntax_error="line 1: bad")],
            [("a", ImportFailure.SYNTAX_ERROR)],
        ),
        ("g a", [own("a.py", is_read=False, syntax_error="line 1: bad")], []),
        ("c a", [theirs("a.py", is_read=False, syntax_error="line 1: bad")], []),
        ("c a.X", [own("a.py", names="X")], [("a.X", ImportFailure.IN_MODULE)]),
        ("c a.X y", [own("a.py", names="X")], [("a.X", ImportFailure.IN_MODULE)]),
        ("c a.X", [own("a.py", names="Y")], [("a.X", ImportFailure.MISSING)]),
        ("c a.X", [own("a/__init__.py", names="X")], [("a.X", ImportFailure.MISSING)]),
    ],
)
def test_imports_fail_for_other_reasons_too(
    entry: str, carried: list[Made], expected: list[tuple[str, ImportFailure]]
) -> None:
    """On certain ways, and in first-party code."""
    found = find_missing_imports(modules(own("app.py", entry), *carried), ["app"], python=(3, 13))

    assert [(each.name, each.failure) for each in found] == expected


@pytest.mark.parametrize(
    ("words", "is_doubted_unseen", "is_doubted_changed"),
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
def test_a_doubt_is_as_wide_as_what_gives_it(
    words: str, is_doubted_unseen: bool, is_doubted_changed: bool
) -> None:
    """Others may have what is at the top or in folders; a changed search, nearly anything."""
    made = [
        *(own("app.py", "d odd", words), own("folder/x.py"), own("pkg/__init__.py")),
        *(own("mod.py", names="x"), own("platform/auth.py")),
        own("bad.py", is_read=False, syntax_error="line 1: bad"),
    ]

    assert [each.doubt for each in check(*made, own("odd.py"))] == [False]
    assert [each.doubt for each in check(*made, own("odd.py"), unknown_sources=["x"])] == [
        is_doubted_unseen
    ]
    changing = own("odd.py", changes_path=True)
    assert [each.doubt for each in check(*made, changing)] == [is_doubted_changed]


def test_what_is_set_is_a_name_of_a_module() -> None:
    """Neither a module nor a part of one can be set so that it is imported."""
    setting = own("setup.py", "c m", assigned_names=frozenset({"part", "gone"}))
    made = [own("app.py", "c setup", "c m.part.x", "c gone"), own("m.py", names="part"), setting]

    assert [(each.subject, each.doubt) for each in check(*made)] == [
        ("gone", False),
        ("m.part", False),
    ]


def test_third_party_code_is_not_doubted() -> None:
    """A doubt about third-party code is not reported. A distribution that changes the path may have
    put what it imports there; what another one does to the path does not matter."""
    made = (own("app.py", "c a", "g odd"), theirs("a.py", "c nothing"))

    assert check(*made, own("odd.py", changes_path=True)) == ()
    assert check(*made, unknown_sources=["x"]) == ()
    assert check(*made, theirs("odd.py", changes_path=True)) == ()
    other = theirs("odd.py", of="odd 1.0", changes_path=True)
    assert [each.code for each in check(*made, other)] == ["L006"]


VAIN = "which neither the artifact nor its layers, `provided`, the runtime or Python 3.13 has"
LISTED = "what an ARN layer has is listed in `provided`."
FIX = (
    "correct the import, or let a target own what it names (for third-party code, add it to the "
    f"lockfile's requirements); {LISTED}"
)


def check(
    *made: Made, unknown_sources: Sequence[str] = (), entry: str = "app"
) -> tuple[Finding, ...]:
    return judge([place(*made)], made, entry=entry, unknown_sources=unknown_sources)


def judge(
    places: Sequence[PathEntry],
    made: Sequence[Made],
    *,
    entry: str = "app",
    unknown_sources: Sequence[str] = (),
) -> tuple[Finding, ...]:
    modules = ImportableModules(places, reading(*made))
    found = find_missing_imports(modules, [entry], python=(3, 13), unknown_sources=unknown_sources)
    holder = CheckedArtifact("src:fn", "3.13", {})
    return check_missing_imports(found, python=(3, 13), locations={}, artifact=holder)


@pytest.mark.parametrize(
    ("made", "finding"),
    [
        (
            [own("app.py", "c json", "c requests")],
            Finding("L005", "requests", f"src/app.py:2 imports requests, {VAIN}.", FIX),
        ),
        (
            [
                own("app.py", "c acme.orders.prices"),
                own("acme/orders/prices.py", "c acme.orders.totals"),
                own("acme/orders/totals.py", "c json", "c re", "c acme.shared.monye"),
                own("acme/shared/money.py"),
            ],
            Finding(
                "L005",
                "acme.shared.monye",
                f"src/acme/orders/totals.py:3 imports acme.shared.monye, {VAIN} (reached by "
                "app -> acme.orders.prices -> acme.orders.totals). "
                "Near names: acme.shared.money.",
                FIX,
            ),
        ),
        (
            [own("app.py", "c acmee.shared"), own("acme/shared.py")],
            Finding("L005", "acmee", f"src/app.py:1 imports acmee, {VAIN}. Near names: acme.", FIX),
        ),
        (
            [own("app.py", "c jsn")],
            Finding("L005", "jsn", f"src/app.py:1 imports jsn, {VAIN}. Near names: json.", FIX),
        ),
        (
            [own("app.py", "c cgi")],
            Finding(
                "L005",
                "cgi",
                f"src/app.py:1 imports cgi, {VAIN}. Other versions of Python have it.",
                FIX,
            ),
        ),
        (
            [own("app.py", "c a", "c requests"), own("a.py", "c requests")],
            Finding(
                "L005", "requests", f"src/app.py:2 and 1 more place import requests, {VAIN}.", FIX
            ),
        ),
        (
            [own("app.py", "c requests", "c requests", "c requests.auth")],
            Finding(
                "L005", "requests", f"src/app.py:1 and 2 more places import requests, {VAIN}.", FIX
            ),
        ),
        (
            [own("app.py", "c money rouned"), own("money.py", names="rounded")],
            Finding(
                "L005",
                "money.rouned",
                "src/app.py:1 imports rouned from money, and src/money.py does not define it. "
                "Near names: money.rounded.",
                "correct the import, or define `rouned` at the top level of src/money.py.",
            ),
        ),
        (
            [own("app.py", "c shared monye"), own("shared/__init__.py"), own("shared/money.py")],
            Finding(
                "L005",
                "shared.monye",
                "src/app.py:1 imports monye from shared, and src/shared/__init__.py does not "
                "define it, nor is it a module. Near names: shared.money.",
                "correct the import, or define `monye` at the top level of "
                "src/shared/__init__.py.",
            ),
        ),
        (
            [own("app.py", "c click"), theirs("click/__init__.py", "c colorama")],
            Finding(
                "L006",
                "click",
                f"click/__init__.py:1 of click 8.1.7 imports colorama, {VAIN} "
                "(reached by app -> click).",
                f"add what has it to the lockfile's requirements; {LISTED}",
            ),
        ),
        (
            [own("app.py", "c .util_top helper"), own("util_top.py")],
            Finding(
                "L005",
                ".util_top",
                "src/app.py:1 imports .util_top relatively, and the module lies at the top of a "
                "source root, where there is no parent package.",
                "write `from util_top import …`.",
            ),
        ),
        (
            [own("app.py", "c . util_top"), own("util_top.py")],
            Finding(
                "L005",
                ".util_top",
                "src/app.py:1 imports .util_top relatively, and the module lies at the top of a "
                "source root, where there is no parent package.",
                "write `import util_top`.",
            ),
        ),
        (
            [own("app.py", "c b2.x"), own("b2/x.py", "c ..a7 new_name")],
            Finding(
                "L005",
                "..a7",
                "src/b2/x.py:1 imports ..a7 relatively, which leads above b2, the topmost package "
                "(reached by app -> b2.x).",
                "write `from a7 import …`.",
            ),
        ),
        (
            [
                own("app.py", "c j2.bad"),
                own("j2/bad.py", is_read=False, syntax_error="line 1: invalid syntax"),
            ],
            Finding(
                "L005",
                "j2.bad",
                "src/j2/bad.py cannot be imported: line 1: invalid syntax "
                "(reached by app -> j2.bad).",
                "mend it, for Python 3.13.",
            ),
        ),
        (
            [own("app.py", "c platform.auth X"), own("platform/auth.py")],
            Finding(
                "L005",
                "platform.auth",
                "src/app.py:1 imports platform.auth, which Python looks for in the standard "
                "library's `platform`, since src/platform has no __init__.py.",
                "add an `__init__.py` to the folder, or rename it.",
            ),
        ),
        (
            [own("app.py", "c urllib3.mine"), own("urllib3/mine/__init__.py")],
            Finding(
                "L005",
                "urllib3.mine",
                "src/app.py:1 imports urllib3.mine, which Python looks for in the runtime's "
                "`urllib3`, since src/urllib3 has no __init__.py. If `urllib3` has one of this "
                "name, that is imported.",
                "add an `__init__.py` to the folder, or rename it.",
                doubt=True,
            ),
        ),
        (
            [own("app.py", "c i3.m.X"), own("i3/m.py", names="X")],
            Finding(
                "L005",
                "i3.m.X",
                "src/app.py:1 imports i3.m.X, and `i3.m` is a module and no package.",
                "write `from i3.m import X`.",
            ),
        ),
        (
            [own("app.py", "c odd", "c requests"), own("odd.py", changes_path=True)],
            Finding(
                "L005",
                "requests",
                f"src/app.py:2 imports requests, {VAIN}. src/odd.py may change what Python finds.",
                FIX,
                doubt=True,
            ),
        ),
        (
            [
                *(own("app.py", "c setup", "c db session"), own("db.py")),
                own("setup.py", "c db", assigned_names=frozenset({"session"})),
            ],
            Finding(
                "L005",
                "db.session",
                "src/app.py:2 imports session from db, and src/db.py does not define it. "
                "src/setup.py may set it.",
                "correct the import, or define `session` at the top level of src/db.py.",
                doubt=True,
            ),
        ),
    ],
    ids=lambda value: value.subject if isinstance(value, Finding) else "",
)
def test_a_finding_says_where_what_and_how_it_is_reached(
    made: list[Made], finding: Finding
) -> None:
    """In terms of the repository, with near names where there are any."""
    assert check(*made) == (finding,)


def test_a_finding_says_who_may_have_it() -> None:
    """After everything else."""
    unknown_sources = ["arn:aws:lambda:eu-west-1:123456789012:layer:corp:1", "corp-lib"]

    assert check(own("app.py", "c jsn"), unknown_sources=unknown_sources) == (
        Finding(
            "L005",
            "jsn",
            f"src/app.py:1 imports jsn, {VAIN}. Near names: json. "
            "arn:aws:lambda:eu-west-1:123456789012:layer:corp:1, corp-lib may have it.",
            FIX,
            doubt=True,
        ),
    )


def test_a_finding_says_that_there_is_no_handler() -> None:
    """There is no importer then, but for Lambda."""
    hidden = (own("platform/handler.py"),)

    assert check(own("app.py"), entry="acme.app") == (
        Finding(
            "L005",
            "acme.app",
            "Neither the artifact nor its layers have the handler's module acme.app.",
            "see what `exclude` leaves out, or correct the `handler` field.",
        ),
    )
    assert check(*hidden, entry="platform.handler") == (
        Finding(
            "L005",
            "platform.handler",
            "Lambda imports platform.handler, which Python looks for in the standard library's "
            "`platform`, since src/platform has no __init__.py.",
            "add an `__init__.py` to the folder, or rename it.",
        ),
    )


def test_first_party_and_third_party_code_may_miss_the_same() -> None:
    """Then both say so, and each distribution for itself."""
    found = check(
        own("app.py", "c a", "c b", "c nothing"),
        theirs("a.py", "c nothing", of="a 1.0"),
        theirs("b.py", "c nothing", of="b 1.0"),
    )

    assert [(each.code, each.subject) for each in found] == [
        ("L005", "nothing"),
        ("L006", "a"),
        ("L006", "b"),
    ]


def test_correct_code_has_no_findings() -> None:
    """With a layer that carries what the function does not."""
    function = [own("app.py", "c requests", "c acme.money round_up"), own("acme/money.py", names="round_up")]  # fmt: skip
    layer = [theirs("python/requests/__init__.py", "c urllib3"), theirs("python/idna.py")]
    places = [place(*function), place(*layer, root="python")]

    assert judge(places, [*function, *layer]) == ()


NAMES = ["app", "a", "b", "a.b", "a.c", "b.c", "b.c.d"]
PATHS = ["app.py", "a.py", "a/__init__.py", "a/b.py", "a/c.py", "b/__init__.py", "b/c/d.py"]
WORDS = st.tuples(st.sampled_from("cgdt"), st.sampled_from([*NAMES, "a b c", "b c", "b.c d"]))
CODE = st.lists(WORDS.map(" ".join), max_size=4)


@given(st.dictionaries(st.sampled_from(PATHS), CODE), st.sets(st.sampled_from(PATHS)))
def test_what_is_missing_is_reached_first(code: dict[str, list[str]], packed: set[str]) -> None:
    """Certain edges are possible ones: whoever imports in vain is among the modules reached."""
    made = [(theirs if path in packed else own)(path, *words) for path, words in code.items()]
    these = modules(*made)
    lacked = find_missing_imports(these, NAMES, python=(3, 13))
    importers = {each.importer.name for each in lacked if each.importer}

    assert importers <= {module.name for module in follow_imports(these, NAMES)}


@given(st.dictionaries(st.sampled_from(PATHS), CODE), st.sampled_from(["a", "b"]))
def test_providing_more_never_misses_more(code: dict[str, list[str]], provided: str) -> None:
    """`provided` can only silence."""
    made = [own(path, *words) for path, words in code.items()]

    assert set(lacks(*made, provided=[provided])) <= set(lacks(*made))
