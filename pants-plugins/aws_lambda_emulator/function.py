"""A function that can be invoked: its events wait in order of arrival."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Callable

from aws_lambda_emulator.artifact import Artifact
from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.host_files import HostFile
from aws_lambda_emulator.mounts import Interpreter, Mounts
from aws_lambda_emulator.phases import MOST_INIT_SECONDS, Invocation, Log, Outcome, Phases
from aws_lambda_emulator.runtime_api import RuntimeApi
from aws_lambda_emulator.unpack import Wanted

# With the values that it takes and gives.
__all__ = ["Function", "FunctionIsClosed", "Invocation", "Log", "Outcome"]


class FunctionIsClosed(Exception):
    """An event came after the function was closed, such as by what replaced it with a newer one."""


class Function:
    """Use as a context: ending it ends the process, and removes its folders.

    `log` gets what the function writes, with Lambda's own lines, as it comes. Events wait in order
    of arrival, since one process handles one at a time. `init_seconds` is Lambda's limit of the
    init phase, after which it starts over. Raises `Unwanted` as soon as `is_wanted` says no.
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
        init_seconds: float = MOST_INIT_SECONDS,
        is_wanted: Wanted = lambda: True,
    ) -> None:
        self.artifact, self.configuration = artifact, configuration
        self._closing = threading.Lock()
        self._is_closed, self._is_abandoned = False, False
        self._mounts = Mounts(artifact, interpreter, wheels, cache, is_wanted)
        try:
            self._api = RuntimeApi()
        except BaseException:
            self._mounts.close()
            raise
        self._phases = Phases(
            self._mounts,
            interpreter,
            configuration,
            self._api,
            log,
            own_view=own_view,
            init_seconds=init_seconds,
        )
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
        with self._closing:
            self._is_closed = True
            self._is_abandoned = self._is_abandoned or at_once
            self._work.put(None)
        if at_once:
            self._phases.abandon()
        self._thread.join()
        self._api.close()
        self._mounts.close()

    def invoke(self, invocation: Invocation) -> Outcome:
        return self.submit(invocation).result()

    def submit(self, invocation: Invocation) -> Future[Outcome]:
        """Takes its place behind the events that wait already.

        Raises `FunctionIsClosed` once that is so.
        """
        return self._soon(lambda: self._phases.invoke(invocation))

    @property
    def host_files(self) -> list[HostFile]:
        """The files of this machine that it used or missed so far, and Lambda lacks or may lack."""
        return list(self._phases.host_files)

    def init(self) -> Outcome:
        """The init phase alone, as it is before the first event."""
        return self._soon(self._phases.init).result()

    def _soon(self, act: Callable[[], Outcome]) -> Future[Outcome]:
        future: Future[Outcome] = Future()

        def work() -> None:
            if self._is_abandoned:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(act())
            except BaseException as error:
                future.set_exception(error)

        with self._closing:
            if self._is_closed:
                raise FunctionIsClosed(
                    f"{self.configuration.name} is closed, and takes no more events."
                )
            self._work.put(work)
        return future

    def _work_off(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                self._phases.end()
                return
            work()
