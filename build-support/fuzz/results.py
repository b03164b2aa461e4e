"""What a fuzzer looks for, beside an exception that nobody expected."""

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


class WrongResult(Exception):
    """An input was accepted, and something else came out than what was said."""


def expect(found: object, expected: object, of: str) -> None:
    if found != expected:
        raise WrongResult(f"{of}: found {found!r}, expected {expected!r}")


def expect_zip(path: str, files: Sequence[ArtifactFile]) -> None:
    """Read an artifact back with another program, and compare all that it says."""
    planned = sorted(files, key=lambda file: file.path.encode())
    with zipfile.ZipFile(path) as read:
        infos = read.infolist()
        expect([i.filename for i in infos], [f.path for f in planned], "names, in order")
        for info, file in zip(infos, planned):
            expect(unsafe_path_reason(info.filename), "", f"safety of {info.filename!r}")
            expect(info.date_time, _DATE, f"date of {info.filename!r}")
            expect(info.external_attr >> 16, _REGULAR_FILE | file.mode, f"mode of {info.filename}")
            content = read.read(info)
            expect(len(content), file.size, f"size of {info.filename!r}")
            expect(hashlib.sha256(content).hexdigest(), file.sha256, f"bytes of {info.filename!r}")


def expect_folder(folder: str, files: Sequence[ArtifactFile]) -> None:
    """The same of an artifact that is a folder."""
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
