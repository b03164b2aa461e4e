"""Test which files the field `exclude` leaves out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.exclusions import PRESETS, Exclusions, apply_exclusions
from aws_lambda.testing.files import extra_file, first_party_file, third_party_file


def paths(*files: ArtifactFile) -> list[str]:
    return [file.path for file in files]


def counted(files: list[ArtifactFile], *entries: str) -> list[tuple[str, int, int]]:
    """The number of files that each entry leaves out, and their total size in bytes."""
    _, omitted = apply_exclusions(files, Exclusions(entries))
    return [(each.entry, len(each.files), each.size) for each in omitted]


@pytest.mark.parametrize("root", ["", "python/", "python/lib/python3.13/site-packages/"])
@pytest.mark.parametrize(
    ("path", "presets"),
    [
        ("numpy/tests/test_lazyloading.py", {"tests"}),
        ("numpy/tests/data/a.npy", {"tests"}),
        ("numpy/conftest.py", {"tests"}),
        ("tests/__init__.py", {"tests"}),
        ("numpy/testing/__init__.py", set()),
        ("sqlalchemy/testing/suite/test_types.py", set()),
        ("boto3/docs/action.py", set()),
        ("boto3/docs/__init__.py", set()),
        ("boto3/examples/cloudfront.rst", {"docs", "examples"}),
        ("botocore/data/s3/2006-03-01/examples-1.json", {"examples"}),
        ("botocore/data/s3/2006-03-01/service-2.json.gz", set()),
        ("docutils/parsers/rst/states.py", set()),
        ("pkg/README.md", {"docs"}),
        ("pkg/docs/index.html", {"docs"}),
        ("pkg/doc/_native.cpython-313-x86_64-linux-gnu.so", set()),
        ("pkg/examples/run.py", set()),
        ("pkg/example/data.csv", {"examples"}),
        ("numpy/__init__.pyi", {"type-stubs"}),
        ("click/py.typed", {"type-stubs"}),
        ("google-stubs/protobuf/a.txt", {"type-stubs"}),
        ("pyarrow/include/arrow/api.h", {"headers"}),
        ("numpy/__init__.pxd", {"headers"}),
        ("numpy/core.hash", set()),
        ("numpy-2.1.0.dist-info/METADATA", set()),
        ("numpy-2.1.0.dist-info/licenses/LICENSE.md", set()),
        ("numpy-2.1.0.dist-info/licenses/tests/LICENSE", set()),
        ("click/core.py", set()),
    ],
)
def test_preset_excludes_files_that_no_handler_needs(
    path: str, presets: set[str], root: str
) -> None:
    """At any depth, in functions and in layers; code in folders of documentation is kept."""
    file = third_party_file(f"{root}{path}")

    assert {name for name, preset in PRESETS.items() if preset.matches(file)} == presets
    assert {name for name in PRESETS if Exclusions((name,)).find_entry(file)} == presets


@pytest.mark.parametrize("make", [first_party_file, extra_file])
@pytest.mark.parametrize("path", ["tests/a.json", "a/docs/b.md", "a.pyi", "examples/a", "a.h"])
def test_preset_keeps_files_of_the_repository(path: str, make: type[ArtifactFile]) -> None:
    """Only a pattern excludes the repository's own files."""
    file = make(path)  # type: ignore[call-arg]

    assert apply_exclusions([file], Exclusions(tuple(PRESETS))) == ((file,), ())
    assert apply_exclusions([file], Exclusions((path,)))[0] == ()


def test_pattern_excludes_files_of_any_owner() -> None:
    """A pattern matches first-party files, extra files, distributions, and even `*.dist-info`."""
    files = [
        first_party_file("a/x"),
        third_party_file("a/y"),
        extra_file("a/z"),
        third_party_file("b"),
    ]
    info = third_party_file("click-8.1.7.dist-info/METADATA")

    assert paths(*apply_exclusions([*files, info], Exclusions(("a", "*.dist-info")))[0]) == ["b"]


@pytest.mark.parametrize(
    "entries",
    [
        ("botocore/data/**", "!botocore/data/s3/**", "!botocore/data/*.json"),
        ("!botocore/data/*.json", "!botocore/data/s3/**", "botocore/data/**"),
        ("!botocore/data/s3/**", "botocore", "!botocore/data/*.json", "!**/*.py"),
    ],
)
def test_exclamation_mark_keeps_in_any_order(entries: tuple[str, ...]) -> None:
    """The recipe for botocore works in any order; its data has a folder for each service."""
    files = [
        third_party_file("botocore/client.py"),
        third_party_file("botocore/data/ec2/2016-11-15/service-2.json.gz"),
        third_party_file("botocore/data/endpoints.json"),
        third_party_file("botocore/data/s3/2006-03-01/service-2.json.gz"),
    ]

    assert paths(*apply_exclusions(files, Exclusions(entries))[0]) == [
        "botocore/client.py",
        "botocore/data/endpoints.json",
        "botocore/data/s3/2006-03-01/service-2.json.gz",
    ]


