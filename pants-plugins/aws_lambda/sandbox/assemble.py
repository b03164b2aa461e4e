"""Writes an artifact from files and archives. A plan lists its entries.

    python3 assemble.py PLAN.json

A part of a plan is `{"files": [row, ...], "archives": {path: [row, ...]}}`. The plan is such a part
and has more fields: `{"output": path, "layout": "zip" or "flat", "parts": [path, ...]}`.

A row of `files` is `[path, mode, file]`: the path of an entry in the artifact, its mode, and the
file with its content. A row of an archive is `[path, mode, data, packed, method, size, crc]`. The
archive, a wheel or a file of compiled modules, contains the data of the entry at the offset `data`,
in `packed` bytes, compressed with `method`. The program copies this data into a zip without
unpacking it. It sorts the entries by the bytes of their paths.

With the same zlib, equal plans and equal inputs give equal zips. The memory that the program uses
grows with the number of entries and not with their size. It requires CPython 3.9 or newer and the
standard library.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple, Union

_CHUNK = 1 << 20
# The default of zlib. On Python sources, higher levels take much longer and save few bytes.
_LEVEL = 6
_STORED, _DEFLATED = 0, 8
# 1980-01-01 00:00:00, the earliest time in the zip format.
_DATE, _TIME = (1 << 5) | 1, 0
_UTF8 = 0x800
_UNIX = 3 << 8
_REGULAR_FILE = 0o100000
# A number of at least this size needs a zip64 record.
_MAX_32 = 0xFFFFFFFF
_MAX_16 = 0xFFFF
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45


class FileEntry(NamedTuple):
    """An entry whose content is a file."""

    path: str
    mode: int
    file: str


class PackedEntry(NamedTuple):
    """An entry whose data is a part of an archive."""

    archive: str
    path: str
    mode: int
    data: int
    packed: int
    method: int
    size: int
    crc: int


Entry = Union[FileEntry, PackedEntry]


class WrittenEntry(NamedTuple):
    """The facts about an entry of the zip that its directory lists."""

    path: bytes
    mode: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def main(plan_path: str) -> None:
    plan = read_json(plan_path)
    write = {"zip": write_zip, "flat": write_folder}[plan["layout"]]
    write(plan["output"], collect_entries([plan, *map(read_json, plan["parts"])]))


def read_json(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        document: dict[str, Any] = json.load(file)
    return document


def collect_entries(parts: Iterable[dict[str, Any]]) -> list[Entry]:
    """Return the entries of all parts of a plan, sorted by path."""
    found: list[Entry] = []
    for part in parts:
        found.extend(FileEntry(*row) for row in part["files"])
        for archive, rows in part["archives"].items():
            found.extend(PackedEntry(archive, *row) for row in rows)
    return sorted(found, key=lambda entry: entry.path.encode())


def write_zip(output: str, entries: Iterable[Entry]) -> None:
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    with OpenArchives() as archives, open(output, "wb", buffering=_CHUNK) as zipped:
        written = [
            (
                copy_packed(zipped, archives.open(entry.archive), entry)
                if isinstance(entry, PackedEntry)
                else compress_file(zipped, entry)
            )
            for entry in entries
        ]
        write_directory(zipped, written)


def write_folder(output: str, entries: Iterable[Entry]) -> None:
    with OpenArchives() as archives:
        for entry in entries:
            path = os.path.join(output, entry.path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                for chunk in unpack(archives, entry):
                    file.write(chunk)
            os.chmod(path, entry.mode)


class OpenArchives(contextlib.ExitStack):
    """The archives that are open. Each is opened once, for all its entries."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, BinaryIO] = {}

    def open(self, path: str) -> BinaryIO:
        if path not in self._open:
            self._open[path] = self.enter_context(open(path, "rb"))  # noqa: SIM115
        return self._open[path]


def copy_packed(zipped: BinaryIO, archive: BinaryIO, entry: PackedEntry) -> WrittenEntry:
    """Copy the data of an entry from an archive into the zip, without unpacking it."""
    written = WrittenEntry(
        entry.path.encode(),
        entry.mode,
        entry.method,
        entry.crc,
        entry.packed,
        entry.size,
        zipped.tell(),
    )
    zipped.write(local_header(written, zip64=needs_zip64(written)))
    for chunk in read_chunks(archive, entry.data, entry.packed):
        zipped.write(chunk)
    return written


