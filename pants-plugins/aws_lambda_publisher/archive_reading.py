"""Lists the contents of zips: files of this build, and zips in AWS without downloading them."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
import zipfile
from typing import Any

from aws_lambda_publisher.update_order import ArchiveContents, read_contents

_TIMEOUT_SECONDS = 10
# The directory of a zip with a few thousand files is smaller.
_BLOCK_BYTES = 256 * 1024


def read_local_contents(path: str) -> ArchiveContents:
    """The contents of a zip of this build."""
    with zipfile.ZipFile(path) as archive:
        return _read(archive)


def read_remote_contents(url: str) -> ArchiveContents | None:
    """The contents of the zip at a presigned URL of AWS, or null if they cannot be read.

    Only the zip's directory is downloaded. The contents decide an order of two calls, which has a
    default, so a failure is not an error.
    """
    if not url.startswith(("https://", "http://")):
        return None
    try:
        with zipfile.ZipFile(_RemoteFile(url)) as archive:
            return _read(archive)
    except (OSError, ValueError, zipfile.BadZipFile, urllib.error.URLError):
        return None


def _read(archive: zipfile.ZipFile) -> ArchiveContents:
    return read_contents((info.filename, info.file_size) for info in archive.infolist())


class _RemoteFile(io.RawIOBase):
    """A file at a URL, of which only the parts that are read are downloaded."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._position = 0
        # The end of the file, which contains the directory of a zip.
        content, headers = self._get(f"bytes=-{_BLOCK_BYTES}")
        total = str(headers.get("Content-Range") or "").rpartition("/")[2]
        self._size = int(total) if total.isdigit() else len(content)
        self._tail_start = self._size - len(content)
        self._tail = content

    def _get(self, byte_range: str) -> tuple[bytes, Any]:
        request = urllib.request.Request(self._url, headers={"Range": byte_range})
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            return answer.read(), answer.headers

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = start + offset
        if self._position < 0:
            raise OSError("negative position in a zip")
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self._size if size is None or size < 0 else min(self._position + size, self._size)
        start = self._position
        if start >= end:
            return b""
        if start >= self._tail_start:
            content = self._tail[start - self._tail_start : end - self._tail_start]
        else:
            content, _ = self._get(f"bytes={start}-{end - 1}")
        self._position += len(content)
        return content
