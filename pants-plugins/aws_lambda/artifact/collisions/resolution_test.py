"""Test how collisions are resolved."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_lambda.artifact.collisions.detection import CollidingFiles
from aws_lambda.artifact.collisions.resolution import ResolvedCollisions, resolve_collisions
from aws_lambda.artifact.contents import ArtifactFile, Resolution
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import OmittedFiles
from aws_lambda.testing.files import extra_file, first_party_file, reexport_file, third_party_file

WHERE = Where("lambda_function", "src/api:fn")
A = third_party_file("x.py", b"1", of="a 1")
B = third_party_file("x.py", b"2", of="my-b 1")
OWN = first_party_file("x.py", b"3")


def resolve(
    *files: ArtifactFile,
    policies: Mapping[str, str] | None = None,
    syntax_digests: Mapping[str, str] | None = None,
    root: str = "",
    module: str | None = None,
) -> ResolvedCollisions:
    return resolve_collisions(
        files,
        syntax_digests=syntax_digests or {},
        policies=policies or {},
        reexport_module=module,
        root=root,
        where=WHERE,
    )


def refusal(
    *files: ArtifactFile, policies: Mapping[str, str] | None = None, module: str | None = None
) -> str:
    with pytest.raises(CollidingFiles) as caught:
        resolve(*files, policies=policies, module=module)
    return str(caught.value)


def suggested_entries(message: str) -> dict[str, str]:
    """The entries that a message suggests."""
    entries: dict[str, str] = ast.literal_eval(message.rpartition("collisions=")[2].rstrip(","))
    return entries


def dropped_files(found: ResolvedCollisions) -> tuple[ArtifactFile, ...]:
    """The files that lost, whichever entry or rule decided."""
    return tuple(file for each in found.dropped for file in each.files)


def test_equal_files_have_no_resolution() -> None:
    """Two files with equal content are not reported."""
    same = third_party_file("x.py", b"1", of="b 1")

    assert resolve(A, same) == ResolvedCollisions((A,))


def test_equivalent_files_are_reported() -> None:
    """Their resolution names no rule and no entry, and no file is dropped."""
    one = third_party_file("g/__init__.py", b"#1", of="a 1")
    other = third_party_file("g/__init__.py", b"#2", of="b 1")

    assert resolve(
        one, other, syntax_digests={one.sha256: "same", other.sha256: "same"}
    ) == ResolvedCollisions((one,), (Resolution("g/__init__.py", "a 1", ("b 1",), ""),))


@pytest.mark.parametrize("root", ["", "python"])
@pytest.mark.parametrize(
    "path",
    [
        "tests/__init__.py",
        "test/data/x.json",
        "docs/conf.py",
        "examples/a/b.py",
        "benchmarks/x.py",
        "setup.py",
        "conftest.py",
        "README.md",
        "LICENSE",
        "pkg/LICENSE.txt",
        "pkg/py.typed",
        "pkg/__init__.pyi",
        "pyproject.toml",
    ],
)
def test_rule_resolves_files_without_code(path: str, root: str) -> None:
    """It applies to metadata, licenses, and top-level folders without code of a distribution."""
    path = f"{root}/{path}" if root else path
    a, b = third_party_file(path, b"1", of="a 1"), third_party_file(path, b"2", of="b 1")

    assert resolve(b, a, root=root) == ResolvedCollisions(
        (a,), (Resolution(path, "a 1", ("b 1",), "no code"),), (OmittedFiles("no code", (b,)),)
    )


@pytest.mark.parametrize(
    "path",
    ["x.py", "pkg/tests/a.py", "pkg/setup.py", "pkg/data.json", "LICENSE.py", "NOTICE.so", "a.pth"],
)
def test_rule_does_not_resolve_code(path: str) -> None:
    """Folders of tests below the top level belong to a package."""
    assert f"\n  {path}\n" in refusal(
        third_party_file(path, b"1", of="a 1"), third_party_file(path, b"2", of="b 1")
    )


@pytest.mark.parametrize("make", [first_party_file, extra_file])
@pytest.mark.parametrize("path", ["tests/a.py", "README.md", "LICENSE", "a.pyi"])
def test_rule_does_not_drop_own_files(path: str, make: type[ArtifactFile]) -> None:
    """Only an entry of `collisions` resolves collisions with files of the repository."""
    own = make(path, b"1")  # type: ignore[call-arg, arg-type]
    theirs = third_party_file(path, b"2")

    assert f"\n  {path}\n" in refusal(own, theirs)
    assert resolve(own, theirs, policies={path: "first"}).files == (own,)
    assert resolve(own, theirs, policies={path: "click"}).files == (theirs,)


@pytest.mark.parametrize(
    ("policy", "winner"),
    [
        ("first", OWN),
        ("a", A),
        ("my-b", B),
        ("My_B", B),
        ("my.b", B),
        ("drop", None),
    ],
)
def test_entry_names_the_winner(policy: str, winner: ArtifactFile | None) -> None:
    """`first` is the own file, then distributions by name. Names are normalized (PEP 503)."""
    others = tuple(each for each in (OWN, A, B) if each is not winner)

    assert resolve(B, OWN, A, policies={"x.py": policy}) == ResolvedCollisions(
        (winner,) if winner else (),
        (
            Resolution(
                "x.py",
                str(winner.owner) if winner else None,
                tuple(str(each.owner) for each in others),
                "x.py",
            ),
        ),
        (OmittedFiles("x.py", others),),
        frozenset({"x.py"}),
    )


def test_first_is_the_own_file_at_any_path() -> None:
    """It also wins if modules hide each other, and if a file is at the path of a folder."""
    package, module = first_party_file("z/__init__.py", b"1"), third_party_file("z.py", b"2")
    folder, file = first_party_file("d/x", b"1"), third_party_file("d", b"2")

    assert resolve(package, module, policies={"z": "first"}).files == (package,)
    assert resolve(folder, file, policies={"d": "first"}).files == (folder,)


def test_dropped_files_are_listed_by_entry() -> None:
    """An entry for modules that hide each other need not name the path of a file."""
    package, module = first_party_file("z/__init__.py", b"1"), third_party_file(
        "z.py", b"2", of="a 1"
    )
    policies = {"z": "a", "x.py": "my-b"}

    assert resolve(package, module, A, B, policies=policies).dropped == (
        OmittedFiles("x.py", (A,)),
        OmittedFiles("z", (package,)),
    )


@pytest.mark.parametrize("policy", ["", "c", "x.py", "a 1", "src/x.py", "First party"])
def test_entry_without_an_owner_resolves_nothing(policy: str) -> None:
    """The message names the entry."""
    message = refusal(OWN, A, policies={"zz": "a", "*.py": policy})

    entry = f'"*.py": "{policy}"'
    assert f"\n\n  The entry {entry} of `collisions` names none of the owners.\n\n" in message


def test_entry_without_an_owner_keeps_the_rule() -> None:
    """A glob for a folder may match files of other owners, on which no code depends."""
    a, b = third_party_file("d/LICENSE", b"1", of="a 1"), third_party_file(
        "d/LICENSE", b"2", of="b 1"
    )

    assert resolve(a, b, policies={"d/**": "c"}) == ResolvedCollisions(
        (a,),
        (Resolution("d/LICENSE", "a 1", ("b 1",), "no code"),),
        (OmittedFiles("no code", (b,)),),
        unused_policies=("d/**",),
    )


@pytest.mark.parametrize(
    ("policies", "winner", "unused"),
    [
        ({"x.py": "a", "*": "my-b"}, A, ("*",)),
        ({"*": "my-b", "x.py": "a"}, B, ("x.py",)),
        ({"**/x.py": "my-b"}, B, ()),
        ({"y/**": "a", "x.*": "my-b"}, B, ("y/**",)),
    ],
)
def test_first_glob_that_matches_applies(
    policies: dict[str, str], winner: ArtifactFile, unused: tuple[str, ...]
) -> None:
    """Entries that resolve no collision are unused."""
    found = resolve(A, B, policies=policies)

    assert found.files == (winner,)
    assert found.unused_policies == unused
    assert found.used_policies == set(policies) - set(unused)


def test_entry_overrides_the_rule() -> None:
    """A target can choose the other README."""
    a, b = third_party_file("README", b"1", of="a 1"), third_party_file("README", b"2", of="b 1")

    assert resolve(a, b, policies={"README": "b"}).resolutions == (
        Resolution("README", "b 1", ("a 1",), "README"),
    )


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ("a", ["d"]),
        ("b", ["d/x", "d/y"]),
        ("drop", []),
    ],
)
def test_entry_for_a_file_at_the_path_of_a_folder(policy: str, kept: list[str]) -> None:
    """The artifact contains either the file or the files in the folder."""
    file = third_party_file("d", b"1", of="a 1")
    inside = [third_party_file("d/x", b"2", of="b 1"), third_party_file("d/y", b"3", of="b 1")]

    assert [f.path for f in resolve(file, *inside, policies={"d": policy}).files] == kept


@pytest.mark.parametrize(
    ("policies", "kept"),
    [
        ({"m": "a"}, ["m.py"]),
        ({"m": "b"}, ["m/__init__.py", "m/x.py"]),
        ({"m.py": "a"}, ["m.py"]),
        ({"m/**": "b"}, ["m/__init__.py", "m/x.py"]),
    ],
)
def test_entry_for_modules_that_hide_each_other(policies: dict[str, str], kept: list[str]) -> None:
    """It matches the module's path without suffix, or one of the files. No other file is lost."""
    files = [
        third_party_file("m.py", b"1", of="a 1"),
        third_party_file("m/__init__.py", b"2", of="b 1"),
        third_party_file("m/x.py", b"3", of="b 1"),
    ]
    found = resolve(*files, policies=policies)

    assert [f.path for f in found.files if f.path in kept] == kept
    assert {f.path for f in dropped_files(found)}.isdisjoint(kept)