def compress_file(zipped: BinaryIO, entry: FileEntry) -> WrittenEntry:
    """Compress a file into the zip, and then go back and complete its header."""
    path, offset = entry.path.encode(), zipped.tell()
    expected = os.path.getsize(entry.file)
    # Deflate adds at most 5 bytes to each 16 KiB that it cannot compress.
    zip64 = expected + expected // 1000 + 1000 >= _MAX_32
    blank = WrittenEntry(path, entry.mode, _DEFLATED, 0, 0, 0, offset)
    zipped.write(local_header(blank, zip64=zip64))
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    crc = size = packed = 0
    with open(entry.file, "rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
            packed += zipped.write(packer.compress(chunk))
    packed += zipped.write(packer.flush())
    written = WrittenEntry(path, entry.mode, _DEFLATED, crc, packed, size, offset)
    end = zipped.tell()
    zipped.seek(offset)
    zipped.write(local_header(written, zip64=zip64))
    zipped.seek(end)
    return written


def unpack(archives: OpenArchives, entry: Entry) -> Iterator[bytes]:
    """Yield the content of an entry in chunks."""
    if isinstance(entry, FileEntry):
        with open(entry.file, "rb") as file:
            yield from iter(lambda: file.read(_CHUNK), b"")
        return
    packed = read_chunks(archives.open(entry.archive), entry.data, entry.packed)
    if entry.method == _STORED:
        yield from packed
        return
    unpacker = zlib.decompressobj(-15)
    for chunk in packed:
        while chunk:
            yield unpacker.decompress(chunk, _CHUNK)
            chunk = unpacker.unconsumed_tail
    yield unpacker.flush()


def read_chunks(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    """Yield the bytes of a range of a file in chunks."""
    file.seek(start)
    while length:
        chunk = file.read(min(length, _CHUNK))
        if not chunk:
            raise EOFError("an archive is shorter than the plan states")
        length -= len(chunk)
        yield chunk


def needs_zip64(entry: WrittenEntry) -> bool:
    return entry.packed >= _MAX_32 or entry.size >= _MAX_32


def name_flags(path: bytes) -> int:
    return 0 if path.isascii() else _UTF8


def local_header(entry: WrittenEntry, *, zip64: bool) -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.packed) if zip64 else b""
    return (
        struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            _ZIP64_VERSION if zip64 else _PLAIN_VERSION,
            name_flags(entry.path),
            entry.method,
            _TIME,
            _DATE,
            entry.crc,
            _MAX_32 if zip64 else entry.packed,
            _MAX_32 if zip64 else entry.size,
            len(entry.path),
            len(extra),
        )
        + entry.path
        + extra
    )


def write_directory(zipped: BinaryIO, entries: list[WrittenEntry]) -> None:
    """Write the central directory and the end record, with zip64 records for large numbers."""
    start = zipped.tell()
    for entry in entries:
        zipped.write(central_header(entry))
    end = zipped.tell()
    count, length = len(entries), end - start
    if count >= _MAX_16 or length >= _MAX_32 or start >= _MAX_32:
        version = _ZIP64_VERSION
        zipped.write(
            struct.pack(
                "<4sQ2H2L4Q",
                b"PK\x06\x06",
                44,
                version,
                version,
                0,
                0,
                count,
                count,
                length,
                start,
            )
        )
        zipped.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1))
    zipped.write(
        struct.pack(
            "<4s4H2LH",
            b"PK\x05\x06",
            0,
            0,
            min(count, _MAX_16),
            min(count, _MAX_16),
            min(length, _MAX_32),
            min(start, _MAX_32),
            0,
        )
    )


def central_header(entry: WrittenEntry) -> bytes:
    numbers = [n for n in (entry.size, entry.packed, entry.offset) if n >= _MAX_32]
    extra = struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    version = _ZIP64_VERSION if numbers else _PLAIN_VERSION
    return (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            _UNIX | version,
            version,
            name_flags(entry.path),
            entry.method,
            _TIME,
            _DATE,
            entry.crc,
            min(entry.packed, _MAX_32),
            min(entry.size, _MAX_32),
            len(entry.path),
            len(extra),
            0,
            0,
            0,
            (_REGULAR_FILE | entry.mode) << 16,
            min(entry.offset, _MAX_32),
        )
        + entry.path
        + extra
    )


if __name__ == "__main__":
    main(sys.argv[1])
