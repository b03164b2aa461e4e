"""Which of several owners gets a path."""

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
from aws_lambda.testing.files import extra_file, first_party, reexport, third_party

WHERE = Where("lambda_function", "src/api:fn")
A = third_party("x.py", b"1", of="a 1")
B = third_party("x.py", b"2", of="my-b 1")
OWN = first_party("x.py", b"3")


def settled(
    *files: ArtifactFile,
    policies: Mapping[str, str] | None = None,
    essences: Mapping[str, str] | None = None,
    root: str = "",
    module: str | None = None,
) -> ResolvedCollisions:
    return resolve_collisions(
        files,
        essences=essences or {},
        policies=policies or {},
        reexport_module=module,
        root=root,
        where=WHERE,
    )


def refusal(
    *files: ArtifactFile, policies: Mapping[str, str] | None = None, module: str | None = None
) -> str:
    with pytest.raises(CollidingFiles) as caught:
        settled(*files, policies=policies, module=module)
    return str(caught.value)


def pasted(said: str) -> dict[str, str]:
    """The entries that a message suggests."""
    entries: dict[str, str] = ast.literal_eval(said.rpartition("collisions=")[2].rstrip(","))
    return entries


def lost(found: ResolvedCollisions) -> tuple[ArtifactFile, ...]:
    """All that gave way, whatever said so."""
    return tuple(file for each in found.dropped for file in each.files)


def test_equal_files_are_settled_without_a_word() -> None:
    """Nobody could tell the difference."""
    same = third_party("x.py", b"1", of="b 1")

    assert settled(A, same) == ResolvedCollisions((A,))


