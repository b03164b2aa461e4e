"""Two owners of one path."""

from __future__ import annotations

import hashlib
import random
from textwrap import dedent

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aws_lambda.artifact.collisions.detection import (
    CollidingFiles,
    Collision,
    check_layer_names,
    find_path_collisions,
)
from aws_lambda.artifact.collisions.resolution import resolve_collisions
from aws_lambda.artifact.contents import ArtifactFile, Resolution
from aws_lambda.artifact.errors import Where
from aws_lambda.testing.files import extra_file, first_party, reexport, third_party

WHERE = Where("lambda_function", "src/api:fn")
WHY = "An artifact holds one of them, and whoever imports the other gets the wrong code."


def settled(
    *files: ArtifactFile, essences: dict[str, str] | None = None, module: str | None = None
) -> tuple[tuple[ArtifactFile, ...], tuple[Resolution, ...]]:
    found = resolve_collisions(files, essences=essences or {}, reexport_module=module, where=WHERE)
    return found.files, found.resolutions


def refusal(*files: ArtifactFile, module: str | None = None) -> str:
    with pytest.raises(CollidingFiles) as caught:
        settled(*files, module=module)
    return str(caught.value)


def short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def test_files_at_different_paths_do_not_meet() -> None:
    """They come back sorted by path."""
    b, a = third_party("b.py"), first_party("a.py")

    assert settled(b, a) == ((a, b), ())


def test_equal_bytes_are_one_file() -> None:
    """Nobody can tell which of two equal files an artifact holds: one's own is kept."""
    mine, theirs = first_party("py.typed"), third_party("py.typed")

    assert settled(theirs, mine) == ((mine,), ())


def test_of_equal_files_an_executable_one_is_kept() -> None:
    """Whoever runs the file needs the bit, and whoever reads it does not mind."""
    plain, runnable = third_party("bin/x", of="a 1"), third_party(
        "bin/x", of="a 1", executable=True
    )

    assert settled(plain, runnable) == ((runnable,), ())


def test_init_files_that_mean_the_same_are_one_file() -> None:
    """Namespace packages bring one `__init__.py` each, which differ in comments only."""
    one = third_party("google/__init__.py", b"# one", of="google-auth 2.0")
    other = third_party("google/__init__.py", b"# other", of="google-cloud 1.0")
    essences = {one.sha256: "same", other.sha256: "same"}

    assert settled(other, one, essences=essences) == (
        (one,),
        (Resolution("google/__init__.py", "google-auth 2.0", ("google-cloud 1.0",)),),
    )


def test_only_init_files_may_be_equivalent() -> None:
    """Of any other module its importer wants the very file, whose comments are read by tools."""
    assert Collision("a/__init__.py", ()).may_be_equivalent
    assert Collision("__init__.py", ()).may_be_equivalent
    assert not Collision("a/init__.py", ()).may_be_equivalent
    assert not Collision("a/my__init__.py", ()).may_be_equivalent

    one, other = third_party("a.py", b"# one", of="a 1"), third_party("a.py", b"# other", of="b 1")
    with pytest.raises(CollidingFiles):
        settled(one, other, essences={one.sha256: "same", other.sha256: "same"})


def test_init_files_that_nobody_could_read_are_not_equivalent() -> None:
    """Without an essence, a file means only itself."""
    refusal(
        third_party("a/__init__.py", b"# one", of="a 1"),
        third_party("a/__init__.py", b"# other", of="b 1"),
    )


def test_an_essence_of_nothing_proves_nothing() -> None:
    """Files with syntax errors have no essence, and are not equal for it."""
    one = third_party("a/__init__.py", b"(", of="a 1")
    other = third_party("a/__init__.py", b")", of="b 1")
    with pytest.raises(CollidingFiles):
        settled(one, other, essences={one.sha256: "", other.sha256: ""})


def test_distributions_that_differ_are_told_all_at_once() -> None:
    """Each path with its owners, their sizes and hashes; the fix can be pasted."""
    files = [
        third_party("pkg/__init__.py", b"a" * 1234, of="b 2.0"),
        third_party("pkg/__init__.py", b"b", of="a 10.0"),
        third_party("util.py", b"c", of="a 10.0"),
        third_party("util.py", b"d", of="b 2.0"),
    ]

    assert refusal(*files) == dedent(f"""
        Files collide in the `lambda_function` target src/api:fn: 2 paths have more than one owner, with different content.

          pkg/__init__.py
            a 10.0    1 byte       {short(b"b")}
            b 2.0     1,234 bytes  {short(b"a" * 1234)}
          util.py
            a 10.0    1 byte  {short(b"c")}
            b 2.0     1 byte  {short(b"d")}

        {WHY}

        To fix, say on the target whose file it shall hold (`"drop"`: nobody's):

          collisions={{
              "pkg/__init__.py": "a",  # or "b"
              "util.py": "a",  # or "b"
          }},
        """).strip()


