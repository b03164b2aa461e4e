"""Reports on valid and damaged wheels, and the result of judging them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_lambda.artifact.wheels.wheel import (
    MAX_COMPRESSION_RATIO,
    MAX_UNPACKED_BYTES,
    BadWheel,
    Wheel,
    read_wheel,
)
from aws_lambda.testing.archives import (
    DEFLATED,
    DESCRIPTOR,
    DIST_INFO,
    ENCRYPTED,
    UTF8,
    Member,
    deflate,
    local_entry,
    wheel_archive,
    zip_archive,
)
from aws_lambda.testing.program_runs import import_program, run_program, run_with_memory_limit

FILE = "demo-1.0-py3-none-any.whl"
# The offset of the first entry after the `*.dist-info`.
BEHIND_DIST_INFO = sum(len(local_entry(member)) for member in DIST_INFO)
# Runs in this process, because the properties try many archives.
_PROGRAM = import_program("read_wheel.py")


def measured(data: bytes, folder: Path) -> dict[str, Any]:
    (folder / FILE).write_bytes(data)
    done = run_program(
        "read_wheel.py", FILE, str(MAX_UNPACKED_BYTES), str(MAX_COMPRESSION_RATIO), cwd=folder
    )
    assert (done.returncode, done.stderr) == (0, b"")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def judged(data: bytes, folder: Path) -> Wheel:
    return read_wheel(FILE, "5e" * 32, measured(data, folder))


def refusal(data: bytes, folder: Path) -> str:
    with pytest.raises(BadWheel) as caught:
        judged(data, folder)
    return str(caught.value)


def unsafe(*rows: str) -> str:
    """Return the message about a wheel that must not be unpacked."""
    facts = "".join(f"  {row}\n" for row in rows)
    return (
        f"The wheel {FILE} cannot be unpacked safely.\n"
        "\n"
        f"{facts}"
        "\n"
        "No artifact was written.\n"
        "\n"
        "To fix, download the wheel again if it is damaged. Otherwise, lock another version of its "
        "project, and report the wheel to the project."
    )


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("/etc/passwd", "/etc/passwd  it is absolute"),
        ("../evil.py", "../evil.py  it leaves its folder"),
        ("demo/../../evil.py", "demo/../../evil.py  it leaves its folder"),
        ("demo/..", "demo/..  it leaves its folder"),
        ("../", "../  it leaves its folder"),
        ("/", "/  it is empty"),
        ("C:/evil.py", "C:/evil.py  it starts with a drive letter"),
        ("demo\\evil.py", "demo\\\\evil.py  it contains a backslash"),
        ("..\\evil.py", "..\\\\evil.py  it contains a backslash"),
        ("./demo.py", "./demo.py  it is not normalized"),
        ("demo//a.py", "demo//a.py  it is not normalized"),
        ("demo/a.py\0.txt", "demo/a.py\\x00.txt  it contains a control character"),
        ("demo/\0a.py", "demo/\\x00a.py  it contains a control character"),
        ("demo/a\n.py", "demo/a\\n.py  it contains a control character"),
        ("demo/\x1b[31m.py", "demo/\\x1b[31m.py  it contains a control character"),
        ("\0a.py", "\\x00a.py  it contains a control character"),
        ("", "  it is empty"),
    ],
)
def test_unsafe_names_of_entries(name: str, row: str, tmp_path: Path) -> None:
    """No file is written outside the artifact, or under a name other than the printed one."""
    assert refusal(wheel_archive(Member(name, b"x")), tmp_path) == unsafe(row)


_BOMB = b"\0" * (20 << 20)


@pytest.mark.parametrize(
    ("member", "row"),
    [
        (Member("a", b"/etc/passwd", mode=0o120777), "a  it is a symbolic link"),
        (Member("a", b"x", flags=ENCRYPTED), "a  it is encrypted"),
        (
            Member("a", b"x", method=14),
            "a  its compression method is 14, which unpackers need not support",
        ),
        (
            Member("a", b"x", method=99),
            "a  its compression method is 99, which unpackers need not support",
        ),
        (Member("a", b"x", crc=1), "a  its checksum (CRC-32) is wrong"),
        (Member("a", b"xy" * 99, DEFLATED, crc=1), "a  its checksum (CRC-32) is wrong"),
        (
            Member("a", b"x" * 50, size=40),
            "a  it unpacks to more bytes than it declares",
        ),
        (
            Member("a", b"x" * 50, DEFLATED, size=40),
            "a  it unpacks to more bytes than it declares",
        ),
        (Member("a", b"", packed=b"x"), "a  it unpacks to more bytes than it declares"),
        (
            Member("a", b"x" * 50, size=60),
            "a  it unpacks to fewer bytes than it declares",
        ),
        (
            Member("a", b"x" * 50, DEFLATED, size=60),
            "a  it unpacks to fewer bytes than it declares",
        ),
        (Member("a", b"x" * 50, DEFLATED, packed=b"\xff" * 20), "a  its stream is damaged"),
        (
            Member("a", b"x" * 50, DEFLATED, packed=deflate(b"x" * 50)[:-1]),
            "a  its stream does not end where it should",
        ),
        (
            Member("a", b"x" * 50, DEFLATED, packed=deflate(b"x" * 50) + b"more"),
            "a  its stream does not end where it should",
        ),
        (Member("a", b"", DEFLATED, packed=b""), "a  its stream does not end where it should"),
        (
            Member("a", b"x", packed_size=9999, size=9999),
            "a  the archive ends within it",
        ),
        (Member("a", b"x", signature=b"PK\x03\x05"), "a  its header is missing"),
        (Member("a", b"x", at=1 << 30), "a  its header is missing"),
        (Member("a", b"x", local_name=b"b"), "a  its two headers give different names"),
        (Member("a", b"x", local_name=b"a/b"), "a  its two headers give different names"),
        (
            Member("a", _BOMB, DEFLATED, packed=b"\0" * 20_000),
            "a  it declares 20,971,520 bytes, compressed to 20,000",
        ),
    ],
)
def test_entries_with_wrong_facts(member: Member, row: str, tmp_path: Path) -> None:
    """Links, ciphers, unknown methods, damage and wrong sizes are rejected."""
    assert refusal(wheel_archive(member), tmp_path) == unsafe(row)


@pytest.mark.parametrize(
    ("members", "row"),
    [
        ((Member("a/b", b"1"), Member("a/b", b"2")), "a/b  it is in the wheel twice"),
        ((Member("a/b", b"1"), Member("a/b", b"1")), "a/b  it is in the wheel twice"),
        ((Member("a/B", b"1"), Member("a/b", b"2")), "a/b  it differs from a/B only in case"),
        ((Member("É", b"1"), Member("é", b"2")), "é  it differs from É only in case"),
        ((Member("a", b"1"), Member("a/b", b"2")), "a  it is a file, and also the folder of a/b"),
        (
            (Member("a/b/c", b"1"), Member("a", b"2")),
            "a  it is a file, and also the folder of a/b/c",
        ),
    ],
)
def test_two_entries_for_one_path(members: tuple[Member, ...], row: str, tmp_path: Path) -> None:
    """A wheel with two entries for one path is rejected."""
    assert refusal(wheel_archive(*members), tmp_path) == unsafe(row)


def test_overlapping_entries(tmp_path: Path) -> None:
    """A wheel whose entries share bytes is rejected, because only zip bombs do this."""
    inner = Member("inner.py", b"inner")
    outer = Member("outer.py", local_entry(inner))
    start = BEHIND_DIST_INFO + len(local_entry(outer)) - len(outer.content)
    listed = Member("inner.py", b"inner", at=start, is_listed_only=True)

    assert refusal(wheel_archive(outer, listed), tmp_path) == unsafe(
        "outer.py  its data overlaps another entry"
    )


def test_entry_that_is_listed_twice(tmp_path: Path) -> None:
    """Two lines of the directory must not have the same header."""
    first = Member("a.py", b"x")
    again = Member("a.py", b"x", at=BEHIND_DIST_INFO, is_listed_only=True)

    assert refusal(wheel_archive(first, again), tmp_path) == unsafe(
        "a.py  its data overlaps another entry"
    )


def test_several_errors_in_a_wheel(tmp_path: Path) -> None:
    """One message lists all errors of a wheel."""
    data = wheel_archive(
        Member("/a"), Member("b", b"x", crc=1), Member("c", b"1"), Member("C", b"2")
    )

    assert refusal(data, tmp_path) == unsafe(
        "/a  it is absolute",
        "b   its checksum (CRC-32) is wrong",
        "C   it differs from c only in case",
    )


def test_too_many_bytes_in_total(tmp_path: Path) -> None:
    """The limit is on the sum of all entries, because many small entries make a bomb too."""
    size = (MAX_UNPACKED_BYTES // 4) + 1
    lies = [Member(f"a{i}", packed=b"\0" * (size // 1000 + 1), size=size) for i in range(4)]

    assert refusal(wheel_archive(*lies), tmp_path) == unsafe(
        f"the archive  it declares {4 * size + _bytes_of_dist_info():,} bytes unpacked"
    )


def test_memory_with_a_bomb(tmp_path: Path) -> None:
    """The program stops one byte after the declared size of an entry."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(512)) + packer.flush()
    data = wheel_archive(Member("bomb", packed=stream, size=len(stream) * 10, method=DEFLATED))
    (tmp_path / FILE).write_bytes(data)
    done = run_with_memory_limit(
        128,
        "read_wheel.py",
        FILE,
        str(MAX_UNPACKED_BYTES),
        str(MAX_COMPRESSION_RATIO),
        cwd=tmp_path,
    )
    report = json.loads(done.stdout)

    assert report["entries"][-1]["broken"] == "it unpacks to more bytes than it declares"


