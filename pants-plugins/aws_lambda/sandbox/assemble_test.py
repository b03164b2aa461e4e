"""The zip writer: what it writes, anybody's unpacker reads back."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_lambda.testing.archives import DEFLATED, STORED, deflate
from aws_lambda.testing.program_runs import import_program, run_program, run_with_memory_limit

# In this process, for as many plans as a law wants to try.
_PROGRAM = import_program("assemble.py")
_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Piece:
    """An entry to be: its content lies in a file, or packed in a wheel by this method."""

    path: str
    content: bytes
    mode: int = 0o644
    method: int | None = None


def planned(pieces: Sequence[Piece], folder: Path) -> dict[str, Any]:
    """Lay the pieces out in a folder, all packed ones in one archive, and plan them."""
    files: list[list[Any]] = []
    packed: list[list[Any]] = []
    archive = io.BytesIO(b"something else comes first")
    archive.seek(0, os.SEEK_END)
    for i, piece in enumerate(pieces):
        if piece.method is None:
            (folder / f"file-{i}").write_bytes(piece.content)
            files.append([piece.path, piece.mode, f"file-{i}"])
            continue
        stream = deflate(piece.content) if piece.method == DEFLATED else piece.content
        place = (archive.tell(), len(stream), piece.method)
        packed.append(
            [piece.path, piece.mode, *place, len(piece.content), zlib.crc32(piece.content)]
        )
        archive.write(stream + b"gap")
    (folder / "a.whl").write_bytes(archive.getvalue())
    return {"files": files, "archives": {"a.whl": packed}}


def in_order(pieces: Sequence[Piece]) -> list[str]:
    """Their paths as a zip has them, whatever the locale."""
    return sorted((piece.path for piece in pieces), key=str.encode)


def assemble(
    part: dict[str, Any], folder: Path, *, layout: str = "zip", output: str = "out"
) -> Path:
    """Run the program as the backend does."""
    plan = {"output": output, "layout": layout, "parts": [], **part}
    (folder / "plan.json").write_text(json.dumps(plan))
    done = run_program("assemble.py", "plan.json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, b"")
    return folder / output


def unzip_finds_no_fault(path: Path) -> bool:
    """Whether Info-ZIP accepts an archive, or is not there to ask."""
    unzip = shutil.which("unzip")
    if unzip is None:
        return True
    return subprocess.run([unzip, "-tqq", str(path)], check=False).returncode == 0


_STEPS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/\\"),
    min_size=1,
    max_size=12,
).filter(lambda step: step not in (".", ".."))
_CONTENTS = st.one_of(
    st.just(b""),
    st.binary(max_size=200),
    st.builds(
        lambda seed, size: (seed * (size // len(seed) + 1))[:size],
        st.binary(min_size=1, max_size=40),
        st.sampled_from([_CHUNK - 1, _CHUNK, _CHUNK + 1, 2 * _CHUNK + 7]),
    ),
)
_PIECES = st.lists(
    st.tuples(
        st.lists(_STEPS, min_size=1, max_size=3),
        _CONTENTS,
        st.sampled_from([0o644, 0o755]),
        st.sampled_from([None, STORED, DEFLATED]),
    ),
    min_size=1,
    max_size=6,
).map(
    # A number in front keeps any file from lying where another needs a folder.
    lambda drawn: [
        Piece("/".join([f"{i}{steps[0]}", *steps[1:]]), content, mode, method)
        for i, (steps, content, mode, method) in enumerate(drawn)
    ]
)
_LAW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_LAW
@given(pieces=_PIECES)
def test_what_goes_in_comes_out(pieces: list[Piece], tmp_path: Path) -> None:
    """Names, bytes, modes and dates, read back by two other programs; sorted, and no more."""
    entries = _PROGRAM.entries([planned(pieces, tmp_path)])
    by_path = {piece.path: piece for piece in pieces}
    os.chdir(tmp_path)
    _PROGRAM.write_zip("out.zip", entries)

    with zipfile.ZipFile("out.zip") as written:
        infos = written.infolist()
        assert [info.filename for info in infos] == in_order(pieces)
        for info in infos:
            piece = by_path[info.filename]
            assert written.read(info) == piece.content
            assert info.external_attr >> 16 == stat.S_IFREG | piece.mode
            assert info.date_time == _DATE
            assert info.create_system == 3
            assert info.compress_type == (DEFLATED if piece.method is None else piece.method)
            assert info.extra == b""
            # No data descriptor, and UTF-8 only where a name needs it.
            assert info.flag_bits == (0 if info.filename.isascii() else 0x800)
        assert written.comment == b""
    assert unzip_finds_no_fault(tmp_path / "out.zip")


@_LAW
@given(pieces=_PIECES)
def test_both_headers_of_an_entry_agree(pieces: list[Piece], tmp_path: Path) -> None:
    """Unpackers that read from the front see what those see that begin with the directory."""
    entries = _PROGRAM.entries([planned(pieces, tmp_path)])
    os.chdir(tmp_path)
    _PROGRAM.write_zip("out.zip", entries)
    data = Path("out.zip").read_bytes()

    position = 0
    with zipfile.ZipFile("out.zip") as written:
        for info in written.infolist():
            assert info.header_offset == position
            signature, version, flags, method, time, date, crc, packed, size, name, extra = (
                struct.unpack("<4s5H3L2H", data[position : position + 30])
            )
            position += 30
            assert (signature, version, time, date) == (b"PK\x03\x04", 20, 0, 0x21)
            assert (flags, method) == (info.flag_bits, info.compress_type)
            assert (crc, packed, size) == (info.CRC, info.compress_size, info.file_size)
            assert data[position : position + name] == info.filename.encode()
            position += name + extra + packed
    assert data[position : position + 4] == b"PK\x01\x02"


@_LAW
@given(pieces=_PIECES)
def test_a_folder_holds_what_the_zip_holds(pieces: list[Piece], tmp_path: Path) -> None:
    """The same files, bytes and modes."""
    entries = _PROGRAM.entries([planned(pieces, tmp_path)])
    os.chdir(tmp_path)
    shutil.rmtree("flat", ignore_errors=True)
    _PROGRAM.write_folder("flat", entries)
    files = [path for path in Path("flat").rglob("*") if path.is_file()]

    assert {str(path.relative_to("flat")) for path in files} == {piece.path for piece in pieces}
    for piece in pieces:
        path = Path("flat", piece.path)
        assert path.read_bytes() == piece.content
        assert stat.S_IMODE(path.stat().st_mode) == piece.mode


@pytest.fixture(autouse=True)
def _stay_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The laws change into the folder of their plan; go back when they are done."""
    monkeypatch.chdir(tmp_path)


