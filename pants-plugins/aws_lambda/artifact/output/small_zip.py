"""The zip of a little artifact, in memory; `sandbox/assemble.py` writes the others.

Both leave the same bytes for the same content, given the same zlib.
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

# Beyond, unpacking, packing and keeping it costs more than the process that does it elsewhere.
MOST_BYTES = 1 << 18
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def is_small(files: Sequence[ArtifactFile]) -> bool:
    """Whether the artifact holds own code only, and little of it."""
    if any(isinstance(file.origin, WheelOrigin) for file in files):
        return False
    return sum(file.size for file in files) <= MOST_BYTES


def write_zip(files: Sequence[ArtifactFile], stored: Mapping[str, bytes]) -> bytes:
    """The zip. `stored` has the repository's files by path, and those of compiled modules."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for file in sorted(files, key=lambda file: file.path.encode()):
            entry = ZipInfo(file.path, _EARLIEST)
            entry.create_system = 3  # Unix, whose modes these are.
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
