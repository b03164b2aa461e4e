"""Paths that artifacts which Lambda loads together share."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.contents import ArtifactFile, Resolution
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.overlap import (
    ArtifactsCollide,
    find_overlaps,
    resolve_overlaps,
)
from aws_lambda.testing.files import extra_file, first_party, reexport, third_party

WHERE = Where("lambda_function", "src/api:fn")
BOUND = "python/lib/python3.13/site-packages"


def function(*files: ArtifactFile) -> ArtifactView:
    return ArtifactView("src/api:fn", "", files)


def layer(name: str, *files: ArtifactFile, root: str = "python") -> ArtifactView:
    return ArtifactView(f"src/layers:{name}", root, files)


def winners(found: ArtifactView, *layers: ArtifactView) -> list[tuple[str, list[str]]]:
    """Each path with the artifacts that have it, the one that is seen first."""
    return [
        (each.path, [address.rpartition(":")[2] for address, _ in each.claims])
        for each in find_overlaps(found, layers)
    ]


def settled(
    found: ArtifactView,
    *layers: ArtifactView,
    essences: Mapping[str, str] | None = None,
    policies: Mapping[str, str] | None = None,
) -> tuple[tuple[Resolution, ...], frozenset[str]]:
    return resolve_overlaps(
        find_overlaps(found, layers), essences=essences or {}, policies=policies or {}, where=WHERE
    )


def refusal(
    found: ArtifactView, *layers: ArtifactView, policies: Mapping[str, str] | None = None
) -> str:
    with pytest.raises(ArtifactsCollide) as caught:
        settled(found, *layers, policies=policies)
    return str(caught.value)


def short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def test_a_function_hides_its_layers() -> None:
    """`/var/task` comes before `/opt/python`."""
    assert winners(
        function(third_party("a.py", b"1")), layer("deps", third_party("python/a.py", b"2"))
    ) == [("a.py", ["fn", "deps"])]


def test_a_later_layer_hides_an_earlier_one() -> None:
    """Lambda unpacks them into one folder, one after the other."""
    assert winners(
        function(),
        layer("one", third_party("python/a.py", b"1")),
        layer("two", third_party("python/a.py", b"2")),
        layer("three", third_party("python/a.py", b"3")),
    ) == [("a.py", ["three", "two", "one"])]


def test_site_packages_hides_python() -> None:
    """Whatever the order of the layers; within one folder the later still wins."""
    layers = [
        layer("deep1", third_party(f"{BOUND}/a.py", b"1"), root=BOUND),
        layer("flat1", third_party("python/a.py", b"2")),
        layer("deep2", third_party(f"{BOUND}/a.py", b"3"), root=BOUND),
        layer("flat2", third_party("python/a.py", b"4")),
    ]

    assert winners(function(), *layers) == [("a.py", ["deep2", "deep1", "flat2", "flat1"])]


def test_files_beside_the_importable_code_meet_in_opt() -> None:
    """A layer's `bin/a` lies at `/opt/bin/a`, and a function's at `/var/task/bin/a`."""
    assert winners(
        function(extra_file("bin/a", b"1"), extra_file("lib/b", b"1")),
        layer("one", extra_file("bin/a", b"2")),
        layer("two", extra_file("bin/a", b"3"), root=BOUND),
    ) == [("bin/a", ["two", "one"])]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (third_party("a.py", b"1"), third_party("python/a.py", b"1")),
        (third_party("a.py", b"1"), third_party("python/b.py", b"2")),
        (third_party("a.py", b"1"), third_party("python/b/a.py", b"2")),
        (
            third_party("click-8.1.7.dist-info/RECORD", b"1"),
            third_party("python/click-8.1.7.dist-info/RECORD", b"2"),
        ),
    ],
)
def test_files_that_hide_nothing_are_not_told(mine: ArtifactFile, theirs: ArtifactFile) -> None:
    """Equal bytes, other paths; and records, which nobody imports."""
    assert winners(function(mine), layer("deps", theirs)) == []
    assert settled(function(mine), layer("deps", theirs)) == ((), frozenset())


def test_what_hides_code_is_told_all_at_once() -> None:
    """Each path with its owners in their order, and entries to paste."""
    said = refusal(
        function(first_party("acme/a.py", b"1"), third_party('x[1]".py', b"2", of="x 1")),
        layer(
            "deps",
            first_party("python/acme/a.py", b"3", source="lib/acme/a.py"),
            third_party('python/x[1]".py', b"4", of="xx 10.0"),
        ),
    )

    assert said == (
        "The `lambda_function` target src/api:fn and its layers have the same paths with different "
        "content.\n"
        "\n"
        "  acme/a.py\n"
        f"    src/acme/a.py (first-party)  in src/api:fn       {short(b'1')}\n"
        f"    lib/acme/a.py (first-party)  in src/layers:deps  {short(b'3')}\n"
        '  x[1]".py\n'
        f"    x 1      in src/api:fn       {short(b'2')}\n"
        f"    xx 10.0  in src/layers:deps  {short(b'4')}\n"
        "\n"
        "Whoever comes first in this list hides the others: a function its layers, and a later "
        "layer an earlier one.\n"
        "\n"
        "To fix, let one artifact carry these files; or, if the first one is right, say so on the "
        "function:\n"
        "\n"
        "  collisions={\n"
        '      "acme/a.py": "first",\n'
        '      "x[[]1]\\".py": "first",\n'
        "  },"
    )


MINE = third_party("a.py", b"1", of="typing-extensions 1")
THEIRS = third_party("python/a.py", b"2", of="b 1")


@pytest.mark.parametrize("policy", ["first", "typing-extensions", "Typing.Extensions"])
def test_a_policy_confirms_what_lambda_does(policy: str) -> None:
    """The order of loading is Lambda's, and no entry can change it."""
    assert settled(function(MINE), layer("deps", THEIRS), policies={"zz": "b", "*.py": policy}) == (
        (
            Resolution(
                "a.py",
                "typing-extensions 1 in src/api:fn",
                ("b 1 in src/layers:deps",),
                "*.py",
            ),
        ),
        frozenset({"*.py"}),
    )


