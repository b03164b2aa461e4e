"""Reports the contents of a wheel, as JSON on standard output. It judges nothing.

    python3 read_wheel.py NAME.whl MOST_BYTES MOST_RATIO

The program unpacks every entry in memory, in chunks, and compares it with the directory of the
archive. It unpacks no entry if the archive declares more than MOST_BYTES in total, and it skips an
entry that declares more than MOST_RATIO times its packed size.

It requires CPython 3.9 or newer and the standard library.
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
# The files that describe the wheel.
_DESCRIPTIONS = ("METADATA", "WHEEL", "entry_points.txt")
# The total size of the texts in a report, in bytes.
_MAX_TEXTS = 16 << 20
# Extra fields with 64-bit numbers, and with another name, which some programs prefer.
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_LONG = 0xFFFFFFFF
# The size of the longest data descriptor, the numbers after the data of an entry, in bytes.
_MAX_DESCRIPTOR = 24
# Zip64 allows offsets that are larger than any file, and that `seek` does not accept.
_MAX_OFFSET = (1 << 63) - 1
# Flags: a weak or strong cipher, numbers after the data, a patch to another file, UTF-8.
_CIPHERS, _DESCRIPTOR, _PATCH, _UTF8 = 0x41, 0x8, 0x20, 0x800
# The start of native code for Linux.
_ELF = b"\x7fELF"
# The start of a script whose interpreter the installation fills in.
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
    room = _MAX_TEXTS
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
    """Return whether the report contains the text: of descriptions, `.pth` files and scripts."""
    folder, _, name = path.rpartition("/")
    if "/" not in folder and folder.endswith(".dist-info") and name in _DESCRIPTIONS:
        return True
    return is_run_at_start(path) or is_script(path)


def is_run_at_start(path: str) -> bool:
    """Return whether Python reads the file at every start: a `.pth` file at the top of the code."""
    folder = path.rpartition("/")[0]
    at_top = folder.endswith((".data/purelib", ".data/platlib")) and folder.count("/") == 1
    return path.endswith(".pth") and (not folder or at_top)


def is_script(path: str) -> bool:
    return ".data/scripts/" in path


def declaration(info: zipfile.ZipInfo) -> dict[str, Any]:
    """Return the facts about an entry that the directory of the archive declares."""
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
    """The data of an entry is broken. The message says why, in a few words."""


def unpack(info: zipfile.ZipInfo, file: BinaryIO, entry: dict[str, Any], most: int) -> bytes | None:
    """Unpack an entry, and note its SHA-256 and the offset of its data, or why it is broken.

    Return the content of a text that is at most `most` bytes long, and `None` for other entries.
    """
    digest, crc, head = hashlib.sha256(), 0, b""
    kept: list[bytes] = []
    # An installation rewrites only scripts that start with the placeholder. Others may be programs.
    is_wanted = is_text(entry["path"])
    try:
        entry["data"], flags = find_data(info, file)
        if entry["folder"] and info.file_size:
            raise Broken("it is a folder, and contains data")
        for chunk in read_content(info, file, entry["data"]):
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            head += chunk[: max(0, len(_PLACEHOLDER) - len(head))]
            if is_wanted and info.file_size <= most:
                kept.append(chunk)
        if crc != info.CRC:
            raise Broken("its checksum (CRC-32) is wrong")
        if flags & _DESCRIPTOR and not is_described(info, file, entry["data"]):
            raise Broken("the numbers after its data are missing or wrong")
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
    """Return the offset of the data of an entry in the archive, and the flags in its header.

    Programs that read an archive from its start use this header, and not the directory. Therefore,
    both must agree.
    """
    if info.flag_bits & _PATCH:
        raise Broken("it is a patch to another file")
    if info.header_offset > _MAX_OFFSET:
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
    found_numbers = with_long_numbers(numbers, extra)
    declared = [info.CRC, info.file_size, info.compress_size]
    for found, expected in zip(found_numbers, declared):
        # A program that writes the numbers after the data may write zeros before it.
        if found != expected and not (flags & _DESCRIPTOR and not found):
            raise Broken("its two headers give different sizes or checksums")
    return info.header_offset + _LOCAL_HEADER.size + name_length + extra_length, flags


def is_described(info: zipfile.ZipInfo, file: BinaryIO, start: int) -> bool:
    """Return whether the numbers follow the data, with or without a signature, in 32 or 64 bits."""
    file.seek(start + info.compress_size)
    after = file.read(_MAX_DESCRIPTOR)
    numbers = (info.CRC, info.compress_size, info.file_size)
    forms = [struct.pack("<L2Q", *numbers)]
    if max(numbers) <= _LONG:
        forms.append(struct.pack("<3L", *numbers))
    return any(after.startswith((form, b"PK\x07\x08" + form)) for form in forms)


def with_long_numbers(numbers: list[int], extra: bytes) -> list[int]:
    """Return the CRC-32, the unpacked and the packed size from a header and its zip64 record."""
    crc, packed, size = numbers
    record = next(extra_fields(extra, _ZIP64), b"")
    found = [crc]
    for number in (size, packed):
        if number == _LONG and len(record) >= 8:
            number, record = int.from_bytes(record[:8], "little"), record[8:]
        found.append(number)
    return found


def has_another_name(info: zipfile.ZipInfo, extra: bytes) -> bool:
    """Return whether an entry has a different Unicode name, which only some programs would use."""
    # The name follows a version and a checksum.
    names = (record[5:] for record in extra_fields(extra, _UNICODE_NAME))
    return any(name and name != info.orig_filename.encode() for name in names)


def extra_fields(extra: bytes, kind: int) -> Iterator[bytes]:
    """Yield the records of a kind. A record is its kind, its length, and that many bytes."""
    while len(extra) >= 4:
        found, length = struct.unpack_from("<2H", extra)
        if found == kind:
            yield extra[4 : 4 + length]
        extra = extra[4 + length :]


def read_content(info: zipfile.ZipInfo, file: BinaryIO, start: int) -> Iterator[bytes]:
    """Yield the content of an entry in chunks, at most one byte more than it declares."""
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
            chunk, packed = packed, b""
        else:
            try:
                chunk = inflate.decompress(packed, min(_CHUNK, info.file_size - size + 1))
            except zlib.error:
                raise Broken("its stream is damaged") from None
            packed = inflate.unconsumed_tail
        size += len(chunk)
        if size > info.file_size:
            raise Broken("it unpacks to more bytes than it declares")
        if chunk:
            yield chunk
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
    """Mark entries that share bytes with the next entry, as only zip bombs do."""
    placed = sorted((e for e in entries if "data" in e), key=lambda e: e["header"])
    for entry, following in zip(placed, placed[1:]):
        if entry["data"] + entry["packed"] > following["header"]:
            entry["broken"] = "its data overlaps another entry"


if __name__ == "__main__":
    report = main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    json.dump(report, sys.stdout, sort_keys=True, separators=(",", ":"))
