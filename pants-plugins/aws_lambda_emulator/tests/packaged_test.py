"""Functions as Pants hands them over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Invocation
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.packaged import Packaged, read_packaged
from aws_lambda_emulator.tests.made_functions import MadeFunction, interpreter

APP = "import os\ndef handler(event, context):\n    return [os.environ['A'], os.environ['B']]\n"


def written(folder: Path, **keys: Any) -> Packaged:
    """What is read of a document with one function."""
    document = {
        "address": "src/app:fn",
        "name": "src-app-fn",
        "artifact": "src.app/fn",
        "interpreter": "/somewhere/python3.13",
        "python": [3, 13],
        "wheels": "wheels",
        "variables": {"A": "of the target", "B": "of the target"},
        "remarks": ["Take care."],
        **keys,
    }
    path = folder / "functions.json"
    path.write_text(json.dumps({"functions": [document]}))
    (packaged,) = read_packaged(str(path))
    return packaged


def test_paths_are_relative_to_the_document(tmp_path: Path) -> None:
    """So Pants may put all of it into a sandbox; only the interpreter is the machine's."""
    (tmp_path / "wheels").mkdir()
    for name in ("b.whl", "a.whl", "other.txt"):
        (tmp_path / "wheels" / name).touch()

    assert written(tmp_path) == Packaged(
        address="src/app:fn",
        name="src-app-fn",
        artifact=str(tmp_path / "src.app/fn"),
        interpreter=Interpreter("/somewhere/python3.13", (3, 13)),
        python=(3, 13),
        wheels=(str(tmp_path / "wheels/a.whl"), str(tmp_path / "wheels/b.whl")),
        variables={"A": "of the target", "B": "of the target"},
        remarks=("Take care.",),
    )


def test_a_machine_without_the_interpreter(tmp_path: Path) -> None:
    """It is said when the function is to run, so that others still can."""
    packaged = written(tmp_path, interpreter=None)

    assert packaged.wheels == ()
    with pytest.raises(EmulatorFault) as refused:
        packaged.check_interpreter()
    assert str(refused.value) == (
        "src/app:fn needs CPython 3.13, and this machine has none.\n\n"
        "  looked for  python3.13 on PATH and among pyenv's versions\n\n"
        "Bytecode, native code and the standard library belong to one minor version.\n\n"
        "To fix, install CPython 3.13, such as with `pyenv install 3.13`."
    )


def test_a_function_that_is_built_for_another_python_now(tmp_path: Path) -> None:
    """It does not run on the interpreter of the one that was there when serving began."""
    found = interpreter((3, 9))
    MadeFunction({"app.py": APP}).write(tmp_path, (3, 13))
    packaged = written(tmp_path, interpreter=found.path, python=found.python)
    configuration = packaged.configured(timeout=5, memory=128, variables={})

    with pytest.raises(EmulatorFault) as refused:
        packaged.start(configuration, cache=None, log=lambda text: None)
    assert str(refused.value) == (
        "src/app:fn is built for Python 3.13 now, and was for Python 3.9 when `lambda-serve` "
        "started.\n\n"
        f"  {tmp_path / 'src.app/fn'}\n\n"
        "Which interpreter runs a function is found out at the start alone.\n\n"
        "To fix, start `lambda-serve` again."
    )


def test_it_runs(tmp_path: Path) -> None:
    """With its target's variables, those that are given on top, and the handler of its code."""
    found = interpreter((3, 9))
    MadeFunction({"app.py": APP}).write(tmp_path, found.python)
    packaged = written(tmp_path, interpreter=found.path, python=found.python)
    configuration = packaged.configured(timeout=5, memory=128, variables={"B": "given"})

    with packaged.start(configuration, cache=None, log=lambda text: None) as function:
        outcome = function.invoke(Invocation(b"{}"))

    assert json.loads(outcome.payload) == ["of the target", "given"]
    assert (configuration.name, configuration.handler) == ("src-app-fn", "")
    assert function.configuration == replace(configuration, handler="app.handler")
