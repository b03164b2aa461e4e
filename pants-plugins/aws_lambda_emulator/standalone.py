"""Functions that the command line names by path, without Pants, and interpreters for them."""

from __future__ import annotations

import argparse
import glob
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from aws_lambda_emulator.artifact import Artifact, read_artifact
from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.packaged_function import PackagedFunction
from aws_lambda_emulator.protocol import default_function_name


def add_artifact_arguments(parser: argparse.ArgumentParser, *, several: bool) -> None:
    parser.add_argument(
        "artifact",
        metavar="ARTIFACT",
        nargs="+" if several else None,
        help="zip or folder of a function that `package` built, such as dist/fn.zip",
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        action="append",
        default=[],
        help="CPython of the runtime's version; may be repeated "
        "(default: pythonX.Y on PATH or in pyenv's versions)",
    )
    parser.add_argument(
        "--wheels",
        metavar="FOLDER",
        help="folder with wheels of the runtime's own packages, such as AWS's client awslambdaric "
        "(default: the emulator's fallback client)",
    )


def read_standalone_function(path: str, options: argparse.Namespace) -> PackagedFunction:
    """Read the function at this path and find an interpreter for it. Raises `EmulatorError`."""
    artifact = read_artifact(path)
    interpreter = _find_interpreter(options.python, artifact)
    return PackagedFunction(
        address=artifact.address,
        name=default_function_name(artifact.address),
        artifact=path,
        interpreter=interpreter,
        python=artifact.python or (interpreter.python if interpreter else (3, 0)),
        wheels=_list_wheels(options.wheels) if options.wheels else (),
        variables={},
    )


def _list_wheels(folder: str) -> tuple[str, ...]:
    if not os.path.isdir(folder):
        raise EmulatorError(
            f"The folder of wheels does not exist.\n\n  --wheels {folder}\n\n"
            "To fix, name the folder that contains awslambdaric's wheel, or omit `--wheels`."
        )
    names = sorted(each for each in os.listdir(folder) if each.endswith(".whl"))
    return tuple(os.path.join(folder, each) for each in names)


def _find_interpreter(given: Sequence[str], artifact: Artifact) -> Interpreter | None:
    """The first interpreter of the artifact's version, among `given` or else on this machine."""
    found = {path: _inspect_interpreter(path) for path in given}
    broken = [path for path, interpreter in found.items() if interpreter is None]
    if broken:
        raise EmulatorError(
            "`--python` does not name a working CPython.\n\n"
            + "".join(f"  --python {each}\n" for each in broken)
            + "\nTo fix, name a CPython, such as `--python python3.13`."
        )
    others = () if given else _candidates(artifact.runtime or "python3")
    for interpreter in (*found.values(), *map(_inspect_interpreter, others)):
        if interpreter and artifact.python in (None, interpreter.python):
            return interpreter
    if artifact.runtime and given:
        raise EmulatorError(_describe_mismatch(artifact.address, artifact.runtime, found))
    return None


def _describe_mismatch(address: str, runtime: str, found: Mapping[str, Interpreter | None]) -> str:
    given = {f"--python {path}": each.name for path, each in found.items() if each}
    width = max(map(len, given))
    return (
        f"{address} needs {runtime}, but `--python` names other versions.\n\n"
        + "".join(f"  {option:<{width}}  {name}\n" for option, name in given.items())
        + "\nBytecode, native code and the standard library belong to one minor version.\n\n"
        f"To fix, name a matching interpreter, such as `--python {runtime}`, or omit `--python`."
    )


def _candidates(name: str) -> Iterator[str]:
    """The interpreter on PATH, which may be a shim that fails, and those of pyenv."""
    yield name
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    yield from sorted(glob.glob(os.path.join(pyenv, "versions", "*", "bin", name)))


def _inspect_interpreter(path: str) -> Interpreter | None:
    """Start an interpreter to get its executable and its version. `None` if it does not work."""
    program = "import json, sys; print(json.dumps([sys.executable, *sys.version_info[:2]]))"
    try:
        done = subprocess.run(
            [path, "-I", "-c", program],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        executable, major, minor = json.loads(done.stdout)
        return Interpreter(executable, (major, minor))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
