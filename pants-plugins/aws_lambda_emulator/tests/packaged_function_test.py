"""Functions that Pants hands over in `functions.json`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.packaged_function import PackagedFunction, read_functions_file
from aws_lambda_emulator.tests.function_builder import SourceFunction, find_interpreter

APP = "import os\ndef handler(event, context):\n    return [os.environ['A'], os.environ['B']]\n"


def read_one(folder: Path, **keys: Any) -> PackagedFunction:
    """Write a document with one function and read it."""
    entry = {
        "address": "src/app:fn",
        "name": "src-app-fn",
        "artifact": "src.app/fn",
        "interpreter": "/somewhere/python3.13",
        "python": [3, 13],
        "wheels": "wheels",
        "variables": {"A": "of the target", "B": "of the target"},
        "remarks": ["A remark."],
        **keys,
    }
    path = folder / "functions.json"
    path.write_text(json.dumps({"functions": [entry]}))
    (packaged,) = read_functions_file(str(path))
    return packaged


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Pants can move all files into a sandbox, except for the machine's interpreter."""
    (tmp_path / "wheels").mkdir()
    for name in ("b.whl", "a.whl", "other.txt"):
        (tmp_path / "wheels" / name).touch()

    assert read_one(tmp_path) == PackagedFunction(
        address="src/app:fn",
        name="src-app-fn",
        artifact=str(tmp_path / "src.app/fn"),
        interpreter=Interpreter("/somewhere/python3.13", (3, 13)),
        python=(3, 13),
        wheels=(str(tmp_path / "wheels/a.whl"), str(tmp_path / "wheels/b.whl")),
        variables={"A": "of the target", "B": "of the target"},
        remarks=("A remark.",),
    )


def test_interpreter_is_missing(tmp_path: Path) -> None:
    """The error is raised when the function starts, so that other functions can run."""
    packaged = read_one(tmp_path, interpreter=None)

    assert packaged.wheels == ()
    with pytest.raises(EmulatorError) as refused:
        packaged.require_interpreter()
    assert str(refused.value) == (
        "src/app:fn needs CPython 3.13, but this machine has none.\n\n"
        "  looked for  python3.13 on PATH and in pyenv's versions\n\n"
        "Bytecode, native code and the standard library belong to one minor version.\n\n"
        "To fix, install CPython 3.13, such as with `pyenv install 3.13`."
    )


def test_function_is_rebuilt_for_another_python(tmp_path: Path) -> None:
    """The interpreter of the earlier build does not run the new one."""
    found = find_interpreter((3, 9))
    SourceFunction({"app.py": APP}).write(tmp_path, (3, 13))
    packaged = read_one(tmp_path, interpreter=found.path, python=found.python)
    configuration = packaged.configure(timeout=5, memory=128, variables={})

    with pytest.raises(EmulatorError) as refused:
        packaged.start(configuration, cache=None, log=lambda text: None)
    assert str(refused.value) == (
        "src/app:fn is built for Python 3.13 now, but was built for Python 3.9 when `lambda-serve` "
        "started.\n\n"
        f"  {tmp_path / 'src.app/fn'}\n\n"
        "`lambda-serve` looks for interpreters only when it starts.\n\n"
        "To fix, stop `lambda-serve` and start it again."
    )


def test_function_runs_with_variables(tmp_path: Path) -> None:
    """Given variables replace those of the target, and the handler is that of the current code."""
    found = find_interpreter((3, 9))
    SourceFunction({"app.py": APP}).write(tmp_path, found.python)
    packaged = read_one(tmp_path, interpreter=found.path, python=found.python)
    configuration = packaged.configure(timeout=5, memory=128, variables={"B": "given"})

    with packaged.start(configuration, cache=None, log=lambda text: None) as function:
        outcome = function.invoke(Invocation(b"{}"))

    assert json.loads(outcome.payload) == ["of the target", "given"]
    assert (configuration.name, configuration.handler) == ("src-app-fn", "")
    assert function.configuration == replace(configuration, handler="app.handler")