def test_module_named_like_a_document_is_code() -> None:
    """`requirements.py` hides the package `requirements`, and both names are those of documents."""
    message = refusal(
        third_party_file("p/requirements.py", b"1", of="a 1"),
        third_party_file("p/requirements/__init__.py", b"2", of="b 1"),
    )

    assert suggested_entries(message) == {"p/requirements": "a"}


def test_folder_of_several_owners_is_kept() -> None:
    """Only the file at its path is lost, whichever of the folder's owners wins."""
    files = [
        third_party_file("d", b"1", of="a 1"),
        third_party_file("d", b"1", of="b 1"),
        third_party_file("d/x", b"2", of="c 1"),
        third_party_file("d/y", b"3", of="e 1"),
    ]

    assert [f.path for f in resolve(*files, policies={"d": "c"}).files] == ["d/x", "d/y"]
    assert [f.path for f in resolve(*files, policies={"d": "a"}).files] == ["d"]


def test_path_that_a_wheel_has_twice() -> None:
    """A wheel can have a path at its top and in `*.data/purelib`; the first file is kept."""
    other = third_party_file("x.py", b"9", of="a 1")
    found = resolve(A, other, policies=suggested_entries(refusal(A, other)))

    assert len(found.files) == 1


def test_message_names_only_applied_entries() -> None:
    """No entry applies to a re-export, or to a path that an earlier glob matches."""
    files = (first_party_file("lambda_function.py", b"1"), reexport_file(b"2"))
    message = refusal(*files, module="lambda_function", policies={"lambda_function.py": "first"})
    assert "of `collisions`" not in message

    message = refusal(A, B, policies={"x.py": "c", "*": "a"})
    assert 'The entry "x.py": "c" of `collisions` names none of the owners.' in message
    assert '"*": "a"' not in message


