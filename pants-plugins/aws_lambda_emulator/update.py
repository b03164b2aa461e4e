"""Brings an unpacked zip up to date, since to write thousands of files takes long."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from aws_lambda_emulator.artifact import ChangedMeanwhile
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.unpack import Unwanted, Wanted, make_unwritable, remove

# Of a local file header: where the lengths of name and extra field stand, and where the name begins
# (APPNOTE.TXT 4.3.7).
_LENGTHS, _HEADER = 26, 30

# What a folder holds: path to the SHA-256 of the packed bytes, and the permissions.
_Index = Mapping[str, "tuple[str, int]"]


def update_to_zip(path: str, folder: str, index: str, is_wanted: Wanted = lambda: True) -> None:
    """Make the folder hold what the zip holds, and nothing else, writable by nobody.

    What it holds stands in the file `index`, which is not there while that is not true. Raises
    `EmulatorFault` for a path that leads out of the folder, `ChangedMeanwhile` where the zip gets
    shorter, and `Unwanted` as soon as `is_wanted` says no.
    """
    with _opened(path) as packed:
        there, wanted = _read_index(index), packed.index()
        with suppress(FileNotFoundError):
            os.unlink(index)
        if there is None:
            remove(folder)
            there = {}
        os.makedirs(folder, exist_ok=True)
        gone = there.keys() - wanted.keys()
        changed = [name for name, value in wanted.items() if there.get(name) != value]
        _make_writable(folder, (*gone, *changed))
        for name in gone:
            os.unlink(os.path.join(folder, name))
        _remove_empty(folder, gone)
        for name in changed:
            if not is_wanted():
                raise Unwanted
            _write(os.path.join(folder, name), packed, packed.by_name[name])
    make_unwritable(folder)
    _write_index(index, wanted)


class _Packed:
    """An open zip, with its bytes as they lie there."""

    def __init__(self, archive: zipfile.ZipFile, descriptor: int, path: str) -> None:
        self._archive, self._descriptor, self._path = archive, descriptor, path
        self.by_name = {each.filename: each for each in archive.infolist() if not each.is_dir()}
        for name in self.by_name:
            _check(name, path)

    def index(self) -> dict[str, tuple[str, int]]:
        return {
            name: (hashlib.sha256(self._packed(entry)).hexdigest(), mode_of(entry))
            for name, entry in self.by_name.items()
        }

    def content(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.compress_type == zipfile.ZIP_STORED:
            return self._packed(entry)
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            size = max(entry.file_size, 1)
            return zlib.decompress(self._packed(entry), -zlib.MAX_WBITS, size)
        return self._archive.read(entry)

    def _packed(self, entry: zipfile.ZipInfo) -> bytes:
        header = self._read(entry, _HEADER, entry.header_offset)
        name, extra = struct.unpack_from("<HH", header, _LENGTHS)
        start = entry.header_offset + _HEADER + name + extra
        return self._read(entry, entry.compress_size, start)

    def _read(self, entry: zipfile.ZipInfo, size: int, start: int) -> bytes:
        """Not by a map of the file: who reads behind the new end of one is killed."""
        data = os.pread(self._descriptor, size, start)
        if len(data) < size:
            raise ChangedMeanwhile(
                "A build replaced a zip while it was unpacked.\n\n"
                f"  {self._path}\n"
                f"  cut off in {entry.filename}\n\n"
                "To fix, try again once the build has ended."
            )
        return data


@contextmanager
def _opened(path: str) -> Iterator[_Packed]:
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        yield _Packed(archive, file.fileno(), path)


def mode_of(entry: zipfile.ZipInfo) -> int:
    """The permission bits, 644 where the zip gives none."""
    return entry.external_attr >> 16 & 0o777 or 0o644


def _check(name: str, path: str) -> None:
    if name.startswith("/") or ".." in name.split("/"):
        raise EmulatorFault(
            f"The zip has an entry that leads out of its folder.\n\n  {path}\n  {name}\n\n"
            "To fix, find out who wrote it: `package` writes no such entry."
        )


def _write(target: str, packed: _Packed, entry: zipfile.ZipInfo) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with suppress(FileNotFoundError):
        os.unlink(target)
    mode = mode_of(entry)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # Whatever the umask.
        file.write(packed.content(entry))


def _make_writable(folder: str, names: Iterable[str]) -> None:
    """The folders of these files, as far as they are there, and those above them."""
    folders = {os.path.dirname(name) for name in names}
    above = {name[:i] for name in folders for i in _ends(name)} | {""}
    for each in above:
        # The file that a folder replaces is none yet.
        with suppress(FileNotFoundError, NotADirectoryError):
            os.chmod(os.path.join(folder, each), 0o755)


def _ends(name: str) -> Iterator[int]:
    """Where the folders of a path end."""
    yield from (i for i, letter in enumerate(name) if letter == "/")
    yield len(name)


def _remove_empty(folder: str, gone: Iterable[str]) -> None:
    """A folder that is left empty would be a namespace package."""
    above = {name[:i] for name in gone for i in _ends(os.path.dirname(name))} - {""}
    for each in sorted(above, key=len, reverse=True):
        with suppress(OSError):
            os.rmdir(os.path.join(folder, each))


def _read_index(index: str) -> _Index | None:
    try:
        with open(index, encoding="utf-8") as file:
            return {name: (sha256, mode) for name, (sha256, mode) in json.load(file).items()}
    except (OSError, ValueError, TypeError):
        return None


def _write_index(index: str, wanted: _Index) -> None:
    with open(f"{index}.new", "w", encoding="utf-8") as file:
        json.dump(wanted, file)
    os.replace(f"{index}.new", index)
