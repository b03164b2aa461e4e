"""The program that writes artifacts: other programs read the same content from its zips."""

from __future__ import annotations

import io
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

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_lambda.testing.archives import DEFLATED, STORED, deflate
from aws_lambda.testing.program_runs import import_program, run_program, run_with_memory_limit

# Runs in this process, because the properties try many plans.
_PROGRAM = import_program("assemble.py")
_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class PlannedEntry:
    """An entry whose content is in a file, or with a `method` in an archive."""

    path: str
    content: bytes
    mode: int = 0o644
    method: int | None = None


def plan_of(*entries: tuple[str, int, str, str]) -> bytes:
    """Return a plan: the path, the mode, the source, and the numbers of each entry."""
    return "".join(f"{field}\0" for entry in entries for field in entry).encode()


def write_inputs(planned: Sequence[PlannedEntry], folder: Path) -> list[bytes]:
    """Write the inputs of these entries into a folder, and return a plan for each entry."""
    plans = []
    archive = io.BytesIO(b"something else comes first")
    archive.seek(0, os.SEEK_END)
    for i, entry in enumerate(planned):
        if entry.method is None:
            (folder / f"file-{i}").write_bytes(entry.content)
            plans.append(plan_of((entry.path, entry.mode, f"file-{i}", "")))
            continue
        stream = deflate(entry.content) if entry.method == DEFLATED else entry.content
        numbers = f"{archive.tell()} {len(stream)} {entry.method} {len(entry.content)}"
        numbers += f" {zlib.crc32(entry.content)}"
        plans.append(plan_of((entry.path, entry.mode, "a.whl", numbers)))
        archive.write(stream + b"gap")
    (folder / "a.whl").write_bytes(archive.getvalue())
    return plans


def sorted_paths(planned: Sequence[PlannedEntry]) -> list[str]:
    """Return the paths in the order of a zip, which does not depend on the locale."""
    return sorted((entry.path for entry in planned), key=str.encode)


def assemble(*plans: bytes, folder: Path, layout: str = "zip", output: str = "out") -> Path:
    """Run the program as the backend does, and return the path of the artifact."""
    done = run_assembler(*plans, folder=folder, layout=layout, output=output)
    assert (done.returncode, done.stderr) == (0, b"")
    return folder / output


def run_assembler(
    *plans: bytes, folder: Path, layout: str = "zip", output: str = "out"
) -> subprocess.CompletedProcess[bytes]:
    paths = [f"plan-{i}" for i in range(len(plans))]
    for path, plan in zip(paths, plans):
        (folder / path).write_bytes(plan)
    return run_program("assemble.py", layout, output, *paths, cwd=folder)


def unzip_accepts(path: Path) -> bool:
    """Return whether Info-ZIP accepts an archive, or is not installed."""
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
_ENTRY_LISTS = st.lists(
    st.tuples(
        st.lists(_STEPS, min_size=1, max_size=3),
        _CONTENTS,
        st.sampled_from([0o644, 0o755]),
        st.sampled_from([None, STORED, DEFLATED]),
    ),
    min_size=1,
    max_size=6,
).map(
    # The number at the start keeps a file from having the path of another file's folder.
    lambda drawn: [
        PlannedEntry("/".join([f"{i}{steps[0]}", *steps[1:]]), content, mode, method)
        for i, (steps, content, mode, method) in enumerate(drawn)
    ]
)
_PROPERTY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_PROPERTY
@given(planned=_ENTRY_LISTS)
def test_other_programs_read_the_zip(planned: list[PlannedEntry], tmp_path: Path) -> None:
    """`zipfile` and Info-ZIP read the names, contents, modes and dates of the plan, sorted."""
    entries = _PROGRAM.collect_entries(write_inputs(planned, tmp_path))
    by_path = {entry.path: entry for entry in planned}
    os.chdir(tmp_path)
    _PROGRAM.write_zip(b"out.zip", entries)

    with zipfile.ZipFile("out.zip") as written:
        infos = written.infolist()
        assert [info.filename for info in infos] == sorted_paths(planned)
        for info in infos:
            entry = by_path[info.filename]
            assert written.read(info) == entry.content
            assert info.external_attr >> 16 == stat.S_IFREG | entry.mode
            assert info.date_time == _DATE
            assert info.create_system == 3
            assert info.compress_type == (DEFLATED if entry.method is None else entry.method)
            assert info.extra == b""
            # No data descriptor, and the flag for UTF-8 only if the name is not ASCII.
            assert info.flag_bits == (0 if info.filename.isascii() else 0x800)
        assert written.comment == b""
    assert unzip_accepts(tmp_path / "out.zip")


