"""The memory of the daemon after its first build."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from aws_lambda.pants_api.daemon_memory import release_memory

_STATUS = Path("/proc/self/statm")
_PAGES = 4096
_MEBIBYTE = 1 << 20


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc has it")
def test_free_memory_returns_to_the_system() -> None:
    """The first call makes the process smaller if most of its memory is free, and only the first."""
    release_memory.cache_clear()
    # Blocks that glibc takes from the heap. The last one keeps the free ones below it.
    blocks = [b"x" * size for size in range(100_000, 101_000)]
    del blocks[:-1]
    before = _resident_pages()

    release_memory()
    release_memory()

    assert before - _resident_pages() > 50 * _MEBIBYTE / _PAGES
    assert release_memory.cache_info().misses == 1


def _resident_pages() -> int:
    return int(_STATUS.read_text().split()[1])
