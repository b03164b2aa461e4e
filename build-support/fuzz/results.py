"""Checks of the results for an input. Unexpected exceptions fail an input as well."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.paths import unsafe_path_reason

_DATE = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100000


class WrongResultError(Exception):
    """The code accepted an input, and produced a wrong result."""


def expect(found: object, expected: object, name: str) -> None:
    """Raise `WrongResultError` if a value, which has a name, is not the expected one."""
    if found != expected:
        raise WrongResultError(f"{name}: found {found!r}, expected {expected!r}")


def expect_zip(path: str, files: Sequence[ArtifactFile]) -> None:
    """Read a zip with the standard library, and compare its files and metadata with a plan."""
    planned = sorted(files, key=lambda file: file.path.encode())
    with zipfile.ZipFile(path) as read:
        infos = read.infolist()
        expect([i.filename for i in infos], [f.path for f in planned], "names in their order")
        for info, file in zip(infos, planned):
            expect(unsafe_path_reason(info.filename), "", f"safety of {info.filename!r}")
            expect(info.date_time, _DATE, f"date of {info.filename!r}")
            expect(info.external_attr >> 16, _REGULAR_FILE | file.mode, f"mode of {info.filename}")
            content = read.read(info)
            expect(len(content), file.size, f"size of {info.filename!r}")
            expect(hashlib.sha256(content).hexdigest(), file.sha256, f"bytes of {info.filename!r}")


def expect_folder(folder: str, files: Sequence[ArtifactFile]) -> None:
    """Compare the files in a folder and their modes with a plan."""
    found = {
        os.path.relpath(os.path.join(top, name), folder)
        for top, _, names in os.walk(folder)
        for name in names
    }
    expect(found, {file.path for file in files}, "names in the folder")
    for file in files:
        path = Path(folder, file.path)
        expect(stat.S_IMODE(path.stat().st_mode), file.mode, f"mode of {file.path!r}")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        expect(digest, file.sha256, f"bytes of {file.path!r} in the folder")
