"""Functions without Pants: what this machine has for them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from aws_lambda_emulator.by_itself import add_artifacts, by_itself
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.tests.made_functions import MadeFunction


def options(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_artifacts(parser, several=False)
    return parser.parse_args(argv)


def function(tmp_path: Path, python: tuple[int, int] = (3, 9)) -> str:
    return str(MadeFunction({"app.py": ""}).write(tmp_path, python))


def test_an_interpreter_of_the_runtimes_version(tmp_path: Path) -> None:
    """One that is given, if it fits: bytecode and native code belong to a minor version."""
    path = function(tmp_path)
    packaged = by_itself(path, options(path, "--python", sys.executable))

    assert packaged.interpreter
    assert packaged.interpreter.python == (3, 9)
    assert packaged.wheels == ()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--python", "/no/python"],
            "What was given as an interpreter is none.\n\n"
            "  --python /no/python\n\n"
            "To fix, name a CPython, such as `--python python3.13`.",
        ),
        (
            ["--python", sys.executable, "--wheels", "/no/wheels"],
            "There is no folder of wheels.\n\n  --wheels /no/wheels\n\n"
            "To fix, name the folder that holds awslambdaric's wheel, or leave `--wheels` out.",
        ),
    ],
)
def test_what_is_not_there(tmp_path: Path, argv: list[str], message: str) -> None:
    """The whole message."""
    path = function(tmp_path)

    with pytest.raises(EmulatorFault) as fault:
        by_itself(path, options(path, *argv))

    assert str(fault.value) == message


def test_an_interpreter_of_another_version(tmp_path: Path) -> None:
    """Nothing else is looked for where one is given, and the message says what was."""
    path = function(tmp_path, (3, 99))
    here = "python{}.{}".format(*sys.version_info)

    with pytest.raises(EmulatorFault) as fault:
        by_itself(path, options(path, "--python", sys.executable))

    assert str(fault.value) == (
        "src/app:fn needs python3.99, and no interpreter that was given is one.\n\n"
        f"  --python {sys.executable}  {here}\n\n"
        "Bytecode, native code and the standard library belong to one minor version.\n\n"
        "To fix, give a fitting one, such as `--python python3.99`, or leave `--python` out."
    )


def test_no_interpreter_at_all(tmp_path: Path) -> None:
    """It is said when the function is to run, as where Pants hands it over."""
    path = function(tmp_path, (3, 99))

    assert by_itself(path, options(path)).interpreter is None