_PLAIN = [
    Piece("app.py", b"print()\n" * 50),
    Piece("bin/tool", b"#!/bin/sh\n", 0o755),
    Piece("empty", b""),
    Piece("lib/native.so", bytes(range(256)) * 64, 0o755, STORED),
    Piece("lib/packed.txt", b"text" * 999, 0o644, DEFLATED),
    Piece("ünï/日本.txt", b"x"),
]


def test_equal_plans_give_equal_zips(tmp_path: Path) -> None:
    """In another folder, at another time, under another umask and file order."""
    one, other = tmp_path / "one", tmp_path / "a" / "longer" / "way"
    one.mkdir()
    other.mkdir(parents=True)
    first = assemble(planned(_PLAIN, one), one)
    umask = os.umask(0o077)
    try:
        second = assemble(planned(_PLAIN[::-1], other), other)
    finally:
        os.umask(umask)
    for path in other.iterdir():
        os.utime(path, (0, 0))

    assert first.read_bytes() == second.read_bytes()


def test_a_plan_may_have_parts(tmp_path: Path) -> None:
    """Wherever it stands, an entry is written in its place."""
    whole = planned(_PLAIN, tmp_path)
    expected = assemble(whole, tmp_path, output="whole.zip").read_bytes()
    (tmp_path / "apart").mkdir()
    (tmp_path / "apart/plan.json").write_text(
        json.dumps({"files": whole["files"][:2], "archives": whole["archives"]})
    )
    rest = {"files": whole["files"][2:], "archives": {}, "parts": ["apart/plan.json"]}

    assert assemble(rest, tmp_path).read_bytes() == expected


def test_entries_are_written_in_the_order_of_their_paths_bytes(tmp_path: Path) -> None:
    """The order of the zip does not follow that of the plan, nor any locale."""
    pieces = [Piece(path, b"") for path in ("é.py", "a/b.py", "a.py", "Z.py", "a-b.py")]

    with zipfile.ZipFile(assemble(planned(pieces, tmp_path), tmp_path)) as written:
        assert written.namelist() == ["Z.py", "a-b.py", "a.py", "a/b.py", "é.py"]


