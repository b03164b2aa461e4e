"""Writes an artifact from files and archives. Plans list its entries.

    python3 assemble.py LAYOUT OUTPUT PLAN...

LAYOUT is "zip", or "flat" for a folder. For each entry, a plan contains four fields, each of which
ends with a zero byte:

- the path of the entry in the artifact
- its mode, as a decimal number
- the file with its content, or an archive, which is a wheel or a file of compiled modules
- for an archive, the numbers `data packed method size crc`, and else nothing. The archive contains
  the data of the entry at the offset `data`, in `packed` bytes, compressed with `method`.

The program copies the data of archives into a zip without unpacking it. It sorts the entries by the
bytes of their paths. With the same zlib, equal plans and equal inputs give equal zips. The memory
that the program uses grows with the number of entries and not with their size. It requires CPython
3.9 or newer and the standard library.

An edit of shared code starts this program for each function that contains distributions. It
therefore imports little: importing `json` and `typing` takes longer than writing a small zip.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

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
_FIELDS = 4


class Entry:
    """An entry of the artifact.

    `source` is the file with its content, or the archive. The numbers about the content of a file,
    and the `offset` in the zip, are those of the zip as soon as it contains the entry.
    """

    __slots__ = (
        "crc",
        "data",
        "is_packed",
        "method",
        "mode",
        "offset",
        "packed",
        "path",
        "size",
        "source",
    )

    def __init__(self, path: bytes, mode: bytes, source: bytes, numbers: bytes) -> None:
        self.path = path
        self.mode = int(mode)
        self.source = source
        self.is_packed = bool(numbers)
        self.data, self.packed, self.method, self.size, self.crc = (
            map(int, numbers.split()) if numbers else (0, 0, _DEFLATED, 0, 0)
        )
        self.offset = 0


def main(layout: str, output: str, *plans: str) -> None:
    write = {"zip": write_zip, "flat": write_folder}[layout]
    write(os.fsencode(output), collect_entries(map(read_file, plans)))


def read_file(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def collect_entries(plans: Iterable[bytes]) -> list[Entry]:
    """Return the entries of all plans, sorted by path."""
    found = []
    for plan in plans:
        fields = plan.split(b"\0")
        found += [Entry(*fields[i : i + _FIELDS]) for i in range(0, len(fields) - 1, _FIELDS)]
    return sorted(found, key=lambda entry: entry.path)


def write_zip(output: bytes, entries: list[Entry]) -> None:
    os.makedirs(os.path.dirname(output) or b".", exist_ok=True)
    with Archives() as archives, open(output, "wb", buffering=_CHUNK) as zipped:
        for entry in entries:
            entry.offset = zipped.tell()
            if entry.is_packed:
                zipped.write(local_header(entry, zip64=needs_zip64(entry)))
                for chunk in archives.read(entry):
                    zipped.write(chunk)
            else:
                compress_file(zipped, entry)
        write_directory(zipped, entries)


def write_folder(output: bytes, entries: list[Entry]) -> None:
    with Archives() as archives:
        for entry in entries:
            path = os.path.join(output, entry.path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                for chunk in unpack(archives, entry):
                    file.write(chunk)
            os.chmod(path, entry.mode)


class Archives:
    """The archives that are open. Each is opened once, for all its entries."""

    def __init__(self) -> None:
        self._open: dict[bytes, BinaryIO] = {}

    def __enter__(self) -> Archives:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._open.values():
            file.close()

    def read(self, entry: Entry) -> Iterator[bytes]:
        """Yield the data of an entry in chunks, as the archive contains it."""
        file = self._open.get(entry.source)
        if file is None:
            file = self._open[entry.source] = open(entry.source, "rb")  # noqa: SIM115
        file.seek(entry.data)
        left = entry.packed
        while left:
            chunk = file.read(min(left, _CHUNK))
            if not chunk:
                raise EOFError("an archive is shorter than the plan states")
            left -= len(chunk)
            yield chunk


def compress_file(zipped: BinaryIO, entry: Entry) -> None:
    """Compress a file into the zip, and then go back and complete its header."""
    expected = os.path.getsize(entry.source)
    # Deflate adds at most 5 bytes to each 16 KiB that it cannot compress.
    zip64 = expected + expected // 1000 + 1000 >= _MAX_32
    zipped.write(local_header(entry, zip64=zip64))
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    for chunk in read_chunks(entry.source):
        entry.crc = zlib.crc32(chunk, entry.crc)
        entry.size += len(chunk)
        entry.packed += zipped.write(packer.compress(chunk))
    entry.packed += zipped.write(packer.flush())
    end = zipped.tell()
    zipped.seek(entry.offset)
    zipped.write(local_header(entry, zip64=zip64))
    zipped.seek(end)


def read_chunks(path: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file in chunks."""
    with open(path, "rb") as file:
        yield from iter(lambda: file.read(_CHUNK), b"")


def unpack(archives: Archives, entry: Entry) -> Iterator[bytes]:
    """Yield the content of an entry in chunks."""
    if not entry.is_packed:
        yield from read_chunks(entry.source)
        return
    if entry.method == _STORED:
        yield from archives.read(entry)
        return
    unpacker = zlib.decompressobj(-15)
    for chunk in archives.read(entry):
        while chunk:
            yield unpacker.decompress(chunk, _CHUNK)
            chunk = unpacker.unconsumed_tail
    yield unpacker.flush()


def needs_zip64(entry: Entry) -> bool:
    return entry.packed >= _MAX_32 or entry.size >= _MAX_32


def name_flags(path: bytes) -> int:
    return 0 if path.isascii() else _UTF8


def local_header(entry: Entry, *, zip64: bool) -> bytes:
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


def write_directory(zipped: BinaryIO, entries: list[Entry]) -> None:
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


def central_header(entry: Entry) -> bytes:
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
    main(*sys.argv[1:])
