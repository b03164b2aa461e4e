"""Writes logs to standard error, even if no program reads it any more."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

_lock = threading.Lock()


def write_to_stderr(text: bytes) -> None:
    """Write all of the text, or lose it: a lost log must not stop the function."""
    if sys.stderr is None:  # It was closed before the program started.
        return
    # Not through Python's buffer: text that stays in it fails again when the program exits, which
    # would change the exit status.
    with _lock, suppress(OSError):
        while text:
            text = text[os.write(sys.stderr.fileno(), text) :]
