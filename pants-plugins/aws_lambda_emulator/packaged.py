"""Functions that are ready to be emulated, as Pants hands them over: `functions.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aws_lambda_emulator.artifact import Artifact, read_artifact
from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Function, Log
from aws_lambda_emulator.mounts import Interpreter
from aws_lambda_emulator.phases import MOST_INIT_SECONDS
from aws_lambda_emulator.unpack import Wanted


class WrongPython(EmulatorFault):
    """There is no interpreter for the function; waiting for a build changes nothing."""


@dataclass(frozen=True)
class Packaged:
    """A function's artifact, and what this machine has to run it.

    `name` is the function's in AWS, or what stands for it; `variables` are those of `check_env`.
    `wheels` are the runtime's own packages. `remarks` are for the one who runs it.
    """

    address: str
    name: str
    artifact: str
    interpreter: Interpreter | None
    python: tuple[int, int]
    wheels: tuple[str, ...]
    variables: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    def check_interpreter(self) -> Interpreter:
        """Raises `WrongPython` where this machine has none that fits."""
        if self.interpreter:
            return self.interpreter
        version = _dotted(self.python)
        raise WrongPython(
            f"{self.address} needs CPython {version}, and this machine has none.\n\n"
            f"  looked for  python{version} on PATH and among pyenv's versions\n\n"
            "Bytecode, native code and the standard library belong to one minor version.\n\n"
            f"To fix, install CPython {version}, such as with `pyenv install {version}`."
        )

    def configured(
        self,
        *,
        timeout: float,
        memory: int,
        variables: Mapping[str, str],
        aws_profile: str | None = None,
    ) -> Configuration:
        """All but the handler, which `start` reads. Raises `EmulatorFault` for variables that are
        Lambda's own."""
        return Configuration(
            self.name, "", timeout, memory, {**self.variables, **variables}, aws_profile
        )

    def start(
        self,
        configuration: Configuration,
        *,
        cache: str | None,
        log: Log,
        own_view: bool = True,
        is_wanted: Wanted = lambda: True,
        init_seconds: float = MOST_INIT_SECONDS,
    ) -> Function:
        """Mount the function as it lies there now, with its handler. Raises `EmulatorFault`, and
        `Unwanted` as soon as `is_wanted` says no."""
        artifact = read_artifact(self.artifact)
        self._check_python(artifact)
        return Function(
            artifact,
            self.check_interpreter(),
            # Read together with the code: a build may change both.
            replace(configuration, handler=artifact.handler),
            wheels=self.wheels,
            cache=cache,
            log=log,
            own_view=own_view,
            is_wanted=is_wanted,
            init_seconds=init_seconds,
        )

    def _check_python(self, artifact: Artifact) -> None:
        if artifact.python and artifact.python != self.python:
            raise WrongPython(
                f"{self.address} is built for Python {_dotted(artifact.python)} now, and was for "
                f"Python {_dotted(self.python)} when `lambda-serve` started.\n\n"
                f"  {self.artifact}\n\n"
                "Which interpreter runs a function is found out at the start alone.\n\n"
                "To fix, start `lambda-serve` again."
            )


def _dotted(python: tuple[int, int]) -> str:
    return ".".join(map(str, python))


def read_packaged(document: str) -> list[Packaged]:
    """The functions that a `functions.json` lists. Its paths are relative to its folder."""
    folder = os.path.dirname(os.path.abspath(document))
    with open(document, encoding="utf-8") as file:
        return [_packaged(each, folder) for each in json.load(file)["functions"]]


def _packaged(each: Mapping[str, Any], folder: str) -> Packaged:
    major, minor = each["python"]
    path = each["interpreter"]
    wheels = os.path.join(folder, each["wheels"])
    names = sorted(os.listdir(wheels)) if os.path.isdir(wheels) else []
    return Packaged(
        address=each["address"],
        name=each["name"],
        artifact=os.path.join(folder, each["artifact"]),
        interpreter=Interpreter(path, (major, minor)) if path else None,
        python=(major, minor),
        wheels=tuple(os.path.join(wheels, name) for name in names if name.endswith(".whl")),
        variables=each["variables"],
        remarks=tuple(each["remarks"]),
    )
