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
_LONGEST_DESCRIPTION = 16 << 20


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
    for info in infos:
        entry = declaration(info)
        entries.append(entry)
        if entry["folder"]:
            continue
        if declared > most_bytes or info.file_size > most_ratio * max(info.compress_size, 1):
            continue
        if info.flag_bits & 0x1 or info.compress_type not in (0, 8):
            continue
        content = unpack(info, file, entry)
        if is_wanted_as_text(entry["path"], content):
            texts[entry["path"]] = content.decode("utf-8", "surrogateescape")
    mark_overlaps(entries)
    return {"declared_bytes": declared, "entries": entries, "texts": texts}


def is_wanted_as_text(path: str, content: bytes) -> bool:
    """Whether the core needs the text: descriptions, and scripts whose first line it rewrites."""
    if is_description(path):
        return True
    return ".data/scripts/" in path and content.startswith(b"#!python")


def is_description(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder.endswith(".dist-info") and name in _DESCRIPTIONS


def declaration(info: zipfile.ZipInfo) -> dict[str, Any]:
    """What the archive's directory says of an entry."""
    mode = info.external_attr >> 16
    return {
        # Not `filename`, which ends at a NUL byte.
        "path": info.orig_filename,
        # Not `is_dir()`, which fails on an empty name before CPython 3.12.
        "folder": info.filename.endswith("/"),
        "size": info.file_size,
        "packed": info.compress_size,
        "crc": info.CRC,
        "method": info.compress_type,
        "encrypted": bool(info.flag_bits & 0x1),
        "mode": mode,
        "header": info.header_offset,
    }


class Broken(Exception):
    """What is wrong with an entry's data, in a few words."""


def unpack(info: zipfile.ZipInfo, file: BinaryIO, entry: dict[str, Any]) -> bytes:
    """Unpack one entry; note its SHA-256 and where its data starts, or what is wrong with it.

    Returns the content of descriptions and small files, and nothing for larger ones.
    """
    digest, crc, kept = hashlib.sha256(), 0, []
    most = _LONGEST_DESCRIPTION if is_description(entry["path"]) else _CHUNK
    try:
        entry["data"] = find_data(info, file)
        for piece in pieces(info, file):
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            if info.file_size <= most:
                kept.append(piece)
        if crc != info.CRC:
            raise Broken("its checksum (CRC-32) is wrong")
    except Broken as fault:
        entry["broken"] = str(fault)
        return b""
    entry["sha256"] = digest.hexdigest()
    return b"".join(kept)


def find_data(info: zipfile.ZipInfo, file: BinaryIO) -> int:
    """Where the data of an entry starts, in bytes from the start of the archive."""
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise Broken("its header is missing")
    name_length, extra_length = _LOCAL_HEADER.unpack(header)[9:11]
    if file.read(name_length) != local_name(info):
        raise Broken("its two headers give different names")
    start: int = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    return start


def pieces(info: zipfile.ZipInfo, file: BinaryIO) -> Iterator[bytes]:
    """The content of the entry at hand, in pieces; never more than it declares, and one byte."""
    file.seek(find_data(info, file))
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
    encoding = "utf-8" if info.flag_bits & 0x800 else "cp437"
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
