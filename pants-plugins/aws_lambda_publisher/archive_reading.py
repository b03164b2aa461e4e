"""Reads zips: files of this build, and zips in AWS, mostly without downloading them."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import shutil
import tempfile
import urllib.request
import zipfile
import zlib
from typing import IO, Any

from aws_lambda_publisher.update_order import ArchiveContents, read_contents

_TIMEOUT_SECONDS = 10
# The directory of a zip with a few thousand files is smaller.
_BLOCK_BYTES = 256 * 1024
# Of the network, and of zips that are damaged or encrypted.
_UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    http.client.HTTPException,
    zipfile.BadZipFile,
    zlib.error,
)


def read_local_contents(path: str) -> ArchiveContents:
    """The contents of a zip of this build."""
    with zipfile.ZipFile(path) as archive:
        return _read(archive)


def read_remote_contents(url: str) -> ArchiveContents | None:
    """The contents of the zip at a presigned URL of AWS, or null if they cannot be read.

    Only the zip's directory is downloaded. The contents decide an order of two calls, which has a
    default, so a failure is not an error.
    """
    if not _is_url(url):
        return None
    try:
        with zipfile.ZipFile(_RemoteFile(url)) as archive:
            return _read(archive)
    except _UNREADABLE:
        return None


def has_equal_contents(url: str, code_sha256: str, path: str) -> bool:
    """Whether the zip at a presigned URL of AWS has the files of a zip of this build.

    Machines with different versions of zlib compress equal files to different bytes. The zip's
    directory, which is small, rules out most zips. Directories can be forged, so the decision needs
    the files themselves: the zip is downloaded, and must have the SHA-256 that AWS states. A zip
    that cannot be read counts as different.
    """
    if not _is_url(url):
        return False
    try:
        with zipfile.ZipFile(path) as local:
            with zipfile.ZipFile(_RemoteFile(url)) as archive:
                if _list_files(archive) != _list_files(local):
                    return False
            with tempfile.TemporaryFile() as file:
                with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:
                    shutil.copyfileobj(answer, file)
                if _hash_file(file) != code_sha256:
                    return False
                with zipfile.ZipFile(file) as archive:
                    return _list_files(archive) == _list_files(local) and all(
                        archive.read(name) == local.read(name) for name in local.namelist()
                    )
    except _UNREADABLE:
        return False


def _is_url(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _list_files(archive: zipfile.ZipFile) -> list[tuple[str, int, int, int]]:
    """The path, mode, size and checksum of each file in a zip."""
    return [
        (each.filename, each.external_attr >> 16, each.file_size, each.CRC)
        for each in archive.infolist()
    ]


def _hash_file(file: IO[bytes]) -> str:
    """The SHA-256 of a file in base64, as AWS writes it."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(_BLOCK_BYTES):
        digest.update(block)
    return base64.b64encode(digest.digest()).decode()


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