@_PROPERTY
@given(planned=_ENTRY_LISTS)
def test_both_headers_of_an_entry_agree(planned: list[PlannedEntry], tmp_path: Path) -> None:
    """Programs that read a zip from its start see the same entries as those that use its end."""
    entries = _PROGRAM.collect_entries(write_inputs(planned, tmp_path))
    os.chdir(tmp_path)
    _PROGRAM.write_zip(b"out.zip", entries)
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


@_PROPERTY
@given(planned=_ENTRY_LISTS)
def test_folder_equals_the_zip(planned: list[PlannedEntry], tmp_path: Path) -> None:
    """The layout `flat` writes the same files, contents and modes."""
    entries = _PROGRAM.collect_entries(write_inputs(planned, tmp_path))
    os.chdir(tmp_path)
    shutil.rmtree("flat", ignore_errors=True)
    _PROGRAM.write_folder(b"flat", entries)
    files = [path for path in Path("flat").rglob("*") if path.is_file()]

    assert {str(path.relative_to("flat")) for path in files} == {entry.path for entry in planned}
    for entry in planned:
        path = Path("flat", entry.path)
        assert path.read_bytes() == entry.content
        assert stat.S_IMODE(path.stat().st_mode) == entry.mode


@pytest.fixture(autouse=True)
def _stay_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Restore the working directory, which the properties change."""
    monkeypatch.chdir(tmp_path)


_PLAIN = [
    PlannedEntry("app.py", b"print()\n" * 50),
    PlannedEntry("bin/tool", b"#!/bin/sh\n", 0o755),
    PlannedEntry("empty", b""),
    PlannedEntry("lib/native.so", bytes(range(256)) * 64, 0o755, STORED),
    PlannedEntry("lib/packed.txt", b"text" * 999, 0o644, DEFLATED),
    PlannedEntry("ünï/日本.txt", b"x"),
]


def test_equal_plans_give_equal_zips(tmp_path: Path) -> None:
    """The folder, the time, the umask and the order of the files do not change the zip."""
    one, other = tmp_path / "one", tmp_path / "a" / "longer" / "way"
    one.mkdir()
    other.mkdir(parents=True)
    first = assemble(*write_inputs(_PLAIN, one), folder=one)
    umask = os.umask(0o077)
    try:
        second = assemble(*write_inputs(_PLAIN[::-1], other), folder=other)
    finally:
        os.umask(umask)
    for path in other.iterdir():
        os.utime(path, (0, 0))

    assert first.read_bytes() == second.read_bytes()


def test_several_plans(tmp_path: Path) -> None:
    """The plan that lists an entry does not change its position in the zip."""
    plans = write_inputs(_PLAIN, tmp_path)
    expected = assemble(b"".join(plans), folder=tmp_path, output="whole.zip").read_bytes()

    apart = assemble(b"".join(plans[2:]), b"".join(plans[:2]), folder=tmp_path)

    assert apart.read_bytes() == expected


def test_empty_plan(tmp_path: Path) -> None:
    """A plan without entries adds nothing to the zip."""
    with zipfile.ZipFile(assemble(b"", folder=tmp_path)) as written:
        assert written.namelist() == []


def test_order_of_entries(tmp_path: Path) -> None:
    """Entries are sorted by the bytes of their paths, whatever the plan's order and the locale."""
    planned = [PlannedEntry(path, b"") for path in ("é.py", "a/b.py", "a.py", "Z.py", "a-b.py")]

    with zipfile.ZipFile(assemble(*write_inputs(planned, tmp_path), folder=tmp_path)) as written:
        assert written.namelist() == ["Z.py", "a-b.py", "a.py", "a/b.py", "é.py"]


