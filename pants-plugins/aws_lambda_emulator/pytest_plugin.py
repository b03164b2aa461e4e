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

from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.event import check_event_size
from aws_lambda_emulator.function import Function
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.mounts import temporary_folder
from aws_lambda_emulator.packaged_function import PackagedFunction, read_functions_file
from aws_lambda_emulator.protocol import (
    DEFAULT_MEMORY_MB,
    DEFAULT_TIMEOUT_SECONDS,
    FIXTURE_FOLDER,
    FUNCTIONS_FILE,
)

# Next to this package there is a folder for each test file, because several may run in one process.
_FUNCTIONS_FILES = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
    FIXTURE_FOLDER,
    "*",
    FUNCTIONS_FILE,
)


class LambdaFunctionError(Exception):
    """A function failed. The text contains its error and its log."""


@dataclass(frozen=True)
class InvocationResult:
    """The result of an invocation. Times are in milliseconds, memory is in MiB.

    `payload` is Lambda's answer, for errors as well. `error` is the `errorType` of an error, and
    `None` if the function succeeded. `init_ms` is `None` if the process was warm or if its first
    start failed.
    """

    payload: bytes
    error: str | None
    logs: str
    duration_ms: float
    init_ms: float | None
    memory_mb: int | None

    @property
    def response(self) -> Any:
        """The response as JSON. Raises `LambdaFunctionError` if the function failed."""
        if self.error is not None:
            raise LambdaFunctionError(f"{self.payload.decode(errors='replace')}\n\n{self.logs}")
        return self.json

    @property
    def json(self) -> Any:
        """The payload as JSON, whether it is a response or an error."""
        return json.loads(self.payload)


class LambdaFunction:
    """A packaged function whose process stays warm between events."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def invoke(
        self, event: Any = None, *, client_context: Mapping[str, Any] | None = None
    ) -> InvocationResult:
        """Send an event, any value that JSON can represent, and wait for the result."""
        context = None
        if client_context is not None:
            # AWS accepts only an object.
            context = json.dumps(dict(client_context))
        body = json.dumps(event).encode()
        check_event_size(body)
        return _result_from(self._function.invoke(Invocation(body, context)))


def _result_from(outcome: Outcome) -> InvocationResult:
    return InvocationResult(
        payload=outcome.payload,
        error=outcome.error,
        logs=outcome.logs.decode(errors="replace"),
        duration_ms=outcome.duration,
        init_ms=outcome.init,
        memory_mb=outcome.memory,
    )


def _read_functions() -> dict[str, PackagedFunction]:
    """The functions of all test files, by address."""
    paths = sorted(glob.glob(_FUNCTIONS_FILES))
    return {each.address: each for path in paths for each in read_functions_file(path)}


@pytest.fixture(scope="session")
def _unpacked_layers() -> Iterator[str]:
    """The folder in which the layers of a session's functions are unpacked once."""
    with temporary_folder() as folder:
        yield folder


@pytest.fixture
def lambda_function(_unpacked_layers: str) -> Iterator[Callable[..., LambdaFunction]]:
    """Start a function in the test's `runtime_package_dependencies` by its address.

    `env` are environment variables in addition to the target's `check_env`. `timeout` is in
    seconds, and `memory` in MiB. The function's process ends with the test.
    """
    functions = _read_functions()
    with ExitStack() as stack:

        def start(
            address: str,
            *,
            env: Mapping[str, str] | None = None,
            timeout: float = DEFAULT_TIMEOUT_SECONDS,
            memory: int = DEFAULT_MEMORY_MB,
        ) -> LambdaFunction:
            if address not in functions:
                raise EmulatorError(_describe_unknown(address, sorted(functions)))
            packaged = functions[address]
            configuration = packaged.configure(timeout=timeout, memory=memory, variables=env or {})
            function = packaged.start(configuration, cache=_unpacked_layers, log=lambda text: None)
            return LambdaFunction(stack.enter_context(function))

        yield start


def _describe_unknown(address: str, known: list[str]) -> str:
    listed = "".join(f"  {each}\n" for each in known) or "  none\n"
    return (
        f"The function {address} is not among the functions of this test.\n\n"
        f"{listed}\n"
        "To fix, add its full address to `runtime_package_dependencies` of the `python_tests` "
        "target."
    )
