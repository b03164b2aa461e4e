"""The command line: a verb, the functions, and its options."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, NoReturn

from aws_lambda_emulator.by_itself import add_artifacts, by_itself
from aws_lambda_emulator.environment import MOST_SECONDS, Configuration
from aws_lambda_emulator.event import examples, read_event
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Invocation, Outcome
from aws_lambda_emulator.host_files import remarks
from aws_lambda_emulator.import_check import report
from aws_lambda_emulator.log import to_stderr
from aws_lambda_emulator.packaged import Packaged, read_packaged
from aws_lambda_emulator.serve import PORT, serve
from aws_lambda_emulator.unset import hint

# Nothing of a function's configuration in AWS is known here, so these are no promise. Seconds, MiB.
TIMEOUT = 60.0
MEMORY = 1024
# How `check` ends where the function did not start; 1 is what Python itself ends with.
NOT_STARTED = 3
_BY_ITSELF = "python3 -m aws_lambda_emulator"


def main(argv: Sequence[str] | None = None) -> None:
    """Ends the program: 0, or 1 or 3 for a function that fails, or 2 for what cannot be run."""
    # So that what is started gets ended.
    signal.signal(signal.SIGTERM, _end)
    # And when its terminal is closed, unless `nohup` says no.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _end)
    try:
        sys.exit(_dispatch(sys.argv[1:] if argv is None else list(argv)))
    except EmulatorFault as fault:
        sys.exit(_complain(fault))
    except KeyboardInterrupt:
        sys.exit(130)


def _end(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _complain(fault: EmulatorFault) -> int:
    print(fault, file=sys.stderr)
    return 2


def variable(text: str) -> tuple[str, str]:
    """`NAME=VALUE`, parted."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def seconds(text: str) -> float:
    """More than none, and a day at most; Lambda's own limit is 900."""
    value = float(text)
    if not 0 < value <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0 and at most {MOST_SECONDS}")
    return value


def mebibytes(text: str) -> int:
    """More than none; Lambda's own limits are 128 and 10240."""
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return value


def port(text: str) -> int:
    """A TCP port; 0 stands for any."""
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 65535")
    return value


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """The options that every verb takes by the same names."""
    parser.add_argument(
        "--env",
        metavar="NAME=VALUE",
        type=variable,
        action="append",
        default=[],
        help="a variable of the function's environment; may be given several times",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=TIMEOUT,
        help=f"when the function is stopped, in seconds (default: {TIMEOUT:g})",
    )
    parser.add_argument(
        "--memory",
        metavar="MB",
        type=mebibytes,
        default=MEMORY,
        help=f"how much the function may use before it is killed, in MB (default: {MEMORY})",
    )
    parser.add_argument(
        "--aws-profile",
        metavar="NAME",
        help="a profile of your AWS configuration; without it, no account can be reached",
    )


def parser_of_run(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Invoke a packaged function as Lambda does. The response goes to standard "
        "output, logs go to standard error; a function error exits 1.",
    )
    parser.add_argument(
        "--event",
        metavar="EVENT",
        default="{}",
        help="a file, `-` for standard input, JSON, or an example: "
        + ", ".join(f"@{name}" for name in examples())
        + " (default: {})",
    )
    parser.add_argument(
        "--client-context", metavar="JSON", help="what mobile SDKs send beside the event"
    )
    parser.add_argument(
        "--init-only",
        action="store_true",
        help="import the handler, say how long a cold start takes, and stop",
    )
    add_configuration(parser)
    return parser


def _run(packaged: list[Packaged], options: argparse.Namespace) -> int:
    (function,) = packaged
    if options.client_context:
        _check_object(options.client_context)
    event = b"" if options.init_only else read_event(options.event, folder=os.getcwd())
    configuration = _configured(function, options)
    for remark in function.remarks:
        to_stderr(f"{remark}\n".encode())
    with function.start(configuration, cache=_cache(), log=to_stderr) as started:
        if options.init_only:
            outcome = started.init()
        else:
            outcome = started.invoke(Invocation(event, options.client_context))
        host_files = started.host_files
    for remark in remarks(host_files, function.address):
        to_stderr(f"{remark}\n".encode())
    if said := hint(outcome, function.address):
        to_stderr(f"{said}\n".encode())
    _print(outcome)
    return 0 if outcome.error is None else 1


