"""Reads the runtimes that AWS offers, writes them into the backend's table, prints what changed.

    build-support/runtime_table/run

The names are those that AWS's API accepts (the newest botocore), the ends of support those that
cfn-lint (its newest release) takes from AWS's page `lambda-runtimes`. A runtime without an end of
support there gets `None`. Neither source knows operating systems and patch releases: a new row has
the system of the newest one before, and 0.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

_TABLE = (
    Path(__file__).resolve().parents[2] / "pants-plugins/aws_lambda/artifact/platforms/runtimes.py"
)
_ROW = re.compile(
    r"^( +)\(\(3, (?P<minor>\d+)\), (?P<patch>\d+), (?P<system>\w+), (?P<end>.+)\),$", re.MULTILINE
)
_READ = re.compile(r"^TABLE_READ = .*$", re.MULTILINE)
_RELEASES = re.compile(r"botocore [\d.]*\d, cfn-lint [\d.]*\d")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*pip, "--only-binary=:all:", "botocore", "cfn-lint"], check=True)
        botocore, cfn_lint = sorted(Path(folder).glob("*.whl"))
        offered = _entry(botocore, r"botocore/data/lambda/2015-03-31/service-2\.json(\.gz)?")
        ends = _entry(cfn_lint, r"cfnlint/.*RuntimeLifecycle\.json")
        releases = f"botocore {_version(botocore)}, cfn-lint {_version(cfn_lint)}"
    names = offered["shapes"]["Runtime"]["enum"]
    minors = sorted(
        int(name[len("python3.") :]) for name in names if re.fullmatch(r"python3\.\d+", name)
    )
    old = _TABLE.read_text(encoding="utf-8")
    rows = {int(row["minor"]): row for row in _ROW.finditer(old)}
    newest = rows[max(rows)]
    lines = {minor: row[0] for minor, row in rows.items()}
    for minor in minors:
        if minor < min(rows):
            continue
        row = rows.get(minor, newest)
        patch = row["patch"] if minor in rows else "0"
        end = _written(ends.get(f"python3.{minor}", {}).get("deprecated"))
        lines[minor] = f"{row[1]}((3, {minor}), {patch}, {row['system']}, {end}),"
        if minor not in rows:
            print(f"python3.{minor} is new. Check its operating system, here {row['system']}.")
        elif lines[minor] != row[0]:
            print(f"python3.{minor}: {row['end']} is {end} now.")
    for minor in sorted(set(rows) - set(minors)):
        print(f"python3.{minor} is not in AWS's API any more. Its row stays.")
    if lines == {minor: row[0] for minor, row in rows.items()}:
        print("All rows are as before.")
    table = "\n".join(lines[minor] for minor in sorted(lines))
    text = old[: rows[min(rows)].start()] + table + old[newest.end() :]
    text = _READ.sub(f"TABLE_READ = {_written(date.today().isoformat())}", text)
    _TABLE.write_text(_RELEASES.sub(releases, text), encoding="utf-8")
    print(f"Wrote {_TABLE}, from {releases}.")
    return 0


def _entry(wheel: Path, pattern: str) -> dict[str, Any]:
    """The one JSON file of a wheel whose path fits."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(pattern, name)]
        if len(names) != 1:
            sys.exit(f"{wheel.name} has {len(names)} files like {pattern}, and should have one.")
        content = archive.read(names[0])
    found: dict[str, Any] = json.loads(
        gzip.decompress(content) if names[0].endswith(".gz") else content
    )
    return found


def _version(wheel: Path) -> str:
    return wheel.name.split("-")[1]


def _written(day: str | None) -> str:
    """As the table has it: `date(2029, 6, 30)` or `None`."""
    if day is None:
        return "None"
    found = date.fromisoformat(day)
    return f"date({found.year}, {found.month}, {found.day})"


if __name__ == "__main__":
    sys.exit(main())
