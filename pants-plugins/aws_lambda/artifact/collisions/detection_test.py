"""Test which files of an artifact collide."""

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
from aws_lambda.testing.files import extra_file, first_party_file, reexport_file, third_party_file

WHERE = Where("lambda_function", "src/api:fn")
WHY = (
    "An artifact can contain only one of them, so code that needs another one gets the wrong file."
)


def resolve(
    *files: ArtifactFile, syntax_digests: dict[str, str] | None = None, module: str | None = None
) -> tuple[tuple[ArtifactFile, ...], tuple[Resolution, ...]]:
    found = resolve_collisions(
        files, syntax_digests=syntax_digests or {}, reexport_module=module, where=WHERE
    )
    return found.files, found.resolutions


def refusal(*files: ArtifactFile, module: str | None = None) -> str:
    with pytest.raises(CollidingFiles) as caught:
        resolve(*files, module=module)
    return str(caught.value)


def short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def test_files_at_different_paths_do_not_collide() -> None:
    """They are returned sorted by path."""
    b, a = third_party_file("b.py"), first_party_file("a.py")

    assert resolve(b, a) == ((a, b), ())


def test_equal_files_do_not_collide() -> None:
    """Of two equal files, the artifact contains the first-party one."""
    mine, theirs = first_party_file("py.typed"), third_party_file("py.typed")

    assert resolve(theirs, mine) == ((mine,), ())


def test_executable_one_of_equal_files_is_kept() -> None:
    """Running the file needs the executable bit, and reading it works with the bit."""
    plain, runnable = third_party_file("bin/x", of="a 1"), third_party_file(
        "bin/x", of="a 1", executable=True
    )

    assert resolve(plain, runnable) == ((runnable,), ())


def test_equivalent_init_files_do_not_collide() -> None:
    """Parts of namespace packages have `__init__.py` files that differ in comments only."""
    one = third_party_file("google/__init__.py", b"# one", of="google-auth 2.0")
    other = third_party_file("google/__init__.py", b"# other", of="google-cloud 1.0")
    syntax_digests = {one.sha256: "same", other.sha256: "same"}

    assert resolve(other, one, syntax_digests=syntax_digests) == (
        (one,),
        (Resolution("google/__init__.py", "google-auth 2.0", ("google-cloud 1.0",)),),
    )


def test_only_init_files_can_be_equivalent() -> None:
    """Tools may read the comments of any other module."""
    assert Collision("a/__init__.py", ()).may_be_equivalent
    assert Collision("__init__.py", ()).may_be_equivalent
    assert not Collision("a/init__.py", ()).may_be_equivalent
    assert not Collision("a/my__init__.py", ()).may_be_equivalent

    one, other = third_party_file("a.py", b"# one", of="a 1"), third_party_file(
        "a.py", b"# other", of="b 1"
    )
    with pytest.raises(CollidingFiles):
        resolve(one, other, syntax_digests={one.sha256: "same", other.sha256: "same"})


def test_unread_init_files_are_not_equivalent() -> None:
    """A file without a syntax digest is equivalent only to itself."""
    refusal(
        third_party_file("a/__init__.py", b"# one", of="a 1"),
        third_party_file("a/__init__.py", b"# other", of="b 1"),
    )


def test_empty_syntax_digests_are_not_equivalent() -> None:
    """Files with syntax errors have an empty syntax digest."""
    one = third_party_file("a/__init__.py", b"(", of="a 1")
    other = third_party_file("a/__init__.py", b")", of="b 1")
    with pytest.raises(CollidingFiles):
        resolve(one, other, syntax_digests={one.sha256: "", other.sha256: ""})


