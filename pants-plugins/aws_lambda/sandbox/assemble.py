"""Writes one artifact from wheels and files, as a plan says.

    python3 assemble.py PLAN.json

The plan is `{"output": path, "layout": "zip" or "flat", "parts": [path, ...]}` and a part itself;
a part is `{"files": [row, ...], "archives": {path: [row, ...]}}`. A row of `files` is `[path,
mode, file]`: where an entry goes, and the file that its bytes lie in. A row of an archive is
`[path, mode, data, packed, method, size, crc]`: the bytes lie packed in it, which is a wheel or
holds compiled modules, and a zip gets them as they are. Entries are written in the order of their
paths' bytes.

Equal plans over equal inputs give equal zips, given the same zlib. Memory is bounded by the number
of entries, whatever their size. Standard library only, CPython 3.9 or newer.
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
# zlib's own default: on Python sources, higher levels cost more time than they save bytes.
_LEVEL = 6
_STORED, _DEFLATED = 0, 8
# 1980-01-01 00:00:00, the earliest that the zip format can say.
_DATE, _TIME = (1 << 5) | 1, 0
_UTF8 = 0x800
_UNIX = 3 << 8
_REGULAR_FILE = 0o100000
# From here on, a number no longer fits and the entry needs a zip64 record.
_MOST_32 = 0xFFFFFFFF
_MOST_16 = 0xFFFF
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45


class Loose(NamedTuple):
    """An entry whose bytes lie in a file."""

    path: str
    mode: int
    file: str


class Packed(NamedTuple):
    """An entry whose bytes lie packed in an archive."""

    archive: str
    path: str
    mode: int
    data: int
    packed: int
    method: int
    size: int
    crc: int


Entry = Union[Loose, Packed]


class Written(NamedTuple):
    """An entry that lies in the zip, for its directory."""

    path: bytes
    mode: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def main(plan_path: str) -> None:
    plan = read(plan_path)
    write = {"zip": write_zip, "flat": write_folder}[plan["layout"]]
    write(plan["output"], entries([plan, *map(read, plan["parts"])]))


def read(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        document: dict[str, Any] = json.load(file)
    return document


def entries(parts: Iterable[dict[str, Any]]) -> list[Entry]:
    """All that parts of a plan say, sorted."""
    found: list[Entry] = []
    for part in parts:
        found.extend(Loose(*row) for row in part["files"])
        for archive, rows in part["archives"].items():
            found.extend(Packed(archive, *row) for row in rows)
    return sorted(found, key=lambda entry: entry.path.encode())


def write_zip(output: str, entries: Iterable[Entry]) -> None:
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    with Archives() as archives, open(output, "wb", buffering=_CHUNK) as zipped:
        written = [
            (
                copy(zipped, archives.open(entry.archive), entry)
                if isinstance(entry, Packed)
                else deflate(zipped, entry)
            )
            for entry in entries
        ]
        write_directory(zipped, written)


def write_folder(output: str, entries: Iterable[Entry]) -> None:
    with Archives() as archives:
        for entry in entries:
            path = os.path.join(output, entry.path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                for piece in content(archives, entry):
                    file.write(piece)
            os.chmod(path, entry.mode)


class Archives(contextlib.ExitStack):
    """The archives that were opened so far: one file each, however many entries it gives."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, BinaryIO] = {}

    def open(self, path: str) -> BinaryIO:
        if path not in self._open:
            self._open[path] = self.enter_context(open(path, "rb"))  # noqa: SIM115
        return self._open[path]


def copy(zipped: BinaryIO, archive: BinaryIO, entry: Packed) -> Written:
    """Copy a packed stream as it is."""
    written = Written(
        entry.path.encode(),
        entry.mode,
        entry.method,
        entry.crc,
        entry.packed,
        entry.size,
        zipped.tell(),
    )
    zipped.write(local_header(written, zip64=is_large(written)))
    for piece in pieces(archive, entry.data, entry.packed):
        zipped.write(piece)
    return written


