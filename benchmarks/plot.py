"""Draws the times of the contenders as an SVG. The same values give the same bytes.

python plot.py FIGURE.svg < PANELS.json

A panel is `{"title": text, "bars": [[name, low, median, high], …]}`, with times in seconds.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import matplotlib as mpl  # pants: no-infer-dep

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "benchmarks"
mpl.rcParams["svg.fonttype"] = "none"

import matplotlib.pyplot as plt  # noqa: E402  # pants: no-infer-dep

_OURS, _PEER = "#c65911", "#8ea9c1"


def main(figure: str, panels: list[dict[str, Any]]) -> None:
    heights = [len(panel["bars"]) + 1.2 for panel in panels]
    diagram, axes = plt.subplots(
        len(panels),
        figsize=(8, 0.32 * sum(heights)),
        gridspec_kw={"height_ratios": heights},
        squeeze=False,
    )
    for axis, panel in zip(axes[:, 0], panels, strict=True):
        draw_panel(axis, panel)
    diagram.tight_layout()
    diagram.savefig(figure, metadata={"Date": None, "Creator": None})


def draw_panel(axis: Any, panel: dict[str, Any]) -> None:
    names = [name for name, *_ in panel["bars"]]
    medians = [median for _, _, median, _ in panel["bars"]]
    below = [median - low for _, low, median, _ in panel["bars"]]
    above = [high - median for _, _, median, high in panel["bars"]]
    colors = [_OURS if name.startswith("ours") else _PEER for name in names]
    axis.barh(names, medians, xerr=[below, above], color=colors, ecolor="#444444", capsize=2)
    axis.invert_yaxis()
    axis.set_title(panel["title"], loc="left", fontsize=10)
    axis.tick_params(labelsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.15)
    for index, median in enumerate(medians):
        end = median + above[index]
        value = f"{median:.3g} s" if median < 100 else f"{median:,.0f} s"
        axis.annotate(value, (end, index), (4, 0), textcoords="offset points", va="center", size=8)


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
