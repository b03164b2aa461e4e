"""The report of `import-time`, from real processes, and the tree of modules in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.import_time import ImportedModule, parse_import_times
from aws_lambda_emulator.tests.function_builder import (
    VERSIONS,
    BuiltFunction,
    build_function,
    client_wheels,
)

NEWEST = VERSIONS[-1]
APP = "import lib\n\ndef handler(event, context):\n    return event\n"


def build(folder: Path, app: str = APP, *, own_client: bool = True) -> BuiltFunction:
    files = {
        "app.py": app,
        "lib/__init__.py": "import time\nfrom lib import slow\n",
        "lib/slow.py": "import time\ntime.sleep(0.05)\n",
    }
    return build_function(
        folder, files, python=NEWEST, wheels=[] if own_client else client_wheels(NEWEST)
    )


def measure(function: BuiltFunction, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and the JSON that the command `import-time` prints."""
    command = [sys.executable, "-m", "aws_lambda_emulator", "import-time"]
    command += [function.artifact.code.path, "--python", function.interpreter.path, *options]
    if function.wheels:
        command += ["--wheels", str(Path(function.wheels[0]).parent)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, check=False, text=True
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("own_client", [True, False], ids=["fallback", "AWS's"])
def test_times_of_modules(tmp_path: Path, own_client: bool) -> None:
    """The time of a slow module counts for itself, and for all modules above it."""
    code, report = measure(build(tmp_path, own_client=own_client), "--runs=3")

    rows = {name: row for name, *row in report["modules"]}
    names = [name for name, *_ in report["modules"]]
    assert code == 0
    assert report["error"] is None
    assert report["runs"] == 3
    assert report["min_us"] <= report["median_us"] <= report["max_us"]
    assert names[0] == "app"
    assert rows["app"][1:] == [report["median_us"], -1]
    assert names[rows["lib.slow"][2]] == "lib"
    assert names[rows["lib"][2]] == "app"
    assert rows["lib.slow"][0] >= 50_000
    assert rows["lib"][0] < 50_000 <= rows["lib"][1] <= rows["app"][1]


def test_function_that_does_not_start(tmp_path: Path) -> None:
    """The report has Lambda's answer instead of times."""
    code, report = measure(build(tmp_path, "import nowhere\n" + APP))

    assert code == 3
    assert report["error"] == "Runtime.ImportModuleError"
    assert "No module named 'nowhere'" in report["payload"]


@pytest.mark.parametrize(
    ("runs", "reason"),
    [("0", "0 is not from 1 to 100"), ("x", "'x' is not a whole number")],
)
def test_invalid_runs(tmp_path: Path, runs: str, reason: str) -> None:
    """The number of processes has bounds."""
    done = subprocess.run(
        [sys.executable, "-m", "aws_lambda_emulator", "import-time", "fn.zip", f"--runs={runs}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 2
    assert done.stderr.endswith(f"error: argument --runs: {reason}\n")


def test_tree_of_modules() -> None:
    """Lines outside the marks are of the runtime client, and levels are relative to the handler's.

    A line of the function's own output may be in front of a line of Python.
    """
    logs = (
        b"import time:  1 | 1 | json\n"
        b"\ntoken\n"
        b"hello import time:        10 |         10 |     c\n"
        b"import time:        20 |         30 |   b\n"
        b"import time: self [us] | cumulative | imported package\n"
        b"import time:         5 |          5 |   d\n"
        b"\ntoken 40000 app\n"
        b"import time:  1 | 1 | later\n"
    )

    assert parse_import_times(logs, b"token") == ImportedModule(
        "app",
        5,
        40,
        [
            ImportedModule("b", 20, 30, [ImportedModule("c", 10, 10)]),
            ImportedModule("d", 5, 5),
        ],
    )


def test_output_without_marks() -> None:
    """A process that ended before the import has no tree."""
    assert parse_import_times(b"import time:  1 | 1 | json\n", b"token") is None
    assert parse_import_times(b"\ntoken\nimport time:  1 | 1 | json\n", b"token") is None