def deflate(zipped: BinaryIO, entry: Loose) -> Written:
    """Compress a file into the zip, then go back and fill in its header."""
    path, offset = entry.path.encode(), zipped.tell()
    expected = os.path.getsize(entry.file)
    # Deflate adds at most 5 bytes to each 16 KiB that it cannot compress.
    zip64 = expected + expected // 1000 + 1000 >= _MOST_32
    blank = Written(path, entry.mode, _DEFLATED, 0, 0, 0, offset)
    zipped.write(local_header(blank, zip64=zip64))
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    crc = size = packed = 0
    with open(entry.file, "rb") as file:
        for piece in iter(lambda: file.read(_CHUNK), b""):
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            packed += zipped.write(packer.compress(piece))
    packed += zipped.write(packer.flush())
    written = Written(path, entry.mode, _DEFLATED, crc, packed, size, offset)
    end = zipped.tell()
    zipped.seek(offset)
    zipped.write(local_header(written, zip64=zip64))
    zipped.seek(end)
    return written


def content(archives: Archives, entry: Entry) -> Iterator[bytes]:
    """An entry's bytes, unpacked."""
    if isinstance(entry, Loose):
        with open(entry.file, "rb") as file:
            yield from iter(lambda: file.read(_CHUNK), b"")
        return
    packed = pieces(archives.open(entry.archive), entry.data, entry.packed)
    if entry.method == _STORED:
        yield from packed
        return
    unpacker = zlib.decompressobj(-15)
    for piece in packed:
        while piece:
            yield unpacker.decompress(piece, _CHUNK)
            piece = unpacker.unconsumed_tail
    yield unpacker.flush()


def pieces(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    file.seek(start)
    while length:
        piece = file.read(min(length, _CHUNK))
        if not piece:
            raise EOFError("an archive is shorter than the plan says")
        length -= len(piece)
        yield piece


def is_large(entry: Written) -> bool:
    return entry.packed >= _MOST_32 or entry.size >= _MOST_32


def flags(path: bytes) -> int:
    return 0 if path.isascii() else _UTF8


def local_header(entry: Written, *, zip64: bool) -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.packed) if zip64 else b""
    return (
        struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            _ZIP64_VERSION if zip64 else _PLAIN_VERSION,
            flags(entry.path),
            entry.method,
            _TIME,
            _DATE,
            entry.crc,
            _MOST_32 if zip64 else entry.packed,
            _MOST_32 if zip64 else entry.size,
            len(entry.path),
            len(extra),
        )
        + entry.path
        + extra
    )


def write_directory(zipped: BinaryIO, entries: list[Written]) -> None:
    """The zip's directory and its end record, with zip64 records where a number needs one."""
    start = zipped.tell()
    for entry in entries:
        zipped.write(directory_header(entry))
    end = zipped.tell()
    count, length = len(entries), end - start
    if count >= _MOST_16 or length >= _MOST_32 or start >= _MOST_32:
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
            min(count, _MOST_16),
            min(count, _MOST_16),
            min(length, _MOST_32),
            min(start, _MOST_32),
            0,
        )
    )


def directory_header(entry: Written) -> bytes:
    numbers = [n for n in (entry.size, entry.packed, entry.offset) if n >= _MOST_32]
    extra = struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    version = _ZIP64_VERSION if numbers else _PLAIN_VERSION
    return (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            _UNIX | version,
            version,
            flags(entry.path),
            entry.method,
            _TIME,
            _DATE,
            entry.crc,
            min(entry.packed, _MOST_32),
            min(entry.size, _MOST_32),
            len(entry.path),
            len(extra),
            0,
            0,
            0,
            (_REGULAR_FILE | entry.mode) << 16,
            min(entry.offset, _MOST_32),
        )
        + entry.path
        + extra
    )


if __name__ == "__main__":
    main(sys.argv[1])