@pytest.mark.parametrize(
    ("mine", "owner"),
    [
        (first_party("yaml.py", b"x"), "src/yaml.py (first-party)"),
        (extra_file("yaml.py", b"x"), "assets/yaml.py (extra file)"),
    ],
)
def test_ones_own_file_and_a_distributions_are_told(mine: ArtifactFile, owner: str) -> None:
    """The fix is to move one's own, or to say so."""
    theirs = third_party("yaml.py", b"y", of="pyyaml 6.0")
    indent = " " * (len(owner) - len("pyyaml 6.0"))

    assert refusal(theirs, mine) == (
        "Files collide in the `lambda_function` target src/api:fn: "
        "1 path has more than one owner, with different content.\n"
        "\n"
        "  yaml.py\n"
        f"    {owner}    1 byte  {short(b'x')}\n"
        f"    pyyaml 6.0{indent}    1 byte  {short(b'y')}\n"
        "\n"
        f"{WHY}\n"
        "\n"
        "To fix, rename or move the files of your own that are among them, or say on the target "
        'whose file it shall hold (`"drop"`: nobody\'s):\n'
        "\n"
        "  collisions={\n"
        '      "yaml.py": "first",  # or "pyyaml"\n'
        "  },"
    )


def test_a_file_where_another_owner_needs_a_folder_is_told() -> None:
    """One name cannot be both: no zip with the two could be unpacked."""
    files = [third_party("data/b", b"b"), first_party("data", b"x"), third_party("data/a/c", b"c")]

    assert refusal(*files) == dedent(f"""
        Files collide in the `lambda_function` target src/api:fn: 1 path has more than one owner, with different content.

          data
            src/data (first-party)            1 byte  {short(b"x")}
            click 8.1.7             data/a/c  1 byte  {short(b"c")}
            click 8.1.7             data/b    1 byte  {short(b"b")}

        {WHY}

        To fix, rename or move the files of your own that are among them, or say on the target whose file it shall hold (`"drop"`: nobody's):

          collisions={{
              "data": "first",  # or "click"
          }},
        """).strip()


def test_a_reexport_and_a_file_of_its_name_are_told() -> None:
    """The error offers another name for the re-export, or none."""
    files = [first_party("lambda_function.py", b"x"), reexport(b"y")]

    assert refusal(*files, module="lambda_function") == dedent(f"""
        Files collide in the `lambda_function` target src/api:fn: 1 path has more than one owner, with different content.

          lambda_function.py
            lambda_function.handler (re-export)     1 byte  {short(b"y")}
            src/lambda_function.py (first-party)    1 byte  {short(b"x")}

        {WHY}

        To fix, rename the files, or give `reexport` another name (`reexport=""` for none), if the re-export is one of them.
        """).strip()


@pytest.mark.parametrize(
    "path",
    [
        "lambda_function/__init__.py",
        "lambda_function/app.py",
        "lambda_function.cpython-313-x86_64-linux-gnu.so",
        "lambda_function.abi3.so",
        "lambda_function.so",
        "lambda_function.pyc",
    ],
)
@pytest.mark.parametrize("make", [first_party, third_party, extra_file])
def test_a_reexport_and_whatever_python_could_import_instead_are_told(
    path: str, make: type[ArtifactFile]
) -> None:
    """A package and an extension come before a module of the same name."""
    rival = make(path, b"x")  # type: ignore[call-arg, arg-type]
    said = refusal(rival, reexport(b"y"), module="lambda_function")

    assert "1 path has more than one owner" in said
    assert f"{rival.owner}" in said
    assert path in said
    assert 'give `reexport` another name (`reexport=""` for none)' in said


def test_a_reexport_that_meets_an_equal_file_is_told_too() -> None:
    """A `lambda_function.py` that re-exports itself would import itself."""
    same = b"from app import main as handler\n"

    assert "1 path has more than one owner" in refusal(
        first_party("lambda_function.py", same), reexport(same), module="lambda_function"
    )


def test_a_path_is_told_once() -> None:
    """A file, a package and the re-export of one name are one collision with three owners."""
    said = refusal(
        reexport(b"y"),
        first_party("lambda_function.py", b"x"),
        third_party("lambda_function/__init__.py", b"z"),
        module="lambda_function",
    )

    assert "1 path has more than one owner" in said
    assert said.count("lambda_function.handler (re-export)") == 1


@pytest.mark.parametrize(
    "path",
    [
        "acme/lambda_function.py",
        "lambda_functions.py",
        "lambda_function.pyi",
        "lambda_function.txt",
    ],
)
def test_a_reexport_stands_beside_files_that_python_would_not_take_for_it(path: str) -> None:
    """Names below other folders, longer names, and files that are no code."""
    other = first_party(path, b"x")

    files, _ = settled(other, reexport(b"y"), module="lambda_function")
    assert other in files


