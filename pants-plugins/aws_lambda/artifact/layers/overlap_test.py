"""Tests of paths that a function and its layers share."""

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
from aws_lambda.testing.files import extra_file, first_party_file, reexport_file, third_party_file

WHERE = Where("lambda_function", "src/api:fn")
SITE_PACKAGES = "python/lib/python3.13/site-packages"


def function(*files: ArtifactFile) -> ArtifactView:
    return ArtifactView("src/api:fn", "", files)


def layer(name: str, *files: ArtifactFile, root: str = "python") -> ArtifactView:
    return ArtifactView(f"src/layers:{name}", root, files)


def winners(found: ArtifactView, *layers: ArtifactView) -> list[tuple[str, list[str]]]:
    """Each path with the names of the artifacts that contain it, the winner first."""
    return [
        (each.path, [address.rpartition(":")[2] for address, _ in each.claims])
        for each in find_overlaps(found, layers)
    ]


def resolve(
    found: ArtifactView,
    *layers: ArtifactView,
    syntax_digests: Mapping[str, str] | None = None,
    policies: Mapping[str, str] | None = None,
) -> tuple[tuple[Resolution, ...], frozenset[str]]:
    return resolve_overlaps(
        find_overlaps(found, layers),
        syntax_digests=syntax_digests or {},
        policies=policies or {},
        where=WHERE,
    )


def refusal(
    found: ArtifactView, *layers: ArtifactView, policies: Mapping[str, str] | None = None
) -> str:
    with pytest.raises(ArtifactsCollide) as caught:
        resolve(found, *layers, policies=policies)
    return str(caught.value)


def short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def test_function_hides_layers() -> None:
    """`/var/task` comes before `/opt/python`."""
    assert winners(
        function(third_party_file("a.py", b"1")),
        layer("deps", third_party_file("python/a.py", b"2")),
    ) == [("a.py", ["fn", "deps"])]


def test_later_layer_hides_earlier_one() -> None:
    """Lambda unpacks layers into one folder, in their order."""
    assert winners(
        function(),
        layer("one", third_party_file("python/a.py", b"1")),
        layer("two", third_party_file("python/a.py", b"2")),
        layer("three", third_party_file("python/a.py", b"3")),
    ) == [("a.py", ["three", "two", "one"])]


def test_site_packages_hides_python() -> None:
    """The order of layers matters only within one folder."""
    layers = [
        layer("deep1", third_party_file(f"{SITE_PACKAGES}/a.py", b"1"), root=SITE_PACKAGES),
        layer("flat1", third_party_file("python/a.py", b"2")),
        layer("deep2", third_party_file(f"{SITE_PACKAGES}/a.py", b"3"), root=SITE_PACKAGES),
        layer("flat2", third_party_file("python/a.py", b"4")),
    ]

    assert winners(function(), *layers) == [("a.py", ["deep2", "deep1", "flat2", "flat1"])]


def test_files_outside_the_importable_code() -> None:
    """A layer's `bin/a` is at `/opt/bin/a`, and a function's at `/var/task/bin/a`."""
    assert winners(
        function(extra_file("bin/a", b"1"), extra_file("lib/b", b"1")),
        layer("one", extra_file("bin/a", b"2")),
        layer("two", extra_file("bin/a", b"3"), root=SITE_PACKAGES),
    ) == [("bin/a", ["two", "one"])]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (third_party_file("a.py", b"1"), third_party_file("python/a.py", b"1")),
        (third_party_file("a.py", b"1"), third_party_file("python/b.py", b"2")),
        (third_party_file("a.py", b"1"), third_party_file("python/b/a.py", b"2")),
        (
            third_party_file("click-8.1.7.dist-info/RECORD", b"1"),
            third_party_file("python/click-8.1.7.dist-info/RECORD", b"2"),
        ),
    ],
)
def test_files_that_hide_nothing(mine: ArtifactFile, theirs: ArtifactFile) -> None:
    """Equal files, other paths, and records of distributions cause no overlap."""
    assert winners(function(mine), layer("deps", theirs)) == []
    assert resolve(function(mine), layer("deps", theirs)) == ((), frozenset())


