"""`serve`: functions on a port of this machine, until somebody ends it."""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from aws_lambda_emulator.environment import REGION, Configuration
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Log
from aws_lambda_emulator.invoke_api import InvokeApi
from aws_lambda_emulator.log import to_stderr
from aws_lambda_emulator.loopback import HOST
from aws_lambda_emulator.names import Names
from aws_lambda_emulator.packaged import Packaged
from aws_lambda_emulator.served import Served

PORT = 9001


def serve(
    functions: Sequence[tuple[Packaged, Configuration]], *, port: int, cache: str | None
) -> None:
    """Answer until an exception ends it, such as Ctrl-C; then nothing is left of it.

    Raises `EmulatorFault`.
    """
    with serving(functions, port=port, cache=cache) as api:
        print(announcement(api), flush=True)
        for packaged, _ in functions:
            for remark in remarks(packaged):
                to_stderr(remark.encode() + b"\n")
        try:
            api.serve_forever(poll_interval=0.1)
        finally:
            # A second Ctrl-C would leave processes and folders behind.
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(each, signal.SIG_IGN)


@contextmanager
def serving(
    functions: Sequence[tuple[Packaged, Configuration]], *, port: int, cache: str | None
) -> Iterator[InvokeApi]:
    """Listens, but does not answer yet. Ends what was started. Raises `EmulatorFault`."""
    width = max(len(packaged.name) for packaged, _ in functions)
    served = [
        Served(
            packaged,
            configuration,
            cache=cache,
            log=_prefixed(f"{packaged.name:<{width}} | " if len(functions) > 1 else ""),
        )
        for packaged, configuration in functions
    ]
    names = Names((each.configuration.name, each.packaged.address, each) for each in served)
    api = _listening(names, port)
    try:
        yield api
    finally:
        api.server_close()
        _close(served)


def _listening(names: Names[Served], port: int) -> InvokeApi:
    try:
        return InvokeApi(names, port)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise EmulatorFault(
            f"Port {port} {'is taken' if taken else 'cannot be used'}.\n\n"
            f"  {HOST}:{port}  {error.strerror}\n\n"
            f"To fix, {'end what listens there, or ' if taken else ''}name another with `--port`; "
            "0 takes any that is free."
        ) from None


def _close(served: Iterable[Served]) -> None:
    """All at once, as it has to be quick."""
    threads = [threading.Thread(target=each.close) for each in served]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _prefixed(prefix: str) -> Log:
    """Writes to standard error, each line after the prefix."""

    def write(text: bytes) -> None:
        lines = text.splitlines(keepends=True)
        to_stderr(b"".join(prefix.encode() + line for line in lines))

    return write


def remarks(packaged: Packaged) -> Iterator[str]:
    """What its user should know before it is invoked."""
    yield from packaged.remarks
    try:
        packaged.check_interpreter()
    except EmulatorFault as fault:
        yield str(fault)


def announcement(api: InvokeApi) -> str:
    """Where the functions are, what they are called, and how one is invoked."""
    names = {each.configuration.name: each.packaged.address for each in api.functions}
    width = max(map(len, names))
    return "\n".join(
        [
            f"Lambda's Invoke API, emulated, is at http://{api.address} for",
            "",
            *(f"  {name:<{width}}  {address}" for name, address in names.items()),
            "",
            "Either name works. To invoke a function with the event in event.json:",
            "",
            f"  aws --endpoint-url http://{api.address} --region {REGION} --no-sign-request "
            f"lambda invoke --function-name {next(iter(names))} "
            "--payload fileb://event.json out.json",
            "",
            "Ctrl-C ends it.",
        ]
    )
