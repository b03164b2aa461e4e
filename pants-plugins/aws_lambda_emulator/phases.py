"""How a function is initialized and invoked, and its process ended, as Lambda does it."""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import threading
import time
import uuid
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Callable

from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.host_files import HostFile
from aws_lambda_emulator.mounts import Interpreter, Mounts
from aws_lambda_emulator.process import FunctionProcess
from aws_lambda_emulator.runtime_api import (
    ANSWER,
    ENDED,
    FAULT,
    INIT_FAULT,
    READY,
    TOO_LARGE,
    Event,
    RuntimeApi,
    Said,
)
from aws_lambda_emulator.words import (
    end_line,
    error_type,
    exit_line,
    init_report_line,
    init_start_line,
    payload_of_exit,
    payload_of_large_answer,
    payload_of_timeout,
    report_line,
    start_line,
    timeout_line,
)

# AWS's page on the execution environment: how long the init phase may take, in seconds (2026).
MOST_INIT_SECONDS = 10.0
# How often the memory of a busy process is looked at, in seconds.
_LOOK = 0.02
_MIB = 1024 * 1024
Log = Callable[[bytes], None]


@dataclass(frozen=True)
class Invocation:
    """An event for the function: JSON as bytes, and the client context, as JSON too.

    `qualifier` is the version or alias that was asked for, which the invoked ARN then names.
    """

    event: bytes
    client_context: str | None = None
    qualifier: str = ""
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Outcome:
    """What became of an invocation, or of the init phase alone.

    `payload` is what Lambda answers, also of a fault; `error` is then its `errorType`, and else
    `None`. Times are in milliseconds, `init` only where a process had to start. `memory` is the
    highest use in MiB, `None` where it cannot be known.
    """

    payload: bytes
    error: str | None
    logs: bytes
    duration: float
    init: float | None
    memory: int | None


