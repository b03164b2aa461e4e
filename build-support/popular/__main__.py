"""Tries the checks on real distributions, in trial repositories that ./pants packages.

    build-support/popular/run [--all-architectures] [--keep FOLDER] [false_alarms] [real_errors]

`false_alarms` packages functions that import popular distributions, half of them for arm64 and half
for x86_64. With `--all-architectures`, it packages each function for both. No check may report
anything about them, and those that can run on this machine must work. `real_errors` packages
functions that would fail in Lambda. Each must fail the build, for the right reason. Without a name,
both run at the same time. Exits with 1 if a result differs.

It needs the package index, CPython 3.11 and 3.13, and some gigabytes of disk.

The requirements of each resolve are pinned like those in 3rdparty/python: see CONTRIBUTING.md. The
pins of `relabeled` (for Python 3.11) need one more option, `--find-links
FOLDER/real_errors/wheels`, with the wheels of a run with `--keep FOLDER`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from popular.false_alarms import find_false_alarms
from popular.real_errors import find_missed_errors

PARTS = ("false_alarms", "real_errors")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="build-support/popular/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--all-architectures",
        action="store_true",
        help="package each function of false_alarms for arm64 and for x86_64",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="work in this folder, and keep it"
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=" or ".join(PARTS))
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    functions: Mapping[str, Callable[[Path], bool]] = {
        "false_alarms": partial(find_false_alarms, every_architecture=options.all_architectures),
        "real_errors": find_missed_errors,
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).absolute()
        with ThreadPoolExecutor() as pool:
            parts = options.parts or PARTS
            passed = [*pool.map(lambda part: functions[part](folder / part), parts)]
    sys.exit(not all(passed))


if __name__ == "__main__":
    main()
