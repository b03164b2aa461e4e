"""Reports what is inside one wheel, as JSON on standard output. It judges nothing.

    python3 read_wheel.py NAME.whl MOST_BYTES MOST_RATIO

Every entry is unpacked in memory, piece by piece, to learn whether its stream holds what the
directory of the archive declares; an archive that declares more than MOST_BYTES in all, or an
entry more than MOST_RATIO times its packed size, is not unpacked.

Standard library only, CPython 3.9 or newer.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

_CHUNK = 1 << 20
# Signature; version, flags, method, time, date; CRC-32, packed and unpacked size; two lengths.
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
# The few files that say what the wheel is.
_DESCRIPTIONS = ("METADATA", "WHEEL", "entry_points.txt")
# The texts of a wheel go into its report, so they have a limit in all.
_LONGEST_TEXTS = 16 << 20
# In an extra field: numbers of 64 bits; and another name, which some unpackers prefer.
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_LONG = 0xFFFFFFFF
_LONGEST_DESCRIPTOR = 24
# Zip64 can name places that no file has, and that `seek` does not take.
_FARTHEST = (1 << 63) - 1
# Flags: ciphers, weak and strong; numbers that follow the data; a patch to another file; UTF-8.
_CIPHERS, _DESCRIPTOR, _PATCH, _UTF8 = 0x41, 0x8, 0x20, 0x800
# What native code for Linux begins with.
_ELF = b"\x7fELF"
# What a script begins with that names no interpreter yet.
_PLACEHOLDER = b"#!python"


def main(path: str, most_bytes: int, most_ratio: int) -> dict[str, Any]:
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            return read(archive, file, most_bytes, most_ratio)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
        return {"unreadable": str(error) or type(error).__name__}


def read(
    archive: zipfile.ZipFile, file: BinaryIO, most_bytes: int, most_ratio: int
) -> dict[str, Any]:
    infos = archive.infolist()
    declared = sum(info.file_size for info in infos)
    entries: list[dict[str, Any]] = []
    texts: dict[str, str] = {}
    room = _LONGEST_TEXTS
    for info in infos:
        entry = declaration(info)
        entries.append(entry)
        if has_another_name(info, info.extra):
            entry["broken"] = "it has another name in an extra field"
            continue
        if declared > most_bytes or info.file_size > most_ratio * max(info.compress_size, 1):
            continue
        if entry["encrypted"] or info.compress_type not in (0, 8):
            continue
        text = unpack(info, file, entry, room)
        if text is not None:
            room -= len(text)
            texts[entry["path"]] = text.decode("utf-8", "surrogateescape")
    mark_overlaps(entries)
    return {"declared_bytes": declared, "entries": entries, "texts": texts}


def is_text(path: str) -> bool:
    """Whether the core may need the text: descriptions, lines that run at every start, scripts."""
    folder, _, name = path.rpartition("/")
    if "/" not in folder and folder.endswith(".dist-info") and name in _DESCRIPTIONS:
        return True
    return is_run_at_start(path) or is_script(path)


def is_run_at_start(path: str) -> bool:
    """Whether it is a `.pth` file where Python looks for them: at the top of the code."""
    folder = path.rpartition("/")[0]
    at_top = folder.endswith((".data/purelib", ".data/platlib")) and folder.count("/") == 1
    return path.endswith(".pth") and (not folder or at_top)


def is_script(path: str) -> bool:
    return ".data/scripts/" in path


def declaration(info: zipfile.ZipInfo) -> dict[str, Any]:
    """What the archive's directory says of an entry."""
    mode = info.external_attr >> 16
    return {
        # Not `filename`, which ends at a NUL byte.
        "path": info.orig_filename,
        "folder": info.orig_filename.endswith("/"),
        "size": info.file_size,
        "packed": info.compress_size,
        "crc": info.CRC,
        "method": info.compress_type,
        "encrypted": bool(info.flag_bits & _CIPHERS),
        "mode": mode,
        "header": info.header_offset,
    }


class Broken(Exception):
    """What is wrong with an entry's data, in a few words."""


def unpack(info: zipfile.ZipInfo, file: BinaryIO, entry: dict[str, Any], most: int) -> bytes | None:
    """Unpack one entry; note its SHA-256 and where its data starts, or what is wrong with it.

    Returns the content of a text, if it is no longer than `most`, and nothing else.
    """
    digest, crc, head = hashlib.sha256(), 0, b""
    kept: list[bytes] = []
    # Of scripts, only those are rewritten that begin with the placeholder; others may be programs.
    is_wanted = is_text(entry["path"])
    try:
        entry["data"], flags = find_data(info, file)
        if entry["folder"] and info.file_size:
            raise Broken("it is a folder, and holds data")
        for piece in pieces(info, file, entry["data"]):
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            head += piece[: max(0, len(_PLACEHOLDER) - len(head))]
            if is_wanted and info.file_size <= most:
                kept.append(piece)
        if crc != info.CRC:
            raise Broken("its checksum (CRC-32) is wrong")
        if flags & _DESCRIPTOR and not is_described(info, file, entry["data"]):
            raise Broken("the numbers behind its data are missing or wrong")
        if is_script(entry["path"]):
            is_wanted = head == _PLACEHOLDER
        if is_wanted and info.file_size > most:
            raise Broken("its text is too long")
    except Broken as fault:
        entry["broken"] = str(fault)
        return None
    entry["sha256"] = digest.hexdigest()
    if head.startswith(_ELF):
        entry["elf"] = True
    return b"".join(kept) if is_wanted else None


