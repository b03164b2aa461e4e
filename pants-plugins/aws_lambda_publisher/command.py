"""The command line of the publisher."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from aws_lambda_publisher import protocol
from aws_lambda_publisher.aws_clients import connect
from aws_lambda_publisher.aws_reading import Patience
from aws_lambda_publisher.errors import PublishError
from aws_lambda_publisher.publish import Mode, Publisher, TargetResult, exit_code
from aws_lambda_publisher.redaction import Redaction
from aws_lambda_publisher.request import Request, read_request


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program, and end the process with its exit code."""
    sys.exit(run_command(arguments))


def run_command(arguments: Sequence[str] | None = None, patience: Patience | None = None) -> int:
    """Run the program, and return its exit code, which `protocol.py` defines."""
    options = _parse(arguments)
    mode = Mode.DRY_RUN if options.dry_run else Mode.CHECK if options.check else Mode.PUBLISH
    redaction = Redaction()
    request: Request | None = None
    try:
        request = read_request(options.request)
        aws = connect(request.options)
        redaction = aws.redaction
        publisher = Publisher(
            request,
            aws,
            patience=patience or Patience(),
            print_line=lambda line: print(line, flush=True),
        )
        results = publisher.run(mode)
    except PublishError as error:
        text = redaction.clean(f"{type(error).__name__}: {error}")
        print(text, flush=True)
        failure = TargetResult(
            "", protocol.EXIT_FAILED, protocol.STATUS_FAILED, tuple(text.splitlines())
        )
        results = [replace(failure, address=each) for each in _addresses(request)]
        _write_results(options.results, results)
        return protocol.EXIT_FAILED
    except KeyboardInterrupt:
        print("Interrupted. To continue, publish again: completed steps are not repeated.")
        return 130
    _write_results(options.results, results)
    return exit_code(results)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m aws_lambda_publisher",
        description="Brings functions and layers in AWS to the state that a request describes.",
    )
    parser.add_argument("request", metavar="REQUEST", help="JSON file, see the README")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--dry-run",
        action="store_true",
        help="print the plan and change nothing; exits with 2 if changes are pending",
    )
    modes.add_argument(
        "--check",
        action="store_true",
        help="compare AWS with the request and change nothing; exits with 1 if they differ",
    )
    parser.add_argument(
        "--results", metavar="FOLDER", help="write a JSON file per target into this folder"
    )
    return parser.parse_args(arguments)


def _addresses(request: Request | None) -> list[str]:
    if request is None:
        return []
    return [
        *(each.address for each in request.layers),
        *(each.address for each in request.functions),
    ]


def _write_results(folder: str | None, results: Sequence[TargetResult]) -> None:
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    for number, result in enumerate(results):
        content = {
            "schema_version": protocol.SCHEMA_VERSION,
            "address": result.address,
            "exit_code": result.exit_code,
            "status": result.status,
            "lines": result.lines,
        }
        with open(os.path.join(folder, f"{number:04}.json"), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2, sort_keys=True)
            file.write("\n")
