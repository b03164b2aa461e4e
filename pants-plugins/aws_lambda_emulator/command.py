"""The command line: `run`, `serve` and `check` of artifacts, or of a `functions.json` of Pants."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Callable, NoReturn

from aws_lambda_emulator.configuration import MAX_SECONDS, Configuration
from aws_lambda_emulator.errors import EmulatorError, pants_command
from aws_lambda_emulator.event import example_names, read_event
from aws_lambda_emulator.host_file_use import describe_use
from aws_lambda_emulator.import_check import check_import
from aws_lambda_emulator.import_time import measure_import
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.packaged_function import PackagedFunction, read_functions_file
from aws_lambda_emulator.protocol import (
    CACHE_VARIABLE,
    DEFAULT_IMPORT_RUNS,
    DEFAULT_MEMORY_MB,
    DEFAULT_PORT,
    DEFAULT_TIMEOUT_SECONDS,
    EXIT_NOT_STARTED,
    FUNCTIONS_FILE,
)
from aws_lambda_emulator.server import serve
from aws_lambda_emulator.standalone import add_artifact_arguments, read_standalone_function
from aws_lambda_emulator.stderr import write_to_stderr
from aws_lambda_emulator.unset_variables import describe_unset_variable

_PROGRAM = "python3 -m aws_lambda_emulator"
_HELP_WIDTH = 80


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command and exit.

    The exit code is 0 after a success, 1 or 3 for a function that fails, and 2 for a command that
    cannot be run.
    """
    # An exception ends functions and removes folders, which the default action would not do.
    signal.signal(signal.SIGTERM, _exit_after_signal)
    # The terminal was closed. `nohup` makes programs ignore that.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _exit_after_signal)
    try:
        sys.exit(_run_command(sys.argv[1:] if argv is None else list(argv)))
    except EmulatorError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _exit_after_signal(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _run_command(argv: list[str]) -> int:
    """Parse the command line, which names either artifacts or a `functions.json`, and run it."""
    if len(argv) > 1 and argv[0] in COMMANDS and os.path.basename(argv[1]) == FUNCTIONS_FILE:
        command, functions = COMMANDS[argv[0]], read_functions_file(argv[1])
        parser = _pants_parser(command, functions[0].address)
        return command.run(functions, parser.parse_args(argv[2:]))
    parser = _standalone_parser()
    options = parser.parse_args(argv)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    command = COMMANDS[options.command]
    paths = options.artifact if command.takes_several else [options.artifact]
    return command.run([read_standalone_function(path, options) for path in paths], options)


def _standalone_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Emulate AWS Lambda around functions that `package` built.",
        epilog=f"`{_PROGRAM} COMMAND --help` describes a command.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, command in COMMANDS.items():
        artifacts = "dist/fn.zip dist/other.zip" if command.takes_several else "dist/fn.zip"
        subparser = commands.add_parser(
            name,
            help=command.summary,
            description=textwrap.fill(command.description, _HELP_WIDTH),
            epilog=command.format_examples(f"{_PROGRAM} {name} {artifacts}"),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        add_artifact_arguments(subparser, several=command.takes_several)
        command.add_options(subparser)
    return parser


def _pants_parser(command: Command, address: str) -> argparse.ArgumentParser:
    """A parser of the options that users type after a goal of Pants."""
    parser = argparse.ArgumentParser(
        prog=pants_command(command.pants_program.format(address=address)),
        description=textwrap.fill(command.description, _HELP_WIDTH),
        epilog=command.format_examples(
            pants_command(command.pants_example.format(address=address))
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_options(parser)
    return parser


# Values of options.


def _parse_variable(text: str) -> tuple[str, str]:
    """Split `NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _parse_seconds(text: str) -> float:
    """A number of seconds, up to a day. Lambda's own limit is 900."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < value <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0 and at most {MAX_SECONDS}")
    return value


def _parse_megabytes(text: str) -> int:
    """A whole number above 0. Lambda's own limits are 128 and 10,240."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of MB") from None
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return value


def _parse_runs(text: str) -> int:
    """A number of processes, from 1 to 100."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 1 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 100")
    return value


def _parse_port(text: str) -> int:
    """A TCP port. 0 selects a free port."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port") from None
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 65535")
    return value


# Options.


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    examples = ", ".join(f"@{name}" for name in example_names())
    parser.add_argument(
        "--event",
        metavar="EVENT",
        default="{}",
        help=f"JSON, a file, `-` for standard input, or an example: {examples} "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--client-context", metavar="JSON", help="object that mobile SDKs send with the event"
    )
    parser.add_argument(
        "--init-only",
        action="store_true",
        help="import the handler, report the duration of the cold start, and stop",
    )
    _add_configuration_options(parser)


def _add_serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        metavar="PORT",
        type=_parse_port,
        default=DEFAULT_PORT,
        help="port on 127.0.0.1; 0 selects a free port (default: %(default)s)",
    )
    _add_configuration_options(parser)


def _add_check_options(parser: argparse.ArgumentParser) -> None:
    """`check` has no options."""


def _add_import_time_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs",
        metavar="RUNS",
        type=_parse_runs,
        default=DEFAULT_IMPORT_RUNS,
        help="number of processes that import the handler (default: %(default)s)",
    )


def _add_configuration_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--env",
        metavar="NAME=VALUE",
        type=_parse_variable,
        action="append",
        default=[],
        help="environment variable of the function; may be repeated",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_parse_seconds,
        default=DEFAULT_TIMEOUT_SECONDS,
        help=f"stop the function after this time (default: {DEFAULT_TIMEOUT_SECONDS:g})",
    )
    parser.add_argument(
        "--memory",
        metavar="MB",
        type=_parse_megabytes,
        default=DEFAULT_MEMORY_MB,
        help="kill the function if it uses more memory (default: %(default)s)",
    )
    parser.add_argument(
        "--aws-profile",
        metavar="NAME",
        help="profile of your AWS configuration (default: dummy credentials, which reach no "
        "account)",
    )


# Actions. Each returns the exit code.


def _run(functions: list[PackagedFunction], options: argparse.Namespace) -> int:
    (function,) = functions
    if options.client_context:
        _check_client_context(options.client_context)
    event = b"" if options.init_only else read_event(options.event, folder=os.getcwd())
    configuration = _configure(function, options)
    _write_lines(function.remarks)
    with function.start(configuration, cache=_cache(), log=write_to_stderr) as started:
        if options.init_only:
            outcome = started.init()
        else:
            outcome = started.invoke(Invocation(event, options.client_context))
        host_files = started.host_files
    _write_lines(describe_use(host_files, function.address))
    if line := describe_unset_variable(outcome, function.address):
        _write_lines([line])
    _print_payload(outcome)
    return 0 if outcome.error is None else 1


def _serve(functions: list[PackagedFunction], options: argparse.Namespace) -> int:
    configured = [(each, _configure(each, options)) for each in functions]
    serve(configured, port=options.port, cache=_cache())
    return 0


def _check(functions: list[PackagedFunction], options: argparse.Namespace) -> int:
    (function,) = functions
    try:
        report = check_import(function, cache=_cache())
    except EmulatorError as error:
        report = {"fault": str(error)}
    print(json.dumps(report, indent=2, sort_keys=True))
    return EXIT_NOT_STARTED if report.get("fault") or report["error"] is not None else 0


def _measure_import(functions: list[PackagedFunction], options: argparse.Namespace) -> int:
    (function,) = functions
    report = measure_import(function, runs=options.runs, cache=_cache())
    print(json.dumps(report, indent=2, sort_keys=True))
    return EXIT_NOT_STARTED if report["error"] is not None else 0


def _configure(function: PackagedFunction, options: argparse.Namespace) -> Configuration:
    return function.configure(
        timeout=options.timeout,
        memory=options.memory,
        variables=dict(options.env),
        aws_profile=options.aws_profile,
    )


def _cache() -> str | None:
    return os.environ.get(CACHE_VARIABLE)


def _write_lines(lines: Iterable[str]) -> None:
    for line in lines:
        write_to_stderr(f"{line}\n".encode())


def _print_payload(outcome: Outcome) -> None:
    if outcome.payload:
        sys.stdout.buffer.write(outcome.payload + b"\n")
        sys.stdout.buffer.flush()


def _check_client_context(text: str) -> None:
    try:
        if not isinstance(json.loads(text), dict):
            raise ValueError(f"{text} is not an object")
    except ValueError as error:
        raise EmulatorError(
            f"The client context is not a JSON object.\n\n  {error}\n\n"
            'To fix, give an object, such as --client-context=\'{"custom": {"key": "value"}}\'.'
        ) from None


@dataclass(frozen=True)
class Command:
    """A command: its texts, its options and its action.

    `examples` are options. `pants_program` is what users of Pants type between `pants` and the
    options, and `pants_example` is a complete command to which options can be added.
    """

    summary: str
    description: str
    examples: Sequence[str]
    pants_program: str
    pants_example: str
    takes_several: bool
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[list[PackagedFunction], argparse.Namespace], int]

    def format_examples(self, program: str) -> str:
        lines = [f"  {program} {options}".rstrip() for options in self.examples]
        return "\n".join(["examples:", *lines])


COMMANDS = {
    "run": Command(
        summary="invoke a function once",
        description="Invoke a packaged function as Lambda does. The response is written to "
        "standard output, and logs are written to standard error. The exit code is 0 if the "
        "function succeeded, 1 if it failed, and 2 if it could not be run.",
        examples=[
            "--event '{\"numbers\": [1, 2]}'",
            "--event @sqs --env STAGE=test --timeout 3",
            "--init-only",
        ],
        pants_program="run {address} --",
        pants_example="run {address} --",
        takes_several=False,
        add_options=_add_run_options,
        run=_run,
    ),
    "serve": Command(
        summary="answer AWS's Invoke API until the user stops it",
        description="Answer AWS's Invoke API for packaged functions on 127.0.0.1. Every program "
        "on this machine can invoke the functions. Logs are written to standard error. Press "
        "Ctrl-C to stop the emulator.",
        examples=["", "--port 8000 --env STAGE=test"],
        pants_program="lambda-serve",
        pants_example="--no-pantsd lambda-serve {address} --",
        takes_several=True,
        add_options=_add_serve_options,
        run=_serve,
    ),
    "check": Command(
        summary="start a function without an event",
        description="Start a packaged function without an event, to check whether its handler can "
        "be imported. The result is printed as JSON. The exit code is 0 if the function started, "
        f"and {EXIT_NOT_STARTED} if it did not.",
        examples=[""],
        pants_program="check {address}",
        pants_example="check {address}",
        takes_several=False,
        add_options=_add_check_options,
        run=_check,
    ),
    "import-time": Command(
        summary="measure the import of the handler, module by module",
        description="Import the handler of a packaged function in several processes, one after "
        "another, and print the times as JSON. The exit code is 0 if the function started, and "
        f"{EXIT_NOT_STARTED} if it did not.",
        examples=["", "--runs 20"],
        pants_program="lambda-report {address}",
        pants_example="lambda-report --import-time {address}",
        takes_several=False,
        add_options=_add_import_time_options,
        run=_measure_import,
    ),
}
