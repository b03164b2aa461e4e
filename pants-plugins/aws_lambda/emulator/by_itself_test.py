"""Functions without Pants: what this machine has for them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from aws_lambda.emulator.by_itself import add_artifacts, by_itself
from aws_lambda.emulator.fault import EmulatorFault
from aws_lambda.emulator.made_functions import MadeFunction


def options(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_artifacts(parser, several=False)
    return parser.parse_args(argv)


def function(tmp_path: Path) -> str:
    return str(MadeFunction({"app.py": ""}).write(tmp_path, (3, 9)))


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
