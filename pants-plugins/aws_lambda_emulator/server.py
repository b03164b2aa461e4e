"""`serve`: answers AWS's Invoke API on a port of this machine until the user stops it."""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from aws_lambda_emulator.configuration import REGION, Configuration
from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.execution_environment import Log
from aws_lambda_emulator.function_names import FunctionNames
from aws_lambda_emulator.invoke_api import InvokeApi
from aws_lambda_emulator.loopback import HOST
from aws_lambda_emulator.packaged_function import PackagedFunction
from aws_lambda_emulator.served_function import ServedFunction
from aws_lambda_emulator.stderr import write_to_stderr


def serve(
    functions: Sequence[tuple[PackagedFunction, Configuration]], *, port: int, cache: str | None
) -> None:
    """Answer requests until an exception such as Ctrl-C ends it. Leaves no process and no folder.

    Raises `EmulatorError`.
    """
    with open_server(functions, port=port, cache=cache) as api:
        print(announcement(api), flush=True)
        for packaged, _ in functions:
            for remark in startup_remarks(packaged):
                write_to_stderr(remark.encode() + b"\n")
        try:
            api.serve_forever(poll_interval=0.1)
        finally:
            # A second Ctrl-C would leave processes and folders behind.
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(each, signal.SIG_IGN)


@contextmanager
def open_server(
    functions: Sequence[tuple[PackagedFunction, Configuration]], *, port: int, cache: str | None
) -> Iterator[InvokeApi]:
    """A server that listens, but does not answer yet. Closes it and all functions at the end.

    Raises `EmulatorError`.
    """
    width = max(len(packaged.name) for packaged, _ in functions)
    served = [
        ServedFunction(
            packaged,
            configuration,
            cache=cache,
            log=_log_with_prefix(f"{packaged.name:<{width}} | " if len(functions) > 1 else ""),
        )
        for packaged, configuration in functions
    ]
    names = FunctionNames((each.configuration.name, each.packaged.address, each) for each in served)
    api = _listen(names, port)
    try:
        yield api
    finally:
        api.server_close()
        _close_all(served)


def _listen(names: FunctionNames[ServedFunction], port: int) -> InvokeApi:
    try:
        return InvokeApi(names, port)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        raise EmulatorError(
            f"Port {port} {'is already in use' if in_use else 'cannot be used'}.\n\n"
            f"  {HOST}:{port}  {error.strerror}\n\n"
            f"To fix, {'stop the program that uses it, or ' if in_use else ''}choose another port "
            "with `--port`; 0 selects a free port."
        ) from None


def _close_all(functions: Iterable[ServedFunction]) -> None:
    """Close all functions at the same time, which is faster than one after another."""
    threads = [threading.Thread(target=each.close) for each in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _log_with_prefix(prefix: str) -> Log:
    """A log that writes each line to standard error after the prefix."""

    def write(text: bytes) -> None:
        lines = text.splitlines(keepends=True)
        write_to_stderr(b"".join(prefix.encode() + line for line in lines))

    return write


def startup_remarks(packaged: PackagedFunction) -> Iterator[str]:
    """Lines that the user should see before the function is invoked."""
    yield from packaged.remarks
    try:
        packaged.require_interpreter()
    except EmulatorError as error:
        yield str(error)


def announcement(api: InvokeApi) -> str:
    """The server's address, the names of its functions, and a command that invokes one of them."""
    names = {each.configuration.name: each.packaged.address for each in api.functions}
    width = max(map(len, names))
    return "\n".join(
        [
            f"The emulator answers Lambda's Invoke API at http://{api.address} for:",
            "",
            *(f"  {name:<{width}}  {address}" for name, address in names.items()),
            "",
            "Either name works. To invoke a function with the event in event.json:",
            "",
            f"  aws --endpoint-url http://{api.address} --region {REGION} --no-sign-request "
            f"lambda invoke --function-name {next(iter(names))} "
            "--payload fileb://event.json out.json",
            "",
            "Press Ctrl-C to stop the emulator.",
        ]
    )
