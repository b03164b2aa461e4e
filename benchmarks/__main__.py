"""Measures this backend and its alternatives side by side, on the same work.

    benchmarks/run [--rounds N] [--only WORK …] [--peers PEER …] [--backend FOLDER]
                   [--keep FOLDER] [--write]

Each contender does the work once per round, so that other load on the machine affects all of them
alike. Ratios are those of the same round. Progress goes to stderr, and the tables go to stdout.
`--write` also writes them into docs/internals/performance.md, and draws the figure next to it. It
needs all works and all peers.

This program needs the package index, CPython 3.9 and 3.13, zip, and some gigabytes of disk. Two
rounds with all peers took 25 minutes on two cores, before the work `stacks` was added, which takes
7 minutes. `--rounds 1 --only bundled5 --peers ours` takes a minute.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks import figure, page
from benchmarks.bench import PEERS, Bench
from benchmarks.machine import describe_machine
from benchmarks.measurements import Measurements
from benchmarks.works import WORKS
from bootstrap.messages import UserError, facts_table, print_progress
from environments.environment import cache_folder
from trial_repository.pants_toml import ROOT

PAGE = ROOT / "docs/internals/performance.md"
VALUES = ROOT / "dist/benchmarks.json"


def main() -> None:
    options = _parse_arguments()
    # End like Ctrl-C, through the `finally` block that stops the daemons.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _check_options(options)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
            bench = Bench(
                (options.keep or Path(temporary)).absolute(),
                cache=cache_folder() / "benchmarks",
                backend=options.backend.absolute(),
                peers=options.peers,
                rounds=options.rounds,
            )
            _measure(bench, options)
    except UserError as error:
        sys.exit(str(error))


def _measure(bench: Bench, options: argparse.Namespace) -> None:
    """Do each work, print the tables, and write the files."""
    measured: Measurements = {}
    try:
        for work in options.only:
            measured |= WORKS[work](bench)
    finally:
        bench.stop()
    machine = describe_machine(bench)
    _write_values(measured, machine)
    tables = page.format_tables(measured, machine)
    print("\n".join(tables.values()))
    if options.write:
        svg = PAGE.with_suffix(".svg")
        figure.draw(measured, svg)
        page.replace_tables(PAGE, {**tables, "figure": f"![The table of times]({svg.name})\n"})


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5, metavar="N", help="number of rounds (default: 5)")
    names = ", ".join(WORKS)
    add(
        "--only",
        nargs="+",
        choices=WORKS,
        default=list(WORKS),
        metavar="WORK",
        help=f"works to do: {names} (default: all)",
    )
    add(
        "--peers",
        nargs="+",
        choices=PEERS,
        default=list(PEERS),
        metavar="PEER",
        help=f"contenders to measure: {', '.join(PEERS)} (default: all)",
    )
    add(
        "--backend",
        type=Path,
        default=ROOT / "pants-plugins",
        metavar="FOLDER",
        help="folder that contains `aws_lambda` (default: pants-plugins of this repository)",
    )
    add("--keep", type=Path, metavar="FOLDER", help="work in this empty folder, and keep it")
    add("--write", action="store_true", help="write the tables and the figure into the page")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if options.write and (set(options.only) < set(WORKS) or set(options.peers) < set(PEERS)):
        parser.error("--write needs all works and all peers, because it replaces all tables")
    return options


def _check_options(options: argparse.Namespace) -> None:
    """Raise `UserError` for errors that would otherwise appear after an hour."""
    register = options.backend / "aws_lambda/register.py"
    if not register.is_file():
        raise UserError(
            "The folder of --backend contains no backend.\n\n"
            f"{facts_table([('missing file', str(register))])}\n\n"
            "To fix, name the folder that contains `aws_lambda`, such as pants-plugins."
        )
    if options.keep and options.keep.exists() and any(options.keep.iterdir()):
        raise UserError(
            "The folder of --keep is not empty, and its files could count as results.\n\n"
            f"{facts_table([('folder', str(options.keep))])}\n\n"
            "To fix, name another folder, or delete this one."
        )
    if {"uv", "pip"} & set(options.peers) and not shutil.which("zip"):
        raise UserError(
            "The contenders uv and pip need the program `zip`, which was not found.\n\n"
            "To fix, install it (Debian: apt-get install zip), or name other `--peers`."
        )


def _write_values(measured: Measurements, machine: dict[str, str]) -> None:
    VALUES.parent.mkdir(exist_ok=True)
    values = {str(key): [series.scale, *series.values] for key, series in measured.items()}
    VALUES.write_text(json.dumps({"machine": machine, "scale and values": values}, indent=1))
    print_progress(f"All values are in {VALUES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
