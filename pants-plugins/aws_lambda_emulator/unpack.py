"""Zips and folders, laid out as Lambda does it: the later over the earlier, writable by nobody."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from typing import Callable

from aws_lambda_emulator.artifact import ChangedMeanwhile, Code, sha256_of

# Of the runtime's packages, wheels hold these below NAME.data/.
_IMPORTABLE = ("purelib", "platlib")


Wanted = Callable[[], bool]


class Unwanted(Exception):
    """Nobody waits for the mounts any more."""


def unpack(code: Code, folder: str, is_wanted: Wanted = lambda: True) -> None:
    """Lay out a zip or a folder over what is there, with the permissions that it gives.

    Raises `ChangedMeanwhile` if a build has replaced the zip since it was read.
    """
    if code.is_folder:
        _copy(code.path, folder)
        return
    try:
        with zipfile.ZipFile(code.path) as archive:
            for entry in archive.infolist():
                if not is_wanted():
                    raise Unwanted
                _extract(archive, entry, folder)
    finally:
        check_unchanged(code)


def check_unchanged(code: Code) -> None:
    """Raises `ChangedMeanwhile` if a build has replaced the zip since it was read."""
    try:
        found = sha256_of(code.path)
    except OSError as error:
        found = f"{type(error).__name__}: {error.strerror}"
    if found != code.sha256:
        raise ChangedMeanwhile(
            "A build replaced a zip while it was unpacked.\n\n"
            f"  {code.path}\n"
            f"  SHA-256 before  {code.sha256}\n"
            f"  and now         {found}\n\n"
            "To fix, try again once the build has ended."
        )


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: str) -> None:
    mode = entry.external_attr >> 16
    path = os.path.join(folder, entry.filename)
    if not entry.is_dir() and os.path.lexists(path):
        # An earlier layer's, which may not be writable.
        os.unlink(path)
    if stat.S_ISLNK(mode):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(os.fsdecode(archive.read(entry)), path)
        return
    written = archive.extract(entry, folder)
    if mode & 0o777 and not entry.is_dir():
        os.chmod(written, mode & 0o777)


def _copy(source: str, target: str) -> None:
    """A folder's files over what is there; its folders themselves get no permissions."""
    for path, folders, files in os.walk(source):
        to = os.path.join(target, os.path.relpath(path, source))
        os.makedirs(to, exist_ok=True)
        links = [each for each in folders if os.path.islink(os.path.join(path, each))]
        for name in [*files, *links]:
            written = os.path.join(to, name)
            if os.path.lexists(written):
                os.unlink(written)
            shutil.copy2(os.path.join(path, name), written, follow_symlinks=False)


def unpack_all(codes: Iterable[Code], folder: str, is_wanted: Wanted = lambda: True) -> None:
    """Into one new folder; of wheels, what Python can import."""
    os.makedirs(folder)
    for code in codes:
        unpack(code, folder, is_wanted)
        if code.path.endswith(".whl"):
            _spread_data(folder)
    make_unwritable(folder)


def _spread_data(folder: str) -> None:
    """Move what a wheel has in its data folders to where installing it would."""
    for name in os.listdir(folder):
        if name.endswith(".data"):
            for kind in _IMPORTABLE:
                data = os.path.join(folder, name, kind)
                if os.path.isdir(data):
                    shutil.copytree(data, folder, dirs_exist_ok=True)
            shutil.rmtree(os.path.join(folder, name))


def make_unwritable(folder: str) -> None:
    """As Lambda mounts code: readable by everyone, writable by nobody."""
    for path, _, files in os.walk(folder):
        for name in files:
            file = os.path.join(path, name)
            if not os.path.islink(file):
                mode = stat.S_IMODE(os.stat(file).st_mode)
                os.chmod(file, (mode | 0o444) & ~0o222)
        os.chmod(path, 0o555)


def remove(folder: str) -> None:
    """Remove a folder though nothing in it may be written, or even be listed."""
    with suppress(OSError):
        os.chmod(folder, 0o755)
    for path, folders, _ in os.walk(folder):
        for name in folders:
            below = os.path.join(path, name)
            # Links lead into what others use.
            if not os.path.islink(below):
                with suppress(OSError):
                    os.chmod(below, 0o755)
    shutil.rmtree(folder, ignore_errors=True)
