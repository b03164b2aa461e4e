"""Tries the checks on real distributions, in repositories of its own that ./pants packages.

    build-support/popular/run [--keep FOLDER] [false_alarms] [real_faults]

`false_alarms`: functions that import popular distributions, for both processors. Nothing may be
said against them, and they must work. `real_faults`: functions that would fail in Lambda. Each has
to fail the build, for the right reason. Without a name, both, at the same time. Exits 1 if
anything is otherwise.

It needs the package index, CPython 3.11 and 3.13, and some gigabytes of disk.

The requirements of each resolve are pinned as CONTRIBUTING.md says for 3rdparty/python. Those of
`relabelled` (for Python 3.11) need one more option, `--find-links FOLDER/real_faults/wheels`: the
wheels that a run with `--keep FOLDER` has made.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from popular.false_alarms import find_false_alarms
from popular.real_faults import find_missed_faults

PARTS = {"false_alarms": find_false_alarms, "real_faults": find_missed_faults}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="where to work, and to leave it"
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args()
    unknown = [part for part in asked.parts if part not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.keep or Path(temporary)).absolute()
        with ThreadPoolExecutor() as at_once:
            well = [*at_once.map(lambda part: PARTS[part](folder / part), asked.parts or PARTS)]
    sys.exit(not all(well))


if __name__ == "__main__":
    main()