@pytest.mark.parametrize(
    "policies",
    [
        {"a.py": "b"},
        {"a.py": "drop"},
        {"a.py": ""},
        {"a.py": "typing"},
        {"a.py": "b", "*": "first"},
        {"python/a.py": "first"},
    ],
)
def test_a_policy_that_confirms_nothing_settles_nothing(policies: dict[str, str]) -> None:
    """The loser, nobody, another; the first glob counts; and paths are the function's."""
    assert "\n  a.py\n" in refusal(function(MINE), layer("deps", THEIRS), policies=policies)


def test_an_empty_policy_names_nobody() -> None:
    """Own files have no project, which is not the same as one without a name."""
    refusal(function(first_party("a.py", b"1")), layer("deps", THEIRS), policies={"a.py": ""})


@pytest.mark.parametrize("path", ["tests/a.py", "README.md", "x/py.typed", "LICENSE"])
def test_what_nothing_depends_on_is_settled_and_listed(path: str) -> None:
    """Between distributions; own files are never given up so."""
    theirs = layer("deps", third_party(f"python/{path}", b"2", of="b 1"))

    assert settled(function(third_party(path, b"1")), theirs) == (
        (Resolution(path, "click 8.1.7 in src/api:fn", ("b 1 in src/layers:deps",), "no code"),),
        frozenset(),
    )
    refusal(function(first_party(path, b"1")), theirs)


def test_init_files_that_mean_the_same_hide_nothing() -> None:
    """They differ in comments; files of other names do not get this chance."""
    mine, theirs = third_party("a/__init__.py", b""), third_party("python/a/__init__.py", b"#")
    essences = {mine.sha256: "same", theirs.sha256: "same"}

    assert settled(function(mine), layer("deps", theirs), essences=essences) == (
        (
            Resolution(
                "a/__init__.py", "click 8.1.7 in src/api:fn", ("click 8.1.7 in src/layers:deps",)
            ),
        ),
        frozenset(),
    )
    with pytest.raises(ArtifactsCollide):
        settled(
            function(third_party("a.txt", b"")),
            layer("deps", third_party("python/a.txt", b"#")),
            essences=essences,
        )


