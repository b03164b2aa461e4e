"""Initializes, invokes and ends a function, in the phases of Lambda's execution environment."""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Callable

from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.host_file_use import HostFile
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.lambda_output import (
    end_line,
    error_type,
    exit_line,
    exit_payload,
    init_report_line,
    init_start_line,
    large_response_payload,
    report_line,
    start_line,
    timeout_line,
    timeout_payload,
)
from aws_lambda_emulator.mounts import Interpreter, Mounts
from aws_lambda_emulator.process import FunctionProcess
from aws_lambda_emulator.runtime_api import Event, MessageKind, RuntimeApi, RuntimeMessage

# AWS's page on the execution environment: the limit of the init phase, in seconds (2026).
MAX_INIT_SECONDS = 10.0
# Seconds between two measurements of a busy process's memory.
_MEASURE_SECONDS = 0.02
_MIB = 1024 * 1024
Log = Callable[[bytes], None]


class ExecutionEnvironment:
    """The execution environment of one function.

    One thread uses it, and that thread must live as long as the environment. Any thread may call
    `abandon`. `log` gets the output of the function, with Lambda's own lines, as it is written.
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
        # Held while a process starts, because none may start after `abandon`.
        self._starting = threading.Lock()
        self._is_abandoned, self._has_explained = False, False
        # Whether the last init phase failed.
        self._has_failed = False
        # The host's files that the function used or missed, in that order.
        self.host_files: dict[HostFile, None] = {}

    def abandon(self) -> None:
        """End the process at once. Current and later calls raise `CancelledError`."""
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
        """Run the init phase alone. It does nothing if a process is ready."""
        self._logged = []
        process = self._process
        if process and not process.has_ended:
            return Outcome(b"", None, b"", 0.0, None, self._peak_mib(process))
        process, message, took = self._init()
        process.flush()
        payload, error = b"", None
        if _is_ready(message):
            self._log_line(init_report_line(took))
        else:
            payload, error = self._report_failed_init(process, message, took)
        logs = b"".join(self._logged)
        return Outcome(payload, error, logs, 0.0, took, self._peak_mib(process))

    def invoke(self, invocation: Invocation) -> Outcome:
        """Run the invoke phase, after an init phase if there is no process.

        A failed init phase is repeated within the function's own timeout (AWS's page on the
        execution environment, 2026).
        """
        self._logged = []
        process = self._process
        if process and not process.has_ended:
            return self._handle(process, invocation)
        if not self._has_failed:
            process, message, took = self._init()
            if _is_ready(message):
                return self._handle(process, invocation, init=took)
            self._report_failed_init(process, message, took)
        process = self._start()
        message = self._next_message(process, process.started + self._configuration.timeout)
        if _is_ready(message):
            self._has_failed = False
            return self._handle(process, invocation, began=process.started)
        return self._report_repeated_init(process, message, invocation)

    # The log.

    def _write(self, text: bytes) -> None:
        self._logged.append(text)
        self._log(text)

    def _log_line(self, line: str) -> None:
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
        if self._own_view and not self._has_explained:
            self._explain_view(process)
        return process

    def _explain_view(self, process: FunctionProcess) -> None:
        """Log once why the process does not see the files that it sees in Lambda."""
        if process.no_view_reason:
            self._log_line(
                f"EMULATOR /var/task, /opt and /tmp are below {self._mounts.root}, because the "
                f"function cannot have them at their own paths: {process.no_view_reason}"
            )
        elif process.nothing_hidden_reason:
            self._log_line(
                "EMULATOR This function sees all files of this machine, including files that "
                f"Lambda does not have: {process.nothing_hidden_reason}"
            )
        self._has_explained = bool(process.no_view_reason or process.nothing_hidden_reason)

    def _next_message(self, process: FunctionProcess, until: float) -> RuntimeMessage | None:
        """Wait for the next message of the process. `None` after the deadline.

        Measures the process's memory, and ends a process that uses too much.
        """
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return None
            message = None
            with suppress(queue.Empty):
                message = process.session.messages.get(timeout=min(left, _MEASURE_SECONDS))
            process.measure()
            if self._exceeds_memory(process):
                process.kill()
                message = RuntimeMessage(MessageKind.EXITED, status=-signal.SIGKILL)
            if self._is_abandoned:
                raise CancelledError
            if message is not None:
                if message.kind == MessageKind.READY:
                    self._note_host_files(process)
                return message

    def _note_host_files(self, process: FunctionProcess, failure: bytes = b"") -> None:
        """Collect the host's files that matter. `failure` is the text of the process's failure."""
        self.host_files.update(dict.fromkeys(process.host_files(failure)))

    # The init phase.

    def _init(self) -> tuple[FunctionProcess, RuntimeMessage | None, float]:
        """Start a process. Returns it, its first message, and the elapsed milliseconds."""
        self.end()
        self._log_line(init_start_line(self._interpreter.python))
        process = self._start()
        message = self._next_message(process, time.monotonic() + self._init_seconds)
        self._has_failed = not _is_ready(message)
        return process, message, _milliseconds_since(process.started)

    def _report_failed_init(
        self, process: FunctionProcess, message: RuntimeMessage | None, took: float
    ) -> tuple[bytes, str]:
        payload, error = self._fail(process, message, "", self._init_seconds)
        if message is not None and message.kind == MessageKind.EXITED:
            self._log_line(exit_line("", message.status) + "\n")
        self._log_line(init_report_line(took, message, error))
        return payload, error

    def _report_repeated_init(
        self, process: FunctionProcess, message: RuntimeMessage | None, invocation: Invocation
    ) -> Outcome:
        """Log a repeated init phase that failed: as in Lambda, START follows its report."""
        duration = _milliseconds_since(process.started)
        payload, error = self._fail(
            process, message, invocation.request_id, self._configuration.timeout
        )
        self._log_line(init_report_line(duration, message, error, phase="invoke"))
        self._log_line(start_line(invocation.request_id))
        return self._report(process, message, invocation, payload, error, duration, None)

    # The invoke phase.

    def _handle(
        self,
        process: FunctionProcess,
        invocation: Invocation,
        *,
        init: float | None = None,
        began: float | None = None,
    ) -> Outcome:
        """Pass an event to a process that is ready.

        The function's own time began at `began`, or begins now.
        """
        request_id, timeout = invocation.request_id, self._configuration.timeout
        process.flush()
        self._log_line(start_line(request_id))
        began = time.monotonic() if began is None else began
        until = began + timeout
        process.session.events.put(self._event(invocation, until - time.monotonic()))
        message = self._next_message(process, until)
        duration = _milliseconds_since(began)
        process.flush()
        payload, error = b"", None
        if message is not None and message.kind == MessageKind.RESPONSE:
            payload = message.body
            self._wait_until_ready(process)
        else:
            payload, error = self._fail(process, message, request_id, timeout)
        return self._report(process, message, invocation, payload, error, duration, init)

    def _report(
        self,
        process: FunctionProcess,
        message: RuntimeMessage | None,
        invocation: Invocation,
        payload: bytes,
        error: str | None,
        duration: float,
        init: float | None,
    ) -> Outcome:
        """Log the lines that end each invocation. Returns its outcome."""
        request_id, memory = invocation.request_id, self._peak_mib(process)
        if message is None:
            self._log_line(timeout_line(request_id, self._configuration.timeout))
        elif message.kind == MessageKind.EXITED:
            self._log_line(exit_line(request_id, message.status) + "\n")
        self._log_line(end_line(request_id))
        self._log_line(
            report_line(request_id, self._configuration, duration, init, memory, message, error)
        )
        return Outcome(payload, error, b"".join(self._logged), duration, init, memory)

    def _wait_until_ready(self, process: FunctionProcess) -> None:
        """Wait until the process requests its next event, and end a process that does not."""
        message = self._next_message(process, time.monotonic() + self._configuration.timeout)
        if not _is_ready(message):
            self.end()

    def _event(self, invocation: Invocation, seconds_left: float) -> Event:
        deadline = int((time.time() + seconds_left) * 1000)
        request_id, arn = invocation.request_id, self._configuration.arn
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": f"{arn}:{invocation.qualifier}".rstrip(":"),
            "Lambda-Runtime-Trace-Id": _make_trace_id(),
        }
        if invocation.client_context:
            # A header must be one line of ASCII.
            context = json.dumps(json.loads(invocation.client_context))
            headers["Lambda-Runtime-Client-Context"] = context
        return Event(request_id, invocation.event, headers)

    def _fail(
        self,
        process: FunctionProcess,
        message: RuntimeMessage | None,
        request_id: str,
        timeout: float,
    ) -> tuple[bytes, str]:
        """Lambda's payload and error type for a failure. Ends a process that cannot continue."""
        if message is not None and message.kind == MessageKind.ERROR:
            self._wait_until_ready(process)
        else:
            self.end()
        if message is None:
            return timeout_payload(request_id, timeout)
        if message.kind in (MessageKind.ERROR, MessageKind.INIT_ERROR):
            payload = process.with_lambda_paths(message.body)
            self._note_host_files(process, payload + b"".join(self._logged))
            return payload, error_type(payload)
        if message.kind == MessageKind.TOO_LARGE:
            return large_response_payload()
        self._note_host_files(process, b"".join(self._logged))
        out_of_memory = self._exceeds_memory(process)
        return exit_payload(request_id, message.status, out_of_memory=out_of_memory)

    def _exceeds_memory(self, process: FunctionProcess) -> bool:
        return process.peak > self._configuration.memory * _MIB

    def _peak_mib(self, process: FunctionProcess) -> int | None:
        return math.ceil(process.peak / _MIB) or None


def _is_ready(message: RuntimeMessage | None) -> bool:
    return message is not None and message.kind == MessageKind.READY


def _milliseconds_since(began: float) -> float:
    return (time.monotonic() - began) * 1000


def _make_trace_id() -> str:
    """A trace ID in X-Ray's format, not sampled."""
    root = f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"
    return f"Root={root};Parent={os.urandom(8).hex()};Sampled=0"
