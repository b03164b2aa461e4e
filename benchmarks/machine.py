"""Facts about the machine and the contenders that a reader needs to interpret the values."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.contenders.contender import inherited_environment, run
from benchmarks.contenders.tools import find_runtime_python
from benchmarks.works import WARM
from trial_repository.pants_toml import ROOT


def describe_machine(bench: Bench) -> dict[str, str]:
    settings = (ROOT / "pants.toml").read_text(encoding="utf-8")
    python = run([find_runtime_python(), "--version"], Path.cwd(), inherited_environment()).strip()
    peers = bench.tools.versions() if bench.has_peers() else {}
    return {
        "measured on": datetime.date.today().isoformat(),
        "rounds": (
            f"{bench.rounds} (warm builds: {WARM * bench.rounds}; "
            f"cold start and assembler: {max(10, bench.rounds)}; "
            f"causes of a cold start: {max(15, bench.rounds)})"
        ),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{_memory() / 2**30:.0f} GiB",
        "functions run on": f"C{python}",
        "Pants": _version(r'pants_version = "(.+?)"', settings),
        "PEX": _version(r'version = "v(.+?)"', settings),
        **peers,
    }


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _version(pattern: str, settings: str) -> str:
    found = re.search(rf"^{pattern}", settings, re.MULTILINE)
    return found[1] if found else "?"
