from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.migrate.compare_builds import (
    STARTUP,
    Build,
    Comparison,
    PackedFile,
    SplitFacts,
    compare_builds,
    describe_comparison,
    owners_by_record,
    unpack_pex,
    with_owners,
)


def packed(path: str, owner: str = "", *, content: int = 1, size: int = 100) -> PackedFile:
    return PackedFile(path, size, content, owner)


def compare(old: list[PackedFile], new: list[PackedFile], **facts: Any) -> Comparison:
    return compare_builds(
        Build("src/a:old", tuple(old)), Build("src/a:fn", tuple(new)), SplitFacts(**facts)
    )


def why_only_old(*files: PackedFile, new: tuple[PackedFile, ...] = (), **facts: Any) -> list[str]:
    """The reasons why these files are in the old build only."""
    return [each.reason for each in compare([*files], [*new], **facts).only_old]


@pytest.mark.parametrize(
    ("file", "facts", "reason"),
    [
        (
            packed("click/core.py", "click 8.1.7"),
            {"layer_projects": {"click": "src:deps"}},
            "The layer src:deps contains it.",
        ),
        (
            packed("shared.py"),
            {"layer_files": {"shared.py": "src:layer"}, "closure": {"shared.py"}},
            "The layer src:layer contains it.",
        ),
        (
            packed("boto3/session.py", "boto3 1.35"),
            {"provided": {"boto3"}},
            "The runtime contains it, according to `provided`.",
        ),
        (
            packed("mypy_boto3_s3/client.py", "mypy-boto3-s3 1.35"),
            {"typing_projects": {"mypy-boto3-s3"}},
            "Only type checkers need it.",
        ),
        (
            packed("a/kinds.py"),
            {"typing_sources": {"src/a/kinds.py"}},
            "Only type checkers need it.",
        ),
        (
            packed("six.py", "six 1.16"),
            {"closure_projects": {"click"}},
            "The new target neither imports nor requires it.",
        ),
        (packed("old.py"), {}, "The new target neither imports nor requires it."),
        (
            packed("a/tests/b.py"),
            {"excluded": {"a/tests/b.py": "tests"}, "closure": {"a/tests/b.py"}},
            "The entry `tests` leaves it out.",
        ),
        (
            packed("jwt/api.py", "jwt 1.3"),
            {"winners": {"jwt/api.py": "pyjwt 2.9"}},
            "Another owner of the path won: pyjwt 2.9.",
        ),
        (
            packed("acme/__init__.py"),
            {"namespace_files": {"acme/__init__.py"}, "closure": set()},
            "An empty `__init__.py` of a package in `namespace_packages`.",
        ),
        (
            packed("a/__pycache__/b.cpython-313.pyc"),
            {},
            "Bytecode, which each tool compiles or leaves out by its own rules.",
        ),
        (packed("lambda_function.py"), {}, "The entry point, which each tool writes itself."),
        (
            packed("PEX-INFO", STARTUP),
            {},
            "The old tool starts the code with these files.",
        ),
        (packed("data/rates.csv"), {}, "The comparison cannot tell why."),
        (packed("a.py"), {"closure": {"a.py"}}, "The comparison cannot tell why."),
        (
            packed("click/core.py", "click 8.1.7"),
            {"closure_projects": {"click"}},
            "The comparison cannot tell why.",
        ),
    ],
)
def test_reasons_for_files_of_the_old_build(
    file: PackedFile, facts: dict[str, Any], reason: str
) -> None:
    """The facts of the new build tell where a file is, or why the build does not need it."""
    assert why_only_old(file, **facts) == [reason]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("bin/flask", "Scripts, which an artifact contains if `scripts` names them."),
        ("click-8.dist-info/REQUESTED", "Metadata that installers add, each in its own way."),
        (
            "click/__pycache__/core.cpython-313.pyc",
            "Bytecode, which each tool compiles or leaves out by its own rules.",
        ),
        ("click/more.py", "The comparison cannot tell why."),
    ],
)
def test_reasons_within_one_version(path: str, reason: str) -> None:
    """Both builds contain the distribution in one version, and the old one has more files."""
    both = packed("click/core.py", "click 8")

    assert why_only_old(packed(path, "click 8"), both, new=(both,)) == [reason]


def test_another_version_is_one_difference() -> None:
    """Whether the files have equal paths or not."""
    compared = compare(
        [packed("click/core.py", "click 7"), packed("click-7.dist-info/METADATA", "click 7")],
        [
            packed("click/core.py", "click 8", content=2),
            packed("click-8.dist-info/METADATA", "click 8"),
        ],
    )

    assert (compared.only_old, compared.only_new) == ((), ())
    assert [(each.reason, each.owner, len(each.files)) for each in compared.different] == [
        ("The builds contain different versions: 7 is old.", "click 8", 2)
    ]


@pytest.mark.parametrize(
    ("file", "old", "reason"),
    [
        (
            packed("click/core.py", "click 8"),
            [],
            "The old build contains no third-party code.",
        ),
        (
            packed("click/core.py", "click 8"),
            [packed("six.py", "six 1")],
            "The comparison cannot tell why.",
        ),
        (packed("lambda_function.py"), [], "The entry point, which each tool writes itself."),
        (packed("a.py"), [], "The comparison cannot tell why."),
    ],
)
def test_reasons_for_files_of_the_new_build(
    file: PackedFile, old: list[PackedFile], reason: str
) -> None:
    """No fact says what the old tool left out, except for whole kinds of files."""
    assert [each.reason for each in compare(old, [*old, file]).only_new] == [reason]


