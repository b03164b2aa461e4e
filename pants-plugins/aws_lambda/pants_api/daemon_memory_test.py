from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from aws_lambda.pants_api.daemon_memory import trim

_BLOCK, _COUNT = 100_000, 2_000


def _resident() -> int:
    """The memory of this process that no file backs, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("RssAnon:"))
    return int(kilobytes) * 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this needs glibc")
def test_what_was_freed_is_given_back() -> None:
    """Of blocks of which a few are kept, so that glibc shrinks nothing by itself, most of what was
    freed is the system's again.
    """
    blocks = [bytes(_BLOCK) for _ in range(_COUNT)]
    kept = blocks[::50] + blocks[-1:]
    del blocks
    before = _resident()

    trim()

    assert before - _resident() > _BLOCK * _COUNT / 2
    assert len(kept) == _COUNT / 50 + 1