def test_modes_ignore_the_umask(tmp_path: Path) -> None:
    """The files of a folder have the modes of the plan."""
    umask = os.umask(0o077)
    try:
        flat = assemble(*write_inputs(_PLAIN, tmp_path), folder=tmp_path, layout="flat")
    finally:
        os.umask(umask)

    assert stat.S_IMODE((flat / "app.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((flat / "bin/tool").stat().st_mode) == 0o755


def test_output_in_new_folders(tmp_path: Path) -> None:
    """The program creates the folders of the output path."""
    written = assemble(
        *write_inputs(_PLAIN, tmp_path), folder=tmp_path, output="src.api/deep/fn.zip"
    )

    assert unzip_accepts(written)


def test_packed_data_is_copied(tmp_path: Path) -> None:
    """The zip contains the compressed data of the wheel, byte for byte."""
    content = os.urandom(5000) + b"\0" * 5000
    stream = deflate(content, level=1)
    (tmp_path / "a.whl").write_bytes(b"before" + stream + b"behind")
    numbers = f"6 {len(stream)} {DEFLATED} {len(content)} {zlib.crc32(content)}"
    written = assemble(plan_of(("a.so", 0o644, "a.whl", numbers)), folder=tmp_path)

    assert stream in written.read_bytes()
    assert zipfile.ZipFile(written).read("a.so") == content


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536])
def test_more_entries_than_sixteen_bits_count(count: int, tmp_path: Path) -> None:
    """From 65,535 entries on, zip64 records contain the count, and other programs read them."""
    (tmp_path / "a.whl").write_bytes(b"")
    entries = [(f"{i:05}", 0o644, "a.whl", f"0 0 {STORED} 0 0") for i in range(count)]
    written = assemble(plan_of(*entries), folder=tmp_path)
    data = written.read_bytes()

    assert (b"PK\x06\x06" in data[-200:], b"PK\x06\x07" in data[-200:]) == (count >= 65_535,) * 2
    with zipfile.ZipFile(written) as read:
        assert [info.filename for info in read.infolist()] == [path for path, *_ in entries]
    assert unzip_accepts(written)


def test_entry_of_more_than_four_gibibytes(tmp_path: Path) -> None:
    """Both headers have 0xFFFFFFFF as the size, and a zip64 record with the number."""
    size = 5 << 30
    (tmp_path / "a.whl").write_bytes(b"packed")
    plan = plan_of(("big", 0o644, "a.whl", f"0 6 {DEFLATED} {size} 7"))
    written = assemble(plan, folder=tmp_path)

    with zipfile.ZipFile(written) as read:
        (info,) = read.infolist()
    assert (info.file_size, info.compress_size, info.CRC) == (size, 6, 7)
    assert written.read_bytes()[:53] == (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 8, 0, 33, 7, *[0xFFFFFFFF] * 2, 3, 20)
        + b"big"
        + struct.pack("<2H2Q", 1, 16, size, 6)
    )


@pytest.mark.parametrize("layout", ["zip", "flat"])
def test_memory_with_large_entries(layout: str, tmp_path: Path) -> None:
    """A process limited to 100 MiB writes entries of 200 MiB."""
    size = 200 << 20
    (tmp_path / "file").touch()
    os.truncate(tmp_path / "file", size)
    packed = deflate(b"\0" * (8 << 20), level=1)
    with (tmp_path / "a.whl").open("wb") as wheel:
        wheel.write(packed)
        wheel.truncate(size)
    plan = plan_of(
        ("file", 0o644, "file", ""),
        ("packed", 0o644, "a.whl", f"0 {len(packed)} {DEFLATED} {8 << 20} 0"),
        ("stored", 0o644, "a.whl", f"0 {size} {STORED} {size} 0"),
    )
    (tmp_path / "plan").write_bytes(plan)
    done = run_with_memory_limit(100, "assemble.py", layout, "out", "plan", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")


def test_archive_that_is_too_short(tmp_path: Path) -> None:
    """The program fails if an archive ends before the data of an entry does."""
    plans = write_inputs([PlannedEntry("a", b"content", method=STORED)], tmp_path)
    (tmp_path / "a.whl").write_bytes(b"short")
    done = run_assembler(*plans, folder=tmp_path)

    assert done.returncode != 0
    assert b"EOFError: an archive is shorter than the plan states" in done.stderr