def test_init_files_without_an_essence_are_not_the_same() -> None:
    """Nobody could read them."""
    mine, theirs = third_party("a/__init__.py", b"("), third_party("python/a/__init__.py", b")")
    with pytest.raises(ArtifactsCollide):
        settled(
            function(mine),
            layer("deps", theirs),
            essences={mine.sha256: "", theirs.sha256: ""},
        )


def test_the_reexport_counts_as_well() -> None:
    """A layer's module of its name would be hidden."""
    assert winners(
        function(reexport(b"1")), layer("deps", first_party("python/lambda_function.py", b"2"))
    ) == [("lambda_function.py", ["fn", "deps"])]


_PATHS = st.sampled_from(["a.py", "b/__init__.py", "[x]*?.py", "q\"'.py", "tests/t.py", "bin/x"])
_CONTENTS = st.sampled_from([b"1", b"2"])


def _files(prefix: str) -> st.SearchStrategy[tuple[ArtifactFile, ...]]:
    paths = _PATHS.map(lambda path: path if path.startswith("bin/") else f"{prefix}{path}")
    files = st.builds(first_party, paths, _CONTENTS) | st.builds(
        third_party, paths, _CONTENTS, of=st.sampled_from(["a 1", "b 1"])
    )
    return st.lists(files, max_size=5, unique_by=lambda file: file.path).map(tuple)


_FUNCTIONS = _files("").map(lambda files: function(*files))
_LAYERS = st.lists(
    _files("python/").map(lambda files: ArtifactView("src/layers:x", "python", files))
    | _files(f"{BOUND}/").map(lambda files: ArtifactView("src/layers:y", BOUND, files)),
    max_size=4,
)


@given(_FUNCTIONS, _LAYERS)
def test_what_the_message_suggests_settles_everything(
    found: ArtifactView, layers: list[ArtifactView]
) -> None:
    """Its entries, pasted into the function."""
    try:
        settled(found, *layers)
    except ArtifactsCollide as fault:
        said = str(fault).rpartition("collisions=")[2].rstrip(",")
        policies = ast.literal_eval(said)

        assert settled(found, *layers, policies=policies)[1] == set(policies)


@given(_FUNCTIONS, _LAYERS)
def test_an_overlap_has_its_winner_first(found: ArtifactView, layers: list[ArtifactView]) -> None:
    """As Python would look: unpack the layers in order, and walk its path."""
    opt: dict[str, ArtifactFile] = {}
    for each in layers:
        opt.update((file.path, file) for file in each.files)
    for overlap in find_overlaps(found, layers):
        places = [
            {file.path: file for file in found.files}.get(overlap.path),
            *(opt.get(f"{root}/{overlap.path}") for root in (BOUND, "python")),
            opt.get(overlap.path),
        ]
        if not overlap.path.startswith("bin/"):
            assert overlap.files[0] == next(file for file in places if file)
        else:
            assert overlap.files[0] == opt[overlap.path]


def test_modules_in_different_forms_hide_each_other() -> None:
    """A function's `yaml.py` hides a layer's package `yaml`; what one artifact has twice does
    not.
    """
    function = ArtifactView("src:fn", "", (third_party("yaml.py", of="a 1"), third_party("x.py")))
    layer = ArtifactView(
        "src:l",
        "python",
        (
            third_party("python/yaml/__init__.py", of="b 1"),
            third_party("python/y.py"),
            third_party("python/y/__init__.py"),
        ),
    )

    (overlap,) = find_overlaps(function, [layer])

    assert overlap.path == "yaml"
    assert [(address, file.path) for address, file in overlap.claims] == [
        ("src:fn", "yaml.py"),
        ("src:l", "python/yaml/__init__.py"),
    ]