class Phases:
    """Of one function, for one thread, which lives as long as this is used; any may `abandon` it.

    `log` gets what the function writes, with Lambda's own lines, as it comes.
    """

    def __init__(
        self,
        mounts: Mounts,
        interpreter: Interpreter,
        configuration: Configuration,
        api: RuntimeApi,
        log: Log,
        *,
        own_view: bool,
        init_seconds: float,
    ) -> None:
        self._mounts, self._interpreter, self._api = mounts, interpreter, api
        self._configuration, self._log = configuration, log
        self._own_view, self._init_seconds = own_view, init_seconds
        self._logged: list[bytes] = []
        self._process: FunctionProcess | None = None
        # Held while a process starts, since none may once this is abandoned.
        self._starting = threading.Lock()
        self._is_abandoned, self._has_told_why = False, False
        # Whether the last init phase has.
        self._has_failed = False
        # In the order in which they were noticed.
        self.host_files: dict[HostFile, None] = {}

    def abandon(self) -> None:
        """End the process at once. What goes on, and what follows, raises `CancelledError`."""
        with self._starting:
            self._is_abandoned = True
            process = self._process
        if process:
            process.kill()

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process:
            self._process.kill()
            self._process = None

    def init(self) -> Outcome:
        """The init phase alone; over where it was before."""
        self._logged = []
        process = self._process
        if process and not process.has_ended:
            return Outcome(b"", None, b"", 0.0, None, self._memory(process))
        process, said, took = self._init()
        process.flush()
        payload, error = b"", None
        if _is_ready(said):
            self._say(init_report_line(took))
        else:
            payload, error = self._fail_init(process, said, took)
        return Outcome(payload, error, b"".join(self._logged), 0.0, took, self._memory(process))

    def invoke(self, invocation: Invocation) -> Outcome:
        """The invoke phase, behind an init phase where no process is there.

        An init phase that failed is tried again, now within the function's own time (AWS's page on
        the execution environment, 2026).
        """
        self._logged = []
        process = self._process
        if process and not process.has_ended:
            return self._handle(process, invocation)
        if not self._has_failed:
            process, said, took = self._init()
            if _is_ready(said):
                return self._handle(process, invocation, init=took)
            self._fail_init(process, said, took)
        process = self._start()
        said = self._next(process, process.started + self._configuration.timeout)
        if _is_ready(said):
            self._has_failed = False
            return self._handle(process, invocation, began=process.started)
        return self._fail_again(process, said, invocation)

    # Lambda's own lines, and those of the function.

    def _write(self, text: bytes) -> None:
        self._logged.append(text)
        self._log(text)

    def _say(self, line: str) -> None:
        self._write(line.encode() + b"\n")

    # The process.

    def _start(self) -> FunctionProcess:
        with self._starting:
            if self._is_abandoned:
                raise CancelledError
            process = self._process = FunctionProcess(
                self._mounts,
                self._interpreter,
                self._configuration,
                self._api,
                self._write,
                own_view=self._own_view,
            )
        if self._own_view and process.plainly and not self._has_told_why:
            self._has_told_why = True
            self._say(
                f"EMULATOR /var/task, /opt and /tmp lie below {self._mounts.root}, since this "
                f"function cannot have them as its own: {process.plainly}"
            )
        if self._own_view and process.in_sight and not self._has_told_why:
            self._has_told_why = True
            self._say(
                "EMULATOR This function sees all files of this machine, also those that Lambda "
                f"does not have: {process.in_sight}"
            )
        return process

    def _next(self, process: FunctionProcess, until: float) -> Said | None:
        """What the process tells next; `None` at the deadline.

        Looks at its memory, and ends it once that is too much.
        """
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return None
            said = None
            with suppress(queue.Empty):
                said = process.session.said.get(timeout=min(left, _LOOK))
            process.measure()
            if self._is_too_much(process):
                process.kill()
                said = Said(ENDED, status=-signal.SIGKILL)
            if self._is_abandoned:
                raise CancelledError
            if said is not None:
                if said.kind == READY:
                    self._notice(process)
                return said

    def _notice(self, process: FunctionProcess, said: bytes = b"") -> None:
        """The host's files that matter, once what the process did is over; `said` if it failed."""
        self.host_files.update(dict.fromkeys(process.host_files(said)))

    def _init(self) -> tuple[FunctionProcess, Said | None, float]:
        """Start a process; what it told first, and after how many milliseconds."""
        self.end()
        self._say(init_start_line(self._interpreter.python))
        process = self._start()
        said = self._next(process, time.monotonic() + self._init_seconds)
        self._has_failed = not _is_ready(said)
        return process, said, _since(process.started)

    def _fail_init(
        self, process: FunctionProcess, said: Said | None, took: float
    ) -> tuple[bytes, str]:
        payload, error = self._failed(process, said, "", self._init_seconds)
        if said is not None and said.kind == ENDED:
            self._say(exit_line("", said.status) + "\n")
        self._say(init_report_line(took, said, error))
        return payload, error

    def _fail_again(
        self, process: FunctionProcess, said: Said | None, invocation: Invocation
    ) -> Outcome:
        """In the order of Lambda's own logs, where START comes behind the second init phase."""
        duration = _since(process.started)
        payload, error = self._failed(
            process, said, invocation.request_id, self._configuration.timeout
        )
        self._say(init_report_line(duration, said, error, phase="invoke"))
        self._say(start_line(invocation.request_id))
        return self._reported(process, said, invocation, payload, error, duration, None)

    def _handle(
        self,
        process: FunctionProcess,
        invocation: Invocation,
        *,
        init: float | None = None,
        began: float | None = None,
    ) -> Outcome:
        """By a process that is ready; `began` is when the function's own time did, if not now."""
        request_id, timeout = invocation.request_id, self._configuration.timeout
        process.flush()
        self._say(start_line(request_id))
        began = time.monotonic() if began is None else began
        until = began + timeout
        process.session.events.put(self._event(invocation, until - time.monotonic()))
        said = self._next(process, until)
        duration = _since(began)
        process.flush()
        payload, error = b"", None
        if said is not None and said.kind == ANSWER:
            payload = said.body
            self._settle(process)
        else:
            payload, error = self._failed(process, said, request_id, timeout)
        return self._reported(process, said, invocation, payload, error, duration, init)

    def _reported(
        self,
        process: FunctionProcess,
        said: Said | None,
        invocation: Invocation,
        payload: bytes,
        error: str | None,
        duration: float,
        init: float | None,
    ) -> Outcome:
        """The outcome, behind the lines that end every invocation's log."""
        request_id, memory = invocation.request_id, self._memory(process)
        if said is None:
            self._say(timeout_line(request_id, self._configuration.timeout))
        elif said.kind == ENDED:
            self._say(exit_line(request_id, said.status) + "\n")
        self._say(end_line(request_id))
        self._say(report_line(request_id, self._configuration, duration, init, memory, said, error))
        return Outcome(payload, error, b"".join(self._logged), duration, init, memory)

    def _settle(self, process: FunctionProcess) -> None:
        """Wait until the process asks for more, and end one that does not."""
        said = self._next(process, time.monotonic() + self._configuration.timeout)
        if said is None or said.kind != READY:
            self.end()

    def _event(self, invocation: Invocation, left: float) -> Event:
        """`left` are the seconds until the function is stopped."""
        deadline = int((time.time() + left) * 1000)
        request_id, arn = invocation.request_id, self._configuration.arn
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": f"{arn}:{invocation.qualifier}".rstrip(":"),
            "Lambda-Runtime-Trace-Id": _trace_id(),
        }
        if invocation.client_context:
            # On one line of ASCII, as a header must be.
            context = json.dumps(json.loads(invocation.client_context))
            headers["Lambda-Runtime-Client-Context"] = context
        return Event(request_id, invocation.event, headers)

    def _is_too_much(self, process: FunctionProcess) -> bool:
        return process.peak > self._configuration.memory * _MIB

    def _memory(self, process: FunctionProcess) -> int | None:
        return math.ceil(process.peak / _MIB) or None

    def _failed(
        self, process: FunctionProcess, said: Said | None, request_id: str, timeout: float
    ) -> tuple[bytes, str]:
        """Lambda's payload for what went wrong, and its error type; ends what cannot go on."""
        if said is not None and said.kind == FAULT:
            self._settle(process)
        else:
            self.end()
        if said is None:
            return payload_of_timeout(request_id, timeout)
        if said.kind in (FAULT, INIT_FAULT):
            payload = process.in_lambdas_words(said.body)
            self._notice(process, payload + b"".join(self._logged))
            return payload, error_type(payload)
        if said.kind == TOO_LARGE:
            return payload_of_large_answer()
        self._notice(process, b"".join(self._logged))
        return payload_of_exit(request_id, said.status, for_memory=self._is_too_much(process))


def _is_ready(said: Said | None) -> bool:
    return said is not None and said.kind == READY


def _since(began: float) -> float:
    """In milliseconds."""
    return (time.monotonic() - began) * 1000


def _trace_id() -> str:
    """As X-Ray writes it; not sampled."""
    root = f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"
    return f"Root={root};Parent={os.urandom(8).hex()};Sampled=0"
