"""What keeps a function from starting in Lambda, told from how it started on this machine."""

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
from aws_lambda.artifact.errors import describe

_TRACEBACK = "Traceback (most recent call last):"
# What ends it, where Python wrote it before Lambda's client reports.
_ENDS = ("[ERROR]", "[WARNING]")
# Frames that tell a user nothing: of the import system, of the runtime, and of `os.environ`.
_UNTELLING = re.compile(
    r'File "(<frozen importlib|[^"]*/importlib/__init__\.py|/var/runtime/'
    r'|([^"]*/os\.py|<frozen os>)", line \d+, in __getitem__)'
)
# Of what a function wrote before it ended, the end.
_MOST_LINES = 30
# Exceptions of code that waits for another machine, by module and name, and their subclasses.
_OF_NETWORK = frozenset(
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
# The same, as the C library and clients written in C say it.
_SAID_OF_NETWORK = re.compile(
    "Network is unreachable|No route to host|Connection refused|Name or service not known"
    "|Temporary failure in name resolution|could not translate host name"
)
_MISSING_MODULE = re.compile(r"No module named '([\w.]+)'")
_MISSING_FILE = re.compile(
    "No such file or directory: "
    r"'/(?:var/task|opt/python(?:/lib/python[\d.]+/site-packages)?)/([^']+)'"
)
# Lines that Lambda, and not the function, writes.
_OF_LAMBDA = ("INIT_START ", "INIT_REPORT ", "[WARNING]", "RequestId: ", "Error: ")


@dataclass(frozen=True)
class StartResult:
    """How a function started: `error` is Lambda's `errorType`, `None` if nothing failed.

    `payload` is what Lambda would answer, `logs` what was written meanwhile. `unset_variables` are
    the names that it looked up in `os.environ` in vain and fails without, `kinds` the classes of
    the exception and of its causes. `handler` is the place of a handler that starts and then fails
    for every event, `None` for others and `""` if the place is not known. `host_files` are those of
    this machine that it used or missed, and that Lambda lacks or may lack. `sought` is the whole
    name of a module that it imported by its name in vain, if it did.
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
        """The module that was imported in vain, then the package of it that is missing first."""
        found = _MISSING_MODULE.search(f"{self.payload}\n{self.logs}")
        if not found or not self.error:
            return ()
        return (self.sought, found[1]) if self.sought.startswith(f"{found[1]}.") else (found[1],)

    @property
    def missing_file(self) -> str:
        """The path below `sys.path` of a file that was opened in vain, or `""`."""
        found = _MISSING_FILE.search(f"{self.payload}\n{self.logs}")
        return found[1] if found and self.error else ""

    @property
    def document(self) -> Mapping[str, Any]:
        try:
            document = json.loads(self.payload)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True)
class MissingExplanation:
    """A module or a file of the repository that an artifact lacks: the reason, and the fix."""

    reason: str
    fix: str


def describe_failure(
    started: StartResult,
    *,
    address: str,
    check_env: Mapping[str, str],
    missing: MissingExplanation | None = None,
) -> str:
    """The error that a user reads, `""` if the function started.

    `missing` says more of what the function looked for in vain, if the repository has it.
    """
    if started.error is None:
        return ""
    error = f"{started.error}: {started.document.get('errorMessage', '')}".splitlines()
    if started.handler is not None:
        return describe(
            f"The `lambda_function` target {address} starts in Lambda, and fails for every event.",
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
        return "name in `handler` a function that takes an event and a context."
    if " coroutine " in started.payload:
        return (
            "name in `handler` a function without `async`, such as "
            "`def handler(event, context): return asyncio.run(main(event, context))`."
        )
    return "return the answer from the handler instead of yielding it."


def _traceback(started: StartResult) -> Sequence[str]:
    """Where it failed, with the artifact's paths: as Python saw it, else as Lambda reports it."""
    lines = started.logs.splitlines()
    if _TRACEBACK in lines and not lines[lines.index(_TRACEBACK) - 1].startswith("[ERROR]"):
        rest = lines[lines.index(_TRACEBACK) :]
        end = next((i for i, line in enumerate(rest) if line.startswith(_ENDS)), len(rest))
        return [line for line in rest[:end] if line]
    frames = [str(each) for each in started.document.get("stackTrace", ())]
    frames = [each for each in frames if not _UNTELLING.search(each)]
    if frames:
        return [_TRACEBACK, *(line for frame in frames for line in frame.splitlines())]
    written = [line for line in lines if line and not line.startswith((*_OF_LAMBDA, "[ERROR]"))]
    return [] if started.error == "Runtime.HandlerNotFound" else written[-_MOST_LINES:]


def _fix(started: StartResult, address: str, check_env: Mapping[str, str]) -> str:
    if started.unset_variables:
        return _fix_of_variables(started.unset_variables, check_env)
    if hidden_files(started.host_files):
        return join_fixes(hidden_files(started.host_files))
    if started.error == "Runtime.HandlerNotFound":
        return "name in `handler` a function that the module has."
    if _is_of_network(started):
        return (
            "move the call to AWS, or to another service, into the handler. If it must run during "
            "the import, set `skip_import_check=True` on the target."
        )
    if started.error in ("Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError"):
        return (
            "correct the code that the traceback shows. To see which files the artifact has, and "
            f"from where, run `./pants dependencies --transitive {address}`, or read its metadata."
        )
    if started.error == "Sandbox.Timedout":
        return "do less while the module is imported: what can wait belongs into the handler."
    return f"correct the code that the traceback shows, and run `./pants check {address}` again."


def _fix_of_variables(names: Sequence[str], check_env: Mapping[str, str]) -> str:
    values = {**check_env, **dict.fromkeys(names, "…")}
    inside = ", ".join(
        f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in values.items()
    )
    whom = "the variable a value" if len(names) == 1 else "the variables values"
    return f"give {whom} that will do for importing, on the target: `check_env={{{inside}}}`."


def _is_of_network(started: StartResult) -> bool:
    """Whether it failed for want of a network or of an AWS account, which Lambda has."""
    message = str(started.document.get("errorMessage", ""))
    return bool(_OF_NETWORK.intersection(started.kinds) or _SAID_OF_NETWORK.search(message))
