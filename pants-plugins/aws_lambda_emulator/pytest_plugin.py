"""A pytest fixture for packaged functions: `lambda_function("src/orders:api").invoke({...})`."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from aws_lambda_emulator.event import as_event
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Function, Invocation, Outcome
from aws_lambda_emulator.mounts import own_folder
from aws_lambda_emulator.packaged import Packaged, read_packaged

# As on the command line.
_TIMEOUT, _MEMORY = 60.0, 1024
# Beside this package: a folder for each test file, since several may run in one process.
_DOCUMENTS = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
    "aws_lambda_functions",
    "*",
    "functions.json",
)


class LambdaFunctionError(Exception):
    """A function failed; the text says how, and what it logged."""


@dataclass(frozen=True)
class Invoked:
    """What became of an invocation. Times are in milliseconds, memory in MiB.

    `payload` is the answer as Lambda gives it, of a fault too. `error` is a fault's `errorType`.
    `init_ms` is `None` where the process was warm already, or its first start failed.
    """

    payload: bytes
    error: str | None
    logs: str
    duration_ms: float
    init_ms: float | None
    memory_mb: int | None

    @property
    def response(self) -> Any:
        """The answer, read as JSON. Raises `LambdaFunctionError` if the function failed."""
        if self.error is not None:
            raise LambdaFunctionError(f"{self.payload.decode(errors='replace')}\n\n{self.logs}")
        return self.json

    @property
    def json(self) -> Any:
        """The payload, of an answer or a fault, read as JSON."""
        return json.loads(self.payload)


class LambdaFunction:
    """A packaged function in a warm process: the next event is handled by the same one."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def invoke(
        self, event: Any = None, *, client_context: Mapping[str, Any] | None = None
    ) -> Invoked:
        """Send an event, anything that JSON can hold, and wait for what becomes of it."""
        context = None
        if client_context is not None:
            # Of a mapping only, as AWS takes it.
            context = json.dumps(dict(client_context))
        body = as_event(json.dumps(event).encode())
        return _invoked(self._function.invoke(Invocation(body, context)))


def _invoked(outcome: Outcome) -> Invoked:
    return Invoked(
        outcome.payload,
        outcome.error,
        outcome.logs.decode(errors="replace"),
        outcome.duration,
        outcome.init,
        outcome.memory,
    )


def _listed() -> dict[str, Packaged]:
    documents = sorted(glob.glob(_DOCUMENTS))
    return {each.address: each for path in documents for each in read_packaged(path)}


@pytest.fixture(scope="session")
def _unpacked_layers() -> Iterator[str]:
    """Where the layers of a session's functions lie, unpacked once."""
    with own_folder() as folder:
        yield folder


@pytest.fixture
def lambda_function(_unpacked_layers: str) -> Iterator[Callable[..., LambdaFunction]]:
    """Start a function of this test's `runtime_package_dependencies`, by its address.

    `env` are environment variables, besides the target's `check_env`; `timeout` is in seconds,
    `memory` in MiB. Its process ends with the test.
    """
    listed = _listed()
    with ExitStack() as stack:

        def start(
            address: str,
            *,
            env: Mapping[str, str] | None = None,
            timeout: float = _TIMEOUT,
            memory: int = _MEMORY,
        ) -> LambdaFunction:
            if address not in listed:
                raise EmulatorFault(_unlisted(address, sorted(listed)))
            packaged = listed[address]
            configuration = packaged.configured(timeout=timeout, memory=memory, variables=env or {})
            function = packaged.start(configuration, cache=_unpacked_layers, log=lambda text: None)
            return LambdaFunction(stack.enter_context(function))

        yield start


def _unlisted(address: str, listed: list[str]) -> str:
    there = "".join(f"  {each}\n" for each in listed) or "  none\n"
    return (
        f"The function {address} is not among those that this test was given.\n\n"
        f"{there}\n"
        "To fix, name it in `runtime_package_dependencies` of the `python_tests` target, by its "
        "whole address."
    )
