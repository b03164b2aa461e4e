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
# Folders that glibc searches without a cache, on various distributions.
FOLDERS = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/lib/*-linux-gnu", "/usr/lib/*-linux-gnu")

# glibc's dl-cache.h: the magic text, two 32-bit numbers (count of entries, bytes of text), padding.
_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER, _ENTRY = struct.Struct("=20s2I20x"), struct.Struct("=i3IQ")
# elf.h: a 64-bit file in little-endian order; types of program headers and of dynamic entries.
_IDENT = b"\x7fELF\x02\x01"
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS, _SIZE, _RPATH, _RUNPATH = 1, 5, 10, 15, 29


def find_libraries() -> dict[str, str]:
    """Map the file name of each library to the path that the loader chooses."""
    found = dict(_read_cache())
    if not found:
        for folder in (each for pattern in FOLDERS for each in sorted(glob.glob(pattern))):
            with suppress(OSError):
                for name in sorted(os.listdir(folder)):
                    if ".so" in name:
                        found.setdefault(name, f"{folder}/{name}")
    return found


def _read_cache() -> Iterator[tuple[str, str]]:
    """Yield names and paths in reverse: a name's first path, the loader's choice, comes last."""
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


def build_cache(names: Iterable[str]) -> bytes:
    """A copy of this machine's cache with these libraries only.

    It is empty if the machine has no cache, or one in an unknown format.
    """
    wanted = frozenset(names)
    entries, texts = [], b""
    with suppress(OSError, struct.error, ValueError), open(CACHE, "rb") as file:
        # Entries for certain processors refer to a part of the file that is not copied.
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
class ElfDependencies:
    """The libraries that an ELF file names, the folders of its RPATH or RUNPATH, and its loader."""

    libraries: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    loader: str = ""


def read_elf_dependencies(path: str) -> ElfDependencies:
    """Read an ELF file. The result is empty for any file that is not 64-bit little-endian ELF.

    Raises `FileNotFoundError`.
    """
    try:
        with open(path, "rb") as file:
            return _read(file, os.path.dirname(path))
    except FileNotFoundError:
        raise
    except (OSError, struct.error, ValueError, LookupError, OverflowError, StopIteration):
        return ElfDependencies()


def _read(file: IO[bytes], origin: str) -> ElfDependencies:
    header = file.read(64)
    if not header.startswith(_IDENT):
        return ElfDependencies()
    (start,) = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<2H", header, 54)
    file.seek(start)
    table = file.read(size * count)
    # The type, the offset in the file, the address and the size of each part.
    parts = [
        (kind, offset, address, length)
        for kind, offset, address, length in (
            struct.unpack_from("<I4xQQ8xQ", table, at) for at in range(0, size * count, size)
        )
    ]
    dynamic = next((part for part in parts if part[0] == _DYNAMIC), None)
    if dynamic is None:
        return ElfDependencies()
    content = _read_at(file, dynamic[1], dynamic[3])
    values = list(struct.iter_unpack("<QQ", content[: len(content) // 16 * 16]))
    by_kind = dict(values)
    address = by_kind[_STRINGS]
    offset = next(
        place + address - begin
        for kind, place, begin, length in parts
        if kind == _LOAD and begin <= address < begin + length
    )
    strings = _read_at(file, offset, by_kind[_SIZE])
    paths = [_text(strings, value) for kind, value in values if kind in (_RPATH, _RUNPATH)]
    interpreter = next((part for part in parts if part[0] == _INTERPRETER), None)
    loader = _read_at(file, interpreter[1], interpreter[3]) if interpreter else b""
    return ElfDependencies(
        libraries=tuple(_text(strings, value) for kind, value in values if kind == _NEEDED),
        folders=tuple(
            each.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
            for path in paths
            for each in path.split(":")
            if each
        ),
        loader=loader.rstrip(b"\0").decode(),
    )


def _read_at(file: IO[bytes], offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def find_closure(
    paths: Iterable[str],
    known: Mapping[str, str],
    resolve: Callable[[str], str] = os.path.realpath,
) -> dict[str, str]:
    """Find the existing files among `paths`, and all libraries that the loader loads for them.

    `known` are the machine's libraries, as `find_libraries` returns them. The result maps each path
    to its real path.
    """
    found: dict[str, str] = {}
    waiting = list(paths)
    read: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        file = resolve(path)
        if file not in read:
            try:
                needed = read_elf_dependencies(file)
            except FileNotFoundError:
                continue
            read.add(file)
            for name in needed.libraries:
                candidates = (f"{folder}/{name}" for folder in needed.folders)
                place = next((each for each in candidates if os.path.exists(each)), known.get(name))
                if place:
                    waiting.append(os.path.normpath(place))
            if needed.loader:
                waiting.append(needed.loader)
        found[path] = file
    return found
