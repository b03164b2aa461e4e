"""The tables of docs/internals/performance.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench import PEERS
from benchmarks.builds import COLD, ONE_LINE
from benchmarks.measurements import Key, Measurements, Series
from benchmarks.ratios import fit_line, ratios, spread
from benchmarks.stacks import AS_BUILT, CACHED, UNCACHED
from benchmarks.targets import TARGETS
from bootstrap.messages import UserError

_MARKED = r"(<!-- benchmarks: {name} -->\n).*?(<!-- end -->)"
_SCALED = "†"


class Comparison(NamedTuple):
    """A row of the table for users. Both keys are measured in the same rounds."""

    case: str
    ours: Key
    other_name: str
    other: Key


_EDIT, _FIRST = Key("bundled5", ONE_LINE, "ours"), Key("bundled5", COLD, "ours")
_IMPORT = Key("coldstart", "import", "ours")
_COMPARISONS = (
    Comparison(
        "build after a one-line edit",
        _EDIT,
        "Pants' own backend",
        _EDIT._replace(contender="pants"),
    ),
    Comparison("build after a one-line edit", _EDIT, "uv and zip", _EDIT._replace(contender="uv")),
    Comparison("first build", _FIRST, "Pants' own backend", _FIRST._replace(contender="pants")),
    Comparison(
        "import of the handler in a cold start",
        _IMPORT,
        "without bytecode",
        _IMPORT._replace(contender="ours, no bytecode"),
    ),
)


def format_tables(measured: Measurements, machine: Mapping[str, str]) -> dict[str, str]:
    """The tables by the names of their markers, without those that have no values."""
    tables = {
        "ratios": _ratios(measured),
        "targets": _targets(measured),
        "times": _times(measured),
        "sizes": _sizes(measured),
        "coldstart": _coldstart(measured),
        "causes": _causes(measured),
        "experiments": _experiments(measured),
        "machine": _table(["", ""], [[name, value] for name, value in machine.items()]),
    }
    return {name: table for name, table in tables.items() if table}


def replace_tables(page: Path, tables: Mapping[str, str]) -> None:
    """Replace the text between the markers of each table in a Markdown file."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        parts = re.split(_MARKED.format(name=name), text, maxsplit=1, flags=re.DOTALL)
        if len(parts) == 1:
            raise UserError(
                f"{page} has no markers for the table `{name}`.\n\n"
                f"To fix, add `<!-- benchmarks: {name} -->` and `<!-- end -->` to the page."
            )
        before, opening, closing, after = parts
        text = f"{before}{opening}\n{table}\n{closing}{after}"
    page.write_text(text, encoding="utf-8")


def _ratios(measured: Measurements) -> str:
    rows = []
    for case, ours, other_name, other in _COMPARISONS:
        if ours not in measured or other not in measured:
            continue
        values, others = measured[ours].scaled(), measured[other].scaled()
        ratio = ratios(values, others)
        rows.append(
            [
                case,
                f"{_short(spread(values).median)} s",
                f"{other_name}: {_short(spread(others).median)} s",
                f"{_short(ratio.median)} ({_short(ratio.low)}–{_short(ratio.high)})",
            ]
        )
    return _table(["", "this backend", "compared with", "ratio"], rows) if rows else ""


def _targets(measured: Measurements) -> str:
    works = {key.work for key in measured}
    rows = []
    for target in TARGETS:
        if target.over.work not in works:
            continue
        ratio = target.measured_ratio(measured)
        if ratio is None:
            rows.append([target.name, "not measured", f"≤ {target.at_most:g}{target.unit}", ""])
            continue
        verdict = "met" if ratio.median <= target.at_most else "**missed**"
        extremes = f"{_short(ratio.low)}–{_short(ratio.high)}"
        values = f"{_short(ratio.median)}{target.unit} ({extremes})"
        rows.append([target.name, values, f"≤ {target.at_most:g}{target.unit}", verdict])
    return _table(["", "measured", "target", ""], rows) if rows else ""


def _times(measured: Measurements) -> str:
    builds = {key: series for key, series in measured.items() if key.contender in PEERS}
    builds = {k: v for k, v in builds.items() if k.work not in ("sizes", "coldstart", "size")}
    rows = []
    for work, situation in dict.fromkeys((key.work, key.situation) for key in builds):
        if work == "assembler":
            continue
        cells = (_seconds(builds.get(Key(work, situation, peer))) for peer in PEERS)
        rows.append([f"{work}, {situation}", *cells])
    return _table(["seconds", *(f"`{peer}`" for peer in PEERS)], rows) if rows else ""


def _sizes(measured: Measurements) -> str:
    found = {
        int(key.situation.removeprefix("fleet")): series
        for key, series in measured.items()
        if key.work == "sizes"
    }
    if len(found) < 2:
        return ""
    rows = [[str(size), _seconds(series)] for size, series in sorted(found.items())]
    rounds = zip(*(series.values for series in found.values()), strict=True)
    slopes = spread([fit_line([*zip(found, values, strict=True)]).slope for values in rounds])
    whole = fit_line([(size, spread(series.values).median) for size, series in found.items()])
    summary = (
        f"Each further function takes {whole.slope * 1000:.0f} ms ({slopes.low * 1000:.0f}–"
        f"{slopes.high * 1000:.0f} in single rounds). The rest of a build takes "
        f"{whole.intercept:.2f} s. R² of the line: {whole.fit:.3f}."
    )
    return f"{_table(['functions', 'seconds'], rows)}\n{summary}\n"


def _coldstart(measured: Measurements) -> str:
    rows = [
        [key.contender, _milliseconds(series)]
        for key, series in measured.items()
        if key.work == "coldstart"
    ]
    return _table(["artifact of", "import, in ms"], rows) if rows else ""


def _causes(measured: Measurements) -> str:
    stacks = dict.fromkeys(key.contender for key in measured if key.work == CACHED)
    rows = []
    for cause in dict.fromkeys(key.situation for key in measured if key.work == CACHED):
        cells = [
            " / ".join(
                f"{1000 * spread(measured[Key(work, cause, stack)].values).median:.1f}"
                for work in (CACHED, UNCACHED)
            )
            for stack in stacks
        ]
        rows.append([cause, *cells])
    return _table(["ms", *stacks], rows) if rows else ""


def _experiments(measured: Measurements) -> str:
    found = {key: series for key, series in measured.items() if key.work == "experiments"}
    stacks = dict.fromkeys(key.situation for key in found)
    rows = []
    for change in dict.fromkeys(key.contender for key in found if key.contender != AS_BUILT):
        cells = []
        for stack in stacks:
            series = found.get(Key("experiments", stack, change))
            built = found[Key("experiments", stack, AS_BUILT)]
            cells.append(f"{ratios(series.values, built.values).median:.2f}" if series else "")
        rows.append([change, *cells])
    return _table(["import ÷ import as built", *stacks], rows) if rows else ""


def _seconds(series: Series | None) -> str:
    if series is None:
        return ""
    values = spread(series.scaled())
    mark = f" {_SCALED}" if series.scale > 1 else ""
    return f"{_short(values.median)} ({_short(values.low)}–{_short(values.high)}){mark}"


def _milliseconds(series: Series) -> str:
    values = spread([1000 * value for value in series.values])
    return f"{values.median:.0f} ({values.low:.0f}–{values.high:.0f})"


def _short(value: float) -> str:
    """The value with three significant digits, or all digits before the decimal point."""
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
