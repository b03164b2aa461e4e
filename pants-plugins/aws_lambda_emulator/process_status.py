"""Information in Linux's /proc about a process. All results are empty or 0 on macOS."""

from __future__ import annotations

import os
from contextlib import suppress


def mapped_files(pid: int) -> set[str]:
    """The paths of the files with code in the memory of the process."""
    found = set()
    with suppress(OSError), open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
        for line in file:
            fields = line.rstrip("\n").split(None, 5)
            if len(fields) == 6 and "x" in fields[1] and fields[5].startswith("/"):
                found.add(fields[5])
    return found


def peak_memory(pid: int) -> int:
    """Bytes: the peak of the process, or the current memory with its children if that is more."""
    family = _family(pid)
    peak = _read_kib(f"/proc/{pid}/status", "VmHWM:")
    if len(family) > 1:
        # A forked child shares most pages with its parent. Proportional sizes count them once.
        peak = max(peak, sum(_read_kib(f"/proc/{each}/smaps_rollup", "Pss:") for each in family))
    return peak * 1024


def _read_kib(path: str, name: str) -> int:
    with suppress(OSError), open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def _family(pid: int) -> list[int]:
    """The process and its descendants."""
    return [pid, *(each for child in child_pids(pid) for each in _family(child))]


def child_pids(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found