def test_files_that_mean_the_same_are_settled_and_listed() -> None:
    """By no rule and no entry, since nothing had to be decided; all losers are there, alike."""
    one = third_party("g/__init__.py", b"#1", of="a 1")
    other = third_party("g/__init__.py", b"#2", of="b 1")

    assert settled(
        one, other, essences={one.sha256: "same", other.sha256: "same"}
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
def test_what_nothing_depends_on_is_settled_by_rule(path: str, root: str) -> None:
    """Metadata, licences, and folders at the top that hold no code of the distribution."""
    path = f"{root}/{path}" if root else path
    a, b = third_party(path, b"1", of="a 1"), third_party(path, b"2", of="b 1")

    assert settled(b, a, root=root) == ResolvedCollisions(
        (a,), (Resolution(path, "a 1", ("b 1",), "no code"),), (OmittedFiles("no code", (b,)),)
    )


@pytest.mark.parametrize(
    "path",
    ["x.py", "pkg/tests/a.py", "pkg/setup.py", "pkg/data.json", "LICENSE.py", "NOTICE.so", "a.pth"],
)
def test_real_code_is_settled_by_nobody(path: str) -> None:
    """Folders of tests count at the top only, where nobody means them."""
    assert f"\n  {path}\n" in refusal(
        third_party(path, b"1", of="a 1"), third_party(path, b"2", of="b 1")
    )


@pytest.mark.parametrize("make", [first_party, extra_file])
@pytest.mark.parametrize("path", ["tests/a.py", "README.md", "LICENSE", "a.pyi"])
def test_ones_own_files_are_never_given_up_by_rule(path: str, make: type[ArtifactFile]) -> None:
    """Only an entry of `collisions` settles what is one's own."""
    own = make(path, b"1")  # type: ignore[call-arg, arg-type]
    theirs = third_party(path, b"2")

    assert f"\n  {path}\n" in refusal(own, theirs)
    assert settled(own, theirs, policies={path: "first"}).files == (own,)
    assert settled(own, theirs, policies={path: "click"}).files == (theirs,)


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
def test_an_entry_says_who_wins(policy: str, winner: ArtifactFile | None) -> None:
    """Own files first, then distributions by name; a distribution's name as PEP 503 has it."""
    others = tuple(each for each in (OWN, A, B) if each is not winner)

    assert settled(B, OWN, A, policies={"x.py": policy}) == ResolvedCollisions(
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


def test_first_is_ones_own_wherever_it_lies() -> None:
    """Of modules that hide each other, and of a file in place of a folder, too."""
    package, module = first_party("z/__init__.py", b"1"), third_party("z.py", b"2")
    folder, file = first_party("d/x", b"1"), third_party("d", b"2")

    assert settled(package, module, policies={"z": "first"}).files == (package,)
    assert settled(folder, file, policies={"d": "first"}).files == (folder,)


def test_what_lost_is_told_by_the_entry_that_decided() -> None:
    """Also of modules that hide each other, whose own paths no entry need name."""
    package, module = first_party("z/__init__.py", b"1"), third_party("z.py", b"2", of="a 1")
    policies = {"z": "a", "x.py": "my-b"}

    assert settled(package, module, A, B, policies=policies).dropped == (
        OmittedFiles("x.py", (A,)),
        OmittedFiles("z", (package,)),
    )


@pytest.mark.parametrize("policy", ["", "c", "x.py", "a 1", "src/x.py", "First party"])
def test_an_entry_that_names_no_owner_settles_nothing(policy: str) -> None:
    """The message says which entry it was."""
    said = refusal(OWN, A, policies={"zz": "a", "*.py": policy})

    assert f'\n\n  `collisions` has "*.py": "{policy}", which is none of the owners.\n\n' in said


def test_an_entry_that_names_no_owner_does_not_undo_a_rule() -> None:
    """A glob for a whole folder may mean files of others, on which nothing depends."""
    a, b = third_party("d/LICENSE", b"1", of="a 1"), third_party("d/LICENSE", b"2", of="b 1")

    assert settled(a, b, policies={"d/**": "c"}) == ResolvedCollisions(
        (a,),
        (Resolution("d/LICENSE", "a 1", ("b 1",), "no code"),),
        (OmittedFiles("no code", (b,)),),
        unused_policies=("d/**",),
    )


@pytest.mark.parametrize(
    ("policies", "winner", "idle"),
    [
        ({"x.py": "a", "*": "my-b"}, A, ("*",)),
        ({"*": "my-b", "x.py": "a"}, B, ("x.py",)),
        ({"**/x.py": "my-b"}, B, ()),
        ({"y/**": "a", "x.*": "my-b"}, B, ("y/**",)),
    ],
)
def test_the_first_glob_that_matches_counts(
    policies: dict[str, str], winner: ArtifactFile, idle: tuple[str, ...]
) -> None:
    """Entries that settled nothing are idle."""
    found = settled(A, B, policies=policies)

    assert found.files == (winner,)
    assert found.unused_policies == idle
    assert found.used_policies == set(policies) - set(idle)


def test_an_entry_overrules_a_rule() -> None:
    """Whoever wants the other README gets it."""
    a, b = third_party("README", b"1", of="a 1"), third_party("README", b"2", of="b 1")

    assert settled(a, b, policies={"README": "b"}).resolutions == (
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
def test_a_file_in_place_of_a_folder_is_settled_by_an_entry(policy: str, kept: list[str]) -> None:
    """Either the file stays or what lies in the folder."""
    file = third_party("d", b"1", of="a 1")
    inside = [third_party("d/x", b"2", of="b 1"), third_party("d/y", b"3", of="b 1")]

    assert [f.path for f in settled(file, *inside, policies={"d": policy}).files] == kept


@pytest.mark.parametrize(
    ("policies", "kept"),
    [
        ({"m": "a"}, ["m.py"]),
        ({"m": "b"}, ["m/__init__.py", "m/x.py"]),
        ({"m.py": "a"}, ["m.py"]),
        ({"m/**": "b"}, ["m/__init__.py", "m/x.py"]),
    ],
)
def test_modules_that_hide_each_other_are_settled_by_an_entry(
    policies: dict[str, str], kept: list[str]
) -> None:
    """By the module's path without its suffix, or by one of the files; no other file is lost."""
    files = [
        third_party("m.py", b"1", of="a 1"),
        third_party("m/__init__.py", b"2", of="b 1"),
        third_party("m/x.py", b"3", of="b 1"),
    ]
    found = settled(*files, policies=policies)

    assert [f.path for f in found.files if f.path in kept] == kept
    assert {f.path for f in lost(found)}.isdisjoint(kept)


def test_modules_are_code_whatever_they_are_called() -> None:
    """`requirements.py` hides the package `requirements`, whose names look like a document's."""
    said = refusal(
        third_party("p/requirements.py", b"1", of="a 1"),
        third_party("p/requirements/__init__.py", b"2", of="b 1"),
    )

    assert pasted(said) == {"p/requirements": "a"}


def test_a_folder_that_several_share_is_kept_whole() -> None:
    """Only the file in its place is lost, whoever of them was named, and whoever brought it."""
    files = [
        third_party("d", b"1", of="a 1"),
        third_party("d", b"1", of="b 1"),
        third_party("d/x", b"2", of="c 1"),
        third_party("d/y", b"3", of="e 1"),
    ]

    assert [f.path for f in settled(*files, policies={"d": "c"}).files] == ["d/x", "d/y"]
    assert [f.path for f in settled(*files, policies={"d": "a"}).files] == ["d"]


def test_a_path_that_one_wheel_brings_twice_is_settled() -> None:
    """From its top, and from `*.data/purelib`; the first is kept."""
    other = third_party("x.py", b"9", of="a 1")
    found = settled(A, other, policies=pasted(refusal(A, other)))

    assert len(found.files) == 1


def test_a_policy_is_not_blamed_for_what_it_cannot_settle() -> None:
    """Not for a re-export, and not where an earlier glob counts."""
    files = (first_party("lambda_function.py", b"1"), reexport(b"2"))
    said = refusal(*files, module="lambda_function", policies={"lambda_function.py": "first"})
    assert "`collisions` has" not in said

    said = refusal(A, B, policies={"x.py": "c", "*": "a"})
    assert '`collisions` has "x.py": "c", which is none of the owners.' in said
    assert '"*": "a"' not in said


def test_no_entry_settles_a_reexport() -> None:
    """The handler would be found no more."""
    files = (first_party("lambda_function.py", b"1"), reexport(b"2"))

    for policy in ("first", "drop"):
        said = refusal(*files, module="lambda_function", policies={"lambda_function.py": policy})
        assert 'give `reexport` another name (`reexport=""` for none)' in said


def test_what_else_was_decided_is_added() -> None:
    """What the function's layers made of its entries, which are then not idle."""
    here = settled(A, B, policies={"x.py": "a", "y.py": "first", "z.py": "a"})
    there = Resolution("y.py", "c 1 in src/api:fn", ("c 2 in src/l:a",), "y.py")
    found = here.with_resolutions([there], {"y.py"})

    assert found.resolutions == (*here.resolutions, there)
    assert found.used_policies == {"x.py", "y.py"}
    assert found.unused_policies == ("z.py",)
    assert (found.files, lost(found)) == (here.files, lost(here))


@pytest.mark.parametrize(
    ("files", "entries"),
    [
        ([A, B], {"x.py": "a"}),
        ([OWN, A], {"x.py": "first"}),
        (
            [
                third_party(path, content, of=of)
                for path in ("j/a.py", "j/b.py", "j/c/d.py")
                for content, of in ((b"1", "a 1"), (b"2", "b 1"))
            ],
            {"j/**": "a"},
        ),
        (
            [
                third_party(path, content, of=of)
                for path in ("j/c/a.py", "j/c/b.py")
                for content, of in ((b"1", "a 1"), (b"2", "b 1"))
            ],
            {"j/c/**": "a"},
        ),
        ([third_party("m.py", b"1", of="a 1"), third_party("m/__init__.py", of="b 1")], {"m": "a"}),
        ([first_party("d", b"1"), third_party("d/x", of="b 1")], {"d": "first"}),
        (
            [
                third_party("m/__init__.py", b"1", of="a 1"),
                third_party("m/__init__.py", b"2", of="b 1"),
                third_party("m.py", b"3", of="b 1"),
            ],
            {"m/__init__.py": "a", "m": "b"},
        ),
    ],
)
def test_what_the_message_suggests_settles_it(
    files: list[ArtifactFile], entries: dict[str, str]
) -> None:
    """Its entries, pasted; several files of a folder get one."""
    suggested = pasted(refusal(*files))

    assert suggested == entries
    settled(*files, policies=suggested)


_PATHS = st.sampled_from(["a.py", "a/__init__.py", "a/b.py", "a", "tests/a.py", "p/x", "p/y", "p"])
_CONTENTS = st.sampled_from([b"", b"1", b"2"])
_FILES = st.lists(
    st.one_of(
        st.builds(first_party, _PATHS, _CONTENTS),
        st.builds(extra_file, _PATHS, _CONTENTS),
        st.builds(third_party, _PATHS, _CONTENTS, of=st.sampled_from(["x 1", "y 1", "z 1"])),
    ),
    max_size=8,
    unique_by=lambda file: (file.path, file.owner),
)
_STRANGE = st.sampled_from(
    ["p/[x].py", "p/*", 'p/"q".py', "q/r/x.py", "q/r/y.py", "q/r.py", "q/r/__init__.py", "q/README"]
)
_STRANGE_FILES = st.lists(
    st.one_of(
        st.builds(first_party, _PATHS | _STRANGE, _CONTENTS),
        st.builds(extra_file, _PATHS | _STRANGE, _CONTENTS),
        st.builds(
            third_party,
            _PATHS | _STRANGE,
            _CONTENTS,
            of=st.sampled_from(["x 1", "y 1", "z 1", "w 1"]),
        ),
    ),
    max_size=14,
    unique_by=lambda file: (file.path, file.owner),
)


def _is_torn(files: list[ArtifactFile]) -> bool:
    """Whether one owner brings a file and a folder of one name, as no wheel can."""
    return any(
        one.owner == other.owner and other.path.startswith(f"{one.path}/")
        for one in files
        for other in files
    )


@settings(max_examples=500)
@given(_STRANGE_FILES.filter(lambda files: not _is_torn(files)))
def test_what_the_message_suggests_settles_whatever_collides(files: list[ArtifactFile]) -> None:
    """No message is a dead end, whatever the paths hold."""
    try:
        settled(*files)
    except CollidingFiles as fault:
        settled(*files, policies=pasted(str(fault)))


_POLICIES = st.dictionaries(
    st.sampled_from(["**", "a", "a/**", "*.py", "p", "p/x", "tests/**"]),
    st.sampled_from(["first", "drop", "x", "Y", "nobody"]),
    max_size=4,
)


@given(_FILES, _POLICIES)
def test_nothing_is_lost_without_a_word(
    files: list[ArtifactFile], policies: dict[str, str]
) -> None:
    """Every claim is kept, equal to one that is, lost, or told as a loser that means the same."""
    try:
        found = settled(*files, policies=policies)
    except CollidingFiles:
        return

    kept = {(file.path, file.sha256) for file in found.files}
    assert {(f.path, f.sha256) for f in files} == kept | {(f.path, f.sha256) for f in lost(found)}
    assert not set(found.files) & set(lost(found))
    assert [f.path for f in found.files] == sorted({f.path for f in found.files})
    assert {*found.used_policies, *found.unused_policies} == set(policies)
    assert not found.used_policies.intersection(found.unused_policies)
    assert all(each.by in (*policies, "no code") for each in found.resolutions)


@given(_FILES)
def test_without_entries_ones_own_files_stay(files: list[ArtifactFile]) -> None:
    """They are given up by an explicit entry only."""
    try:
        found = settled(*files)
    except CollidingFiles:
        return

    assert all(file.owner.project for file in lost(found))
