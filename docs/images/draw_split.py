"""Draw `split.svg`: the closure of a function, and the zips that contain its parts.

    python3 docs/images/draw_split.py

The function is `src/functions/add:fn` of this repository. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 800, 372
MARGIN, GAP = 20, 20
COLUMN = (WIDTH - 2 * MARGIN - 2 * GAP) / 3
CLOSURE_TOP, ZIPS_TOP = 44, 208
CHIP, SPACE = 26, 8

BLUE, GREEN, AMBER = ("#dbeafe", "#1d4ed8"), ("#dcfce7", "#15803d"), ("#fef3c7", "#b45309")
GRAY = ("#f8fafc", "#94a3b8")


@dataclass(frozen=True)
class Part:
    """A part of the closure, and the zip that contains it; `colors` are fill and line."""

    zip: str
    rule: str
    files: tuple[str, ...]
    colors: tuple[str, str]


PARTS = (
    Part("function: add/fn.zip", "closure − layers", ("functions/add/handler.py",), BLUE),
    Part("layer: shared/layer.zip", "first-party code", ("shared/operands.py",), GREEN),
    Part(
        "layer: functions/deps.zip",
        "distributions",
        ("pydantic", "pydantic_core", "typing_extensions, …"),
        AMBER,
    ),
)
ROWS = max(len(part.files) for part in PARTS)


def drawing() -> str:
    """The SVG document."""
    closure_height = ROWS * (CHIP + SPACE) + 12
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="14">',
            "<title>The contents of a function zip: its closure minus its layers</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            _text(MARGIN, 28, "Closure: the handler and everything that it imports", bold=True),
            _box(MARGIN, CLOSURE_TOP, WIDTH - 2 * MARGIN, closure_height, GRAY),
            *_columns(CLOSURE_TOP + closure_height),
            "</svg>\n",
        ]
    )


def _columns(closure_bottom: float) -> Iterator[str]:
    """Each part in the closure, an arrow, and the zip with the same files."""
    for i, part in enumerate(PARTS):
        left = MARGIN + i * (COLUMN + GAP)
        yield from _chips(left, CLOSURE_TOP + 10, part)
        yield _arrow(left + COLUMN / 2, closure_bottom + 4, ZIPS_TOP - 24, part.colors[1])
        yield _text(left, ZIPS_TOP - 4, part.zip, bold=True)
        yield _box(left, ZIPS_TOP + 6, COLUMN, ROWS * (CHIP + SPACE) + 36, GRAY)
        yield from _chips(left, ZIPS_TOP + 16, part)
        yield _text(left + 12, ZIPS_TOP + ROWS * (CHIP + SPACE) + 32, f"= {part.rule}")


def _chips(left: float, top: float, part: Part) -> Iterator[str]:
    for i, file in enumerate(part.files):
        y = top + i * (CHIP + SPACE)
        yield _box(left + 10, y, COLUMN - 20, CHIP, part.colors)
        yield _text(left + 20, y + 18, file, family="monospace", size=13)


def _box(left: float, top: float, width: float, height: float, colors: tuple[str, str]) -> str:
    fill, stroke = colors
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def _arrow(middle: float, top: float, bottom: float, color: str) -> str:
    return (
        f'<path d="M{middle:g} {top:g}V{bottom:g}m-5 -7l5 7l5 -7" fill="none" stroke="{color}" '
        'stroke-width="1.5"/>'
    )


def _text(
    left: float,
    baseline: float,
    text: str,
    *,
    bold: bool = False,
    family: str = "",
    size: int = 0,
) -> str:
    attributes = {"font-weight": "bold" if bold else "", "font-family": family}
    attributes["font-size"] = str(size) if size else ""
    written = "".join(f' {name}="{value}"' for name, value in attributes.items() if value)
    return f'<text x="{left:g}" y="{baseline:g}" fill="#0f172a"{written}>{escape(text)}</text>'


if __name__ == "__main__":
    Path(__file__).with_name("split.svg").write_text(drawing(), encoding="utf-8")
