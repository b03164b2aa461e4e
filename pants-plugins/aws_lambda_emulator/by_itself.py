"""Functions without Pants: artifacts on the command line, and what this machine has for them."""

from __future__ import annotations

import argparse
import glob
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from aws_lambda_emulator.artifact import Artifact, read_artifact
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.packaged import Packaged


def add_artifacts(parser: argparse.ArgumentParser, *, several: bool) -> None:
    parser.add_argument(
        "artifact",
        metavar="ARTIFACT",
        nargs="+" if several else None,
        help="a function's zip or folder, such as dist/fn.zip",
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        action="append",
        default=[],
        help="a CPython of the runtime's version; may be given several times "
        "(default: pythonX.Y on PATH or of pyenv)",
    )
    parser.add_argument(
        "--wheels",
        metavar="FOLDER",
        help="wheels of the runtime's own packages, awslambdaric first of all; without it, a "
        "stand-in of ours speaks to the Runtime API",
    )


def by_itself(path: str, options: argparse.Namespace) -> Packaged:
    """The function at this path, with what was given for it. Raises `EmulatorFault`."""
    artifact = read_artifact(path)
    interpreter = _interpreter(options.python, artifact)
    return Packaged(
        address=artifact.address,
        name=_name_of(artifact.address),
        artifact=path,
        interpreter=interpreter,
        python=artifact.python or (interpreter.python if interpreter else (3, 0)),
        wheels=_wheels_in(options.wheels) if options.wheels else (),
        variables={},
    )


def _name_of(address: str) -> str:
    """`src/orders:api` as a name that AWS would take: `src-orders-api`."""
    return re.sub("[^a-zA-Z0-9_]+", "-", address).strip("-")


def _wheels_in(folder: str) -> tuple[str, ...]:
    if not os.path.isdir(folder):
        raise EmulatorFault(
            f"There is no folder of wheels.\n\n  --wheels {folder}\n\n"
            "To fix, name the folder that holds awslambdaric's wheel, or leave `--wheels` out."
        )
    names = sorted(each for each in os.listdir(folder) if each.endswith(".whl"))
    return tuple(os.path.join(folder, each) for each in names)


def _interpreter(given: Sequence[str], artifact: Artifact) -> Interpreter | None:
    """The first one that is of the artifact's version: of those given, else on PATH or pyenv's."""
    found = {path: _asked(path) for path in given}
    broken = [path for path, interpreter in found.items() if interpreter is None]
    if broken:
        raise EmulatorFault(
            "What was given as an interpreter is none.\n\n"
            + "".join(f"  --python {each}\n" for each in broken)
            + "\nTo fix, name a CPython, such as `--python python3.13`."
        )
    others = () if given else _candidates(artifact.runtime or "python3")
    for interpreter in (*found.values(), *map(_asked, others)):
        if interpreter and artifact.python in (None, interpreter.python):
            return interpreter
    if artifact.runtime and given:
        raise EmulatorFault(_unfit(artifact.address, artifact.runtime, found))
    return None


def _unfit(address: str, runtime: str, found: Mapping[str, Interpreter | None]) -> str:
    given = {f"--python {path}": each.name for path, each in found.items() if each}
    width = max(map(len, given))
    return (
        f"{address} needs {runtime}, and no interpreter that was given is one.\n\n"
        + "".join(f"  {option:<{width}}  {name}\n" for option, name in given.items())
        + "\nBytecode, native code and the standard library belong to one minor version.\n\n"
        f"To fix, give a fitting one, such as `--python {runtime}`, or leave `--python` out."
    )


def _candidates(name: str) -> Iterator[str]:
    """On PATH, where it may be a shim that fails, and among pyenv's versions."""
    yield name
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    yield from sorted(glob.glob(os.path.join(pyenv, "versions", "*", "bin", name)))


def _asked(path: str) -> Interpreter | None:
    ask = "import json, sys; print(json.dumps([sys.executable, *sys.version_info[:2]]))"
    try:
        said = subprocess.run(
            [path, "-I", "-c", ask], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        executable, major, minor = json.loads(said.stdout)
        return Interpreter(executable, (major, minor))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
