"""The figure of docs/internals/performance.md."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.bench import PEERS
from benchmarks.builds import COLD, ONE_LINE
from benchmarks.contenders.contender import inherited_environment
from benchmarks.measurements import Key, Measurements
from benchmarks.projects.project import REQUIREMENTS, RUNTIME
from benchmarks.ratios import spread
from bootstrap.messages import UserError, indented
from environments.environment import ensure_environment

_PROGRAM = Path(__file__).resolve().parent / "plot.py"
_PANELS = {
    ("bundled5", ONE_LINE): "Five distributions, one-line edit",
    ("bundled5", COLD): "Five distributions, nothing built before",
    ("heavy", ONE_LINE): "200 MB of distributions, one-line edit",
    ("fleet100", COLD): "100 functions, nothing built before (peers: 10 × 10)",
    ("coldstart", "import"): "Import of the handler",
}


def draw(measured: Measurements, figure: Path) -> None:
    """Draw the panels into an SVG file, with the matplotlib of a separate environment."""
    panels = [
        {"title": title, "bars": _bars(measured, work, situation)}
        for (work, situation), title in _PANELS.items()
    ]
    minor = RUNTIME.removeprefix("python")
    python = ensure_environment("plot", REQUIREMENTS / "plot.txt", minor)
    done = subprocess.run(
        [python, "-I", _PROGRAM, figure],
        check=False,
        env=inherited_environment(),
        input=json.dumps([panel for panel in panels if panel["bars"]]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise UserError(f"{_PROGRAM.name} could not draw {figure}.\n\n{indented(done.stdout)}")


def _bars(
    measured: Measurements, work: str, situation: str
) -> list[tuple[str, float, float, float]]:
    """Name, lowest value, median and highest value of each contender, in seconds."""
    known = [Key(work, situation, peer) for peer in PEERS]
    others = [key for key in measured if key[:2] == (work, situation) and key not in known]
    bars = []
    for key in (*known, *others):
        if key in measured:
            values = spread(measured[key].scaled())
            bars.append((key.contender, values.low, values.median, values.high))
    return bars