def test_memory_with_a_large_file(tmp_path: Path) -> None:
    """The program reads content in chunks."""
    size = 200 << 20
    with zipfile.ZipFile(tmp_path / FILE, "w") as made, made.open("big", "w") as file:
        for _ in range(size >> 20):
            file.write(b"\0" * (1 << 20))
    done = run_with_memory_limit(
        128,
        "read_wheel.py",
        FILE,
        str(MAX_UNPACKED_BYTES),
        str(MAX_COMPRESSION_RATIO),
        cwd=tmp_path,
    )
    (entry,) = json.loads(done.stdout)["entries"]

    assert (entry["size"], "broken" in entry, len(entry["sha256"])) == (size, False, 64)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "File is not a zip file"),
        (b"not an archive", "File is not a zip file"),
        (wheel_archive()[:-30], "File is not a zip file"),
        (wheel_archive()[: len(wheel_archive()) // 2], "File is not a zip file"),
        (wheel_archive(Member("a", version=90)), "zip file version 9.0"),
        (
            wheel_archive(Member(b"\xff.py", flags=UTF8)),
            "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
    ],
    ids=["empty", "text", "no end", "half", "version", "name"],
)
def test_file_that_is_no_archive(data: bytes, why: str, tmp_path: Path) -> None:
    """The message contains the reason of `zipfile`, and no traceback."""
    assert refusal(data, tmp_path) == unsafe(f"the archive  it cannot be read: {why}")


@pytest.mark.parametrize("lost", [1, 40, 200])
def test_archive_without_its_start(lost: int, tmp_path: Path) -> None:
    """An archive whose directory has wrong offsets is rejected."""
    assert "cannot be unpacked safely" in refusal(wheel_archive(Member("a", b"x"))[lost:], tmp_path)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_random_damage(tmp_path: Path, data: st.DataObject) -> None:
    """For all bytes, the program writes a report, and the core judges it."""
    damaged = bytearray(
        wheel_archive(
            Member("a/", mode=0o40755), Member("a/b", b"b" * 40, DEFLATED), Member("c", b"c")
        )
    )
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / FILE
    path.write_bytes(damaged)
    report = json.loads(
        json.dumps(_PROGRAM.main(str(path), MAX_UNPACKED_BYTES, MAX_COMPRESSION_RATIO))
    )

    with contextlib.suppress(BadWheel):
        read_wheel(FILE, "5e" * 32, report)


def contents_at(report: dict[str, Any], data: bytes) -> dict[str, bytes]:
    """Return the content of each entry, unpacked at the offset in the report."""
    found = {}
    for entry in report["entries"]:
        if entry["folder"]:
            continue
        packed = data[entry["data"] : entry["data"] + entry["packed"]]
        content = zlib.decompress(packed, -15) if entry["method"] == DEFLATED else packed
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert (zlib.crc32(content), len(content)) == (entry["crc"], entry["size"])
        found[entry["path"]] = content
    return found


def streamed(files: dict[str, bytes]) -> bytes:
    """Return an archive whose sizes follow the data, as written to a stream."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return pipe.getvalue()


def zip64(files: dict[str, bytes]) -> bytes:
    """Return an archive with zip64 records that its sizes do not need."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            with made.open(name, "w", force_zip64=True) as file:
                file.write(content)
    return buffer.getvalue()


_FILES = {
    "demo/__init__.py": b"",
    "demo/data.bin": bytes(range(256)) * 9000,
    "demo/ünï/日本.py": b"x = 1\n",
    "demo/stored": b"s" * 10,
}
_AS_MEMBERS = (
    *(Member(name, content, DEFLATED) for name, content in _FILES.items()),
    Member("demo/", mode=0o40755),
)


@pytest.mark.parametrize(
    "data",
    [
        zip_archive(*_AS_MEMBERS),
        zip_archive(*(Member(name, content) for name, content in _FILES.items())),
        zip_archive(
            *(Member(name, content, DEFLATED, flags=DESCRIPTOR) for name, content in _FILES.items())
        ),
        zip_archive(*_AS_MEMBERS, comment=b"made by hand"),
        zip_archive(*_AS_MEMBERS, before=b"#!/bin/sh\nexit 0\n" * 3),
        streamed(_FILES),
        zip64(_FILES),
    ],
    ids=["deflated", "stored", "descriptors", "comment", "prepended", "streamed", "zip64"],
)
def test_valid_archives(data: bytes, tmp_path: Path) -> None:
    """Offsets, sizes and hashes are correct, whatever tool wrote the archive."""
    assert contents_at(measured(data, tmp_path), data) == _FILES


def test_name_in_code_page_437(tmp_path: Path) -> None:
    """A name without the flag for UTF-8 is in code page 437."""
    report = measured(zip_archive(Member(b"\x82t\x82.py", b"x")), tmp_path)

    assert [entry["path"] for entry in report["entries"]] == ["été.py"]
    assert "broken" not in report["entries"][0]


def test_valid_wheel(tmp_path: Path) -> None:
    """The wheel has the files and modes of the archive, without folders."""
    found = judged(
        wheel_archive(
            Member("demo/", mode=0o40755),
            Member("demo/a.py", b"a", DEFLATED),
            Member("demo-1.0.data/scripts/run", b"#!python\nrun\n", mode=0o100755),
        ),
        tmp_path,
    )

    assert str(found.distribution) == "demo 1.0"
    assert [(each.path, each.executable, each.script_text) for each in found.entries[:2]] == [
        ("demo-1.0.data/scripts/run", True, "#!python\nrun\n"),
        ("demo-1.0.dist-info/METADATA", False, None),
    ]


def test_texts_in_the_report(tmp_path: Path) -> None:
    """The report contains descriptions and scripts with a placeholder, byte for byte."""
    report = measured(
        wheel_archive(
            Member("demo-1.0.dist-info/entry_points.txt", b"[console_scripts]\n"),
            Member("demo-1.0.dist-info/LICENSE", b"no"),
            Member("demo/METADATA", b"no"),
            Member("demo-1.0.data/scripts/one", b"#!python\n\xff\n"),
            Member("demo-1.0.data/scripts/two", b"#!/bin/sh\n"),
        ),
        tmp_path,
    )

    assert set(report["texts"]) == {
        "demo-1.0.dist-info/METADATA",
        "demo-1.0.dist-info/WHEEL",
        "demo-1.0.dist-info/entry_points.txt",
        "demo-1.0.data/scripts/one",
    }
    assert report["texts"]["demo-1.0.data/scripts/one"] == "#!python\n\udcff\n"


def test_texts_of_pth_files(tmp_path: Path) -> None:
    """The report contains `.pth` files that Python reads at every start."""
    report = measured(wheel_archive(Member("demo.pth", b"import \xff\n", DEFLATED)), tmp_path)

    assert report["texts"]["demo.pth"] == "import \udcff\n"


@pytest.mark.parametrize("method", [0, DEFLATED])
def test_native_code_of_any_name(method: int, tmp_path: Path) -> None:
    """The report marks ELF files by their content, whatever their names are."""
    report = measured(
        wheel_archive(
            Member("demo/native", b"\x7fELF\2\1\1", method),
            Member("demo/short", b"\x7fEL", method),
            Member("demo/late", b"\n\x7fELF", method),
            Member("demo/fake.so", b"no", method),
            Member("demo/empty.so", b"", method),
            Member("demo-1.0.data/scripts/native", b"\x7fELF", method),
        ),
        tmp_path,
    )

    assert [(each["path"], each["elf"]) for each in report["entries"] if "elf" in each] == [
        ("demo/native", True),
        ("demo-1.0.data/scripts/native", True),
    ]
    assert [
        each.path for each in read_wheel(FILE, "5e" * 32, report).entries if each.is_native
    ] == [
        "demo-1.0.data/scripts/native",
        "demo/native",
    ]


def test_long_metadata(tmp_path: Path) -> None:
    """The report contains METADATA with a long README."""
    metadata = DIST_INFO[0].content + b"\n" + b"badge\n" * 200_000
    data = zip_archive(Member("demo-1.0.dist-info/METADATA", metadata, DEFLATED), *DIST_INFO[1:])

    assert str(judged(data, tmp_path).distribution) == "demo 1.0"


def test_equal_reports_for_a_wheel(tmp_path: Path) -> None:
    """Two runs give the same report, which Pants can therefore cache."""
    data = wheel_archive(Member("demo.py", b"x"))
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    assert measured(data, tmp_path / "one") == measured(data, tmp_path / "two")


def _bytes_of_dist_info() -> int:
    return sum(len(member.content) for member in DIST_INFO)
