"""Returns free memory to the system once, after the daemon of Pants has started.

glibc keeps the memory that a program frees. In a daemon that has just built its rule graph, two
thirds of the memory are free, 270 MB (Pants 2.17.1, November 2026). Pants forks itself to start a
process, and the fork takes three times as long with this memory. Remove this with the first Pants
that starts processes without a fork.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.util.logging import LogLevel

from aws_lambda.pants_api import collect_rules, rule


@dataclass(frozen=True)
class ReleasedMemory:
    """The result of releasing memory. It has no content."""


@rule(desc="Return free memory to the system", level=LogLevel.DEBUG)
async def release_memory() -> ReleasedMemory:
    """Release memory once for each daemon.

    In every build, it would slow down the builds in which nothing changed.
    """
    trim_heap()
    return ReleasedMemory()


def trim_heap() -> None:
    """Return free memory to the system. Only glibc needs this, and only glibc has `malloc_trim`."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim:
        malloc_trim(0)


def rules() -> Iterable[Any]:
    return collect_rules()