def test_without_a_reexport_its_name_is_free() -> None:
    """A package named `lambda_function` is then a package like any other."""
    file = first_party("lambda_function/__init__.py", b"x")

    assert settled(file, module=None) == ((file,), ())
    assert settled(file, module="lambda_function") == ((file,), ())


def test_a_layer_must_not_carry_the_module_of_reexports() -> None:
    """Every function that attaches it has its own, which hides the layer's."""
    files = [
        third_party("python/lambda_function/__init__.py", b"x"),
        first_party("python/lambda_function.py", b"y", source="src/lambda_function.py"),
        first_party("python/app.py", b"z"),
    ]
    with pytest.raises(CollidingFiles) as caught:
        check_layer_names(
            files,
            root="python",
            reexport_module="lambda_function",
            where=Where("lambda_layer", "src/layers:deps"),
        )

    assert str(caught.value) == dedent("""
        The `lambda_layer` target src/layers:deps carries a module that functions use for their re-export.

          python/lambda_function.py           src/lambda_function.py (first-party)
          python/lambda_function/__init__.py  click 8.1.7

        Every function that attaches the layer has a lambda_function.py of its own, which hides this one.

        To fix, rename the module, or leave it out of the layer.
        """).strip()


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("python/lambda_functions.py", "python"),
        ("python/acme/lambda_function.py", "python"),
        ("lambda_function.py", "python"),
        ("bin/lambda_function.py", "python"),
        ("python/lambda_function.py", "python/lib/python3.13/site-packages"),
    ],
)
def test_a_layer_may_carry_what_nobody_imports_by_that_name(path: str, root: str) -> None:
    """Only the folder of importable code counts."""
    check_layer_names(
        [first_party(path)], root=root, reexport_module="lambda_function", where=WHERE
    )


_CONTENTS = st.sampled_from([b"", b"# a", b"# b", b"code"])
_PATHS = st.sampled_from(
    ["a.py", "a/__init__.py", "a/b.py", "a/b", "c/__init__.py", "lambda_function.py", "z"]
)
_FILES = st.one_of(
    st.builds(first_party, _PATHS, _CONTENTS, executable=st.booleans()),
    st.builds(third_party, _PATHS, _CONTENTS, of=st.sampled_from(["x 1.0", "y 2.0"])),
    st.builds(extra_file, _PATHS, _CONTENTS),
    st.builds(reexport, _CONTENTS),
)
_ONE_CLAIM_EACH = st.lists(_FILES, max_size=8, unique_by=lambda file: (file.path, file.owner))
_ESSENCES = {
    hashlib.sha256(content).hexdigest(): essence
    for content, essence in (
        (b"", "empty"),
        (b"# a", "empty"),
        (b"# b", "empty"),
        (b"code", "code"),
    )
}


def outcome(files: list[ArtifactFile]) -> object:
    try:
        return settled(*files, essences=_ESSENCES, module="lambda_function")
    except CollidingFiles as fault:
        return str(fault)


@given(_ONE_CLAIM_EACH, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(
    files: list[ArtifactFile], source: random.Random
) -> None:
    """The same claims give the same files, the same resolutions and the same message."""
    shuffled = list(files)
    source.shuffle(shuffled)

    assert outcome(shuffled) == outcome(files)
    assert find_path_collisions(shuffled) == find_path_collisions(files)


@given(_ONE_CLAIM_EACH)
def test_what_is_settled_is_complete_unique_and_sorted(files: list[ArtifactFile]) -> None:
    """Every path that somebody claims is there once, sorted, and is one of its claims."""
    try:
        kept, resolutions = settled(*files, essences=_ESSENCES, module="lambda_function")
    except CollidingFiles:
        return

    assert [file.path for file in kept] == sorted({file.path for file in files})
    assert set(kept) <= set(files)
    assert {each.path for each in resolutions} == {
        each.path for each in find_path_collisions(files)
    }


@given(_ONE_CLAIM_EACH)
def test_settling_twice_changes_nothing(files: list[ArtifactFile]) -> None:
    """What was settled has nothing left to settle.

    Unless a file that two owners bring alike went to one that lacks the rest: `a.py`, where the
    other has `a/__init__.py` too.
    """
    try:
        kept, _ = settled(*files, essences=_ESSENCES, module="lambda_function")
    except CollidingFiles:
        return
    owners = {(each.path, each.sha256): each.owner for each in kept}
    assume(all(owners.get((f.path, f.sha256), f.owner) == f.owner for f in files))

    assert settled(*kept, module="lambda_function") == (kept, ())
