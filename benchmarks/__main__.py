"""Measures this backend and what a user would pick instead, side by side, on the same work.

    benchmarks/run [--rounds N] [--only WORK …] [--peers PEER …] [--backend FOLDER]
                   [--keep FOLDER] [--write]

In each round every contender takes its turn, so that what else the machine does hits all alike, and
ratios are taken within a round. Progress goes to stderr, tables to stdout. `--write` puts them into
docs/internals/performance.md, with a figure beside it; that needs all works and all peers.

It needs the package index, CPython 3.9 and 3.13, zip, and some gigabytes of disk. All peers in 2
rounds took 25 minutes on two cores; `--rounds 1 --only bundled5 --peers ours` takes a minute.
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
from benchmarks.contenders.pants import ROOT
from benchmarks.machine import describe
from benchmarks.measured import Measured
from benchmarks.works import WORKS
from bootstrap.fault import Fault, facts, say
from environments.install import cache_folder

PAGE = ROOT / "docs/internals/performance.md"
RAW = ROOT / "dist/benchmarks.json"


def main() -> None:
    asked = _arguments()
    # As Ctrl-C does: through the `finally` that ends the daemons.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _require(asked)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
            bench = Bench(
                (asked.keep or Path(temporary)).absolute(),
                cache=cache_folder() / "benchmarks",
                backend=asked.backend.absolute(),
                peers=asked.peers,
                rounds=asked.rounds,
            )
            _measure(bench, asked)
    except Fault as fault:
        sys.exit(str(fault))


def _measure(bench: Bench, asked: argparse.Namespace) -> None:
    measured: Measured = {}
    try:
        for work in asked.only:
            measured |= WORKS[work](bench)
    finally:
        bench.stop()
    machine = describe(bench)
    _keep_raw(measured, machine)
    found = page.tables(measured, machine)
    print("\n".join(found.values()))
    if asked.write:
        drawn = PAGE.with_suffix(".svg")
        figure.draw(measured, drawn)
        page.replace_tables(PAGE, {**found, "figure": f"![The table of times]({drawn.name})\n"})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5, metavar="N")
    add("--only", nargs="+", choices=WORKS, default=list(WORKS), metavar="WORK")
    add("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER")
    add("--backend", type=Path, default=ROOT / "pants-plugins", metavar="FOLDER")
    add("--keep", type=Path, metavar="FOLDER", help="where to work, and to leave it")
    add("--write", action="store_true")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if asked.write and (set(asked.only) < set(WORKS) or set(asked.peers) < set(PEERS)):
        parser.error("--write needs all works and all peers: the tables go together")
    return asked


def _require(asked: argparse.Namespace) -> None:
    """Judge what would otherwise fail after an hour."""
    if not (asked.backend / "aws_lambda/register.py").is_file():
        raise Fault(
            "The folder named by --backend holds no backend.\n\n"
            f"{facts([('looked for', str(asked.backend / 'aws_lambda/register.py'))])}\n\n"
            "To fix, name the folder that holds `aws_lambda`, such as pants-plugins."
        )
    if asked.keep and asked.keep.exists() and any(asked.keep.iterdir()):
        raise Fault(
            "The folder named by --keep is not empty, and what lies there would count as built.\n\n"
            f"{facts([('folder', str(asked.keep))])}\n\n"
            "To fix, name another folder, or delete this one."
        )
    if {"uv", "pip"} & set(asked.peers) and not shutil.which("zip"):
        raise Fault(
            "There is no program `zip`, which the contenders uv and pip are measured with.\n\n"
            "To fix, install it (Debian: apt-get install zip), or name other `--peers`."
        )


def _keep_raw(measured: Measured, machine: dict[str, str]) -> None:
    RAW.parent.mkdir(exist_ok=True)
    values = {str(key): [series.scale, *series.values] for key, series in measured.items()}
    RAW.write_text(json.dumps({"machine": machine, "scale and values": values}, indent=1))
    say(f"Every single value lies in {RAW.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
