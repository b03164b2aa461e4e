"""ELF files that are written field by field: 64-bit, little-endian, without section headers."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

X86_64, AARCH64, I386, ARM, PPC64, CUDA = 62, 183, 3, 40, 21, 190
RELOCATABLE, PROGRAM, LIBRARY, CORE = 1, 2, 3, 4
WEAK = 2

_LOAD, _DYNAMIC = 1, 2
_NULL, _NEEDED, _STRTAB, _SONAME, _VERNEED, _VERNEEDNUM = 0, 1, 5, 14, 0x6FFFFFFE, 0x6FFFFFFF
# The address at which the file is loaded. It differs from 0 so that addresses are no offsets.
_BASE = 0x10000


@dataclass(frozen=True)
class LibraryVersions:
    """The versions of a library that a file needs."""

    library: str
    names: Sequence[str]
    flags: int = 0


def elf_header(machine: int, kind: int = LIBRARY, segments: int = 0) -> bytes:
    """Return an ELF header, whose program headers follow immediately."""
    magic = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    sizes = (64, 56 if segments else 0, segments, 0, 0, 0)
    offset = 64 if segments else 0
    return magic + struct.pack("<2HL3QL6H", kind, machine, 1, 0, offset, 0, 0, *sizes)


def elf_header_32_bit(machine: int, kind: int = LIBRARY) -> bytes:
    """Return a 32-bit file that consists of its header."""
    magic = b"\x7fELF" + bytes((1, 1, 1)) + bytes(9)
    return magic + struct.pack("<2H5L6H", kind, machine, 1, 0, 0, 0, 0, 52, 0, 0, 0, 0, 0)


def elf_file(
    machine: int = X86_64,
    *,
    kind: int = LIBRARY,
    needed: Iterable[str] = (),
    soname: str = "",
    versions: Sequence[LibraryVersions] = (),
) -> bytes:
    """Return a file that the loader would accept, until it runs code."""
    texts = bytearray(1)

    def place(text: str) -> int:
        texts.extend(text.encode("utf-8", "surrogateescape") + b"\0")
        return len(texts) - len(text.encode("utf-8", "surrogateescape")) - 1

    tags = [(_NEEDED, place(name)) for name in needed]
    if soname:
        tags.append((_SONAME, place(soname)))
    needs = b""
    for i, each in enumerate(versions):
        rows = b"".join(
            struct.pack("<L2H2L", 0, each.flags, 2, place(name), 16 if more else 0)
            for more, name in zip(range(len(each.names) - 1, -1, -1), each.names)
        )
        following = 16 + len(rows) if i + 1 < len(versions) else 0
        needs += struct.pack("<2H3L", 1, len(each.names), place(each.library), 16, following) + rows

    needs_at = 64 + 2 * 56
    texts_at = needs_at + len(needs)
    tags_at = texts_at + len(texts)
    tags.append((_STRTAB, _BASE + texts_at))
    if versions:
        tags += [(_VERNEED, _BASE + needs_at), (_VERNEEDNUM, len(versions))]
    table = b"".join(struct.pack("<2Q", *tag) for tag in [*tags, (_NULL, 0)])
    size = tags_at + len(table)
    return (
        elf_header(machine, kind, segments=2)
        + _segment(_LOAD, 0, size)
        + _segment(_DYNAMIC, tags_at, len(table))
        + needs
        + texts
        + table
    )


def _segment(kind: int, at: int, size: int) -> bytes:
    return struct.pack("<2L6Q", kind, 4, at, _BASE + at, _BASE + at, size, size, 8)
