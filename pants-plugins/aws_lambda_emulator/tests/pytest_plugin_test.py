"""The fixture, in a pytest process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from aws_lambda_emulator import pytest_plugin
from aws_lambda_emulator.mounts import Mounts
from aws_lambda_emulator.tests.function_builder import BuiltFunction, SourceLayer, build_function

APP = "import value\ndef handler(event, context):\n    return value.VALUE\n"
TEST = """
import os, signal
from aws_lambda_emulator import pytest_plugin
pytest_plugin._FUNCTIONS_FILES = {document!r}

def test_function(lambda_function):
    assert lambda_function("src/app:fn").invoke({{}}).response == 7
    {then}
"""


def run_pytest(folder: Path, then: str) -> tuple[subprocess.CompletedProcess[str], BuiltFunction]:
    """Run pytest with the scratch folder `folder / "scratch"`. Also returns the invoked
    function.
    """
    function = build_function(folder, APP, layers=[SourceLayer({"python/value.py": "VALUE = 7\n"})])
    entry = {
        "address": "src/app:fn",
        "name": "fn",
        "artifact": function.artifact.code.path,
        "interpreter": function.interpreter.path,
        "python": function.interpreter.python,
        "wheels": "none",
        "variables": {},
        "remarks": [],
    }
    document = folder / "functions.json"
    document.write_text(json.dumps({"functions": [entry]}))
    (folder / "scratch").mkdir()
    (folder / "fixture_test.py").write_text(TEST.format(document=str(document), then=then))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", pytest_plugin.__name__, "fixture_test.py"],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
            "TMPDIR": str(folder / "scratch"),
            "PYTHONPATH": str(Path(pytest_plugin.__file__).parents[1]),
        },
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return ran, function


def test_session_leaves_no_folder(tmp_path: Path) -> None:
    """The folders of functions and of their shared layers are removed."""
    ran, _ = run_pytest(tmp_path, "pass")

    assert ran.returncode == 0, ran.stdout
    assert list((tmp_path / "scratch").iterdir()) == []


def test_session_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next emulator removes the folders of the killed session."""
    ran, function = run_pytest(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    scratch = tmp_path / "scratch"
    left = list(scratch.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    Mounts(function.artifact, function.interpreter).close()

    assert ran.returncode == -signal.SIGKILL, ran.stdout
    assert len(left) == 2
    assert list(scratch.iterdir()) == []
