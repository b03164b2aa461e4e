"""The command line: `run` a function once, `check` that functions can be imported."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from .event import examples, read_event
from .fault import EmulatorFault
from .function import Invocation, Outcome
from .mounts import Interpreter
from .packaged import Packaged, read_packaged

# Nothing of a function's configuration in AWS is known here, so these are no promise. Seconds, MiB.
TIMEOUT = 60.0
MEMORY = 1024


def main(argv: Sequence[str] | None = None) -> None:
    """Ends the program: 0, or 1 for a function that fails, or 2 for what cannot be run."""
    # So that what is started gets ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(_run(sys.argv[1:] if argv is None else list(argv)))
    except EmulatorFault as fault:
        sys.exit(_complain(fault))
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(fault: EmulatorFault) -> int:
    print(fault, file=sys.stderr)
    return 2


def variable(text: str) -> tuple[str, str]:
    """`NAME=VALUE`, parted."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _at_least_one(kind: type, text: str) -> Any:
    value = kind(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return value


def seconds(text: str) -> float:
    """More than none; Lambda's own limit is 900."""
    return float(_at_least_one(float, text))


def mebibytes(text: str) -> int:
    """More than none; Lambda's own limits are 128 and 10240."""
    return int(_at_least_one(int, text))


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


def _run(argv: list[str]) -> int:
    if argv[0] == "check":
        from .import_check import main as check

        return check(argv[1])
    if argv[0] == "run":
        argv = argv[1:]
    packaged, rest, prog = _what(argv)
    options = parser_of_run(prog).parse_args(rest)
    if options.client_context:
        _check_json(options.client_context)
    event = b"" if options.init_only else read_event(options.event, folder=os.getcwd())
    configuration = packaged.configured(
        timeout=options.timeout,
        memory=options.memory,
        variables=dict(options.env),
        aws_profile=options.aws_profile,
    )
    for remark in packaged.remarks:
        print(remark, file=sys.stderr)
    cache = os.environ.get("AWS_LAMBDA_EMULATOR_CACHE")
    with packaged.start(configuration, cache=cache, log=to_stderr) as function:
        if options.init_only:
            outcome = function.init()
        else:
            outcome = function.invoke(Invocation(event, options.client_context))
    _print(outcome)
    return 0 if outcome.error is None else 1


def _print(outcome: Outcome) -> None:
    if outcome.payload:
        sys.stdout.buffer.write(outcome.payload + b"\n")
        sys.stdout.buffer.flush()


def to_stderr(text: bytes) -> None:
    sys.stderr.buffer.write(text)
    sys.stderr.buffer.flush()


def _check_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise EmulatorFault(
            f"The client context is not JSON.\n\n  {error}\n\n"
            'To fix, give an object, such as --client-context=\'{"custom": {"key": "value"}}\'.'
        ) from None


def _what(argv: list[str]) -> tuple[Packaged, list[str], str]:
    """The function, the options that are left for the verb, and how the command is called."""
    if argv and os.path.basename(argv[0]) == "functions.json":
        (packaged,) = read_packaged(argv[0])
        return packaged, argv[1:], f"./pants run {packaged.address} --"
    parser = argparse.ArgumentParser(
        prog="python3 -m aws_lambda.emulator",
        description="Invoke a function that `package` built.",
        epilog="All other options are those of the invocation; --help after ARTIFACT lists them.",
        add_help=not any(not each.startswith("-") for each in argv),
    )
    parser.add_argument(
        "artifact", metavar="ARTIFACT", help="its zip or folder, such as dist/fn.zip"
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        help="a CPython of the runtime's version (default: pythonX.Y on PATH)",
    )
    parser.add_argument(
        "--wheels",
        metavar="FOLDER",
        help="wheels of the runtime's own packages, awslambdaric first of all; without it, a "
        "stand-in of ours speaks to the Runtime API",
    )
    options, rest = parser.parse_known_args(argv)
    return _by_itself(options), rest, f"{parser.prog} {options.artifact}"


def _by_itself(options: argparse.Namespace) -> Packaged:
    from .artifact import read_artifact

    artifact = read_artifact(options.artifact)
    runtime = options.python or artifact.runtime or "python3"
    interpreter = _interpreter(runtime)
    wheels = options.wheels
    return Packaged(
        address=artifact.address,
        name=artifact.address.rpartition(":")[2],
        artifact=options.artifact,
        interpreter=interpreter,
        python=artifact.python or (interpreter.python if interpreter else (3, 0)),
        wheels=tuple(
            os.path.join(wheels, each)
            for each in (sorted(os.listdir(wheels)) if wheels else ())
            if each.endswith(".whl")
        ),
        variables={},
    )


def _interpreter(path: str) -> Interpreter | None:
    ask = "import json, sys; print(json.dumps([sys.executable, *sys.version_info[:2]]))"
    try:
        said = subprocess.run(
            [path, "-I", "-c", ask], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        executable, major, minor = json.loads(said.stdout)
        return Interpreter(executable, (major, minor))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
