"""A function that is served: its events wait in a queue, and each event gets the latest build."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from aws_lambda_emulator.artifact import ArtifactChanged, Stamp, read_artifact, read_stamp
from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.errors import EmulatorError, pants_command
from aws_lambda_emulator.execution_environment import Log
from aws_lambda_emulator.function import Function
from aws_lambda_emulator.host_file_use import HostFile, describe_use
from aws_lambda_emulator.invocation import Invocation, Outcome
from aws_lambda_emulator.packaged_function import NoMatchingInterpreter, PackagedFunction
from aws_lambda_emulator.unset_variables import describe_unset_variable

# Seconds that a build may take from its first written file to its last.
MAX_BUILD_SECONDS = 5.0
# Seconds between two attempts to read an incomplete build.
_RETRY_SECONDS = 0.1


class ServedFunction:
    """A function that is mounted and started with its first event.

    Before each later event, it mounts the function again if a build has changed the function. `log`
    gets the output of the function and the messages of the emulator.
    """

    def __init__(
        self,
        packaged: PackagedFunction,
        configuration: Configuration,
        *,
        cache: str | None,
        log: Log,
    ) -> None:
        self.packaged, self.configuration = packaged, configuration
        self._cache, self._log = cache, log
        # Held while an event moves from this queue to the function's.
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._function: Function | None = None
        self._stamp: Stamp = ()
        self._given_up: Stamp | None = None
        self._reported: set[HostFile] = set()
        # With one thread, the executor's queue keeps the order of arrival.
        self._executor = ThreadPoolExecutor(1)

    def close(self) -> None:
        """Close at once: the current event is lost, and waiting events are cancelled."""
        with self._lock:
            self._is_closing.set()
            function = self._function
        self._executor.shutdown(wait=False, cancel_futures=True)
        if function:
            function.close(at_once=True)
        self._executor.shutdown()

    def submit(self, invocation: Invocation) -> Future[Outcome]:
        """Add an event to those that wait.

        The result raises `EmulatorError` if the function cannot be mounted, and `CancelledError`
        after `close`.
        """
        try:
            return self._executor.submit(self._invoke, invocation)
        except RuntimeError:  # The executor is closed.
            raise CancelledError from None

    def post(self, invocation: Invocation) -> None:
        """Add an event whose result no caller waits for. Log its error."""
        self.submit(invocation).add_done_callback(
            lambda future: self._report_lost_event(invocation, future)
        )

    def write(self, line: str) -> None:
        """Write a line to the function's log."""
        self._log(line.encode() + b"\n")

    def _report_lost_event(self, invocation: Invocation, future: Future[Outcome]) -> None:
        if future.cancelled() or self._is_closing.is_set():
            return
        exception = future.exception()
        error = type(exception).__name__ if exception else future.result().error
        if exception:
            self.write(str(exception))
        if error:
            self.write(
                f"Event {invocation.request_id} failed with {error} and is lost. "
                "Lambda would retry it twice, but the emulator does not."
            )

    def _invoke(self, invocation: Invocation) -> Outcome:
        function = self._mount_latest()
        with self._lock:
            if self._is_closing.is_set():
                raise CancelledError
            future = function.submit(invocation)
        outcome = future.result()
        if self._is_closing.is_set():
            raise CancelledError
        if line := describe_unset_variable(outcome, self.packaged.address):
            self.write(line)
        # Report each file once, even if the function is mounted again.
        new = [each for each in function.host_files if each not in self._reported]
        self._reported.update(new)
        for line in describe_use(new, self.packaged.address):
            self.write(line)
        return outcome

    def _mount_latest(self) -> Function:
        """Mount the latest build, after waiting for a build that is in progress.

        Raises `EmulatorError`. The function that was mounted before stays available for later
        events.
        """
        until = time.monotonic() + MAX_BUILD_SECONDS
        while True:
            stamp = read_stamp(self.packaged.artifact)
            if self._function and stamp == self._stamp:
                return self._function
            try:
                return self._mount(stamp)
            except NoMatchingInterpreter:
                raise
            except Exception as error:  # An incomplete file may cause any exception.
                if self._is_closing.is_set():
                    raise CancelledError from None
                if stamp == self._given_up or time.monotonic() > until:
                    self._given_up = stamp
                    if isinstance(error, EmulatorError):
                        raise
                    raise self._unreadable(error) from error
            if self._is_closing.wait(_RETRY_SECONDS):
                raise CancelledError

    def _mount(self, stamp: Stamp) -> Function:
        before = self._function
        if before and before.artifact.has_same_content(read_artifact(self.packaged.artifact)):
            self._stamp = stamp
            return before
        function = self.packaged.start(
            self.configuration,
            cache=self._cache,
            log=self._log,
            should_continue=lambda: not self._is_closing.is_set(),
        )
        with self._lock:
            is_current = not self._is_closing.is_set() and self._has_stamp(stamp)
            if is_current:
                self._function, self._stamp, self._given_up = function, stamp, None
        if not is_current:
            function.close(at_once=True)
            raise ArtifactChanged(f"{self.packaged.artifact} changed while it was read.")
        if before:
            before.close()
            self.write(
                f"Mounted again: {self.packaged.artifact} or one of its layers was built again."
            )
        return function

    def _has_stamp(self, stamp: Stamp) -> bool:
        return read_stamp(self.packaged.artifact) == stamp

    def _unreadable(self, error: Exception) -> EmulatorError:
        return EmulatorError(
            f"{self.packaged.address} cannot be mounted.\n\n"
            f"  {self.packaged.artifact}\n"
            f"  {type(error).__name__}: {error}\n\n"
            f"To fix, run `{pants_command(f'package {self.packaged.address}')}`."
        )
