"""Malicious wheels, in the reader and in the code that judges its report."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from aws_lambda.artifact.errors import describe
from aws_lambda.artifact.wheels.installed_paths import Placement, installed_files
from aws_lambda.artifact.wheels.wheel import (
    MAX_COMPRESSION_RATIO,
    MAX_UNPACKED_BYTES,
    BadWheel,
    Wheel,
    read_wheel,
)
from aws_lambda.testing.archives import DEFLATED, DIST_INFO, Member, wheel_archive, zip_archive
from aws_lambda.testing.hostile_wheels import (
    ODD_ARCHIVES,
    UNSAFE_ENTRIES,
    WRONG_METADATA,
    wheel_with_metadata,
)
from aws_lambda.testing.program_runs import import_program

FILE = "demo-1.0-py3-none-any.whl"
# Runs in this process, because no case needs a process of its own.
_PROGRAM = import_program("read_wheel.py")


def judged(data: bytes, folder: Path) -> Wheel:
    path = folder / FILE
    path.write_bytes(data)
    report = _PROGRAM.main(str(path), MAX_UNPACKED_BYTES, MAX_COMPRESSION_RATIO)
    return read_wheel(FILE, "5e" * 32, json.loads(json.dumps(report)))


def refusal(data: bytes, folder: Path) -> str:
    with pytest.raises(BadWheel) as caught:
        judged(data, folder)
    return str(caught.value)


def paths(data: bytes, folder: Path, *scripts: str) -> set[str]:
    """Return the paths in an artifact of the files in a wheel, except its `*.dist-info`."""
    placement = Placement("", "/var/lang/bin/python3.13", frozenset(scripts))
    files = installed_files(judged(data, folder), placement)
    return {file.path for file in files if not file.path.startswith("demo-1.0.dist-info/")}


@pytest.mark.parametrize(("member", "row"), UNSAFE_ENTRIES.values(), ids=UNSAFE_ENTRIES)
def test_entries_that_programs_read_differently(member: Member, row: str, tmp_path: Path) -> None:
    """A wheel is rejected if two programs could unpack different content."""
    assert refusal(wheel_archive(member), tmp_path) == describe(
        f"The wheel {FILE} cannot be unpacked safely.",
        facts=[row],
        why="No artifact was written.",
        fix=(
            "download the wheel again if it is damaged. Otherwise, lock another version of its "
            "project, and report the wheel to the project."
        ),
    )


def unpacked(path: Path) -> dict[str, bytes]:
    """Return the content of an archive as the standard library unpacks it."""
    with zipfile.ZipFile(path) as read:
        return {info.filename: read.read(info) for info in read.infolist() if not info.is_dir()}


@pytest.mark.parametrize("data", ODD_ARCHIVES.values(), ids=ODD_ARCHIVES)
def test_odd_archives_that_are_accepted(data: bytes, tmp_path: Path) -> None:
    """An accepted archive has the content that the standard library unpacks."""
    with contextlib.suppress(BadWheel):
        found = {entry.path: entry.sha256 for entry in judged(data, tmp_path).entries}

        assert found == {
            name: hashlib.sha256(content).hexdigest()
            for name, content in unpacked(tmp_path / FILE).items()
        }


def test_wheel_that_ends_early(tmp_path: Path) -> None:
    """A download that ended at any byte is rejected."""
    whole = wheel_archive(Member("demo/a.py", b"x = 1\n" * 9, DEFLATED))

    for length in range(len(whole)):
        assert "The wheel" in refusal(whole[:length], tmp_path)


@pytest.mark.parametrize(("metadata", "why"), WRONG_METADATA.values(), ids=WRONG_METADATA)
def test_metadata_without_name_or_version(metadata: bytes, why: str, tmp_path: Path) -> None:
    """The error shows the name and the version without control characters."""
    said = refusal(wheel_with_metadata(metadata), tmp_path)

    assert said.startswith(f"The wheel {FILE} does not describe its contents.\n\n")
    assert f"\n  demo-1.0.dist-info/METADATA  {why}\n" in said
    assert said.isprintable() or said.replace("\n", "").isprintable()


def test_description_that_is_not_text(tmp_path: Path) -> None:
    """Bytes that are not text are replaced in licenses and tags."""
    found = judged(
        wheel_with_metadata(
            b"Name: demo \nVersion: 1.0\nLicense: caf\xe9\n",
            b"Wheel-Version: 1.0\nTag: py3-none-\xff\n",
        ),
        tmp_path,
    )

    assert str(found.distribution) == "demo 1.0"
    assert found.licenses == (("License", "caf\ufffd"),)
    assert found.tags == ("py3-none-\ufffd",)


@pytest.mark.parametrize(
    "name",
    ["../../evil", "a/b", "..", ".", "/evil", "C:evil", "a\\b", "a\x1b[2J", "a\0b", "x" * 256],
)
def test_console_script_without_a_file_name(name: str, tmp_path: Path) -> None:
    """A console script whose name cannot be the name of a file in `bin/` is ignored."""
    points = f"[console_scripts]\nfine = demo:main\n{name} = demo:main\n".encode()
    data = wheel_archive(Member("demo-1.0.dist-info/entry_points.txt", points))

    assert judged(data, tmp_path).scripts == {"fine"}
    assert paths(data, tmp_path, "fine", name) == {"bin/fine"}


def test_entry_points_without_meaning(tmp_path: Path) -> None:
    """Lines that take `configparser` hours are read at once."""
    points = b"[console_scripts]\n" + b"x\n" * (1 << 20) + b"fine = demo:main\n"
    data = wheel_archive(Member("demo-1.0.dist-info/entry_points.txt", points, DEFLATED))

    assert judged(data, tmp_path).scripts == {"fine"}


@pytest.mark.parametrize(
    "path",
    [
        "demo-1.0.data/purelib/demo-1.0.dist-info/RECORD",
        "demo-1.0.data/data/demo-1.0.dist-info/RECORD.jws",
        "demo-1.0.dist-info/RECORD/evil.py",
    ],
)
def test_file_at_the_path_of_the_record(path: str, tmp_path: Path) -> None:
    """A file of the wheel never becomes the RECORD, which the installation writes."""
    members = [m for m in DIST_INFO if not path.startswith(f"{m.raw_name.decode()}/")]
    found = judged(zip_archive(*members, Member(path, b"evil")), tmp_path)
    files = installed_files(found, Placement("", "/var/lang/bin/python3.13"))

    assert [file.path for file in files if "RECORD" in file.path] == []


def test_second_distribution_in_a_wheel(tmp_path: Path) -> None:
    """A wheel with a second `*.dist-info` in a data folder is rejected."""
    member = Member("demo-1.0.data/purelib/boto3-9.dist-info/METADATA", b"Name: boto3\n")

    assert "\n  folders named *.dist-info: boto3-9.dist-info, demo-1.0.dist-info\n" in refusal(
        wheel_archive(member), tmp_path
    )


def test_folder_at_the_path_of_a_file(tmp_path: Path) -> None:
    """A wheel with a file and a folder at one path is rejected."""
    assert "\n  demo  it is a file, and also the folder of demo/\n" in refusal(
        wheel_archive(Member("demo", b"x"), Member("demo/", mode=0o040755)), tmp_path
    )


def test_file_of_zeros(tmp_path: Path) -> None:
    """The highest ratio of deflate is allowed, because wheels use it (onnx 1.23.1)."""
    assert paths(wheel_archive(Member("zeros.bin", b"\0" * 2_560_015, DEFLATED)), tmp_path) == {
        "zeros.bin"
    }


def test_large_text_in_a_vendored_folder(tmp_path: Path) -> None:
    """The report contains texts only of the wheel itself."""
    path = "demo/_vendor/other-1.dist-info/METADATA"
    data = wheel_archive(Member(path, b"\n" * (17 << 20), DEFLATED))

    assert paths(data, tmp_path) == {path}


def test_special_bits_of_modes(tmp_path: Path) -> None:
    """The artifact keeps the executable bit, and no set-user-ID or sticky bit."""
    data = wheel_archive(Member("a", b"a", mode=0o106777), Member("b", b"b", mode=0o101666))
    files = installed_files(judged(data, tmp_path), Placement("", "/var/lang/bin/python3.13"))

    assert [f.mode for f in files if f.path in ("a", "b")] == [0o755, 0o644]


def test_elf_file_after_empty_blocks(tmp_path: Path) -> None:
    """The reader recognizes ELF files in streams that start with empty blocks."""
    start = b"\0\0\0\xff\xff" * ((1 << 20) // 5 - 1)
    data = wheel_archive(
        Member(
            "a.so",
            b"\x7fELF",
            DEFLATED,
            packed=start + b"\0\2\0\xfd\xff\x7fE" + b"\0\0\0\xff\xff" * 9 + b"\1\2\0\xfd\xffLF",
        )
    )

    assert [e.is_native for e in judged(data, tmp_path).entries if e.path == "a.so"] == [True]