def test_message_of_overlaps() -> None:
    """The message lists each path with its owners in order, and has entries to paste."""
    said = refusal(
        function(first_party_file("acme/a.py", b"1"), third_party_file('x[1]".py', b"2", of="x 1")),
        layer(
            "deps",
            first_party_file("python/acme/a.py", b"3", source="lib/acme/a.py"),
            third_party_file('python/x[1]".py', b"4", of="xx 10.0"),
        ),
    )

    assert said == (
        "The `lambda_function` target src/api:fn and its layers contain different files at the "
        "same paths.\n"
        "\n"
        "  acme/a.py\n"
        f"    src/acme/a.py (first-party)  in src/api:fn       {short(b'1')}\n"
        f"    lib/acme/a.py (first-party)  in src/layers:deps  {short(b'3')}\n"
        '  x[1]".py\n'
        f"    x 1      in src/api:fn       {short(b'2')}\n"
        f"    xx 10.0  in src/layers:deps  {short(b'4')}\n"
        "\n"
        "The first file of each path hides the others: a function hides its layers, and a later "
        "layer hides an earlier one.\n"
        "\n"
        "To fix, put these files into one artifact. If the first file is right, confirm it on the "
        "function:\n"
        "\n"
        "  collisions={\n"
        '      "acme/a.py": "first",\n'
        '      "x[[]1]\\".py": "first",\n'
        "  },"
    )


MINE = third_party_file("a.py", b"1", of="typing-extensions 1")
THEIRS = third_party_file("python/a.py", b"2", of="b 1")


