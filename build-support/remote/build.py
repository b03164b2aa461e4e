"""What a build came to, by Pants' own counters and its log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

# Pants 2.17.1 prints it, with `--level=debug`, of each process that starts on this machine.
_STARTED = re.compile(
    r"spawned local process as .* description: (\".*?\"), .*cache_scope: (\w+)", re.MULTILINE
)
_COUNTER = re.compile(r"^  (\w+): (\d+)$", re.MULTILINE)
HIT = "remote cache hit for: "


class Started(NamedTuple):
    """A process that started on this machine, and whether it is one that a cache may spare.

    What is asked anew by each run of Pants, such as where a program lies, is not.
    """

    description: str
    is_cacheable: bool


class Build(NamedTuple):
    succeeded: bool
    said: str
    seconds: float
    artifacts: Mapping[str, str]

    def counter(self, name: str) -> int:
        counters = dict(_COUNTER.findall(self.said.rpartition("Counters:")[2]))
        return int(counters.get(name, 0))

    def started(self) -> list[Started]:
        return [
            Started(description.strip('"'), scope in ("Successful", "Always"))
            for description, scope in _STARTED.findall(self.said)
        ]

    def warnings(self) -> list[str]:
        """What Pants says of the cache, at the level that users see."""
        return [
            line for line in self.said.splitlines() if "[WARN]" in line and "remote cache" in line
        ]
