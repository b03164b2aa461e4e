"""Updates the backend's table of the Python runtimes of AWS, and prints the changes.

    build-support/runtime_table/run

The names are those that AWS's API accepts, from the newest botocore. The ends of support are those
of AWS's page `lambda-runtimes`, from the newest cfn-lint. A runtime without one gets `None`.
Neither source contains operating systems and patch releases. A new row gets the operating system of
the newest row before it, and the patch release 0.
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
        api = _read_json(botocore, r"botocore/data/lambda/2015-03-31/service-2\.json(\.gz)?")
        ends = _read_json(cfn_lint, r"cfnlint/.*RuntimeLifecycle\.json")
        releases = f"botocore {_version(botocore)}, cfn-lint {_version(cfn_lint)}"
    names = api["shapes"]["Runtime"]["enum"]
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
        end = _date_expression(ends.get(f"python3.{minor}", {}).get("deprecated"))
        lines[minor] = f"{row[1]}((3, {minor}), {patch}, {row['system']}, {end}),"
        if minor not in rows:
            print(f"python3.{minor} is new. Check its operating system, now {row['system']}.")
        elif lines[minor] != row[0]:
            print(f"python3.{minor}: the end of support changed from {row['end']} to {end}.")
    for minor in sorted(set(rows) - set(minors)):
        print(f"python3.{minor} is no longer in AWS's API. Its row stays.")
    if lines == {minor: row[0] for minor, row in rows.items()}:
        print("No row changed.")
    table = "\n".join(lines[minor] for minor in sorted(lines))
    text = old[: rows[min(rows)].start()] + table + old[newest.end() :]
    text = _READ.sub(f"TABLE_READ = {_date_expression(date.today().isoformat())}", text)
    _TABLE.write_text(_RELEASES.sub(releases, text), encoding="utf-8")
    print(f"Wrote {_TABLE} from {releases}.")
    return 0


def _read_json(wheel: Path, pattern: str) -> dict[str, Any]:
    """The content of the only JSON file in a wheel whose path matches a pattern."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(pattern, name)]
        if len(names) != 1:
            sys.exit(f"{wheel.name} contains {len(names)} files like {pattern} instead of one.")
        content = archive.read(names[0])
    found: dict[str, Any] = json.loads(
        gzip.decompress(content) if names[0].endswith(".gz") else content
    )
    return found


def _version(wheel: Path) -> str:
    return wheel.name.split("-")[1]


def _date_expression(day: str | None) -> str:
    """The date in the syntax of the table: `date(2029, 6, 30)` or `None`."""
    if day is None:
        return "None"
    found = date.fromisoformat(day)
    return f"date({found.year}, {found.month}, {found.day})"


if __name__ == "__main__":
    sys.exit(main())