@pytest.mark.parametrize("policy", ["first", "typing-extensions", "Typing.Extensions"])
def test_policy_confirms_the_order(policy: str) -> None:
    """Lambda decides the order, and no entry can change it."""
    assert resolve(function(MINE), layer("deps", THEIRS), policies={"zz": "b", "*.py": policy}) == (
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
def test_policy_that_does_not_confirm_the_order(policies: dict[str, str]) -> None:
    """A policy with another owner confirms nothing. The first glob that matches counts."""
    assert "\n  a.py\n" in refusal(function(MINE), layer("deps", THEIRS), policies=policies)


def test_empty_policy() -> None:
    """It does not match first-party files, which have no project."""
    refusal(function(first_party_file("a.py", b"1")), layer("deps", THEIRS), policies={"a.py": ""})


@pytest.mark.parametrize("path", ["tests/a.py", "README.md", "x/py.typed", "LICENSE"])
def test_harmless_files(path: str) -> None:
    """Overlaps of them are resolved between distributions, never for first-party files."""
    theirs = layer("deps", third_party_file(f"python/{path}", b"2", of="b 1"))

    assert resolve(function(third_party_file(path, b"1")), theirs) == (
        (Resolution(path, "click 8.1.7 in src/api:fn", ("b 1 in src/layers:deps",), "no code"),),
        frozenset(),
    )
    refusal(function(first_party_file(path, b"1")), theirs)


def test_equivalent_init_files() -> None:
    """They may differ in comments. Files with other names may not."""
    mine, theirs = third_party_file("a/__init__.py", b""), third_party_file(
        "python/a/__init__.py", b"#"
    )
    syntax_digests = {mine.sha256: "same", theirs.sha256: "same"}

    assert resolve(function(mine), layer("deps", theirs), syntax_digests=syntax_digests) == (
        (
            Resolution(
                "a/__init__.py", "click 8.1.7 in src/api:fn", ("click 8.1.7 in src/layers:deps",)
            ),
        ),
        frozenset(),
    )
    with pytest.raises(ArtifactsCollide):
        resolve(
            function(third_party_file("a.txt", b"")),
            layer("deps", third_party_file("python/a.txt", b"#")),
            syntax_digests=syntax_digests,
        )


def test_init_files_that_cannot_be_parsed() -> None:
    """They have no syntax digest and are not equivalent."""
    mine, theirs = third_party_file("a/__init__.py", b"("), third_party_file(
        "python/a/__init__.py", b")"
    )
    with pytest.raises(ArtifactsCollide):
        resolve(
            function(mine),
            layer("deps", theirs),
            syntax_digests={mine.sha256: "", theirs.sha256: ""},
        )


def test_reexport_hides_layer() -> None:
    """The generated module hides a layer's module of the same name."""
    assert winners(
        function(reexport_file(b"1")),
        layer("deps", first_party_file("python/lambda_function.py", b"2")),
    ) == [("lambda_function.py", ["fn", "deps"])]


_PATHS = st.sampled_from(["a.py", "b/__init__.py", "[x]*?.py", "q\"'.py", "tests/t.py", "bin/x"])
_CONTENTS = st.sampled_from([b"1", b"2"])


def _files(prefix: str) -> st.SearchStrategy[tuple[ArtifactFile, ...]]:
    paths = _PATHS.map(lambda path: path if path.startswith("bin/") else f"{prefix}{path}")
    files = st.builds(first_party_file, paths, _CONTENTS) | st.builds(
        third_party_file, paths, _CONTENTS, of=st.sampled_from(["a 1", "b 1"])
    )
    return st.lists(files, max_size=5, unique_by=lambda file: file.path).map(tuple)


_FUNCTIONS = _files("").map(lambda files: function(*files))
_LAYERS = st.lists(
    _files("python/").map(lambda files: ArtifactView("src/layers:x", "python", files))
    | _files(f"{SITE_PACKAGES}/").map(
        lambda files: ArtifactView("src/layers:y", SITE_PACKAGES, files)
    ),
    max_size=4,
)


@given(_FUNCTIONS, _LAYERS)
def test_suggested_entries_resolve_all_overlaps(
    found: ArtifactView, layers: list[ArtifactView]
) -> None:
    """The function is accepted with the entries of the message."""
    try:
        resolve(found, *layers)
    except ArtifactsCollide as error:
        said = str(error).rpartition("collisions=")[2].rstrip(",")
        policies = ast.literal_eval(said)

        assert resolve(found, *layers, policies=policies)[1] == set(policies)


@given(_FUNCTIONS, _LAYERS)
def test_winner_is_first(found: ArtifactView, layers: list[ArtifactView]) -> None:
    """The winner is the file that Python finds after Lambda has unpacked the layers in order."""
    opt: dict[str, ArtifactFile] = {}
    for each in layers:
        opt.update((file.path, file) for file in each.files)
    for overlap in find_overlaps(found, layers):
        places = [
            {file.path: file for file in found.files}.get(overlap.path),
            *(opt.get(f"{root}/{overlap.path}") for root in (SITE_PACKAGES, "python")),
            opt.get(overlap.path),
        ]
        if not overlap.path.startswith("bin/"):
            assert overlap.files[0] == next(file for file in places if file)
        else:
            assert overlap.files[0] == opt[overlap.path]


def test_module_hides_package() -> None:
    """A function's `yaml.py` hides a layer's package `yaml`. One artifact may contain both."""
    function = ArtifactView(
        "src:fn", "", (third_party_file("yaml.py", of="a 1"), third_party_file("x.py"))
    )
    layer = ArtifactView(
        "src:l",
        "python",
        (
            third_party_file("python/yaml/__init__.py", of="b 1"),
            third_party_file("python/y.py"),
            third_party_file("python/y/__init__.py"),
        ),
    )

    (overlap,) = find_overlaps(function, [layer])

    assert overlap.path == "yaml"
    assert [(address, file.path) for address, file in overlap.claims] == [
        ("src:fn", "yaml.py"),
        ("src:l", "python/yaml/__init__.py"),
    ]
