"""The figure of docs/internals/performance.md: what is drawn, and by which Python."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.bench import PEERS
from benchmarks.builds import COLD, ONE_LINE
from benchmarks.contenders.contender import inherited
from benchmarks.contenders.tools import interpreter
from benchmarks.measured import Key, Measured
from benchmarks.projects import REQUIREMENTS
from benchmarks.ratios import spread
from bootstrap.fault import Fault
from bootstrap.fetch import quoted
from environments.install import installed

_PROGRAM = Path(__file__).resolve().parent / "plot.py"
_PANELS = {
    ("bundled5", ONE_LINE): "Five distributions, one-line edit",
    ("bundled5", COLD): "Five distributions, nothing built before",
    ("heavy", ONE_LINE): "200 MB of distributions, one-line edit",
    ("fleet100", COLD): "100 functions, nothing built before (peers: 10 × 10)",
    ("coldstart", "import"): "Import of the handler",
}


def draw(measured: Measured, figure: Path) -> None:
    panels = [
        {"title": title, "bars": _bars(measured, work, situation)}
        for (work, situation), title in _PANELS.items()
    ]
    python = installed("plot", REQUIREMENTS / "plot.txt", lambda place, lock: interpreter())
    done = subprocess.run(
        [python, "-I", _PROGRAM, figure],
        check=False,
        env=inherited(),
        input=json.dumps([panel for panel in panels if panel["bars"]]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise Fault(f"The figure {figure} could not be drawn.\n\n{quoted(done.stdout)}")


def _bars(measured: Measured, work: str, situation: str) -> list[tuple[str, float, float, float]]:
    known = [Key(work, situation, peer) for peer in PEERS]
    others = [key for key in measured if key[:2] == (work, situation) and key not in known]
    bars = []
    for key in (*known, *others):
        if key in measured:
            values = spread(measured[key].scaled())
            bars.append((key.contender, values.low, values.median, values.high))
    return bars
