"""The error message for a function that does not start in Lambda.

`check` starts each function in the emulator and reports the result. This module turns a failure
into its cause and a fix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.checks.host_file_use import (
    HostFile,
    explain_hidden_files,
    hidden_files,
    join_fixes,
)
from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import describe

_TRACEBACK = "Traceback (most recent call last):"
# Lines after it in the logs, written by Lambda's runtime interface client.
_ENDS = ("[ERROR]", "[WARNING]")
# Frames of a traceback that do not help: of the import system, the runtime, and `os.environ`.
_IRRELEVANT_FRAME = re.compile(
    r'File "(<frozen importlib|[^"]*/importlib/__init__\.py|/var/runtime/'
    r'|([^"]*/os\.py|<frozen os>)", line \d+, in __getitem__)'
)
# The most lines of a function's output that a message shows, from its end.
_MOST_LINES = 30
# Exceptions of code that needs another machine, by module and name. Subclasses count as well.
_NETWORK_ERRORS = frozenset(
    {
        *("builtins.ConnectionError", "builtins.TimeoutError", "socket.gaierror", "ssl.SSLError"),
        *("botocore.exceptions.ClientError", "botocore.exceptions.HTTPClientError"),
        *("botocore.exceptions.ConnectionError", "botocore.exceptions.CredentialRetrievalError"),
        *("botocore.exceptions.MetadataRetrievalError", "botocore.exceptions.NoCredentialsError"),
        *("botocore.exceptions.NoAuthTokenError", "botocore.exceptions.PartialCredentialsError"),
        *("botocore.exceptions.TokenRetrievalError", "botocore.exceptions.WaiterError"),
        *("redis.exceptions.ConnectionError", "requests.exceptions.ConnectionError"),
        *(
            "urllib3.exceptions.HTTPError",
            "httpx.TransportError",
            "aiohttp.client_exceptions.ClientConnectionError",
        ),
    }
)
# Messages of the C library, which clients written in C repeat under their own exceptions.
_NETWORK_MESSAGE = re.compile(
    "Network is unreachable|No route to host|Connection refused|Name or service not known"
    "|Temporary failure in name resolution|could not translate host name"
)
_MISSING_MODULE = re.compile(r"No module named '([\w.]+)'")
_MISSING_FILE = re.compile(
    "No such file or directory: "
    r"'/(?:var/task|opt/python(?:/lib/python[\d.]+/site-packages)?)/([^']+)'"
)
# Prefixes of lines that Lambda writes, not the function.
_LAMBDA_PREFIXES = ("INIT_START ", "INIT_REPORT ", "[WARNING]", "RequestId: ", "Error: ")


@dataclass(frozen=True)
class StartResult:
    """The result of a function's start in the emulator.

    `error`: Lambda's `errorType`, or `None` if the function started.
    `payload`: Lambda's response, as JSON.
    `logs`: the output of the function and of Lambda.
    `unset_variables`: names of environment variables that are missing and cause the failure.
    `kinds`: the classes of the exception and of its causes, as "module.name".
    `handler`: the place of a handler that starts and then fails for every event, `""` if the place
    is unknown, and `None` for other handlers.
    `host_files`: files of this machine that it used or missed, and that Lambda may not have.
    `sought`: the dotted name of a module that it imported by name and that is missing, or `""`.
    """

    error: str | None
    payload: str
    logs: str
    unset_variables: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    handler: str | None = None
    host_files: tuple[HostFile, ...] = ()
    sought: str = ""

    @property
    def missing_modules(self) -> tuple[str, ...]:
        """The dotted name of the missing module, then that of its first missing package."""
        found = _MISSING_MODULE.search(f"{self.payload}\n{self.logs}")
        if not found or not self.error:
            return ()
        return (self.sought, found[1]) if self.sought.startswith(f"{found[1]}.") else (found[1],)

    @property
    def missing_file(self) -> str:
        """The path of a missing file that the function opened, below an entry of `sys.path`."""
        found = _MISSING_FILE.search(f"{self.payload}\n{self.logs}")
        return found[1] if found and self.error else ""

    @property
    def document(self) -> Mapping[str, Any]:
        """The payload as a JSON object, empty if it is none."""
        try:
            document = json.loads(self.payload)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True)
class MissingExplanation:
    """Why an artifact does not contain a module or file of the repository, and how to fix it."""

    reason: str
    fix: str


def describe_failure(
    started: StartResult,
    *,
    address: str,
    check_env: Mapping[str, str],
    missing: MissingExplanation | None = None,
) -> str:
    """The error message for a function, `""` if it started.

    `check_env` is the target's field. `missing` explains the missing module or file, if the
    repository contains it.
    """
    if started.error is None:
        return ""
    error = f"{started.error}: {started.document.get('errorMessage', '')}".splitlines()
    if started.handler is not None:
        return describe(
            f"The `lambda_function` target {address} starts in Lambda but fails for every event.",
            facts=[*error, *([f"the handler is at {started.handler}"] if started.handler else [])],
            fix=_fix_of_handler(started),
        )
    return describe(
        f"The `lambda_function` target {address} does not start in Lambda.",
        facts=[*error, *_traceback(started)],
        why=missing.reason if missing else explain_hidden_files(started.host_files),
        fix=missing.fix if missing else _fix(started, address, check_env),
    )


def _fix_of_handler(started: StartResult) -> str:
    if started.error == "TypeError":
        return "set `handler` to a function that takes an event and a context."
    if " coroutine " in started.payload:
        return (
            "set `handler` to a function without `async`, such as "
            "`def handler(event, context): return asyncio.run(main(event, context))`."
        )
    return "return the response from the handler instead of yielding it."


def _traceback(started: StartResult) -> Sequence[str]:
    """The lines that show where the function failed, with paths in the artifact.

    Prefer Python's own traceback in the logs, then Lambda's `stackTrace`, then the last lines of
    the function's output.
    """
    lines = started.logs.splitlines()
    if _TRACEBACK in lines and not lines[lines.index(_TRACEBACK) - 1].startswith("[ERROR]"):
        rest = lines[lines.index(_TRACEBACK) :]
        end = next((i for i, line in enumerate(rest) if line.startswith(_ENDS)), len(rest))
        return [line for line in rest[:end] if line]
    frames = [str(each) for each in started.document.get("stackTrace", ())]
    frames = [each for each in frames if not _IRRELEVANT_FRAME.search(each)]
    if frames:
        return [_TRACEBACK, *(line for frame in frames for line in frame.splitlines())]
    skipped = (*_LAMBDA_PREFIXES, "[ERROR]")
    written = [line for line in lines if line and not line.startswith(skipped)]
    return [] if started.error == "Runtime.HandlerNotFound" else written[-_MOST_LINES:]


def _fix(started: StartResult, address: str, check_env: Mapping[str, str]) -> str:
    if started.unset_variables:
        return _fix_of_variables(started.unset_variables, check_env)
    if hidden_files(started.host_files):
        return join_fixes(hidden_files(started.host_files))
    if started.error == "Runtime.HandlerNotFound":
        return "set `handler` to a function that the module defines."
    if _is_of_network(started):
        return (
            "move the call to AWS, or to another service, into the handler. If it must run during "
            "the import, set `skip_import_check=True` on the target."
        )
    if started.error in ("Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError"):
        dependencies = pants_command(f"dependencies --transitive {address}")
        return (
            "correct the code that the traceback shows. To see the artifact's files and their "
            f"origins, run `{dependencies}`, or read its metadata."
        )
    if started.error == "Sandbox.Timedout":
        return "do less during the import, and move the rest into the handler."
    check = pants_command(f"check {address}")
    return f"correct the code that the traceback shows, and run `{check}` again."


def _fix_of_variables(names: Sequence[str], check_env: Mapping[str, str]) -> str:
    values = {**check_env, **dict.fromkeys(names, "…")}
    inside = ", ".join(
        f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in values.items()
    )
    value = "a value that suffices" if len(names) == 1 else "values that suffice"
    return f"set `check_env={{{inside}}}` on the target, with {value} for the import."


def _is_of_network(started: StartResult) -> bool:
    """Whether it failed since it had no network or AWS account, which it has in Lambda."""
    message = str(started.document.get("errorMessage", ""))
    return bool(_NETWORK_ERRORS.intersection(started.kinds) or _NETWORK_MESSAGE.search(message))