def test_error_lists_all_collisions() -> None:
    """Each path has its owners, sizes and hashes, and the fix can be pasted."""
    files = [
        third_party_file("pkg/__init__.py", b"a" * 1234, of="b 2.0"),
        third_party_file("pkg/__init__.py", b"b", of="a 10.0"),
        third_party_file("util.py", b"c", of="a 10.0"),
        third_party_file("util.py", b"d", of="b 2.0"),
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

        To fix, choose the owner of each path on the target (`"drop"` for no owner):

          collisions={{
              "pkg/__init__.py": "a",  # or "b"
              "util.py": "a",  # or "b"
          }},
        """).strip()


@pytest.mark.parametrize(
    ("mine", "owner"),
    [
        (first_party_file("yaml.py", b"x"), "src/yaml.py (first-party)"),
        (extra_file("yaml.py", b"x"), "assets/yaml.py (extra file)"),
    ],
)
def test_own_file_and_a_distribution_collide(mine: ArtifactFile, owner: str) -> None:
    """The fix is to move your own file, or to choose an owner."""
    theirs = third_party_file("yaml.py", b"y", of="pyyaml 6.0")
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
        "To fix, rename or move your own files, or choose the owner of each path on the target "
        '(`"drop"` for no owner):\n'
        "\n"
        "  collisions={\n"
        '      "yaml.py": "first",  # or "pyyaml"\n'
        "  },"
    )


def test_file_at_the_path_of_a_folder_collides() -> None:
    """A zip with a file and a folder of one name cannot be unpacked."""
    files = [
        third_party_file("data/b", b"b"),
        first_party_file("data", b"x"),
        third_party_file("data/a/c", b"c"),
    ]

    assert refusal(*files) == dedent(f"""
        Files collide in the `lambda_function` target src/api:fn: 1 path has more than one owner, with different content.

          data
            src/data (first-party)            1 byte  {short(b"x")}
            click 8.1.7             data/a/c  1 byte  {short(b"c")}
            click 8.1.7             data/b    1 byte  {short(b"b")}

        {WHY}

        To fix, rename or move your own files, or choose the owner of each path on the target (`"drop"` for no owner):

          collisions={{
              "data": "first",  # or "click"
          }},
        """).strip()


def test_file_with_the_name_of_the_reexport_collides() -> None:
    """The error suggests another name for the re-export, or none."""
    files = [first_party_file("lambda_function.py", b"x"), reexport_file(b"y")]

    assert refusal(*files, module="lambda_function") == dedent(f"""
        Files collide in the `lambda_function` target src/api:fn: 1 path has more than one owner, with different content.

          lambda_function.py
            lambda_function.handler (re-export)     1 byte  {short(b"y")}
            src/lambda_function.py (first-party)    1 byte  {short(b"x")}

        {WHY}

        To fix, rename the other files, or give `reexport` another name (`reexport=""` for none).
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
@pytest.mark.parametrize("make", [first_party_file, third_party_file, extra_file])
def test_module_with_the_name_of_the_reexport_collides(path: str, make: type[ArtifactFile]) -> None:
    """Python finds a package or an extension module before a module of the same name."""
    rival = make(path, b"x")  # type: ignore[call-arg, arg-type]
    message = refusal(rival, reexport_file(b"y"), module="lambda_function")

    assert "1 path has more than one owner" in message
    assert f"{rival.owner}" in message
    assert path in message
    assert 'give `reexport` another name (`reexport=""` for none)' in message


def test_file_equal_to_the_reexport_collides() -> None:
    """A `lambda_function.py` with the content of its re-export would import itself."""
    same = b"from app import main as handler\n"

    assert "1 path has more than one owner" in refusal(
        first_party_file("lambda_function.py", same), reexport_file(same), module="lambda_function"
    )


def test_each_path_is_reported_once() -> None:
    """A file, a package and the re-export of one name are one collision with three owners."""
    message = refusal(
        reexport_file(b"y"),
        first_party_file("lambda_function.py", b"x"),
        third_party_file("lambda_function/__init__.py", b"z"),
        module="lambda_function",
    )

    assert "1 path has more than one owner" in message
    assert message.count("lambda_function.handler (re-export)") == 1


@pytest.mark.parametrize(
    "path",
    [
        "acme/lambda_function.py",
        "lambda_functions.py",
        "lambda_function.pyi",
        "lambda_function.txt",
    ],
)
def test_other_files_do_not_collide_with_the_reexport(path: str) -> None:
    """Files in other folders, longer names, and files without code are no modules of its name."""
    other = first_party_file(path, b"x")

    files, _ = resolve(other, reexport_file(b"y"), module="lambda_function")
    assert other in files


def test_package_with_the_default_name_of_reexports() -> None:
    """A package `lambda_function` is like any other without a re-export in the artifact."""
    file = first_party_file("lambda_function/__init__.py", b"x")

    assert resolve(file, module=None) == ((file,), ())
    assert resolve(file, module="lambda_function") == ((file,), ())


def test_layer_with_the_module_of_reexports_is_refused() -> None:
    """Each function that attaches the layer has its own, which hides the layer's."""
    files = [
        third_party_file("python/lambda_function/__init__.py", b"x"),
        first_party_file("python/lambda_function.py", b"y", source="src/lambda_function.py"),
        first_party_file("python/app.py", b"z"),
    ]
    with pytest.raises(CollidingFiles) as caught:
        check_layer_names(
            files,
            root="python",
            reexport_module="lambda_function",
            where=Where("lambda_layer", "src/layers:deps"),
        )

    assert str(caught.value) == dedent("""
        The `lambda_layer` target src/layers:deps contains a module that functions use for their re-export.

          python/lambda_function.py           src/lambda_function.py (first-party)
          python/lambda_function/__init__.py  click 8.1.7

        Each function that attaches the layer has its own lambda_function.py, which hides this one.

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
def test_layer_may_contain_other_files_of_that_name(path: str, root: str) -> None:
    """Python imports the module only from the folder of importable code."""
    check_layer_names(
        [first_party_file(path)], root=root, reexport_module="lambda_function", where=WHERE
    )


_CONTENTS = st.sampled_from([b"", b"# a", b"# b", b"code"])
_PATHS = st.sampled_from(
    ["a.py", "a/__init__.py", "a/b.py", "a/b", "c/__init__.py", "lambda_function.py", "z"]
)
_FILES = st.one_of(
    st.builds(first_party_file, _PATHS, _CONTENTS, executable=st.booleans()),
    st.builds(third_party_file, _PATHS, _CONTENTS, of=st.sampled_from(["x 1.0", "y 2.0"])),
    st.builds(extra_file, _PATHS, _CONTENTS),
    st.builds(reexport_file, _CONTENTS),
)
_ONE_CLAIM_EACH = st.lists(_FILES, max_size=8, unique_by=lambda file: (file.path, file.owner))
_SYNTAX_DIGESTS = {
    hashlib.sha256(content).hexdigest(): syntax_digest
    for content, syntax_digest in (
        (b"", "empty"),
        (b"# a", "empty"),
        (b"# b", "empty"),
        (b"code", "code"),
    )
}


def outcome(files: list[ArtifactFile]) -> object:
    try:
        return resolve(*files, syntax_digests=_SYNTAX_DIGESTS, module="lambda_function")
    except CollidingFiles as error:
        return str(error)


@given(_ONE_CLAIM_EACH, st.randoms(use_true_random=False))
def test_order_of_files_does_not_matter(files: list[ArtifactFile], source: random.Random) -> None:
    """The same files give the same result, the same resolutions and the same message."""
    shuffled = list(files)
    source.shuffle(shuffled)

    assert outcome(shuffled) == outcome(files)
    assert find_path_collisions(shuffled) == find_path_collisions(files)


@given(_ONE_CLAIM_EACH)
def test_result_has_each_path_once(files: list[ArtifactFile]) -> None:
    """The result is sorted, and has one of the files for each path."""
    try:
        kept, resolutions = resolve(
            *files, syntax_digests=_SYNTAX_DIGESTS, module="lambda_function"
        )
    except CollidingFiles:
        return

    assert [file.path for file in kept] == sorted({file.path for file in files})
    assert set(kept) <= set(files)
    assert {each.path for each in resolutions} == {
        each.path for each in find_path_collisions(files)
    }


@given(_ONE_CLAIM_EACH)
def test_resolving_twice_changes_nothing(files: list[ArtifactFile]) -> None:
    """A result has no collisions.

    The exception is a file that two owners have in common, and that the result has from one of
    them: `a.py`, if only the other one has `a/__init__.py` as well.
    """
    try:
        kept, _ = resolve(*files, syntax_digests=_SYNTAX_DIGESTS, module="lambda_function")
    except CollidingFiles:
        return
    owners = {(each.path, each.sha256): each.owner for each in kept}
    assume(all(owners.get((f.path, f.sha256), f.owner) == f.owner for f in files))

    assert resolve(*kept, module="lambda_function") == (kept, ())
