"""What keeps a function from starting in Lambda, told from how it started on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.fault import describe
from aws_lambda.artifact.host_files import HostFile, fix_of, hidden, why_hidden

_TRACEBACK = "Traceback (most recent call last):"
# What ends it, where Python wrote it before Lambda's client reports.
_ENDS = ("[ERROR]", "[WARNING]")
# Frames of the import system, which tell a user nothing.
_OF_IMPORTS = re.compile(r'File "(<frozen importlib|[^"]*/importlib/__init__\.py)')
# Of what a function wrote before it ended, the end.
_MOST_LINES = 30
# Lines that Lambda, and not the function, writes.
_OF_LAMBDA = ("INIT_START ", "INIT_REPORT ", "[WARNING]", "RequestId: ", "Error: ")


@dataclass(frozen=True)
class Started:
    """How a function started: `error` is Lambda's `errorType`, `None` if nothing failed.

    `payload` is what Lambda would answer, `logs` what was written meanwhile. `unset_variable` is
    what it looked up in `os.environ` in vain, if that is how it failed. `host_files` are those of
    this machine that it used or missed, and that Lambda lacks or may lack.
    """

    error: str | None
    payload: str
    logs: str
    unset_variable: str = ""
    host_files: tuple[HostFile, ...] = ()

    @property
    def document(self) -> Mapping[str, Any]:
        try:
            document = json.loads(self.payload)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


def failure(started: Started, *, address: str, check_env: Mapping[str, str]) -> str:
    """The error that a user reads, `""` if the function started."""
    if started.error is None:
        return ""
    message = started.document.get("errorMessage", "")
    return describe(
        f"The `lambda_function` target {address} does not start in Lambda.",
        facts=[*f"{started.error}: {message}".splitlines(), *_traceback(started)],
        why=why_hidden(started.host_files),
        fix=_fix(started, address, check_env),
    )


def _traceback(started: Started) -> Sequence[str]:
    """Where it failed, with the artifact's paths: as Python saw it, else as Lambda reports it."""
    lines = started.logs.splitlines()
    if _TRACEBACK in lines and not lines[lines.index(_TRACEBACK) - 1].startswith("[ERROR]"):
        rest = lines[lines.index(_TRACEBACK) :]
        end = next((i for i, line in enumerate(rest) if line.startswith(_ENDS)), len(rest))
        return [line for line in rest[:end] if line]
    frames = [each for each in _frames(started) if not _OF_IMPORTS.search(each)]
    if frames:
        return [_TRACEBACK, *(line for frame in frames for line in frame.splitlines())]
    written = [line for line in lines if line and not line.startswith((*_OF_LAMBDA, "[ERROR]"))]
    return [] if started.error == "Runtime.HandlerNotFound" else written[-_MOST_LINES:]


def _frames(started: Started) -> Sequence[str]:
    """The stack trace as Lambda reports it, a frame each; without that of `os.environ` itself."""
    frames = [str(each) for each in started.document.get("stackTrace", ())]
    return frames[:-1] if started.unset_variable else frames


def _fix(started: Started, address: str, check_env: Mapping[str, str]) -> str:
    if started.unset_variable:
        named = {**check_env, started.unset_variable: "…"}
        inside = ", ".join(
            f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in named.items()
        )
        return (
            "give the variable a value that will do for importing, on the target: "
            f"`check_env={{{inside}}}`."
        )
    if hidden(started.host_files):
        return fix_of(hidden(started.host_files))
    if started.error == "Runtime.HandlerNotFound":
        return "name in `handler` a function that the module has."
    if started.error in ("Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError"):
        return (
            "mend what the traceback shows. What the artifact has, and from where, is listed by "
            f"`./pants dependencies --transitive {address}` and in its metadata."
        )
    if started.error == "Sandbox.Timedout":
        return "do less while the module is imported: what can wait belongs into the handler."
    return (
        "mend what the traceback shows. What needs AWS, or another service, belongs into the "
        "handler; where it cannot, set `skip_import_check=True` on the target."
    )
