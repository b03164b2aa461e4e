"""A function that is served: events wait their turn, and each finds what was built last."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from aws_lambda_emulator.artifact import ChangedMeanwhile, Stamp, read_artifact, stamp_of
from aws_lambda_emulator.environment import Configuration
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.function import Function, Invocation, Log, Outcome
from aws_lambda_emulator.host_files import HostFile, remarks
from aws_lambda_emulator.packaged import Packaged, WrongPython
from aws_lambda_emulator.unset import hint

# How long a build may take from its first written file to its last, in seconds.
MOST_BUILD_SECONDS = 5.0
_LOOK = 0.1


class Served:
    """Mounts and starts the function with the first event.

    Before each other event it looks whether something was built anew, and then mounts that instead.
    `log` gets what the function and the emulator write.
    """

    def __init__(
        self, packaged: Packaged, configuration: Configuration, *, cache: str | None, log: Log
    ) -> None:
        self.packaged, self.configuration = packaged, configuration
        self._cache, self._log = cache, log
        # Guards the step from an event that waits to one that the function has.
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._function: Function | None = None
        self._stamp: Stamp = ()
        self._given_up: Stamp | None = None
        self._told: set[HostFile] = set()
        # One thread: its queue is the order of arrival.
        self._turns = ThreadPoolExecutor(1)

    def close(self) -> None:
        """At once: an event that is handled is lost, those that wait are cancelled."""
        with self._lock:
            self._is_closing.set()
            function = self._function
        self._turns.shutdown(wait=False, cancel_futures=True)
        if function:
            function.close(at_once=True)
        self._turns.shutdown()

    def submit(self, invocation: Invocation) -> Future[Outcome]:
        """Takes its place behind the events that wait already.

        The result raises `EmulatorFault` where there is nothing that could be mounted, and
        `CancelledError` after `close`.
        """
        try:
            return self._turns.submit(self._invoke, invocation)
        except RuntimeError:  # It is closed.
            raise CancelledError from None

    def post(self, invocation: Invocation) -> None:
        """As `submit`, for an event whose result nobody waits for."""
        self.submit(invocation).add_done_callback(
            lambda future: self._tell_of_lost(invocation, future)
        )

    def say(self, line: str) -> None:
        self._log(line.encode() + b"\n")

    def _tell_of_lost(self, invocation: Invocation, future: Future[Outcome]) -> None:
        if future.cancelled() or self._is_closing.is_set():
            return
        fault = future.exception()
        error = type(fault).__name__ if fault else future.result().error
        if fault:
            self.say(str(fault))
        if error:
            self.say(
                f"Event {invocation.request_id} failed with {error} and is lost: "
                "Lambda would try it twice more, the emulator does not."
            )

    def _invoke(self, invocation: Invocation) -> Outcome:
        function = self._as_built()
        with self._lock:
            if self._is_closing.is_set():
                raise CancelledError
            future = function.submit(invocation)
        outcome = future.result()
        if self._is_closing.is_set():
            raise CancelledError
        if said := hint(outcome, self.packaged.address):
            self.say(said)
        # Once each, in the log of a function that is mounted again as well.
        news = [each for each in function.host_files if each not in self._told]
        self._told.update(news)
        for remark in remarks(news, self.packaged.address):
            self.say(remark)
        return outcome

    def _as_built(self) -> Function:
        """The function as it lies there now, once a build that goes on is over.

        Raises `EmulatorFault`; the function that was mounted before stays for later.
        """
        until = time.monotonic() + MOST_BUILD_SECONDS
        while True:
            stamp = stamp_of(self.packaged.artifact)
            if self._function and stamp == self._stamp:
                return self._function
            try:
                return self._mount(stamp)
            except WrongPython:
                raise
            except Exception as fault:  # Whatever comes of files that are half written.
                if self._is_closing.is_set():
                    raise CancelledError from None
                if stamp == self._given_up or time.monotonic() > until:
                    self._given_up = stamp
                    if isinstance(fault, EmulatorFault):
                        raise
                    raise self._unreadable(fault) from fault
            if self._is_closing.wait(_LOOK):
                raise CancelledError

    def _mount(self, stamp: Stamp) -> Function:
        before = self._function
        if before and before.artifact.is_same_as(read_artifact(self.packaged.artifact)):
            self._stamp = stamp
            return before
        function = self.packaged.start(
            self.configuration,
            cache=self._cache,
            log=self._log,
            is_wanted=lambda: not self._is_closing.is_set(),
        )
        with self._lock:
            is_kept = not self._is_closing.is_set() and self._is_still(stamp)
            if is_kept:
                self._function, self._stamp, self._given_up = function, stamp, None
        if not is_kept:
            function.close(at_once=True)
            raise ChangedMeanwhile(f"{self.packaged.artifact} changed while it was read.")
        if before:
            before.close()
            self.say(f"Mounted anew: {self.packaged.artifact} or a layer of it was built anew.")
        return function

    def _is_still(self, stamp: Stamp) -> bool:
        return stamp_of(self.packaged.artifact) == stamp

    def _unreadable(self, error: Exception) -> EmulatorFault:
        return EmulatorFault(
            f"{self.packaged.address} cannot be mounted.\n\n"
            f"  {self.packaged.artifact}\n"
            f"  {type(error).__name__}: {error}\n\n"
            f"To fix, run `./pants package {self.packaged.address}`."
        )
