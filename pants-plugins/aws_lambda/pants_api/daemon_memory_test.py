from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from aws_lambda.pants_api.daemon_memory import trim_heap

_BLOCK, _COUNT = 100_000, 2_000


def _resident() -> int:
    """Return the anonymous memory of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("RssAnon:"))
    return int(kilobytes) * 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="requires glibc")
def test_free_memory_is_returned() -> None:
    """The system gets back more than half of the freed memory.

    A few blocks stay in use, so that glibc does not shrink the heap by itself.
    """
    blocks = [bytes(_BLOCK) for _ in range(_COUNT)]
    kept = blocks[::50] + blocks[-1:]
    del blocks
    before = _resident()

    trim_heap()

    assert before - _resident() > _BLOCK * _COUNT / 2
    assert len(kept) == _COUNT / 50 + 1