def test_exclamation_mark_keeps_files_of_presets() -> None:
    """A handler may need the files of one folder that a preset excludes."""
    files = [third_party_file("a/tests/x.py"), third_party_file("b/tests/x.py")]

    assert paths(*apply_exclusions(files, Exclusions(("tests", "!a/tests")))[0]) == ["a/tests/x.py"]


def test_omitted_files_are_counted_by_entry() -> None:
    """A file counts for the first entry that matches it, and a repeated entry counts once."""
    files = [
        third_party_file("a/tests/x", b"123"),
        third_party_file("a/y", b"4567"),
        third_party_file("b/tests/z", b"89"),
    ]

    assert counted(files, "tests", "a") == [("tests", 2, 5), ("a", 1, 4)]
    assert counted(files, "a", "tests", "a") == [("a", 2, 7), ("tests", 1, 2)]
    assert counted(files, "nothing", "!a", "tests") == [("tests", 1, 2)]
    assert counted(files) == []


@pytest.mark.parametrize(
    ("entries", "unused"),
    [
        ((), ()),
        (("a",), ()),
        (("b",), ("b",)),
        (("b", "b"), ("b",)),
        (("a", "a/x.py"), ()),
        (tuple(PRESETS), ()),
        (("!a",), ("!a",)),
        (("a", "!a/x.py"), ()),
        (("a", "!b"), ("!b",)),
        (("c", "!a/x.py"), ("c", "!a/x.py")),
        (("tests", "!a/tests"), ()),
        (("!a/tests", "tests"), ()),
        (("!tests",), ("!tests",)),
    ],
)
def test_pattern_without_a_file_is_unused(
    entries: tuple[str, ...], unused: tuple[str, ...]
) -> None:
    """A preset is never unused; a `!` pattern is unused if it keeps no excluded file."""
    files = [third_party_file("a/x.py"), third_party_file("a/tests/y.py")]

    assert Exclusions(entries).find_unused(files) == unused


def test_file_can_be_tested_at_another_path() -> None:
    """A layer has a file below its prefix, and a function would have it at the top."""
    file = third_party_file("python/click/core.py")

    assert Exclusions(("click",)).excludes_at(file, "click/core.py")
    assert not Exclusions(("click",)).excludes_at(file, file.path)
    assert not Exclusions(("click", "!click/core.py")).excludes_at(file, "click/core.py")


_PATHS = st.sampled_from(["a", "b/a.py", "b/tests/x", "b/c.pyi", "x-1.dist-info/METADATA", "b/c"])
_FILES = st.lists(
    st.one_of(
        st.builds(first_party_file, _PATHS), st.builds(third_party_file, _PATHS, st.binary())
    ),
    unique_by=lambda file: (file.path, file.owner),
)
_ENTRIES = st.lists(
    st.sampled_from(["a", "b", "**/*.py", "!b/c", "!**/x", "tests", "type-stubs", "*.dist-info"])
)


@given(_FILES, _ENTRIES)
def test_every_file_is_kept_or_omitted(files: list[ArtifactFile], entries: list[str]) -> None:
    """No file is lost or in both results, and each entry is listed once."""
    kept, by_entry = apply_exclusions(files, Exclusions(tuple(entries)))
    omitted = [file for each in by_entry for file in each.files]

    assert len(kept) + len(omitted) == len(files)
    assert {*kept, *omitted} == set(files)
    assert [each.entry for each in by_entry] == [
        e for e in dict.fromkeys(entries) if any(e == each.entry for each in by_entry)
    ]


@given(_FILES, _ENTRIES, st.randoms(use_true_random=False))
def test_order_of_entries_does_not_matter(
    files: list[ArtifactFile], entries: list[str], source: random.Random
) -> None:
    """It changes only which entry a file is counted for."""
    shuffled = list(entries)
    source.shuffle(shuffled)
    one, other = Exclusions(tuple(entries)), Exclusions(tuple(shuffled))

    assert apply_exclusions(files, one)[0] == apply_exclusions(files, other)[0]
    assert set(one.find_unused(files)) == set(other.find_unused(files))
