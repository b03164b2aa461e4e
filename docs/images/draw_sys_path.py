"""Draw `sys_path.svg`: the folders that Python searches in Lambda, and the artifacts in them.

    python3 docs/images/draw_sys_path.py

The order is the one that a python3.13 function logged (November 2026). Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH = 800
ARTIFACTS_LEFT, ARTIFACTS_WIDTH = 20, 270
FOLDERS_LEFT, FOLDERS_WIDTH = 380, 400
TOP, ROW, GAP = 64, 40, 10

BLUE, GREEN, GRAY = ("#dbeafe", "#1d4ed8"), ("#dcfce7", "#15803d"), ("#f1f5f9", "#475569")


@dataclass(frozen=True)
class Artifact:
    """A box on the left; `lines` follow its title. `colors` are those of the fill and the line."""

    title: str
    lines: tuple[str, ...]
    folders: tuple[str, ...]
    colors: tuple[str, str]


ARTIFACTS = (
    Artifact("Function", ("unpacked into /var/task",), ("/var/task",), BLUE),
    Artifact(
        "Layers",
        (
            "all unpacked into /opt, in their order;",
            "a later layer overwrites files",
            "of an earlier one",
        ),
        ("/opt/python/lib/python3.13/site-packages", "/opt/python"),
        GREEN,
    ),
    Artifact(
        "Runtime",
        ("managed by AWS, with its own boto3",),
        (
            "/var/lang/lib/python3.13/site-packages",
            "/var/runtime",
            "/var/lang/lib/python3.13 (standard library)",
        ),
        GRAY,
    ),
)


def drawing() -> str:
    """The SVG document."""
    shapes = [*_shapes()]
    count = sum(len(artifact.folders) for artifact in ARTIFACTS)
    height = TOP + count * (ROW + GAP) + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14">',
            "<title>The order of sys.path in Lambda</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(ARTIFACTS_LEFT, 36, "Artifacts", weight="bold"),
            _text(FOLDERS_LEFT, 36, "sys.path, in the order of the search", weight="bold"),
            *shapes,
            "</svg>\n",
        ]
    )


def _shapes() -> Iterator[str]:
    number = 0
    for artifact in ARTIFACTS:
        top = TOP + number * (ROW + GAP)
        height = len(artifact.folders) * (ROW + GAP) - GAP
        yield _box(ARTIFACTS_LEFT, top, ARTIFACTS_WIDTH, height, artifact.colors)
        yield from _label(artifact, top + height / 2)
        for folder in artifact.folders:
            middle = TOP + number * (ROW + GAP) + ROW / 2
            yield _arrow(middle, artifact.colors[1])
            yield _box(FOLDERS_LEFT, middle - ROW / 2, FOLDERS_WIDTH, ROW, artifact.colors)
            number += 1
            yield _text(FOLDERS_LEFT + 14, middle + 5, str(number), weight="bold")
            yield _text(FOLDERS_LEFT + 40, middle + 5, folder, family="monospace", size=13)


def _label(artifact: Artifact, middle: float) -> Iterator[str]:
    """The title and the lines of an artifact, centered on `middle`."""
    first = middle + 5 - 9 * len(artifact.lines)
    yield _text(ARTIFACTS_LEFT + 14, first, artifact.title, weight="bold")
    for i, line in enumerate(artifact.lines, start=1):
        yield _text(ARTIFACTS_LEFT + 14, first + 18 * i, line, size=13)


def _box(left: float, top: float, width: float, height: float, colors: tuple[str, str]) -> str:
    fill, stroke = colors
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def _arrow(middle: float, color: str) -> str:
    start, end = ARTIFACTS_LEFT + ARTIFACTS_WIDTH + 6, FOLDERS_LEFT - 6
    return (
        f'<path d="M{start} {middle:g}H{end}m-7 -5l7 5l-7 5" fill="none" stroke="{color}" '
        'stroke-width="1.5"/>'
    )


def _text(
    left: float,
    baseline: float,
    text: str,
    *,
    weight: str = "normal",
    family: str = "",
    size: int = 0,
) -> str:
    attributes = {"font-weight": weight if weight != "normal" else "", "font-family": family}
    attributes["font-size"] = str(size) if size else ""
    written = "".join(f' {name}="{value}"' for name, value in attributes.items() if value)
    return f'<text x="{left:g}" y="{baseline:g}" fill="#0f172a"{written}>{escape(text)}</text>'


if __name__ == "__main__":
    Path(__file__).with_name("sys_path.svg").write_text(drawing(), encoding="utf-8")
