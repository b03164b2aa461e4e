"""Explains failed lookups of environment variables, with real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.tests.function_builder import VERSIONS, build_function, client_wheels
from aws_lambda_emulator.unset_variables import describe_unset_variable, unset_variable_name

HANDLER = "def handler(event, context):\n    {}\n"
AT_IMPORT = "import os\nTABLE = os.environ['TABLE']\n" + HANDLER.format("pass")
CLIENTS = [(each, "fallback") for each in VERSIONS] + [(each, "AWS's") for each in VERSIONS[2:]]


@pytest.mark.parametrize(
    ("python", "client"), CLIENTS, ids=[f"{c} python{p[0]}.{p[1]}" for p, c in CLIENTS]
)
def test_import_needs_a_variable(tmp_path: Path, python: tuple[int, int], client: str) -> None:
    """Either client's error leads to the name of the variable, and to the option that sets it."""
    wheels = client_wheels(python) if client == "AWS's" else []
    with build_function(tmp_path, AT_IMPORT, python=python, wheels=wheels).start() as started:
        alone, outcome = started.init(), started.invoke(Invocation(b"{}"))

    assert (unset_variable_name(alone), unset_variable_name(outcome)) == ("TABLE", "TABLE")
    assert describe_unset_variable(outcome, "src/app:fn") == (
        "src/app:fn looked up the variable TABLE, which is not set. To fix, add `--env TABLE=…`."
    )


OTHERS = {
    "an answer": "return {'errorType': 'KeyError', 'errorMessage': 'TABLE'}",
    "a key of its own": "return {}['TABLE']",
    "another error": "raise ValueError('TABLE')",
    "a variable of Lambda's own": "os.environ.pop('_HANDLER'); os.environ['_HANDLER']",
    "raised by hand": "raise KeyError('TABLE')",
}


@pytest.mark.parametrize("statement", OTHERS.values(), ids=list(OTHERS))
def test_error_has_another_cause(tmp_path: Path, statement: str) -> None:
    """`--env` would not fix these errors, so there is no line about it."""
    app = "import os\n" + HANDLER.format(statement)
    with build_function(tmp_path, app).start() as started:
        assert describe_unset_variable(started.invoke(Invocation(b"{}")), "src/app:fn") == ""


@pytest.mark.parametrize("more", [[], ["--init-only"]], ids=["an event", "the init phase alone"])
def test_run_explains_an_unset_variable(tmp_path: Path, more: list[str]) -> None:
    """`run` writes the line once, after the log, and the option in it makes the function
    succeed.
    """
    function = build_function(tmp_path, AT_IMPORT)
    command = [sys.executable, "-m", "aws_lambda_emulator", "run", function.artifact.code.path]
    command += ["--python", function.interpreter.path, *more]

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *argv],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=False,
            text=True,
        )

    failed, fixed = run(), run("--env", "TABLE=orders")

    line = "src/app:fn looked up the variable TABLE, which is not set. To fix, add `--env TABLE=…`."
    lines = failed.stderr.splitlines()
    assert (lines.count(line), lines[-1]) == (1, line)
    assert (failed.returncode, json.loads(failed.stdout)["errorType"]) == (1, "KeyError")
    assert (fixed.returncode, line in fixed.stderr) == (0, False)
