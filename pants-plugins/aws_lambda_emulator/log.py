"""Where logs go: to standard error, whether or not anybody reads it any more."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

_one_at_a_time = threading.Lock()


def to_stderr(text: bytes) -> None:
    """A log that is lost must not stop what is logged."""
    if sys.stderr is None:  # It was closed before the program began.
        return
    # Past Python's buffer: what stayed in there would fail once more at the end, and be the status.
    with _one_at_a_time, suppress(OSError):
        while text:
            text = text[os.write(sys.stderr.fileno(), text) :]
