"""A function that can be invoked: one process after another, one event after another."""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable

from .artifact import Artifact
from .environment import Configuration
from .mounts import Interpreter, Mounts, Wanted
from .process import FunctionProcess
from .runtime_api import (
    ANSWER,
    ENDED,
    FAULT,
    INIT_FAULT,
    MOST_ANSWERED_BYTES,
    READY,
    TOO_LARGE,
    Event,
    RuntimeApi,
    Said,
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


class Function:
    """Use as a context: ending it ends the process, and removes its folders.

    `log` gets what the function writes, with Lambda's own lines, as it comes. Events wait in order
    of arrival, since one process handles one at a time.
    """

    def __init__(
        self,
        artifact: Artifact,
        interpreter: Interpreter,
        configuration: Configuration,
        *,
        wheels: Sequence[str] = (),
        cache: str | None = None,
        log: Log = lambda text: None,
        own_view: bool = True,
        is_wanted: Wanted = lambda: True,
    ) -> None:
        self.artifact, self.configuration = artifact, configuration
        self._interpreter, self._log, self._own_view = interpreter, log, own_view
        self._logged: list[bytes] = []
        self._process: FunctionProcess | None = None
        self._is_abandoned = False
        self._mounts = Mounts(artifact, interpreter, wheels, cache, is_wanted)
        self._api = RuntimeApi()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # The process ends with the thread that started it.
        self._thread = threading.Thread(target=self._work_off, daemon=True)
        self._thread.start()

    def __enter__(self) -> Function:
        return self

    def __exit__(self, kind: object, *_: Any) -> None:
        self.close(at_once=kind is not None)

    def close(self, *, at_once: bool = False) -> None:
        """After the events that wait; or at once, and these are cancelled."""
        self._is_abandoned = at_once
        process = self._process
        if at_once and process:
            process.kill()
        self._work.put(None)
        self._thread.join()
        self._api.close()
        self._mounts.close()

    def invoke(self, invocation: Invocation) -> Outcome:
        return self.submit(invocation).result()

    def submit(self, invocation: Invocation) -> Future[Outcome]:
        """Takes its place behind the events that wait already."""
        return self._soon(lambda: self._invoke(invocation))

    def init(self) -> Outcome:
        """The init phase alone, as it is before the first event."""
        return self._soon(self._init_only).result()

    def _soon(self, act: Callable[[], Outcome]) -> Future[Outcome]:
        future: Future[Outcome] = Future()

        def work() -> None:
            if self._is_abandoned:
                future.cancel()
                return
            try:
                future.set_result(act())
            except BaseException as error:
                future.set_exception(error)

        self._work.put(work)
        return future

    def _work_off(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                self._end()
                return
            work()

    # Lambda's own lines, and those of the function.

    def _write(self, text: bytes) -> None:
        self._logged.append(text)
        self._log(text)

    def _say(self, line: str) -> None:
        self._write(line.encode() + b"\n")

    # The process.

    def _start(self) -> FunctionProcess:
        version = ".".join(map(str, self._interpreter.python))
        self._say(f"INIT_START Runtime Version: python:{version} (emulated)")
        process = FunctionProcess(
            self._mounts,
            self._interpreter,
            self.configuration,
            self._api,
            self._write,
            own_view=self._own_view,
        )
        self._process = process
        if self._is_abandoned:
            # `close` may have looked for it too early.
            process.kill()
        return process

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process = None

    def _next(self, process: FunctionProcess, until: float) -> Said | None:
        """What the process tells next; `None` at the deadline. Looks at its memory meanwhile."""
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return None
            try:
                return process.session.said.get(timeout=min(left, _LOOK))
            except queue.Empty:
                pass
            process.measure()
            if self._is_too_much(process):
                process.kill()

    def _init(self, until: float) -> tuple[FunctionProcess, Said | None, float]:
        """Start a process; what it told first, and after how many milliseconds."""
        process = self._start()
        said = self._next(process, until)
        took = (time.monotonic() - process.started) * 1000
        process.measure()
        return process, said, took

    def _init_only(self) -> Outcome:
        self._logged = []
        if self._process and not self._process.has_ended:
            return Outcome(b"", None, b"", 0.0, None, self._memory(self._process))
        process, said, took = self._init(time.monotonic() + MOST_INIT_SECONDS)
        process.flush()
        memory = self._memory(process)
        if said is not None and said.kind == READY:
            self._say(f"INIT_REPORT Init Duration: {took:.2f} ms")
            return Outcome(b"", None, b"".join(self._logged), 0.0, took, memory)
        status = "timeout" if said is None else "error"
        payload, error = self._failed(process, said, "", MOST_INIT_SECONDS, init=True)
        of_error = "" if said is None else f"\tError Type: {error}"
        self._say(
            f"INIT_REPORT Init Duration: {took:.2f} ms\tPhase: init\tStatus: {status}{of_error}"
        )
        return Outcome(payload, error, b"".join(self._logged), 0.0, took, memory)

    def _invoke(self, invocation: Invocation) -> Outcome:
        self._logged = []
        init: float | None = None
        process, said = self._process, None
        if process is None or process.has_ended:
            process, said, init = self._init(time.monotonic() + MOST_INIT_SECONDS)
            if said is None:
                # Lambda starts over, now within the function's own time.
                process.kill()
                process.flush()
                self._say(f"INIT_REPORT Init Duration: {init:.2f} ms\tPhase: init\tStatus: timeout")
                init = None
                process = self._start()
        else:
            said = Said(READY)
        return self._handle(process, said, invocation, init)

    def _handle(
        self,
        process: FunctionProcess,
        said: Said | None,
        invocation: Invocation,
        init: float | None,
    ) -> Outcome:
        timeout, request_id = self.configuration.timeout, invocation.request_id
        process.flush()
        self._say(f"START RequestId: {request_id} Version: $LATEST")
        began = time.monotonic()
        until = began + timeout
        if said is None:
            said = self._next(process, until)
        if said is not None and said.kind == READY:
            process.session.events.put(self._event(invocation, timeout))
            said = self._next(process, until)
        duration = (time.monotonic() - began) * 1000
        process.measure()
        if said is not None and self._is_too_much(process):
            # It was over before anybody looked.
            process.kill()
            said = Said(ENDED, status=-signal.SIGKILL)
        process.flush()
        memory = self._memory(process)
        error, payload = None, said.body if said else b""
        if said is None or said.kind != ANSWER:
            payload, error = self._failed(process, said, request_id, timeout)
        elif not self._settle(process):
            self._process = None
        self._report(request_id, duration, init, memory, said, error)
        return Outcome(payload, error, b"".join(self._logged), duration, init, memory)

    def _settle(self, process: FunctionProcess) -> bool:
        """Wait until the process asks for more; whether it does."""
        said = self._next(process, time.monotonic() + self.configuration.timeout)
        return said is not None and said.kind == READY

    def _event(self, invocation: Invocation, timeout: float) -> Event:
        deadline = int((time.time() + timeout) * 1000)
        request_id, arn = invocation.request_id, self.configuration.arn
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
        return process.peak > self.configuration.memory * _MIB

    def _memory(self, process: FunctionProcess) -> int | None:
        return math.ceil(process.peak / _MIB) or None

    def _failed(
        self,
        process: FunctionProcess,
        said: Said | None,
        request_id: str,
        timeout: float,
        *,
        init: bool = False,
    ) -> tuple[bytes, str]:
        """Lambda's payload for what went wrong, and its error type; ends what cannot go on."""
        if said is not None and said.kind in (FAULT, INIT_FAULT):
            payload = process.in_lambdas_words(said.body)
            if said.kind == INIT_FAULT:
                self._end()
            elif not self._settle(process):
                self._process = None
            return payload, _error_type(payload)
        killed_for_memory = self._is_too_much(process)
        self._end()
        process.flush()
        prefix = f"RequestId: {request_id} Error: " if request_id else "Error: "
        if said is None:
            now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            text = f"Task timed out after {timeout:.2f} seconds"
            if not init:
                self._say(f"{now} {request_id} {text}\n")
            return _payload("Sandbox.Timedout", prefix + text)
        if said.kind == TOO_LARGE:
            return _payload(
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size "
                f"({MOST_ANSWERED_BYTES} bytes).",
            )
        text = prefix + f"Runtime exited {_how(said.status)}"
        self._say(text + "\n")
        kind = "Runtime.OutOfMemory" if killed_for_memory else "Runtime.ExitError"
        return _payload(kind, text)

    def _report(
        self,
        request_id: str,
        duration: float,
        init: float | None,
        memory: int | None,
        said: Said | None,
        error: str | None,
    ) -> None:
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {duration:.2f} ms",
            # With the init phase, since August 2025.
            f"Billed Duration: {math.ceil(duration + (init or 0.0))} ms",
            f"Memory Size: {self.configuration.memory} MB",
            f"Max Memory Used: {memory} MB" if memory else "Max Memory Used: unknown",
            *([f"Init Duration: {init:.2f} ms"] if init is not None else []),
        ]
        if said is None:
            parts.append("Status: timeout")
        elif error is not None and said.kind != FAULT:
            parts += ["Status: error", f"Error Type: {error}"]
        self._say(f"END RequestId: {request_id}")
        self._say("\t".join(parts))


def _payload(kind: str, message: str) -> tuple[bytes, str]:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode(), kind


def _error_type(payload: bytes) -> str:
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Unhandled"


def _how(status: int) -> str:
    """How a process ended, in the words of Lambda, whose own programs are written in Go."""
    if status == 0:
        return "without providing a reason"
    if status > 0:
        return f"with error: exit status {status}"
    names = {9: "killed", 11: "segmentation fault", 6: "aborted", 15: "terminated"}
    return f"with error: signal: {names.get(-status, -status)}"


def _trace_id() -> str:
    """As X-Ray writes it; not sampled."""
    root = f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"
    return f"Root={root};Parent={os.urandom(8).hex()};Sampled=0"
