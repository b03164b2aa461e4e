"""Functions that the command line names without Pants, and interpreters for them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.standalone import add_artifact_arguments, read_standalone_function
from aws_lambda_emulator.tests.function_builder import SourceFunction


def parse(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_artifact_arguments(parser, several=False)
    return parser.parse_args(argv)


def write_function(tmp_path: Path, python: tuple[int, int] = (3, 9)) -> str:
    return str(SourceFunction({"app.py": ""}).write(tmp_path, python))


def test_interpreter_of_the_runtime_version(tmp_path: Path) -> None:
    """Bytecode and native code work on one minor version only, so a matching interpreter is
    used.
    """
    path = write_function(tmp_path)
    packaged = read_standalone_function(path, parse(path, "--python", sys.executable))

    assert packaged.interpreter
    assert packaged.interpreter.python == (3, 9)
    assert packaged.wheels == ()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--python", "/no/python"],
            "`--python` does not name a working CPython.\n\n"
            "  --python /no/python\n\n"
            "To fix, name a CPython, such as `--python python3.13`.",
        ),
        (
            ["--python", sys.executable, "--wheels", "/no/wheels"],
            "The folder of wheels does not exist.\n\n  --wheels /no/wheels\n\n"
            "To fix, name the folder that contains awslambdaric's wheel, or omit `--wheels`.",
        ),
    ],
)
def test_path_does_not_exist(tmp_path: Path, argv: list[str], message: str) -> None:
    """The message names the option, and how to fix it."""
    path = write_function(tmp_path)

    with pytest.raises(EmulatorError) as refused:
        read_standalone_function(path, parse(path, *argv))

    assert str(refused.value) == message


def test_interpreter_of_another_version(tmp_path: Path) -> None:
    """`--python` disables the search for interpreters, and the message lists its values."""
    path = write_function(tmp_path, (3, 99))
    here = "python{}.{}".format(*sys.version_info)

    with pytest.raises(EmulatorError) as refused:
        read_standalone_function(path, parse(path, "--python", sys.executable))

    assert str(refused.value) == (
        "src/app:fn needs python3.99, but `--python` names other versions.\n\n"
        f"  --python {sys.executable}  {here}\n\n"
        "Bytecode, native code and the standard library belong to one minor version.\n\n"
        "To fix, name a matching interpreter, such as `--python python3.99`, or omit `--python`."
    )


def test_no_interpreter_is_found(tmp_path: Path) -> None:
    """The error is raised when the function starts, as for functions that Pants hands over."""
    path = write_function(tmp_path, (3, 99))

    assert read_standalone_function(path, parse(path)).interpreter is None
