"""Starts a function as far as its first event, to see whether its handler can be imported."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from aws_lambda_emulator.bootstrap import EXPLAIN
from aws_lambda_emulator.host_files import HostFile, fix
from aws_lambda_emulator.launch import cut_network
from aws_lambda_emulator.packaged import Packaged
from aws_lambda_emulator.unset import Attempt, unset_variables

# What importing may use, so that only what always fails fails here. Seconds, MiB.
_SECONDS = 60.0
_MEMORY = 10_240


def report(function: Packaged, *, cache: str | None) -> dict[str, Any]:
    """How a function started, without a network where the kernel allows to cut it.

    `error` is Lambda's `errorType` or `None`, `payload` its answer and `logs` what was written.
    `unset_variables` names the variables that the import looks up in vain and fails without,
    `sought` is the whole name of a module that it imports by its name in vain, and `kinds` are the
    classes of the exception and of its causes, such as `builtins.KeyError`. `handler`
    is where a handler is defined that fails for every event, `None` for others. `network` says
    whether there was one. `host_files` are files of this machine that Lambda lacks or may lack
    (`host_files.py`).
    Layers are unpacked into `cache`. This process has no network from then on, and must have one
    thread. Raises `EmulatorFault`.
    """
    try:
        cut_network()
        cut = True
    except OSError:
        cut = False

    def attempt(variables: Mapping[str, str]) -> Attempt:
        return _start(function, variables, cache)[0]

    first, host_files = _start(function, {}, cache)
    outcome, note = first.outcome, first.note
    fault = note.get("handler", ())
    if outcome.error is None and fault:
        kind, message, _ = fault
        payload = json.dumps({"errorMessage": message, "errorType": kind}).encode()
        outcome = replace(outcome, error=kind, payload=payload)
    return {
        "error": outcome.error,
        "payload": outcome.payload.decode(errors="replace"),
        "logs": outcome.logs.decode(errors="replace"),
        "unset_variables": unset_variables(first, attempt),
        "sought": note.get("sought", ""),
        "kinds": note.get("kinds", []),
        "handler": fault[2] if fault else None,
        "network": not cut,
        "host_files": [{**asdict(each), "fix": fix([each])} for each in host_files],
    }


def _start(
    function: Packaged, variables: Mapping[str, str], cache: str | None
) -> tuple[Attempt, list[HostFile]]:
    """Start the function once, with these variables as well; the host's files that it used."""
    token = secrets.token_hex(8)
    configuration = function.configured(
        timeout=_SECONDS, memory=_MEMORY, variables={**variables, EXPLAIN: token}
    )
    with function.start(
        configuration, cache=cache, log=lambda text: None, init_seconds=_SECONDS
    ) as started:
        outcome = started.init()
        host_files = started.host_files
    before, _, rest = outcome.logs.partition(f"\n{token}".encode())
    note, _, after = rest.partition(b"\n")
    attempt = Attempt(replace(outcome, logs=before + after), json.loads(note or b"{}"))
    return attempt, host_files
