"""Test the generated `RECORD` of each distribution."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.collisions.resolution import resolve_collisions
from aws_lambda.artifact.contents import ArtifactFile, GeneratedOrigin, urlsafe_sha256
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import Exclusions, apply_exclusions
from aws_lambda.artifact.wheels.record import add_records
from aws_lambda.testing.files import extra_file, first_party_file, third_party_file

A_INFO = third_party_file("a-1.dist-info/METADATA", b"a", of="a 1")
B_INFO = third_party_file("b-1.dist-info/METADATA", b"b", of="b 1")


def rows(files: tuple[ArtifactFile, ...], path: str) -> list[tuple[str, ...]]:
    (record,) = (file for file in files if file.path == path)
    assert isinstance(record.origin, GeneratedOrigin)
    return [tuple(row) for row in csv.reader(record.origin.content.decode().splitlines())]


def listed(files: tuple[ArtifactFile, ...], path: str) -> list[str]:
    return [row[0] for row in rows(files, path)]


def records(files: tuple[ArtifactFile, ...]) -> list[str]:
    return [file.path for file in files if file.path.endswith("/RECORD")]


def test_record_lists_the_files_of_a_distribution() -> None:
    """Each file has its hash and size, except for the `RECORD`; the lines are sorted."""
    code = third_party_file("a/x,y.py", b"code", of="a 1")
    files = (first_party_file("app.py"), code, A_INFO, B_INFO)
    found = add_records(files, files, "")

    assert rows(found, "a-1.dist-info/RECORD") == [
        ("a-1.dist-info/METADATA", f"sha256={urlsafe_sha256(A_INFO.sha256)}", "1"),
        ("a-1.dist-info/RECORD", "", ""),
        ("a/x,y.py", f"sha256={urlsafe_sha256(code.sha256)}", "4"),
    ]
    assert listed(found, "b-1.dist-info/RECORD") == [
        "b-1.dist-info/METADATA",
        "b-1.dist-info/RECORD",
    ]
    assert [file.path for file in found] == sorted(
        [*(file.path for file in files), "a-1.dist-info/RECORD", "b-1.dist-info/RECORD"]
    )
    assert {str(file.owner) for file in found if file.path.startswith("a-1.")} == {"a 1"}


@pytest.mark.parametrize(
    ("root", "up"), [("python", "../"), ("python/lib/python3.13/site-packages", "../../../../")]
)
def test_paths_are_relative_to_importable_code(root: str, up: str) -> None:
    """Scripts are outside of the folder of importable code."""
    files = (
        third_party_file("bin/a", of="a 1"),
        third_party_file(f"{root}/a-1.dist-info/METADATA", of="a 1"),
        third_party_file(f"{root}/a.py", of="a 1"),
    )
    found = add_records(files, files, root)

    assert listed(found, f"{root}/a-1.dist-info/RECORD") == [
        f"{up}bin/a",
        "a-1.dist-info/METADATA",
        "a-1.dist-info/RECORD",
        "a.py",
    ]


def test_common_file_is_in_both_records() -> None:
    """The artifact contains it once, and both distributions are complete."""
    one, same = third_party_file("x.py", b"x", of="a 1"), third_party_file("x.py", b"x", of="b 1")
    found = add_records((A_INFO, B_INFO, one), (A_INFO, B_INFO, one, same), "")

    assert "x.py" in listed(found, "a-1.dist-info/RECORD")
    assert "x.py" in listed(found, "b-1.dist-info/RECORD")


def test_dropped_file_is_only_in_the_winners_record() -> None:
    """A `RECORD` does not list the file of another distribution."""
    won, lost = third_party_file("x.py", b"x", of="a 1"), third_party_file("x.py", b"y", of="b 1")
    found = add_records((A_INFO, B_INFO, won), (A_INFO, B_INFO, won, lost), "")

    assert "x.py" in listed(found, "a-1.dist-info/RECORD")
    assert "x.py" not in listed(found, "b-1.dist-info/RECORD")


def test_own_file_is_in_no_record() -> None:
    """A first-party file that wins a collision belongs to no distribution."""
    own, lost = first_party_file("x.py", b"x"), third_party_file("x.py", b"y", of="a 1")
    found = add_records((A_INFO, own), (A_INFO, own, lost), "")

    assert listed(found, "a-1.dist-info/RECORD") == [
        "a-1.dist-info/METADATA",
        "a-1.dist-info/RECORD",
    ]


def test_distribution_without_metadata_has_no_record() -> None:
    """Programs find a distribution by its `METADATA`."""
    files = (third_party_file("a.py", of="a 1"), third_party_file("a-1.dist-info/WHEEL", of="a 1"))

    assert add_records(files, files, "") == tuple(sorted(files, key=lambda file: file.path))


def test_record_of_a_vendored_distribution_is_kept() -> None:
    """setuptools contains the `*.dist-info` folders of the distributions that it vendors."""
    vendored = third_party_file("a/_vendor/v-1.dist-info/METADATA", of="s 1")
    theirs = third_party_file("a/_vendor/v-1.dist-info/RECORD", b"theirs", of="s 1")
    info = third_party_file("s-1.dist-info/METADATA", of="s 1")
    found = add_records((vendored, theirs, info), (vendored, theirs, info), "")

    assert records(found) == ["a/_vendor/v-1.dist-info/RECORD", "s-1.dist-info/RECORD"]
    assert theirs in found
    assert add_records((vendored,), (vendored,), "") == (vendored,)


def test_path_that_a_wheel_has_twice_is_listed_once() -> None:
    """A wheel can have a path at its top and in `*.data/purelib`."""
    files = (A_INFO, third_party_file("a.py", of="a 1"))

    assert listed(add_records(files, (*files, files[1]), ""), "a-1.dist-info/RECORD") == [
        "a-1.dist-info/METADATA",
        "a-1.dist-info/RECORD",
        "a.py",
    ]


@pytest.mark.parametrize(
    "file",
    [
        third_party_file("a-1.dist-info/RECORD", b"other", of="a 1"),
        third_party_file("a-1.dist-info/RECORD", b"other", of="b 1"),
        extra_file("a-1.dist-info/RECORD", b"other"),
    ],
)
def test_record_replaces_any_file_at_its_path(file: ArtifactFile) -> None:
    """The artifact has each path once, and does not contain the `RECORD` of a wheel."""
    found = add_records((A_INFO, file), (A_INFO, file), "")

    assert [each.path for each in found] == ["a-1.dist-info/METADATA", "a-1.dist-info/RECORD"]
    assert listed(found, "a-1.dist-info/RECORD") == [
        "a-1.dist-info/METADATA",
        "a-1.dist-info/RECORD",
    ]


_FILES = st.lists(
    st.one_of(
        st.builds(first_party_file, st.sampled_from(["x.py", "y.py"]), st.binary(max_size=1)),
        st.builds(
            third_party_file,
            st.sampled_from(["x.py", "y.py", "a/z", 'ü,".py']),
            st.binary(max_size=1),
            of=st.sampled_from(["a 1", "b 1"]),
        ),
        st.sampled_from([A_INFO, B_INFO]),
    ),
    unique_by=lambda file: (file.path, file.owner),
)


@given(_FILES, st.sampled_from([(), ("x.py",), ("a-1.dist-info",), ("*.py", "!y.py")]))
def test_records_list_exactly_the_remaining_files(
    files: list[ArtifactFile], entries: tuple[str, ...]
) -> None:
    """This holds for any exclusion and any outcome of collisions."""
    kept, _ = apply_exclusions(files, Exclusions(entries))
    resolved = resolve_collisions(
        kept,
        syntax_digests={},
        policies={"**": "first"},
        reexport_module=None,
        where=Where("lambda_function", "x"),
    )
    found = add_records(resolved.files, kept, "")
    hashes = {file.path: f"sha256={urlsafe_sha256(file.sha256)}" for file in resolved.files}

    for name in ("a", "b"):
        record = f"{name}-1.dist-info/RECORD"
        claims = {
            (f.path, f"sha256={urlsafe_sha256(f.sha256)}")
            for f in kept
            if str(f.owner) == f"{name} 1"
        }
        if f"{name}-1.dist-info/METADATA" in hashes:
            assert {row[:2] for row in rows(found, record)} == {
                *claims.intersection(hashes.items()),
                (record, ""),
            }
        else:
            assert record not in records(found)
