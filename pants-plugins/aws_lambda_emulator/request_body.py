"""Reads the body of an HTTP request, with a Content-Length or in chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

_CHUNK_BYTES = 1 << 16
_MAX_LINE_BYTES = 8192


class UnreadableBody(Exception):
    """The headers do not say where the body ends and the next request begins."""


def read_body(headers: Message, stream: BufferedIOBase, limit: int) -> tuple[int, bytes]:
    """Read a body to its end. Returns its size in bytes, and its first `limit` bytes.

    The rest is discarded, so that the connection can be used after the request was refused. Raises
    `UnreadableBody`, and `ConnectionError` if the client closed the connection.
    """
    size, kept = 0, bytearray()
    for chunk in _read_chunks(headers, stream):
        size += len(chunk)
        kept += chunk[: max(limit - len(kept), 0)]
    return size, bytes(kept)


def _read_chunks(headers: Message, stream: BufferedIOBase) -> Iterator[bytes]:
    encoding = headers.get("Transfer-Encoding")
    if encoding is None:
        length = headers.get("Content-Length") or "0"
        if not re.fullmatch("[0-9]+", length):
            raise UnreadableBody
        return _read_length(stream, int(length))
    if encoding.lower() != "chunked":
        raise UnreadableBody
    return _read_chunked(stream)


def _read_length(stream: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length:
        chunk = stream.read(min(length, _CHUNK_BYTES))
        if not chunk:
            raise ConnectionAbortedError
        length -= len(chunk)
        yield chunk


def _read_chunked(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        # Chunk extensions follow a semicolon and are ignored.
        length = _read_line(stream).partition(b";")[0].strip()
        if not re.fullmatch(b"[0-9a-fA-F]+", length):
            raise UnreadableBody
        yield from _read_length(stream, int(length, 16))
        if int(length, 16) == 0:
            break
        if _read_line(stream):
            raise UnreadableBody
    while _read_line(stream):
        """Ignore the trailer fields."""


def _read_line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(_MAX_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise ConnectionAbortedError if len(line) < _MAX_LINE_BYTES else UnreadableBody
    return line.strip(b"\r\n")
