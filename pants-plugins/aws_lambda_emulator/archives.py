"""Unpacks zips and folders as Lambda does: the last one wins, and all files are read-only."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from typing import Callable

from aws_lambda_emulator.artifact import ArtifactChanged, Code, file_sha256

# The folders below NAME.data/ in a wheel whose files Python can import.
_IMPORTABLE = ("purelib", "platlib")

# Returns `False` as soon as unpacking should stop.
ContinueCheck = Callable[[], bool]


class MountingCancelled(Exception):
    """The caller no longer needs the function, so unpacking stopped."""


def unpack(code: Code, folder: str, should_continue: ContinueCheck = lambda: True) -> None:
    """Unpack a zip or copy a folder over the existing files, with the permissions in it.

    Raises `ArtifactChanged` if a build has replaced the zip since its digest was computed, and
    `MountingCancelled`.
    """
    if code.is_folder:
        _copy(code.path, folder)
        return
    try:
        with zipfile.ZipFile(code.path) as archive:
            for entry in archive.infolist():
                if not should_continue():
                    raise MountingCancelled
                _extract(archive, entry, folder)
    finally:
        check_unchanged(code)


def check_unchanged(code: Code) -> None:
    """Raise `ArtifactChanged` if a build has replaced the zip since its digest was computed."""
    try:
        found = file_sha256(code.path)
    except OSError as error:
        found = f"{type(error).__name__}: {error.strerror}"
    if found != code.sha256:
        raise ArtifactChanged(
            "A build replaced a zip while the emulator unpacked it.\n\n"
            f"  {code.path}\n"
            f"  SHA-256 before  {code.sha256}\n"
            f"  SHA-256 now     {found}\n\n"
            "To fix, wait until the build has ended, and try again."
        )


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: str) -> None:
    mode = entry.external_attr >> 16
    path = os.path.join(folder, entry.filename)
    if not entry.is_dir() and os.path.lexists(path):
        # A file of an earlier layer, which may be read-only.
        os.unlink(path)
    if stat.S_ISLNK(mode):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(os.fsdecode(archive.read(entry)), path)
        return
    written = archive.extract(entry, folder)
    if mode & 0o777 and not entry.is_dir():
        os.chmod(written, mode & 0o777)


def _copy(source: str, target: str) -> None:
    """Copy a folder's files over the existing ones. Permissions of folders are not copied."""
    for path, folders, files in os.walk(source):
        to = os.path.join(target, os.path.relpath(path, source))
        os.makedirs(to, exist_ok=True)
        links = [each for each in folders if os.path.islink(os.path.join(path, each))]
        for name in [*files, *links]:
            written = os.path.join(to, name)
            if os.path.lexists(written):
                os.unlink(written)
            shutil.copy2(os.path.join(path, name), written, follow_symlinks=False)


def unpack_all(
    codes: Iterable[Code], folder: str, should_continue: ContinueCheck = lambda: True
) -> None:
    """Unpack zips, folders and wheels into one new folder and make it read-only.

    Of the data of a wheel, it contains the files that Python can import.
    """
    os.makedirs(folder)
    for code in codes:
        unpack(code, folder, should_continue)
        if code.path.endswith(".whl"):
            _spread_data(folder)
    make_read_only(folder)


def _spread_data(folder: str) -> None:
    """Move the importable files of a wheel's data folders to the place where pip installs them."""
    for name in os.listdir(folder):
        if name.endswith(".data"):
            for kind in _IMPORTABLE:
                data = os.path.join(folder, name, kind)
                if os.path.isdir(data):
                    shutil.copytree(data, folder, dirs_exist_ok=True)
            shutil.rmtree(os.path.join(folder, name))


def make_read_only(folder: str) -> None:
    """Set the permissions with which Lambda mounts code: every user may read, no user may write."""
    for path, _, files in os.walk(folder):
        for name in files:
            file = os.path.join(path, name)
            if not os.path.islink(file):
                mode = stat.S_IMODE(os.stat(file).st_mode)
                os.chmod(file, (mode | 0o444) & ~0o222)
        os.chmod(path, 0o555)


def remove(folder: str) -> None:
    """Remove a folder even if its files are read-only and its folders cannot be listed."""
    with suppress(OSError):
        os.chmod(folder, 0o755)
    for path, folders, _ in os.walk(folder):
        for name in folders:
            below = os.path.join(path, name)
            # A link leads to a folder that others use.
            if not os.path.islink(below):
                with suppress(OSError):
                    os.chmod(below, 0o755)
    shutil.rmtree(folder, ignore_errors=True)
