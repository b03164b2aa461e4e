"""The body of an HTTP request, whether its length is said before it or on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

_PIECE = 1 << 16
_MOST_LINE_BYTES = 8192


class UnreadableBody(Exception):
    """Nobody knows where it ends, nor where the next request begins."""


def read_body(headers: Message, stream: BufferedIOBase, most: int) -> tuple[int, bytes]:
    """How large it is, and its first `most` bytes.

    It is read to its end even then, so that the connection can go on after a refusal. Raises
    `UnreadableBody`, and `ConnectionError` where the sender is gone.
    """
    size, kept = 0, bytearray()
    for piece in _pieces(headers, stream):
        size += len(piece)
        kept += piece[: max(most - len(kept), 0)]
    return size, bytes(kept)


def _pieces(headers: Message, stream: BufferedIOBase) -> Iterator[bytes]:
    how = headers.get("Transfer-Encoding")
    if how is None:
        length = headers.get("Content-Length") or "0"
        if not re.fullmatch("[0-9]+", length):
            raise UnreadableBody
        return _of_length(stream, int(length))
    if how.lower() != "chunked":
        raise UnreadableBody
    return _chunks(stream)


def _of_length(stream: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(length, _PIECE))
        if not piece:
            raise ConnectionAbortedError
        length -= len(piece)
        yield piece


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        # After a semicolon come extensions, which nobody uses.
        length = _line(stream).partition(b";")[0].strip()
        if not re.fullmatch(b"[0-9a-fA-F]+", length):
            raise UnreadableBody
        yield from _of_length(stream, int(length, 16))
        if int(length, 16) == 0:
            break
        if _line(stream):
            raise UnreadableBody
    while _line(stream):
        """A trailer; nobody uses them."""


def _line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(_MOST_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise ConnectionAbortedError if len(line) < _MOST_LINE_BYTES else UnreadableBody
    return line.strip(b"\r\n")
