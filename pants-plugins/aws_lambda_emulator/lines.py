"""What a function writes, as lines; each record of its log without the frame that it came in.

AWS's client writes a record to a descriptor of its own, behind 16 bytes: its kind, its length in
bytes, and its time, all big endian (awslambdaric 4.2.2). Here, that descriptor is standard output
once more (`bootstrap.py`), so that records and prints stay in order.
"""

from __future__ import annotations

import re

# No text looks like this. The last byte of the kind tells level and format; the time is in
# microseconds, so that its first byte stays 0.
_FRAME = re.compile(rb"\xa5\x5a\x00[\x00-\x1f](.{4})\x00.{7}", re.DOTALL)
# The beginning of one, at the end of what came.
_BEGUN = re.compile(rb"\xa5(?:\x5a(?:\x00(?:[\x00-\x1f].{0,11})?)?)?\Z", re.DOTALL)
# CloudWatch's quota for one event of a log, in bytes (2026): what is longer is parted.
_LONGEST_LINE = 1024 * 1024


class Lines:
    """Gives whole lines only; a record begins one and ends one.

    Nothing is lost: a record of which a part never comes is given as far as it came.
    """

    def __init__(self) -> None:
        self._line, self._begun = b"", b""
        # Bytes of the record that have not come yet.
        self._left = 0

    def take(self, piece: bytes) -> bytes:
        """The lines that are whole with this piece of output, `b""` if none is."""
        piece, text, read = self._begun + piece, bytearray(self._line), 0
        for frame in _FRAME.finditer(piece):
            self._add(text, piece[read : frame.start()])
            _end_line(text)
            self._left, read = int.from_bytes(frame[1], "big"), frame.end()
        begun = _BEGUN.search(piece, read)
        end = begun.start() if begun else len(piece)
        self._add(text, piece[read:end])
        self._begun = piece[end:]
        whole = text.rfind(b"\n") + 1
        if len(text) - whole > _LONGEST_LINE:
            text += b"\n"
            whole = len(text)
        self._line = bytes(text[whole:])
        return bytes(text[:whole])

    def flush(self) -> bytes:
        """What came of a line that is not whole, as one."""
        text = bytearray(self._line)
        self._add(text, self._begun)
        self._line = self._begun = b""
        _end_line(text)
        return bytes(text)

    def _add(self, text: bytearray, more: bytes) -> None:
        """To what is there: first what belongs to the record, then what does not."""
        record = more[: self._left]
        self._left -= len(record)
        text += record
        if record and not self._left:
            _end_line(text)
        text += more[len(record) :]


def _end_line(text: bytearray) -> None:
    if text and not text.endswith(b"\n"):
        text += b"\n"