@pytest.mark.parametrize(
    ("path", "facts", "reason"),
    [
        ("lambda_function.py", {}, "The entry point, which each tool writes itself."),
        ("app.py", {"appended": {"app.py"}}, "The entry point, which each tool writes itself."),
        ("a.py", {"winners": {"a.py": "a 1"}}, "Another owner of the path won: a 1."),
        ("a-1.dist-info/RECORD", {}, "Metadata that installers add, each in its own way."),
        ("a.py", {}, "The comparison cannot tell why."),
    ],
)
def test_reasons_for_different_contents(path: str, facts: dict[str, Any], reason: str) -> None:
    """Equal files are counted only."""
    compared = compare(
        [packed(path), packed("same.py")], [packed(path, content=2), packed("same.py")], **facts
    )

    assert [each.reason for each in compared.different] == [reason]
    assert compared.equal == 1


def test_wheels_of_a_pex_are_unpacked() -> None:
    """Lambdex keeps each wheel in a folder of its own, and adds its own files."""
    files = [
        packed("PEX-INFO"),
        packed(".bootstrap/pex/pex.py"),
        packed(".deps/Flask_Cors-4.0.1-py3-none-any.whl/flask_cors/core.py"),
        packed(".deps/a-1-py3-none-any.whl/.layout.json"),
        packed(".deps/a-1-py3-none-any.whl/a-1.pex-info/original-whl-info.json"),
        packed(".deps/a-1-py3-none-any.whl/.prefix/bin/a"),
        packed("app.py"),
    ]

    assert [(file.path, file.owner) for file in unpack_pex(files)] == [
        ("PEX-INFO", STARTUP),
        (".bootstrap/pex/pex.py", STARTUP),
        ("flask_cors/core.py", "flask-cors 4.0.1"),
        (".deps/a-1-py3-none-any.whl/.layout.json", STARTUP),
        (".deps/a-1-py3-none-any.whl/a-1.pex-info/original-whl-info.json", STARTUP),
        ("bin/a", "a 1"),
        ("app.py", ""),
    ]
    assert unpack_pex([packed("__main__.py")]) == (packed("__main__.py"),)


def test_owners_of_installed_files() -> None:
    """`RECORD` lists the files of a distribution, and its metadata and bytecode belong to it."""
    owners = owners_by_record(
        {
            "Click-8.1.7.dist-info/RECORD": "click/core.py,sha256=x,1\n"
            '"click/a,b.txt",sha256=x,1\n../../bin/click,sha256=x,1\n'
            "Click-8.1.7.dist-info/METADATA,sha256=x,1\n",
            "vendored/x-1.dist-info/RECORD": "app.py,,\n",
        }
    )
    paths = [
        "click/core.py",
        "click/a,b.txt",
        "bin/click",
        "click/__pycache__/core.cpython-313.pyc",
        "Click-8.1.7.dist-info/REQUESTED",
        "app.py",
    ]

    owned = with_owners(map(packed, paths), owners)

    assert [file.owner for file in owned] == [*["click 8.1.7"] * 5, ""]


def test_page_groups_differences() -> None:
    """By reason and owner, with a few paths of each. Unknown reasons come last."""
    compared = compare(
        [
            *(packed(f"click/{i}.py", "click 8.1.7") for i in range(200)),
            *(packed(f"unused{i}.py", size=2048) for i in range(5)),
            packed("odd.bin"),
            packed("app.py"),
        ],
        [packed("app.py"), packed("lambda_function.py")],
        layer_projects={"click": "src:deps"},
    )

    assert describe_comparison(compared) == dedent("""\
        src/a:old  207 files, 29.7 KiB
        src/a:fn   2 files, 200 B

        Only in src/a:old: 206 files, 29.6 KiB
          The layer src:deps contains it.
            click 8.1.7  200 files  19.5 KiB
          The new target neither imports nor requires it.
            your own code  5 files  10.0 KiB  unused0.py, unused1.py, unused2.py, …
          The comparison cannot tell why.
            your own code  1 file  100 B  odd.bin

        Only in src/a:fn: 1 file, 100 B
          The entry point, which each tool writes itself.
            your own code  1 file  100 B  lambda_function.py

        Equal in both: 1 file.""")


def test_page_merges_bytecode_and_metadata_of_installers() -> None:
    """Every distribution has them, so that their names say nothing."""
    new = [packed(f"p{i}/__pycache__/a.cpython-313.pyc", f"p{i} 1") for i in range(20)]

    page = describe_comparison(compare([], new))

    assert "    20 owners  20 files  2.0 KiB\n" in page


def test_page_of_many_distributions_is_short() -> None:
    """The largest are listed, and the others counted."""
    old = [packed(f"p{i}/{j}.py", f"p{i} 1", size=i) for i in range(100) for j in range(50)]

    page = describe_comparison(compare(old, []))

    assert len(page.splitlines()) == 20
    assert "    p99 1  50 files  4.8 KiB\n" in page
    assert "    88 more: 4,400 files\n" in page
