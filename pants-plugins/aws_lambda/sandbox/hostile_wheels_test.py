"""Wheels that somebody made to do harm: through reader and judge, and what is left of them."""

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
# In this process: no case needs the program's own.
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
    """What the wheel leaves in an artifact, its own description aside."""
    placement = Placement("", "/var/lang/bin/python3.13", frozenset(scripts))
    files = installed_files(judged(data, folder), placement)
    return {file.path for file in files if not file.path.startswith("demo-1.0.dist-info/")}


@pytest.mark.parametrize(("member", "row"), UNSAFE_ENTRIES.values(), ids=UNSAFE_ENTRIES)
def test_an_entry_that_lies_is_refused(member: Member, row: str, tmp_path: Path) -> None:
    """Every entry is what it says, and every unpacker sees the same one."""
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
    """What the standard library takes out of an archive."""
    with zipfile.ZipFile(path) as read:
        return {info.filename: read.read(info) for info in read.infolist() if not info.is_dir()}


@pytest.mark.parametrize("data", ODD_ARCHIVES.values(), ids=ODD_ARCHIVES)
def test_an_archive_that_is_accepted_is_what_others_unpack(data: bytes, tmp_path: Path) -> None:
    """Around its entries an archive may be odd, as long as nobody reads it otherwise."""
    with contextlib.suppress(BadWheel):
        found = {entry.path: entry.sha256 for entry in judged(data, tmp_path).entries}

        assert found == {
            name: hashlib.sha256(content).hexdigest()
            for name, content in unpacked(tmp_path / FILE).items()
        }


def test_a_wheel_that_was_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """Whichever byte a broken download ended with."""
    whole = wheel_archive(Member("demo/a.py", b"x = 1\n" * 9, DEFLATED))

    for length in range(len(whole)):
        assert "The wheel" in refusal(whole[:length], tmp_path)


@pytest.mark.parametrize(("metadata", "why"), WRONG_METADATA.values(), ids=WRONG_METADATA)
def test_metadata_that_says_nothing_is_told(metadata: bytes, why: str, tmp_path: Path) -> None:
    """Names and versions go into errors, file names and the metadata of artifacts."""
    said = refusal(wheel_with_metadata(metadata), tmp_path)

    assert said.startswith(f"The wheel {FILE} does not describe its contents.\n\n")
    assert f"\n  demo-1.0.dist-info/METADATA  {why}\n" in said
    assert said.isprintable() or said.replace("\n", "").isprintable()


def test_a_description_may_hold_bytes_that_are_no_text(tmp_path: Path) -> None:
    """They are replaced where they matter to nobody, and never break what prints them."""
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
def test_a_script_that_is_no_file_name_does_not_exist(name: str, tmp_path: Path) -> None:
    """Nobody can ask for a console script that would lie outside `bin/`."""
    points = f"[console_scripts]\nfine = demo:main\n{name} = demo:main\n".encode()
    data = wheel_archive(Member("demo-1.0.dist-info/entry_points.txt", points))

    assert judged(data, tmp_path).scripts == {"fine"}
    assert paths(data, tmp_path, "fine", name) == {"bin/fine"}


def test_entry_points_that_mean_nothing_cost_nothing(tmp_path: Path) -> None:
    """The standard library's `configparser` would take hours for these."""
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
def test_nothing_takes_the_place_of_the_record(path: str, tmp_path: Path) -> None:
    """It is written anew, wherever the wheel would put another."""
    members = [m for m in DIST_INFO if not path.startswith(f"{m.raw_name.decode()}/")]
    found = judged(zip_archive(*members, Member(path, b"evil")), tmp_path)
    files = installed_files(found, Placement("", "/var/lang/bin/python3.13"))

    assert [file.path for file in files if "RECORD" in file.path] == []


def test_a_wheel_cannot_install_another_distribution(tmp_path: Path) -> None:
    """A second `*.dist-info` in a data folder would be found beside its own."""
    member = Member("demo-1.0.data/purelib/boto3-9.dist-info/METADATA", b"Name: boto3\n")

    assert "\n  folders named *.dist-info: boto3-9.dist-info, demo-1.0.dist-info\n" in refusal(
        wheel_archive(member), tmp_path
    )


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """An unpacker that makes folders first would stop at the file."""
    assert "\n  demo  it is a file, and also the folder of demo/\n" in refusal(
        wheel_archive(Member("demo", b"x"), Member("demo/", mode=0o040755)), tmp_path
    )


def test_a_file_of_zeros_is_no_bomb(tmp_path: Path) -> None:
    """Real wheels hold some that deflate packs as tightly as it can (onnx 1.23.1 does)."""
    assert paths(wheel_archive(Member("zeros.bin", b"\0" * 2_560_015, DEFLATED)), tmp_path) == {
        "zeros.bin"
    }


def test_a_bomb_in_a_vendored_folder_is_no_text(tmp_path: Path) -> None:
    """Texts are read only where they describe the wheel itself."""
    path = "demo/_vendor/other-1.dist-info/METADATA"
    data = wheel_archive(Member(path, b"\n" * (17 << 20), DEFLATED))

    assert paths(data, tmp_path) == {path}


def test_a_mode_grants_nothing(tmp_path: Path) -> None:
    """Set-user-ID and sticky bits stay behind; only whether a file can be run is kept."""
    data = wheel_archive(Member("a", b"a", mode=0o106777), Member("b", b"b", mode=0o101666))
    files = installed_files(judged(data, tmp_path), Placement("", "/var/lang/bin/python3.13"))

    assert [f.mode for f in files if f.path in ("a", "b")] == [0o755, 0o644]


def test_an_elf_file_is_seen_behind_empty_blocks(tmp_path: Path) -> None:
    """A stream may begin with a megabyte that unpacks to nothing, and go on byte by byte."""
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