def parser_of_serve(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Answer AWS's Invoke API for packaged functions, on this machine only: whoever "
        "asks may run them. Logs go to standard error; Ctrl-C ends it.",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=PORT,
        help=f"where it listens; 0 takes any port that is free (default: {PORT})",
    )
    add_configuration(parser)
    return parser


def _serve(packaged: list[Packaged], options: argparse.Namespace) -> int:
    functions = [(each, _configured(each, options)) for each in packaged]
    serve(functions, port=options.port, cache=_cache())
    return 0


def parser_of_check(prog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description="Start a packaged function as far as its first event, and print as JSON how "
        f"that went. Exits {NOT_STARTED} where it did not start.",
    )


def _check(packaged: list[Packaged], options: argparse.Namespace) -> int:
    (function,) = packaged
    try:
        said = report(function, cache=_cache())
    except EmulatorFault as fault:
        said = {"fault": str(fault)}
    print(json.dumps(said, indent=2, sort_keys=True))
    return NOT_STARTED if said.get("fault") or said["error"] is not None else 0


def _configured(function: Packaged, options: argparse.Namespace) -> Configuration:
    return function.configured(
        timeout=options.timeout,
        memory=options.memory,
        variables=dict(options.env),
        aws_profile=options.aws_profile,
    )


def _cache() -> str | None:
    return os.environ.get("AWS_LAMBDA_EMULATOR_CACHE")


def _print(outcome: Outcome) -> None:
    if outcome.payload:
        sys.stdout.buffer.write(outcome.payload + b"\n")
        sys.stdout.buffer.flush()


def _check_object(text: str) -> None:
    try:
        if not isinstance(json.loads(text), dict):
            raise ValueError(f"{text} is not an object")
    except ValueError as error:
        raise EmulatorFault(
            f"The client context is not a JSON object.\n\n  {error}\n\n"
            'To fix, give an object, such as --client-context=\'{"custom": {"key": "value"}}\'.'
        ) from None


# What is to be done: how it is called in Pants, its options, and the act.


@dataclass(frozen=True)
class Verb:
    in_pants: str
    takes_several: bool
    parser: Callable[[str], argparse.ArgumentParser]
    act: Callable[[list[Packaged], argparse.Namespace], int]


VERBS = {
    "run": Verb("./pants run {address} --", False, parser_of_run, _run),
    "serve": Verb("./pants lambda-serve", True, parser_of_serve, _serve),
    "check": Verb("./pants check {address}", False, parser_of_check, _check),
}


def _dispatch(argv: list[str]) -> int:
    """The verb, then either `functions.json` or artifacts, then the verb's options."""
    top = argparse.ArgumentParser(
        prog=_BY_ITSELF,
        description="Emulate Lambda around functions that `package` built.",
        epilog="`VERB --help` lists the options of a verb.",
    )
    top.add_argument("verb", metavar="VERB", choices=list(VERBS), help=" or ".join(VERBS))
    name = top.parse_args(argv[:1]).verb
    verb, rest = VERBS[name], argv[1:]
    if rest and os.path.basename(rest[0]) == "functions.json":
        packaged = read_packaged(rest[0])
        prog = verb.in_pants.format(address=packaged[0].address)
        return verb.act(packaged, verb.parser(prog).parse_args(rest[1:]))
    parser = verb.parser(f"{_BY_ITSELF} {name}")
    add_artifacts(parser, several=verb.takes_several)
    options = parser.parse_args(rest)
    paths = options.artifact if verb.takes_several else [options.artifact]
    return verb.act([by_itself(path, options) for path in paths], options)
