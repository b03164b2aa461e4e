"""Packaged functions that can be emulated, and the file `functions.json` that lists them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aws_lambda_emulator.archives import ContinueCheck
from aws_lambda_emulator.artifact import Artifact, read_artifact
from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.execution_environment import MAX_INIT_SECONDS, Log
from aws_lambda_emulator.function import Function
from aws_lambda_emulator.mounts import Interpreter


class NoMatchingInterpreter(EmulatorError):
    """There is no interpreter for the function. Another build does not help."""


@dataclass(frozen=True)
class PackagedFunction:
    """A function's artifact, and the interpreter and wheels with which this machine runs it.

    `name` is the function's name in AWS, or one that is derived from its address. `artifact` is the
    path of its zip or folder. `wheels` are paths of the runtime's own packages. `variables` are
    those of the target's `check_env`. `remarks` are lines for the user who runs the function.
    """

    address: str
    name: str
    artifact: str
    interpreter: Interpreter | None
    python: tuple[int, int]
    wheels: tuple[str, ...]
    variables: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    def require_interpreter(self) -> Interpreter:
        """Return the interpreter. Raises `NoMatchingInterpreter` if this machine has none."""
        if self.interpreter:
            return self.interpreter
        version = _format_version(self.python)
        raise NoMatchingInterpreter(
            f"{self.address} needs CPython {version}, but this machine has none.\n\n"
            f"  looked for  python{version} on PATH and in pyenv's versions\n\n"
            "Bytecode, native code and the standard library belong to one minor version.\n\n"
            f"To fix, install CPython {version}, such as with `pyenv install {version}`."
        )

    def configure(
        self,
        *,
        timeout: float,
        memory: int,
        variables: Mapping[str, str],
        aws_profile: str | None = None,
    ) -> Configuration:
        """The function's configuration without the handler, which `start` reads.

        Raises `EmulatorError` for values that Lambda refuses.
        """
        return Configuration(
            name=self.name,
            handler="",
            timeout=timeout,
            memory=memory,
            variables={**self.variables, **variables},
            aws_profile=aws_profile,
        )

    def start(
        self,
        configuration: Configuration,
        *,
        cache: str | None,
        log: Log,
        own_view: bool = True,
        should_continue: ContinueCheck = lambda: True,
        init_seconds: float = MAX_INIT_SECONDS,
    ) -> Function:
        """Mount the current build of the function, with its handler.

        Raises `EmulatorError`, and `MountingCancelled` once `should_continue` returns `False`.
        """
        artifact = read_artifact(self.artifact)
        self._check_python(artifact)
        return Function(
            artifact,
            self.require_interpreter(),
            # The handler and the code belong together: a build may change both.
            replace(configuration, handler=artifact.handler),
            wheels=self.wheels,
            cache=cache,
            log=log,
            own_view=own_view,
            should_continue=should_continue,
            init_seconds=init_seconds,
        )

    def _check_python(self, artifact: Artifact) -> None:
        if artifact.python and artifact.python != self.python:
            raise NoMatchingInterpreter(
                f"{self.address} is built for Python {_format_version(artifact.python)} now, but "
                f"was built for Python {_format_version(self.python)} when `lambda-serve` "
                "started.\n\n"
                f"  {self.artifact}\n\n"
                "`lambda-serve` looks for interpreters only when it starts.\n\n"
                "To fix, stop `lambda-serve` and start it again."
            )


def _format_version(python: tuple[int, int]) -> str:
    return ".".join(map(str, python))


def read_functions_file(path: str) -> list[PackagedFunction]:
    """Read the functions in a `functions.json`. Paths in it are relative to its folder."""
    folder = os.path.dirname(os.path.abspath(path))
    with open(path, encoding="utf-8") as file:
        return [_read_entry(each, folder) for each in json.load(file)["functions"]]


def _read_entry(entry: Mapping[str, Any], folder: str) -> PackagedFunction:
    major, minor = entry["python"]
    path = entry["interpreter"]
    wheels = os.path.join(folder, entry["wheels"])
    names = sorted(os.listdir(wheels)) if os.path.isdir(wheels) else []
    return PackagedFunction(
        address=entry["address"],
        name=entry["name"],
        artifact=os.path.join(folder, entry["artifact"]),
        interpreter=Interpreter(path, (major, minor)) if path else None,
        python=(major, minor),
        wheels=tuple(os.path.join(wheels, name) for name in names if name.endswith(".whl")),
        variables=entry["variables"],
        remarks=tuple(entry["remarks"]),
    )
