"""What is said of a variable that a function lacks, from real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aws_lambda_emulator.function import Invocation
from aws_lambda_emulator.tests.made_functions import VERSIONS, made, wheels_of_client
from aws_lambda_emulator.unset import hint, unset_variable

HANDLER = "def handler(event, context):\n    {}\n"
AT_IMPORT = "import os\nTABLE = os.environ['TABLE']\n" + HANDLER.format("pass")
CLIENTS = [(each, "stand-in") for each in VERSIONS] + [(each, "AWS's") for each in VERSIONS[2:]]


@pytest.mark.parametrize(
    ("python", "client"), CLIENTS, ids=[f"{c} python{p[0]}.{p[1]}" for p, c in CLIENTS]
)
def test_a_variable_that_importing_needs(
    tmp_path: Path, python: tuple[int, int], client: str
) -> None:
    """Its name is told, whatever reported the error; and the option that sets it is named."""
    wheels = wheels_of_client(python) if client == "AWS's" else []
    with made(tmp_path, AT_IMPORT, python=python, wheels=wheels).start() as started:
        alone, outcome = started.init(), started.invoke(Invocation(b"{}"))

    assert (unset_variable(alone), unset_variable(outcome)) == ("TABLE", "TABLE")
    assert hint(outcome, "src/app:fn") == (
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
def test_what_is_no_unset_variable(tmp_path: Path, statement: str) -> None:
    """There is nothing that `--env` could mend."""
    app = "import os\n" + HANDLER.format(statement)
    with made(tmp_path, app).start() as started:
        assert hint(started.invoke(Invocation(b"{}")), "src/app:fn") == ""


@pytest.mark.parametrize("more", [[], ["--init-only"]], ids=["an event", "the init phase alone"])
def test_a_command_that_lacks_a_variable(tmp_path: Path, more: list[str]) -> None:
    """`run` says it after the log, once, on standard error; with what it says, it succeeds."""
    function = made(tmp_path, AT_IMPORT)
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

    lacking, mended = run(), run("--env", "TABLE=orders")

    said = "src/app:fn looked up the variable TABLE, which is not set. To fix, add `--env TABLE=…`."
    lines = lacking.stderr.splitlines()
    assert (lines.count(said), lines[-1]) == (1, said)
    assert (lacking.returncode, json.loads(lacking.stdout)["errorType"]) == (1, "KeyError")
    assert (mended.returncode, said in mended.stderr) == (0, False)
