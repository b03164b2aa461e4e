"""The result of a build, read from the counters and the log of Pants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

# Pants 2.17.1 prints this with `--level=debug` for each process that starts on this machine.
_STARTED = re.compile(
    r"spawned local process as .* description: (\".*?\"), .*cache_scope: (\w+)", re.MULTILINE
)
_COUNTER = re.compile(r"^  (\w+): (\d+)$", re.MULTILINE)
HIT = "remote cache hit for: "


class LocalProcess(NamedTuple):
    """A process that started on this machine, and whether Pants caches its result.

    Pants runs some processes again in each session, such as those that search for programs.
    """

    description: str
    is_cacheable: bool


class RemoteBuild(NamedTuple):
    """A build that used a remote cache or a worker.

    `artifacts` contains the SHA-256 of each file in `dist/`, in hex, by path.
    """

    succeeded: bool
    log: str
    seconds: float
    artifacts: Mapping[str, str]

    def counter(self, name: str) -> int:
        counters = dict(_COUNTER.findall(self.log.rpartition("Counters:")[2]))
        return int(counters.get(name, 0))

    @property
    def requests(self) -> int:
        """The number of requests to the cache."""
        return self.counter("remote_cache_requests")

    @property
    def cached(self) -> int:
        """The number of results that the cache returned."""
        return self.counter("remote_cache_requests_cached")

    def local_processes(self) -> list[LocalProcess]:
        return [
            LocalProcess(description.strip('"'), scope in ("Successful", "Always"))
            for description, scope in _STARTED.findall(self.log)
        ]

    def warnings(self) -> list[str]:
        """The warnings about the cache that Pants prints at its default level."""
        return [
            line for line in self.log.splitlines() if "[WARN]" in line and "remote cache" in line
        ]