def test_no_entry_drops_the_reexport() -> None:
    """Lambda would not find the handler."""
    files = (first_party_file("lambda_function.py", b"1"), reexport_file(b"2"))

    for policy in ("first", "drop"):
        message = refusal(*files, module="lambda_function", policies={"lambda_function.py": policy})
        assert 'give `reexport` another name (`reexport=""` for none)' in message


def test_resolutions_of_layers_are_added() -> None:
    """Entries that decide between a function and its layers are used."""
    here = resolve(A, B, policies={"x.py": "a", "y.py": "first", "z.py": "a"})
    there = Resolution("y.py", "c 1 in src/api:fn", ("c 2 in src/l:a",), "y.py")
    found = here.with_resolutions([there], {"y.py"})

    assert found.resolutions == (*here.resolutions, there)
    assert found.used_policies == {"x.py", "y.py"}
    assert found.unused_policies == ("z.py",)
    assert (found.files, dropped_files(found)) == (here.files, dropped_files(here))


@pytest.mark.parametrize(
    ("files", "entries"),
    [
        ([A, B], {"x.py": "a"}),
        ([OWN, A], {"x.py": "first"}),
        (
            [
                third_party_file(path, content, of=of)
                for path in ("j/a.py", "j/b.py", "j/c/d.py")
                for content, of in ((b"1", "a 1"), (b"2", "b 1"))
            ],
            {"j/**": "a"},
        ),
        (
            [
                third_party_file(path, content, of=of)
                for path in ("j/c/a.py", "j/c/b.py")
                for content, of in ((b"1", "a 1"), (b"2", "b 1"))
            ],
            {"j/c/**": "a"},
        ),
        (
            [third_party_file("m.py", b"1", of="a 1"), third_party_file("m/__init__.py", of="b 1")],
            {"m": "a"},
        ),
        ([first_party_file("d", b"1"), third_party_file("d/x", of="b 1")], {"d": "first"}),
        (
            [
                third_party_file("m/__init__.py", b"1", of="a 1"),
                third_party_file("m/__init__.py", b"2", of="b 1"),
                third_party_file("m.py", b"3", of="b 1"),
            ],
            {"m/__init__.py": "a", "m": "b"},
        ),
    ],
)
def test_suggested_entries_resolve_the_collision(
    files: list[ArtifactFile], entries: dict[str, str]
) -> None:
    """The message's entries can be pasted, and files of one folder get one entry."""
    suggested = suggested_entries(refusal(*files))

    assert suggested == entries
    resolve(*files, policies=suggested)


