"""The libraries that this machine's dynamic loader finds, and those that an ELF file needs."""

from __future__ import annotations

import glob
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Callable

CACHE = "/etc/ld.so.cache"
# Places that glibc searches without a cache, by distribution.
FOLDERS = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/lib/*-linux-gnu", "/usr/lib/*-linux-gnu")

# glibc's dl-cache.h: the magic text, two numbers of 32 bits (entries, bytes of text), and the rest.
_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER, _ENTRY = struct.Struct("=20s2I20x"), struct.Struct("=i3IQ")
# elf.h: a file of 64 bits in little-endian order; program headers; entries of the dynamic section.
_IDENT = b"\x7fELF\x02\x01"
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS, _SIZE, _RPATH, _RUNPATH = 1, 5, 10, 15, 29


def libraries() -> dict[str, str]:
    """The path of each library by its file name, in the order of the loader."""
    found = dict(_cached())
    if not found:
        for folder in (each for pattern in FOLDERS for each in sorted(glob.glob(pattern))):
            with suppress(OSError):
                for name in sorted(os.listdir(folder)):
                    if ".so" in name:
                        found.setdefault(name, f"{folder}/{name}")
    return found


def _cached() -> Iterator[tuple[str, str]]:
    """The first path of each name is the loader's choice, so it comes last here."""
    with suppress(OSError, struct.error, ValueError), open(CACHE, "rb") as file:
        content = file.read()
        for _, name, path in reversed(list(_entries(content))):
            yield name, path


def _entries(content: bytes) -> Iterator[tuple[bytes, str, str]]:
    """The entries of a cache: their bytes, the library's name, and its path."""
    magic, entries, _ = _HEADER.unpack_from(content)
    if magic != _MAGIC:
        return
    for number in range(entries):
        at = _HEADER.size + number * _ENTRY.size
        _, name, path, _, _ = _ENTRY.unpack_from(content, at)
        yield content[at : at + _ENTRY.size], _text(content, name), _text(content, path)


def _text(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at)].decode(errors="surrogateescape")


def cache_of(names: Iterable[str]) -> bytes:
    """This machine's cache with these libraries alone; empty where it has none that is known."""
    wanted = frozenset(names)
    entries, texts = [], b""
    with suppress(OSError, struct.error, ValueError), open(CACHE, "rb") as file:
        # Entries of special processors refer to a part of the file that is left out.
        entries = [
            (_ENTRY.unpack(raw), name, path)
            for raw, name, path in _entries(file.read())
            if name in wanted and not raw[-8:].strip(b"\0")
        ]
    start = _HEADER.size + len(entries) * _ENTRY.size
    packed = b""
    for (flags, _, _, version, capabilities), name, path in entries:
        place = start + len(texts)
        texts += os.fsencode(name) + b"\0"
        packed += _ENTRY.pack(flags, place, start + len(texts), version, capabilities)
        texts += os.fsencode(path) + b"\0"
    return _HEADER.pack(_MAGIC, len(entries), len(texts)) + packed + texts if entries else b""


@dataclass(frozen=True)
class Needs:
    """The libraries that an ELF file names, where it looks for them first, and its loader."""

    libraries: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    loader: str = ""


def needs(path: str) -> Needs:
    """Empty for everything that is no ELF file of this machine's kind.

    Raises `FileNotFoundError`.
    """
    try:
        with open(path, "rb") as file:
            return _read(file, os.path.dirname(path))
    except FileNotFoundError:
        raise
    except (OSError, struct.error, ValueError, LookupError, OverflowError, StopIteration):
        return Needs()


def _read(file: IO[bytes], origin: str) -> Needs:
    header = file.read(64)
    if not header.startswith(_IDENT):
        return Needs()
    (start,) = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<2H", header, 54)
    file.seek(start)
    table = file.read(size * count)
    # Of each: its type, its place in the file, its address, its size.
    parts = [
        (kind, offset, address, length)
        for kind, offset, address, length in (
            struct.unpack_from("<I4xQQ8xQ", table, at) for at in range(0, size * count, size)
        )
    ]
    dynamic = next((part for part in parts if part[0] == _DYNAMIC), None)
    if dynamic is None:
        return Needs()
    content = _at(file, dynamic[1], dynamic[3])
    values = list(struct.iter_unpack("<QQ", content[: len(content) // 16 * 16]))
    by_kind = dict(values)
    address = by_kind[_STRINGS]
    offset = next(
        place + address - begin
        for kind, place, begin, length in parts
        if kind == _LOAD and begin <= address < begin + length
    )
    strings = _at(file, offset, by_kind[_SIZE])
    paths = [_text(strings, value) for kind, value in values if kind in (_RPATH, _RUNPATH)]
    interpreter = next((part for part in parts if part[0] == _INTERPRETER), None)
    return Needs(
        tuple(_text(strings, value) for kind, value in values if kind == _NEEDED),
        tuple(
            each.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
            for path in paths
            for each in path.split(":")
            if each
        ),
        _at(file, interpreter[1], interpreter[3]).rstrip(b"\0").decode() if interpreter else "",
    )


def _at(file: IO[bytes], offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def closure(
    paths: Iterable[str], known: Mapping[str, str], real: Callable[[str], str] = os.path.realpath
) -> dict[str, str]:
    """These files, as far as they exist, and all that the loader would load for them: the paths by
    which they are called, each with the path of the file itself."""
    found: dict[str, str] = {}
    waiting = list(paths)
    read: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        file = real(path)
        if file not in read:
            try:
                own = needs(file)
            except FileNotFoundError:
                continue
            read.add(file)
            for name in own.libraries:
                beside = (f"{folder}/{name}" for folder in own.folders)
                place = next((each for each in beside if os.path.exists(each)), known.get(name))
                if place:
                    waiting.append(os.path.normpath(place))
            if own.loader:
                waiting.append(own.loader)
        found[path] = file
    return found
