"""Where logs go: to standard error, whether or not anybody reads it any more."""

from __future__ import annotations

import sys
from contextlib import suppress


def to_stderr(text: bytes) -> None:
    """A log that is lost must not stop what is logged."""
    with suppress(OSError):
        sys.stderr.buffer.write(text)
        sys.stderr.buffer.flush()
