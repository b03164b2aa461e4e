"""Splits zip archives into raw headers and data, and joins them again with correct offsets.

All other values of the headers stay as they were, even if they are wrong. After a change to one
entry, the other entries are still readable, and the fuzzer gets past the first header.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

STORED, DEFLATED = 0, 8
DESCRIPTOR = 0x8
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True)
class HeaderFields:
    """The fields that the local and the central header of an entry have in common."""

    version: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    name: bytes
    extra: bytes


@dataclass(frozen=True)
class Entry:
    """An entry: its two headers, its packed data, and the bytes before the next entry."""

    local: HeaderFields
    central: HeaderFields
    made_by: int
    attributes: int
    stream: bytes
    trailer: bytes = b""
    comment: bytes = b""
    signature: bytes = b"PK\x03\x04"
    # The error of the offset in the central directory, in bytes.
    offset_error: int = 0

    @property
    def content(self) -> bytes:
        """The unpacked data, up to the first error."""
        if self.central.method != DEFLATED:
            return self.stream
        try:
            return zlib.decompressobj(-15).decompress(self.stream, 1 << 20)
        except zlib.error:
            return b""

    def with_content(self, content: bytes, method: int) -> Entry:
        """The entry with other content, and correct values in both headers."""
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        deflated = packer.compress(content) + packer.flush()
        stream = deflated if method == DEFLATED else content
        crc, packed, size = zlib.crc32(content), len(stream), len(content)
        local, central = (
            replace(header, method=method, crc=crc, packed=packed, size=size)
            for header in (self.local, self.central)
        )
        return replace(self, local=local, central=central, stream=stream)


@dataclass(frozen=True)
class Archive:
    """The parts of a zip archive."""

    entries: tuple[Entry, ...]
    before: bytes = b""
    comment: bytes = b""
    has_zip64_end: bool = False
    # Errors of the end record: in the count of entries, the length and the start of the directory.
    end_errors: tuple[int, int, int] = field(default=(0, 0, 0))


def split_archive(data: bytes) -> Archive | None:
    """Split an archive into its parts. `None` if its headers do not allow that."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + _END.size > len(data):
        return None
    _, _, _, _, count, length, start, _ = _END.unpack_from(data, end)
    has_zip64_end = data[end - 20 : end - 16] == b"PK\x06\x07"
    directory = end - length - (76 if has_zip64_end else 0)
    if not 0 <= directory <= end or count > 1000:
        return None
    shift = directory - start
    found: list[tuple[int, Entry]] = []
    place = directory
    try:
        for _ in range(count):
            offset, entry, place = _read_entry(data, place, shift)
            found.append((offset, entry))
    except (struct.error, IndexError):
        return None
    first = min((offset for offset, _ in found), default=directory)
    starts = sorted({offset for offset, _ in found} | {directory})
    entries = tuple(_with_trailer(data, offset, entry, starts) for offset, entry in found)
    comment = data[end + _END.size :]
    return Archive(entries, data[:first], comment, has_zip64_end)


def _read_entry(data: bytes, place: int, shift: int) -> tuple[int, Entry, int]:
    signature, made_by, *numbers = _CENTRAL.unpack_from(data, place)
    names, extras, comments, _, _, attributes, offset = numbers[8:]
    offset += shift
    if signature != b"PK\x01\x02" or not 0 <= offset < len(data):
        raise IndexError
    name_at = place + _CENTRAL.size
    extra_at = name_at + names
    comment_at = extra_at + extras
    end = comment_at + comments
    central = _header_fields(numbers[:8], data[name_at:extra_at], data[extra_at:comment_at])
    local_signature, *local_numbers = _LOCAL.unpack_from(data, offset)
    local_name = offset + _LOCAL.size
    local_extra = local_name + local_numbers[8]
    stream = local_extra + local_numbers[9]
    entry = Entry(
        _header_fields(local_numbers[:8], data[local_name:local_extra], data[local_extra:stream]),
        central,
        made_by,
        attributes,
        data[stream : stream + min(central.packed, len(data))],
        comment=data[comment_at:end],
        signature=local_signature,
    )
    return offset, entry, end


def _header_fields(numbers: Sequence[int], name: bytes, extra: bytes) -> HeaderFields:
    version, flags, method, time, date, crc, packed, size = numbers
    return HeaderFields(version, flags, method, time, date, crc, packed, size, name, extra)


def _with_trailer(data: bytes, offset: int, entry: Entry, starts: list[int]) -> Entry:
    end = offset + len(local_header(entry)) + len(entry.stream)
    following = min((each for each in starts if each > offset), default=end)
    if end > following:
        return replace(entry, stream=entry.stream[: following - end])
    return replace(entry, trailer=data[end:following])


def join_archive(archive: Archive) -> bytes:
    """The bytes of an archive, with correct offsets except for its deliberate errors."""
    body, directory = archive.before, b""
    for entry in archive.entries:
        directory += _central_header(entry, len(body) + entry.offset_error)
        body += local_header(entry) + entry.stream + entry.trailer
    correct = (len(archive.entries), len(directory), len(body))
    count, length, start = (
        max(0, value + error) for value, error in zip(correct, archive.end_errors)
    )
    end = b""
    if archive.has_zip64_end:
        end += struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, start
        )
        end += struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body) + len(directory), 1)
    short = min(count, 0xFFFF)
    end += _END.pack(
        b"PK\x05\x06", 0, 0, short, short, _long(length), _long(start), len(archive.comment) % 65536
    )
    return body + directory + end + archive.comment


def local_header(entry: Entry) -> bytes:
    header = entry.local
    return (
        _LOCAL.pack(entry.signature, *_numbers(header), len(header.name), len(header.extra))
        + header.name
        + header.extra
    )


def _central_header(entry: Entry, offset: int) -> bytes:
    header = entry.central
    lengths = (len(header.name), len(header.extra), len(entry.comment))
    return (
        _CENTRAL.pack(
            b"PK\x01\x02",
            entry.made_by,
            *_numbers(header),
            *lengths,
            0,
            0,
            entry.attributes,
            _long(offset),
        )
        + header.name
        + header.extra
        + entry.comment
    )


def _numbers(header: HeaderFields) -> tuple[int, ...]:
    short = (header.version, header.flags, header.method, header.time, header.date)
    long = (header.crc, header.packed, header.size)
    return (*(number & 0xFFFF for number in short), *(number & 0xFFFFFFFF for number in long))


def _long(number: int) -> int:
    return max(0, min(number, 0xFFFFFFFF))
