"""Broken and malicious wheels, with errors that no careless tool would make."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from aws_lambda.testing.archives import (
    DEFLATED,
    DESCRIPTOR,
    DIST_INFO,
    ENCRYPTED,
    STORED,
    UTF8,
    Member,
    deflate,
    local_entry,
    wheel_archive,
    zip_archive,
)

STRONG_ENCRYPTION, PATCH = 0x40, 0x20
_LONG = 0xFFFFFFFF
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_INFO = "demo-1.0.dist-info"


def extra_field(kind: int, body: bytes) -> bytes:
    """Return a record of an extra field."""
    return struct.pack("<2H", kind, len(body)) + body


def zip64_field(*numbers: int) -> bytes:
    return extra_field(_ZIP64, struct.pack(f"<{len(numbers)}Q", *numbers))


def with_unicode_name(member: Member, name: str) -> Member:
    """Return the entry with a Unicode name in its extra field, as Info-ZIP writes it."""
    body = struct.pack("<BL", 1, zlib.crc32(member.raw_name)) + name.encode()
    return replace(member, extra=extra_field(_UNICODE_NAME, body))


_ONE = Member("demo/a.py", b"x = 1\n")
_OTHER = Member("demo/a.py", b"import os; os.abort()\n")
_PACKED = Member("demo/a.py", b"x = 1\n" * 9, DEFLATED)

# Entries that must not be unpacked, each with the reason in the error.
UNSAFE_ENTRIES: dict[str, tuple[Member, str]] = {
    "link to a folder": (Member("demo/", mode=0o120777), "demo/  it is a symbolic link"),
    "pipe": (Member("a", mode=0o010644), "a  it is a device, a pipe or a socket"),
    "terminal": (Member("a", mode=0o020644), "a  it is a device, a pipe or a socket"),
    "disk": (Member("a", mode=0o060644), "a  it is a device, a pipe or a socket"),
    "socket": (Member("a", mode=0o140644), "a  it is a device, a pipe or a socket"),
    "absolute folder": (Member("/tmp/"), "/tmp/  it is absolute"),
    "drive alone": (Member("C:"), "C:  it starts with a drive letter"),
    "network share": (Member("//host/a"), "//host/a  it is absolute"),
    "dots at the end": (Member("a/.."), "a/..  it leaves its folder"),
    "only dots": (Member(".."), "..  it leaves its folder"),
    "this folder": (Member("a/."), "a/.  it is not normalized"),
    "NUL behind a folder": (Member("a/\0b"), "a/\\x00b  it contains a control character"),
    "delete": (Member("a\x7f"), "a\\x7f  it contains a control character"),
    "long name": (Member("é" * 128), f"{'é' * 128}  its name is too long for a file system"),
    "deep path": (
        Member("a/" * 512 + "a"),
        f"{'a/' * 512}a  its name is too long for a file system",
    ),
    "strong cipher": (Member("a", b"x", flags=STRONG_ENCRYPTION), "a  it is encrypted"),
    "both ciphers": (Member("a", b"x", flags=ENCRYPTED | STRONG_ENCRYPTION), "a  it is encrypted"),
    "patch": (Member("a", b"x", flags=PATCH), "a  it is a patch to another file"),
    "imploded": (
        Member("a", b"x", method=6),
        "a  its compression method is 6, which unpackers need not support",
    ),
    "another name": (
        with_unicode_name(_ONE, "demo/b.py"),
        "demo/a.py  it has another name in an extra field",
    ),
    "another name, a folder": (
        with_unicode_name(_ONE, "demo/"),
        "demo/a.py  it has another name in an extra field",
    ),
    "a folder that is a file elsewhere": (
        with_unicode_name(Member("demo/"), "demo.py"),
        "demo/  it has another name in an extra field",
    ),
    "another name in front": (
        replace(_ONE, local_extra=with_unicode_name(_ONE, "demo/b.py").extra),
        "demo/a.py  it has another name in an extra field",
    ),
    "nothing behind": (
        replace(_ONE, flags=DESCRIPTOR, has_descriptor=False),
        "demo/a.py  the numbers after its data are missing or wrong",
    ),
    "a folder with content": (Member("demo/", b"x"), "demo/  it is a folder, and contains data"),
    "a file in front of a folder": (
        Member("demo/", local_name=b"demo/a.py"),
        "demo/  its two headers give different names",
    ),
    "other content in front": (
        replace(_ONE, local_as=_OTHER),
        "demo/a.py  its two headers give different sizes or checksums",
    ),
    "other checksum in front": (
        replace(_ONE, local_as=replace(_ONE, crc=7)),
        "demo/a.py  its two headers give different sizes or checksums",
    ),
    "shorter in front": (
        replace(_PACKED, local_as=replace(_PACKED, packed_size=2)),
        "demo/a.py  its two headers give different sizes or checksums",
    ),
    "longer in front": (
        replace(_PACKED, local_as=replace(_PACKED, size=99)),
        "demo/a.py  its two headers give different sizes or checksums",
    ),
    "numbers in front of a descriptor": (
        replace(_ONE, flags=DESCRIPTOR, local_as=replace(_OTHER, flags=DESCRIPTOR)),
        "demo/a.py  its two headers give different sizes or checksums",
    ),
    "stored in front": (
        replace(_PACKED, local_as=replace(_PACKED, method=STORED)),
        "demo/a.py  its two headers give different methods",
    ),
    "packed in front": (
        replace(_ONE, local_as=replace(_ONE, method=DEFLATED)),
        "demo/a.py  its two headers give different methods",
    ),
    "other encoding in front": (
        Member("é.py".encode(), b"x", flags=UTF8, local_as=Member("é.py".encode(), b"x")),
        "é.py  its two headers give different names",
    ),
    "long size in front": (
        replace(
            _ONE,
            local_as=replace(_ONE, size=_LONG, packed_size=_LONG),
            local_extra=zip64_field(1 << 40, 6),
        ),
        "demo/a.py  its two headers give different sizes or checksums",
    ),
    "no long size in front": (
        replace(_ONE, local_as=replace(_ONE, size=_LONG, packed_size=_LONG)),
        "demo/a.py  its two headers give different sizes or checksums",
    ),
    "place beyond all files": (
        replace(_ONE, at=_LONG, extra=zip64_field((1 << 64) - 1), is_listed_only=True),
        "demo/a.py  its header is missing",
    ),
    "text bomb": (
        Member(f"{_INFO}/entry_points.txt", b"\n" * (17 << 20), DEFLATED),
        f"{_INFO}/entry_points.txt  its text is too long",
    ),
    "script bomb": (
        Member("demo-1.0.data/scripts/a", b"#!python" + b"\n" * (17 << 20), DEFLATED),
        "demo-1.0.data/scripts/a  its text is too long",
    ),
}

# Archives with a wrong end or order. The reader rejects them, or reads them as other programs do.
ODD_ARCHIVES: dict[str, bytes] = {
    "bytes behind the end": wheel_archive(_ONE) + b"behind",
    "an archive behind the end": wheel_archive(_ONE) + wheel_archive(_OTHER),
    "an archive in front": wheel_archive(_OTHER, before=wheel_archive(_ONE)),
    "an archive in the comment": wheel_archive(_ONE, comment=wheel_archive(_OTHER)),
    "an end in the comment": wheel_archive(_ONE, comment=wheel_archive()[-22:]),
    "an entry that is not listed": wheel_archive(
        _ONE, Member("b", local_entry(Member("c", b"hidden")))
    ),
    "an archive inside": wheel_archive(Member("demo/inner.whl", wheel_archive(_OTHER), DEFLATED)),
    "one count too few": wheel_archive(_ONE)[:-12]
    + struct.pack("<H", 3)
    + wheel_archive(_ONE)[-10:],
    "one count too many": wheel_archive(_ONE)[:-12]
    + struct.pack("<H", 5)
    + wheel_archive(_ONE)[-10:],
    "another disk": wheel_archive(_ONE)[:-18] + b"\1\0\1\0" + wheel_archive(_ONE)[-14:],
    "directory too early": wheel_archive(_ONE)[:-6]
    + struct.pack("<L", 1)
    + wheel_archive(_ONE)[-2:],
    "directory too late": wheel_archive(_ONE)[:-6]
    + struct.pack("<L", 1 << 30)
    + wheel_archive(_ONE)[-2:],
    "directory too long": wheel_archive(_ONE)[:-10]
    + struct.pack("<L", 1 << 30)
    + wheel_archive(_ONE)[-6:],
    "half an extra field": wheel_archive(replace(_ONE, extra=b"\1\0\x10\0")),
    "nine bytes of zip64": wheel_archive(replace(_ONE, extra=extra_field(_ZIP64, b"123456789"))),
    "zip64 without need": wheel_archive(replace(_ONE, extra=zip64_field(7, 7, 7))),
    "one byte of an extra field": wheel_archive(replace(_ONE, extra=b"\1")),
    "size told by zip64 only": wheel_archive(replace(_ONE, size=_LONG, extra=zip64_field(6))),
    "long size told by zip64": wheel_archive(
        replace(_ONE, size=_LONG, extra=zip64_field((1 << 64) - 1))
    ),
    "a directory of nothing": zip_archive(),
    "a folder only": zip_archive(Member("demo/")),
    "an entry's data is the directory": wheel_archive(Member("a", b"PK\x01\x02" * 20)),
    "empty blocks": wheel_archive(
        Member("a", b"x", DEFLATED, packed=b"\0\0\0\xff\xff" * 99 + deflate(b"x"))
    ),
}


def wheel_with_metadata(metadata: bytes, description: bytes = DIST_INFO[1].content) -> bytes:
    """Return a wheel with this METADATA and this WHEEL."""
    return zip_archive(
        Member(f"{_INFO}/METADATA", metadata),
        Member(f"{_INFO}/WHEEL", description),
        Member(f"{_INFO}/RECORD", b""),
    )


# METADATA without a usable name or version, each with the reason in the error.
WRONG_METADATA: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it has no `Name`"),
    "binary": (bytes(range(256)), "it has no `Name`"),
    "two bytes a letter": ("Name: demo\nVersion: 1.0\n".encode("utf-16"), "it has no `Name`"),
    "another encoding": (b"Name: d\xe9mo\nVersion: 1.0\n", "its `Name` is 'd\ufffdmo'"),
    "a path": (b"Name: ../demo\nVersion: 1.0\n", "its `Name` is '../demo'"),
    "a terminal's command": (b"Name: \x1b[2J\nVersion: 1.0\n", "its `Name` is '\\x1b[2J'"),
    "two lines": (b"Name: demo\n other\nVersion: 1.0\n", "its `Name` is 'demo\\n other'"),
    "long": (b"Name: " + b"a " * 999 + b"\nVersion: 1.0\n", f"its `Name` is '{'a ' * 30}'"),
    "no version": (b"Name: demo\nVersion:\n", "it has no `Version`"),
    "a version with spaces": (b"Name: demo\nVersion: 1 0\n", "its `Version` is '1 0'"),
    "a version's bytes": (b"Name: demo\nVersion: 1\xff\n", "its `Version` is '1\ufffd'"),
}
