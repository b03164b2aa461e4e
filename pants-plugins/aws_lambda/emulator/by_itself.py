"""Functions without Pants: artifacts on the command line, and what this machine has for them."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
from collections.abc import Sequence

from .artifact import Artifact, read_artifact
from .mounts import Interpreter
from .packaged import Packaged


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
        "(default: pythonX.Y on PATH)",
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
    wheels = options.wheels
    return Packaged(
        address=artifact.address,
        name=_name_of(artifact.address),
        artifact=path,
        interpreter=interpreter,
        python=artifact.python or (interpreter.python if interpreter else (3, 0)),
        wheels=tuple(
            os.path.join(wheels, each)
            for each in (sorted(os.listdir(wheels)) if wheels else ())
            if each.endswith(".whl")
        ),
        variables={},
    )


def _name_of(address: str) -> str:
    """`src/orders:api` as a name that AWS would take: `src-orders-api`."""
    return re.sub("[^a-zA-Z0-9_]+", "-", address).strip("-")


def _interpreter(given: Sequence[str], artifact: Artifact) -> Interpreter | None:
    """The first one that is of the artifact's version."""
    for path in [*given, artifact.runtime or "python3"]:
        found = _asked(path)
        if found and artifact.python in (None, found.python):
            return found
    return None


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