def test_modes_do_not_follow_the_umask(tmp_path: Path) -> None:
    """A folder's files have the plan's modes, whatever the user's mask is."""
    umask = os.umask(0o077)
    try:
        flat = assemble(planned(_PLAIN, tmp_path), tmp_path, layout="flat")
    finally:
        os.umask(umask)

    assert stat.S_IMODE((flat / "app.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((flat / "bin/tool").stat().st_mode) == 0o755


def test_the_output_may_lie_in_folders_of_its_own(tmp_path: Path) -> None:
    """`output_path` has folders, which nobody made before."""
    written = assemble(planned(_PLAIN, tmp_path), tmp_path, output="src.api/deep/fn.zip")

    assert unzip_finds_no_fault(written)


def test_a_packed_stream_is_copied_as_it_is(tmp_path: Path) -> None:
    """Native code is packed once, by whoever built the wheel."""
    content = os.urandom(5000) + b"\0" * 5000
    stream = deflate(content, level=1)
    (tmp_path / "a.whl").write_bytes(b"before" + stream + b"behind")
    row = ["a.so", 0o644, 6, len(stream), DEFLATED, len(content), zlib.crc32(content)]
    written = assemble({"files": [], "archives": {"a.whl": [row]}}, tmp_path)

    assert stream in written.read_bytes()
    assert zipfile.ZipFile(written).read("a.so") == content


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536])
def test_more_entries_than_sixteen_bits_can_count(count: int, tmp_path: Path) -> None:
    """From 65,535 on, the count lies in zip64 records, which every unpacker of today reads."""
    (tmp_path / "a.whl").write_bytes(b"")
    rows = [[f"{i:05}", 0o644, 0, 0, STORED, 0, 0] for i in range(count)]
    written = assemble({"files": [], "archives": {"a.whl": rows}}, tmp_path)
    data = written.read_bytes()

    assert (b"PK\x06\x06" in data[-200:], b"PK\x06\x07" in data[-200:]) == (count >= 65_535,) * 2
    with zipfile.ZipFile(written) as read:
        assert [info.filename for info in read.infolist()] == [row[0] for row in rows]
    assert unzip_finds_no_fault(written)


def test_an_entry_of_more_than_four_gibibytes_has_zip64_sizes(tmp_path: Path) -> None:
    """In both headers: 0xFFFFFFFF in the old place, the number in a record behind the name."""
    size = 5 << 30
    (tmp_path / "a.whl").write_bytes(b"packed")
    row = ["big", 0o644, 0, 6, DEFLATED, size, 7]
    written = assemble({"files": [], "archives": {"a.whl": [row]}}, tmp_path)

    with zipfile.ZipFile(written) as read:
        (info,) = read.infolist()
    assert (info.file_size, info.compress_size, info.CRC) == (size, 6, 7)
    assert written.read_bytes()[:53] == (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 8, 0, 33, 7, *[0xFFFFFFFF] * 2, 3, 20)
        + b"big"
        + struct.pack("<2H2Q", 1, 16, size, 6)
    )


@pytest.mark.parametrize("layout", ["zip", "flat"])
def test_memory_does_not_grow_with_the_content(layout: str, tmp_path: Path) -> None:
    """Files and streams of 200 MB pass through in pieces."""
    size = 200 << 20
    (tmp_path / "file").touch()
    os.truncate(tmp_path / "file", size)
    packed = deflate(b"\0" * (8 << 20), level=1)
    with (tmp_path / "a.whl").open("wb") as wheel:
        wheel.write(packed)
        wheel.truncate(size)
    plan = {
        "output": "out",
        "layout": layout,
        "parts": [],
        "files": [["file", 0o644, "file"]],
        "archives": {
            "a.whl": [
                ["packed", 0o644, 0, len(packed), DEFLATED, 8 << 20, 0],
                ["stored", 0o644, 0, size, STORED, size, 0],
            ]
        },
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    done = run_with_memory_limit(100, "assemble.py", "plan.json", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")


def test_an_archive_that_is_too_short_is_an_error(tmp_path: Path) -> None:
    """Rather a failed build than a zip with a hole in it."""
    part = planned([Piece("a", b"content", method=STORED)], tmp_path)
    (tmp_path / "a.whl").write_bytes(b"short")
    (tmp_path / "plan.json").write_text(
        json.dumps({"output": "out", "layout": "zip", "parts": [], **part})
    )
    done = run_program("assemble.py", "plan.json", cwd=tmp_path)

    assert done.returncode != 0
    assert b"EOFError: an archive is shorter than the plan says" in done.stderr
