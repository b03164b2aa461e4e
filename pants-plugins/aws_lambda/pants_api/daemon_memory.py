"""Returns free memory of Pants' daemon to the system, once after its first build.

glibc keeps the memory that a program frees. The start of Pants 2.17.1 leaves 270 MB of it. Pants
forks itself for each process, which takes longer with more memory. Remove this with the first Pants
that starts processes without a fork.
"""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def release_memory() -> None:
    """Return free memory to the system. Only the first call in a process does so."""
    # Only glibc needs this, and only glibc has `malloc_trim`.
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim:
        malloc_trim(0)
