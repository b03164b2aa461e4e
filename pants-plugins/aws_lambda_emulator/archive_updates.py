"""Updates an unpacked zip in place, because writing thousands of files takes long."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from aws_lambda_emulator.archives import (
    ContinueCheck,
    MountingCancelled,
    make_read_only,
    remove,
)
from aws_lambda_emulator.artifact import ArtifactChanged
from aws_lambda_emulator.errors import EmulatorError, pants_command

# Offsets in a local file header: the lengths of the name and the extra field, and the name itself
# (APPNOTE.TXT 4.3.7).
_LENGTHS, _HEADER = 26, 30

# The files in a folder: each path with the SHA-256 digest of its compressed bytes and its mode.
_Index = Mapping[str, "tuple[str, int]"]


def update_to_zip(
    path: str, folder: str, index: str, should_continue: ContinueCheck = lambda: True
) -> None:
    """Make the folder contain exactly the files of the zip, read-only.

    The file `index` lists the files in the folder. It exists only while it is correct, so an update
    that was killed makes the next one start over. Raises `EmulatorError` for an entry outside the
    folder, `ArtifactChanged` if the zip gets shorter, and `MountingCancelled`.
    """
    with _open_archive(path) as archive:
        current, target = _read_index(index), archive.index()
        with suppress(FileNotFoundError):
            os.unlink(index)
        if current is None:
            remove(folder)
            current = {}
        os.makedirs(folder, exist_ok=True)
        removed = current.keys() - target.keys()
        changed = [name for name, value in target.items() if current.get(name) != value]
        _make_writable(folder, (*removed, *changed))
        for name in removed:
            os.unlink(os.path.join(folder, name))
        _remove_empty_folders(folder, removed)
        for name in changed:
            if not should_continue():
                raise MountingCancelled
            _write(os.path.join(folder, name), archive, archive.by_name[name])
    make_read_only(folder)
    _write_index(index, target)


class _Archive:
    """An open zip that gives access to the compressed bytes of its files."""

    def __init__(self, archive: zipfile.ZipFile, descriptor: int, path: str) -> None:
        self._archive, self._descriptor, self._path = archive, descriptor, path
        self.by_name = {each.filename: each for each in archive.infolist() if not each.is_dir()}
        for name in self.by_name:
            _check_name(name, path)

    def index(self) -> dict[str, tuple[str, int]]:
        return {
            name: (hashlib.sha256(self._compressed(entry)).hexdigest(), mode_of(entry))
            for name, entry in self.by_name.items()
        }

    def content(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.compress_type == zipfile.ZIP_STORED:
            return self._compressed(entry)
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            size = max(entry.file_size, 1)
            return zlib.decompress(self._compressed(entry), -zlib.MAX_WBITS, size)
        return self._archive.read(entry)

    def _compressed(self, entry: zipfile.ZipInfo) -> bytes:
        header = self._read(entry, _HEADER, entry.header_offset)
        name, extra = struct.unpack_from("<HH", header, _LENGTHS)
        start = entry.header_offset + _HEADER + name + extra
        return self._read(entry, entry.compress_size, start)

    def _read(self, entry: zipfile.ZipInfo, size: int, start: int) -> bytes:
        """Read without mapping the file: the kernel kills a process that reads a map of a file
        that has become shorter."""
        data = os.pread(self._descriptor, size, start)
        if len(data) < size:
            raise ArtifactChanged(
                "A build replaced a zip while the emulator unpacked it.\n\n"
                f"  {self._path}\n"
                f"  cut off in {entry.filename}\n\n"
                "To fix, wait until the build has ended, and try again."
            )
        return data


@contextmanager
def _open_archive(path: str) -> Iterator[_Archive]:
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        yield _Archive(archive, file.fileno(), path)


def mode_of(entry: zipfile.ZipInfo) -> int:
    """The permission bits of an entry, or 644 if the zip does not state them."""
    return entry.external_attr >> 16 & 0o777 or 0o644


def _check_name(name: str, path: str) -> None:
    if name.startswith("/") or ".." in name.split("/"):
        raise EmulatorError(
            f"The zip has an entry outside its folder.\n\n  {path}\n  {name}\n\n"
            f"To fix, run `{pants_command('package')}` again, which writes no such entry."
        )


def _write(target: str, archive: _Archive, entry: zipfile.ZipInfo) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with suppress(FileNotFoundError):
        os.unlink(target)
    mode = mode_of(entry)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # `os.open` applies the umask.
        file.write(archive.content(entry))


def _make_writable(folder: str, names: Iterable[str]) -> None:
    """Make the existing folders of these files writable, and the folders above them."""
    folders = {os.path.dirname(name) for name in names}
    above = {name[:i] for name in folders for i in _folder_ends(name)} | {""}
    for each in above:
        # A new folder may replace a file, which is still there.
        with suppress(FileNotFoundError, NotADirectoryError):
            os.chmod(os.path.join(folder, each), 0o755)


def _folder_ends(name: str) -> Iterator[int]:
    """The index at which each folder in a path ends."""
    yield from (i for i, letter in enumerate(name) if letter == "/")
    yield len(name)


def _remove_empty_folders(folder: str, removed: Iterable[str]) -> None:
    """Remove empty folders of removed files: Python would import them as namespace packages."""
    above = {name[:i] for name in removed for i in _folder_ends(os.path.dirname(name))} - {""}
    for each in sorted(above, key=len, reverse=True):
        with suppress(OSError):
            os.rmdir(os.path.join(folder, each))


def _read_index(index: str) -> _Index | None:
    try:
        with open(index, encoding="utf-8") as file:
            return {name: (sha256, mode) for name, (sha256, mode) in json.load(file).items()}
    except (OSError, ValueError, TypeError):
        return None


def _write_index(index: str, target: _Index) -> None:
    with open(f"{index}.new", "w", encoding="utf-8") as file:
        json.dump(target, file)
    os.replace(f"{index}.new", index)
