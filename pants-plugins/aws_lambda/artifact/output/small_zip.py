"""Zips of small artifacts, written in memory instead of by the process `sandbox/assemble.py`.

Both write the same bytes for the same content, given the same zlib.
"""

from __future__ import annotations

import io
import stat
import zlib
from collections.abc import Mapping, Sequence
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from aws_lambda.artifact.contents import (
    ArtifactFile,
    BytecodeOrigin,
    GeneratedOrigin,
    RepositoryOrigin,
    WheelOrigin,
)

# For larger artifacts, packing in Pants' own process costs more than a separate process.
MOST_BYTES = 1 << 18
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def is_small(files: Sequence[ArtifactFile]) -> bool:
    """Whether an artifact has no file from a wheel, and at most `MOST_BYTES` in total."""
    if any(isinstance(file.origin, WheelOrigin) for file in files):
        return False
    return sum(file.size for file in files) <= MOST_BYTES


def write_zip(files: Sequence[ArtifactFile], stored: Mapping[str, bytes]) -> bytes:
    """The content of the zip.

    `stored` maps paths of the repository, and paths of files with bytecode, to their contents.
    """
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for file in sorted(files, key=lambda file: file.path.encode()):
            entry = ZipInfo(file.path, _EARLIEST)
            entry.create_system = 3  # The modes are those of Unix.
            entry.external_attr = (stat.S_IFREG | file.mode) << 16
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, _content(file, stored))
    return written.getvalue()


def _content(file: ArtifactFile, stored: Mapping[str, bytes]) -> bytes:
    origin = file.origin
    if isinstance(origin, GeneratedOrigin):
        return origin.content
    if isinstance(origin, RepositoryOrigin):
        return stored[origin.path]
    assert isinstance(origin, BytecodeOrigin)
    packed = stored[origin.archive][origin.data : origin.data + origin.packed]
    return zlib.decompress(packed, -15)
