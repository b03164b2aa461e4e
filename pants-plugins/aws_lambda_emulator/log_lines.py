"""Splits the output of a function into lines and removes the frames around its log records.

AWS's client writes a record to a descriptor of its own, after a frame of 16 bytes: the record's
kind, its length in bytes, and its time, all big-endian (awslambdaric 4.2.2). `bootstrap.py` makes
that descriptor a copy of standard output, so that records and printed lines stay in order.
"""

from __future__ import annotations

import re

# No text contains these bytes. The last byte of the kind encodes level and format. The time is in
# microseconds, so its first byte stays 0.
_FRAME = re.compile(rb"\xa5\x5a\x00[\x00-\x1f](.{4})\x00.{7}", re.DOTALL)
# The beginning of a frame at the end of the output.
_PARTIAL_FRAME = re.compile(rb"\xa5(?:\x5a(?:\x00(?:[\x00-\x1f].{0,11})?)?)?\Z", re.DOTALL)
# CloudWatch's quota for one log event, in bytes (2026). Longer lines are split.
_MAX_LINE_BYTES = 1024 * 1024


class LogLines:
    """Collects output and returns whole lines. Each record begins and ends a line.

    No output is lost: an incomplete record is returned as far as it was written.
    """

    def __init__(self) -> None:
        self._line, self._partial_frame = b"", b""
        # Bytes of the current record that were not written yet.
        self._left = 0

    def take(self, piece: bytes) -> bytes:
        """Add a piece of output. Returns the lines that it completes, `b""` if there are none."""
        piece, text, read = self._partial_frame + piece, bytearray(self._line), 0
        for frame in _FRAME.finditer(piece):
            self._add(text, piece[read : frame.start()])
            _end_line(text)
            self._left, read = int.from_bytes(frame[1], "big"), frame.end()
        partial = _PARTIAL_FRAME.search(piece, read)
        end = partial.start() if partial else len(piece)
        self._add(text, piece[read:end])
        self._partial_frame = piece[end:]
        whole = text.rfind(b"\n") + 1
        if len(text) - whole > _MAX_LINE_BYTES:
            text += b"\n"
            whole = len(text)
        self._line = bytes(text[whole:])
        return bytes(text[:whole])

    def flush(self) -> bytes:
        """Return the incomplete line as a line of its own."""
        text = bytearray(self._line)
        self._add(text, self._partial_frame)
        self._line = self._partial_frame = b""
        _end_line(text)
        return bytes(text)

    def _add(self, text: bytearray, more: bytes) -> None:
        """Append the rest of the current record, end its line, and append the other output."""
        record = more[: self._left]
        self._left -= len(record)
        text += record
        if record and not self._left:
            _end_line(text)
        text += more[len(record) :]


def _end_line(text: bytearray) -> None:
    if text and not text.endswith(b"\n"):
        text += b"\n"
