"""Zip archives that are written field by field, so that each field can be wrong."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

STORED, DEFLATED = 0, 8
ENCRYPTED, DESCRIPTOR, UTF8 = 0x1, 0x8, 0x800


def deflate(content: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


@dataclass(frozen=True)
class Member:
    """An entry of an archive. A field that is `None` gets its correct value.

    `packed` is the data in the archive. `local_name` is the name in the local header, which is in
    front of the data. `local_as` is an entry whose values the local header has instead. `at` is the
    offset of the local header in the directory. `extra` is an extra field in the directory, and
    `local_extra` one in the local header. An entry that `is_listed_only` has no header and no data.
    """

    name: str | bytes
    content: bytes = b""
    method: int = STORED
    packed: bytes | None = None
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    flags: int = 0
    mode: int = 0o100644
    local_name: bytes | None = None
    local_as: Member | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    signature: bytes = b"PK\x03\x04"
    version: int = 20
    at: int | None = None
    is_listed_only: bool = False
    has_descriptor: bool = True

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def stream(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflate(self.content) if self.method == DEFLATED else self.content

    @property
    def recorded(self) -> tuple[int, int, int]:
        """The CRC-32, the packed size and the unpacked size in both headers."""
        return (
            zlib.crc32(self.content) if self.crc is None else self.crc,
            len(self.stream) if self.packed_size is None else self.packed_size,
            len(self.content) if self.size is None else self.size,
        )

    @property
    def all_flags(self) -> int:
        is_text = isinstance(self.name, str) and not self.name.isascii()
        return self.flags | (UTF8 if is_text else 0)


def local_entry(member: Member) -> bytes:
    """Return the local header of an entry and its data."""
    name = member.raw_name if member.local_name is None else member.local_name
    source = member.local_as or member
    recorded = (
        (0, 0, 0) if member.flags & DESCRIPTOR and member.local_as is None else source.recorded
    )
    descriptor = b"PK\x07\x08" + struct.pack("<3L", *member.recorded)
    return (
        member.signature
        + struct.pack("<5H", source.version, source.all_flags, source.method, 0, 33)
        + struct.pack("<3L2H", *recorded, len(name), len(member.local_extra))
        + name
        + member.local_extra
        + member.stream
        + (descriptor if member.flags & DESCRIPTOR and member.has_descriptor else b"")
    )


def zip_archive(*members: Member, before: bytes = b"", comment: bytes = b"") -> bytes:
    """Return an archive of these entries, in this order."""
    body, directory = b"", b""
    for member in members:
        offset = len(body) if member.at is None else member.at
        body += b"" if member.is_listed_only else local_entry(member)
        directory += (
            b"PK\x01\x02"
            + struct.pack("<2B", member.version, 3)
            + struct.pack("<5H", member.version, member.all_flags, member.method, 0, 33)
            + struct.pack("<3L", *member.recorded)
            + struct.pack("<5H", len(member.raw_name), len(member.extra), 0, 0, 0)
            + struct.pack("<2L", member.mode << 16, offset)
            + member.raw_name
            + member.extra
        )
    count = len(members)
    end = struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(body), len(comment))
    return before + body + directory + b"PK\x05\x06" + end + comment


def wheel_archive(*members: Member, before: bytes = b"", comment: bytes = b"") -> bytes:
    """Return a wheel of the project `demo`, with these entries after its `*.dist-info`."""
    return zip_archive(*DIST_INFO, *members, before=before, comment=comment)


DIST_INFO = (
    Member("demo-1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"),
    Member("demo-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nTag: py3-none-any\n", DEFLATED),
    Member("demo-1.0.dist-info/RECORD", b""),
)
