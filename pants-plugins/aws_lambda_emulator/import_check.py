"""Starts a function without an event, to check whether its handler can be imported."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from aws_lambda_emulator.bootstrap import DIAGNOSE_VARIABLE
from aws_lambda_emulator.host_file_use import HostFile, suggest_fix
from aws_lambda_emulator.namespaces import cut_network
from aws_lambda_emulator.packaged_function import PackagedFunction
from aws_lambda_emulator.unset_variables import ImportAttempt, find_unset_variables

# Limits of an import: a time in seconds that is much longer than Lambda's, and Lambda's maximum
# memory in MiB. Only an import that fails under every configuration should fail here.
_SECONDS = 60.0
_MEMORY = 10_240


def check_import(function: PackagedFunction, *, cache: str | None) -> dict[str, Any]:
    """Start a function, without a network if the kernel allows that, and report the outcome.

    - `error`: Lambda's `errorType`, `None` if the function started
    - `payload`, `logs`: Lambda's answer, and the function's output
    - `unset_variables`: variables that the import looks up and without which it fails
    - `sought`: the full name of a module that `importlib.import_module` did not find
    - `kinds`: the classes of the exception and of its causes, such as `builtins.KeyError`
    - `handler`: the location of a handler that fails for every event, `None` for other handlers
    - `network`: whether the function had a network
    - `host_files`: files of this machine that Lambda does not or may not have
      (`host_file_use.py`), each with a fix

    Layers are unpacked into `cache`. This process has no network afterwards. It must have only one
    thread. Raises `EmulatorError`.
    """
    try:
        cut_network()
        has_network = False
    except OSError:
        has_network = True

    def attempt(variables: Mapping[str, str]) -> ImportAttempt:
        return _attempt_import(function, variables, cache)[0]

    first, host_files = _attempt_import(function, {}, cache)
    outcome, note = first.outcome, first.note
    handler_error = note.get("handler", ())
    if outcome.error is None and handler_error:
        kind, message, _ = handler_error
        payload = json.dumps({"errorMessage": message, "errorType": kind}).encode()
        outcome = replace(outcome, error=kind, payload=payload)
    return {
        "error": outcome.error,
        "payload": outcome.payload.decode(errors="replace"),
        "logs": outcome.logs.decode(errors="replace"),
        "unset_variables": find_unset_variables(first, attempt),
        "sought": note.get("sought", ""),
        "kinds": note.get("kinds", []),
        "handler": handler_error[2] if handler_error else None,
        "network": has_network,
        "host_files": [{**asdict(each), "fix": suggest_fix([each])} for each in host_files],
    }


def _attempt_import(
    function: PackagedFunction, variables: Mapping[str, str], cache: str | None
) -> tuple[ImportAttempt, list[HostFile]]:
    """Start the function once with additional variables. Also returns the host's files it used."""
    token = secrets.token_hex(8)
    configuration = function.configure(
        timeout=_SECONDS, memory=_MEMORY, variables={**variables, DIAGNOSE_VARIABLE: token}
    )
    with function.start(
        configuration, cache=cache, log=lambda text: None, init_seconds=_SECONDS
    ) as started:
        outcome = started.init()
        host_files = started.host_files
    before, _, rest = outcome.logs.partition(f"\n{token}".encode())
    note, _, after = rest.partition(b"\n")
    attempt = ImportAttempt(replace(outcome, logs=before + after), json.loads(note or b"{}"))
    return attempt, host_files