def find_data(info: zipfile.ZipInfo, file: BinaryIO) -> tuple[int, int]:
    """Where the data of an entry starts, in bytes from the start of the archive; and its flags.

    Unpackers that read from front to back see only the header there, and not the directory: what
    it says must be the same.
    """
    if info.flag_bits & _PATCH:
        raise Broken("it is a patch to another file")
    if info.header_offset > _FARTHEST:
        raise Broken("its header is missing")
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise Broken("its header is missing")
    _, _, flags, method, _, _, *numbers, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    name = file.read(name_length)
    other_encoding = not name.isascii() and (flags ^ info.flag_bits) & _UTF8
    if name != local_name(info) or other_encoding:
        raise Broken("its two headers give different names")
    if method != info.compress_type:
        raise Broken("its two headers give different methods")
    extra = file.read(extra_length)
    if has_another_name(info, extra):
        raise Broken("it has another name in an extra field")
    told = with_long_numbers(numbers, extra)
    true = [info.CRC, info.file_size, info.compress_size]
    for found, expected in zip(told, true):
        # Who writes the numbers behind the data may write zeros before it.
        if found != expected and not (flags & _DESCRIPTOR and not found):
            raise Broken("its two headers give different sizes or checksums")
    return info.header_offset + _LOCAL_HEADER.size + name_length + extra_length, flags


def is_described(info: zipfile.ZipInfo, file: BinaryIO, start: int) -> bool:
    """Whether the numbers follow the data: with or without a signature, of 32 or 64 bits."""
    file.seek(start + info.compress_size)
    behind = file.read(_LONGEST_DESCRIPTOR)
    numbers = (info.CRC, info.compress_size, info.file_size)
    forms = [struct.pack("<L2Q", *numbers)]
    if max(numbers) <= _LONG:
        forms.append(struct.pack("<3L", *numbers))
    return any(behind.startswith((form, b"PK\x07\x08" + form)) for form in forms)


def with_long_numbers(numbers: list[int], extra: bytes) -> list[int]:
    """CRC-32, unpacked and packed size, as a header and its zip64 record give them."""
    crc, packed, size = numbers
    record = next(extra_fields(extra, _ZIP64), b"")
    told = [crc]
    for number in (size, packed):
        if number == _LONG and len(record) >= 8:
            number, record = int.from_bytes(record[:8], "little"), record[8:]
        told.append(number)
    return told


def has_another_name(info: zipfile.ZipInfo, extra: bytes) -> bool:
    """Whether there is a Unicode name that is not the entry's own: unpackers would disagree."""
    # Behind a version and a checksum.
    names = (record[5:] for record in extra_fields(extra, _UNICODE_NAME))
    return any(name and name != info.orig_filename.encode() for name in names)


def extra_fields(extra: bytes, kind: int) -> Iterator[bytes]:
    """The records of a kind: each is its kind, its length, and that many bytes."""
    while len(extra) >= 4:
        found, length = struct.unpack_from("<2H", extra)
        if found == kind:
            yield extra[4 : 4 + length]
        extra = extra[4 + length :]


def pieces(info: zipfile.ZipInfo, file: BinaryIO, start: int) -> Iterator[bytes]:
    """The content of the entry at hand, in pieces; never more than it declares, and one byte."""
    file.seek(start)
    inflate = zlib.decompressobj(-15) if info.compress_type == 8 else None
    left, size, packed = info.compress_size, 0, b""
    while True:
        if not packed and left:
            packed = file.read(min(left, _CHUNK))
            if not packed:
                raise Broken("the archive ends within it")
            left -= len(packed)
        if inflate is None:
            piece, packed = packed, b""
        else:
            try:
                piece = inflate.decompress(packed, min(_CHUNK, info.file_size - size + 1))
            except zlib.error:
                raise Broken("its stream is damaged") from None
            packed = inflate.unconsumed_tail
        size += len(piece)
        if size > info.file_size:
            raise Broken("it unpacks to more bytes than it declares")
        if piece:
            yield piece
        elif inflate is not None and inflate.eof or not packed and not left:
            break
    if inflate is not None and (not inflate.eof or inflate.unused_data or packed or left):
        raise Broken("its stream does not end where it should")
    if size < info.file_size:
        raise Broken("it unpacks to fewer bytes than it declares")


def local_name(info: zipfile.ZipInfo) -> bytes:
    encoding = "utf-8" if info.flag_bits & _UTF8 else "cp437"
    return info.orig_filename.encode(encoding)


def mark_overlaps(entries: list[dict[str, Any]]) -> None:
    """Mark entries that share bytes with the next one: real archives do not, bombs do."""
    placed = sorted((e for e in entries if "data" in e), key=lambda e: e["header"])
    for entry, following in zip(placed, placed[1:]):
        if entry["data"] + entry["packed"] > following["header"]:
            entry["broken"] = "its data overlaps another entry"


if __name__ == "__main__":
    report = main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    json.dump(report, sys.stdout, sort_keys=True, separators=(",", ":"))