_PATHS = st.sampled_from(["a.py", "a/__init__.py", "a/b.py", "a", "tests/a.py", "p/x", "p/y", "p"])
_CONTENTS = st.sampled_from([b"", b"1", b"2"])
_FILES = st.lists(
    st.one_of(
        st.builds(first_party_file, _PATHS, _CONTENTS),
        st.builds(extra_file, _PATHS, _CONTENTS),
        st.builds(third_party_file, _PATHS, _CONTENTS, of=st.sampled_from(["x 1", "y 1", "z 1"])),
    ),
    max_size=8,
    unique_by=lambda file: (file.path, file.owner),
)
_STRANGE = st.sampled_from(
    ["p/[x].py", "p/*", 'p/"q".py', "q/r/x.py", "q/r/y.py", "q/r.py", "q/r/__init__.py", "q/README"]
)
_STRANGE_FILES = st.lists(
    st.one_of(
        st.builds(first_party_file, _PATHS | _STRANGE, _CONTENTS),
        st.builds(extra_file, _PATHS | _STRANGE, _CONTENTS),
        st.builds(
            third_party_file,
            _PATHS | _STRANGE,
            _CONTENTS,
            of=st.sampled_from(["x 1", "y 1", "z 1", "w 1"]),
        ),
    ),
    max_size=14,
    unique_by=lambda file: (file.path, file.owner),
)


def _is_torn(files: list[ArtifactFile]) -> bool:
    """Whether one owner has a file and a folder of one name, which no wheel can have."""
    return any(
        one.owner == other.owner and other.path.startswith(f"{one.path}/")
        for one in files
        for other in files
    )


@settings(max_examples=500)
@given(_STRANGE_FILES.filter(lambda files: not _is_torn(files)))
def test_suggested_entries_resolve_any_collision(files: list[ArtifactFile]) -> None:
    """The suggested entries resolve all collisions, whatever characters the paths contain."""
    try:
        resolve(*files)
    except CollidingFiles as error:
        resolve(*files, policies=suggested_entries(str(error)))


_POLICIES = st.dictionaries(
    st.sampled_from(["**", "a", "a/**", "*.py", "p", "p/x", "tests/**"]),
    st.sampled_from(["first", "drop", "x", "Y", "nobody"]),
    max_size=4,
)


@given(_FILES, _POLICIES)
def test_every_file_is_accounted_for(files: list[ArtifactFile], policies: dict[str, str]) -> None:
    """Every file is kept, equal to a kept file, or listed as dropped."""
    try:
        found = resolve(*files, policies=policies)
    except CollidingFiles:
        return

    kept = {(file.path, file.sha256) for file in found.files}
    assert {(f.path, f.sha256) for f in files} == kept | {
        (f.path, f.sha256) for f in dropped_files(found)
    }
    assert not set(found.files) & set(dropped_files(found))
    assert [f.path for f in found.files] == sorted({f.path for f in found.files})
    assert {*found.used_policies, *found.unused_policies} == set(policies)
    assert not found.used_policies.intersection(found.unused_policies)
    assert all(each.by in (*policies, "no code") for each in found.resolutions)


@given(_FILES)
def test_own_files_are_kept_without_entries(files: list[ArtifactFile]) -> None:
    """Only an entry of `collisions` drops a file of the repository."""
    try:
        found = resolve(*files)
    except CollidingFiles:
        return

    assert all(file.owner.project for file in dropped_files(found))
