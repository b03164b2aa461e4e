"""A function that can be invoked. It handles events in the order in which they arrive."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Callable

from aws_lambda_emulator.archives import ContinueCheck
from aws_lambda_emulator.artifact import Artifact
from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.execution_environment import MAX_INIT_SECONDS, ExecutionEnvironment, Log
from aws_lambda_emulator.host_file_use import HostFile
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.mounts import Interpreter, Mounts
from aws_lambda_emulator.runtime_api import RuntimeApi


class FunctionIsClosed(Exception):
    """An event arrived after the function was closed, such as to replace it with a newer build."""


class Function:
    """A mounted function. As a context manager, it ends its process and removes its folders.

    `log` gets the output of the function, with Lambda's own lines, as it is written. One process
    handles one event at a time, so other events wait in the order in which they arrive.
    `init_seconds` is the limit of the init phase, after which the init phase is repeated. Raises
    `MountingCancelled` as soon as `should_continue` returns `False`.
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
        init_seconds: float = MAX_INIT_SECONDS,
        should_continue: ContinueCheck = lambda: True,
    ) -> None:
        self.artifact, self.configuration = artifact, configuration
        self._closing = threading.Lock()
        self._is_closed, self._is_abandoned = False, False
        self._mounts = Mounts(artifact, interpreter, wheels, cache, should_continue)
        try:
            self._api = RuntimeApi()
        except BaseException:
            self._mounts.close()
            raise
        self._environment = ExecutionEnvironment(
            self._mounts,
            interpreter,
            configuration,
            self._api,
            log,
            own_view=own_view,
            init_seconds=init_seconds,
        )
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # The kernel ends the function's process together with the thread that started it.
        self._thread = threading.Thread(target=self._run_work, daemon=True)
        self._thread.start()

    def __enter__(self) -> Function:
        return self

    def __exit__(self, kind: object, *_: Any) -> None:
        self.close(at_once=kind is not None)

    def close(self, *, at_once: bool = False) -> None:
        """Close the function after the waiting events; or at once, which cancels them."""
        with self._closing:
            self._is_closed = True
            self._is_abandoned = self._is_abandoned or at_once
            self._work.put(None)
        if at_once:
            self._environment.abandon()
        self._thread.join()
        self._api.close()
        self._mounts.close()

    def invoke(self, invocation: Invocation) -> Outcome:
        return self.submit(invocation).result()

    def submit(self, invocation: Invocation) -> Future[Outcome]:
        """Add an event to those that wait. Raises `FunctionIsClosed`."""
        return self._submit(lambda: self._environment.invoke(invocation))

    def init(self) -> Outcome:
        """Run the init phase alone, as before the first event."""
        return self._submit(self._environment.init).result()

    @property
    def host_files(self) -> list[HostFile]:
        """The host's files that the function used or missed and that Lambda may not have."""
        return list(self._environment.host_files)

    def _submit(self, act: Callable[[], Outcome]) -> Future[Outcome]:
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
                    f"{self.configuration.name} is closed and accepts no more events."
                )
            self._work.put(work)
        return future

    def _run_work(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                self._environment.end()
                return
            work()
