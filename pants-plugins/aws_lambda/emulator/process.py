"""One process of a function: its start, its memory, what it writes, and its end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from typing import Callable

from .environment import Configuration, environment
from .launch import NOTES
from .mounts import Interpreter, Mounts
from .runtime_api import ENDED, RuntimeApi, Said, Session

_HERE = os.path.dirname(os.path.abspath(__file__))


class FunctionProcess:
    """Starts at once. What it writes goes to `log`, whole lines at a time.

    Must be made by a thread that lives as long as the process may: on Linux it ends with it.
    `plainly` says why it sees plain folders, `""` if it has Lambda's own places.
    """

    def __init__(
        self,
        mounts: Mounts,
        interpreter: Interpreter,
        configuration: Configuration,
        api: RuntimeApi,
        log: Callable[[bytes], None],
        *,
        own_view: bool = True,
    ) -> None:
        self._log, self._root = log, os.fsencode(mounts.root)
        self.session = api.session = Session()
        stream = uuid.uuid4().hex

        def variables(root: str) -> dict[str, str]:
            return environment(configuration, interpreter.name, api.address, stream, root)

        document = {
            "root": mounts.root,
            "python": interpreter.name,
            "needed": [os.path.dirname(os.path.dirname(os.path.realpath(interpreter.path)))],
            "writable": os.path.expanduser("~") if configuration.aws_profile else None,
            "own_view": own_view,
            "in_view": variables(""),
            "in_folders": variables(mounts.root),
        }
        self._output, written = os.pipe()
        notes, noted = os.pipe()
        try:
            # The mounts belong to this process alone, whose pid Python keeps when it is executed.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, str(noted), _HERE, json.dumps(document)],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                pass_fds=[noted],
                start_new_session=True,
                env={},
            )
        finally:
            os.close(written)
            os.close(noted)
        with open(notes, "rb") as file:
            # Ends when Python is executed.
            self.plainly = file.read().decode(errors="replace")
        self.started = time.monotonic()
        os.set_blocking(self._output, False)
        self._reading = threading.Lock()
        self._rest = b""
        self.peak = 0
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._reader.start()
        self._waiter.start()

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    def _wait(self) -> None:
        self._process.wait()
        self.session.said.put(Said(ENDED, status=self._process.returncode))

    def _read_all(self) -> None:
        """Pass on what is written until nobody can write any more."""
        open_ended = True
        while open_ended:
            select.select([self._output], [], [])
            open_ended = self._drain()
        os.close(self._output)

    def _drain(self) -> bool:
        """Pass on what is there; whether more may come."""
        with self._reading:
            while True:
                try:
                    piece = os.read(self._output, 65536)
                except BlockingIOError:
                    return True
                except OSError:
                    return False
                self._pass_on(piece)
                if not piece:
                    return False

    def _pass_on(self, piece: bytes) -> None:
        lines, newline, self._rest = (self._rest + piece).rpartition(b"\n")
        if not piece:
            lines, newline, self._rest = self._rest, b"\n" if self._rest else b"", b""
        if lines or newline:
            # AWS's client parts the lines of an error like this where nobody frames its messages.
            text = (lines + newline).replace(b"\r", b"\n")
            self._log(self.in_lambdas_words(text))

    def flush(self) -> None:
        """Pass on all that was written until now, a line's beginning too."""
        self._drain()
        with self._reading:
            if self._rest:
                self._log(self.in_lambdas_words(self._rest) + b"\n")
                self._rest = b""

    def in_lambdas_words(self, text: bytes) -> bytes:
        """With paths as they are in Lambda, where the function sees plain folders."""
        return text.replace(self._root + b"/", b"/") if self.plainly else text

    def measure(self) -> None:
        """Note how many bytes the process and its children hold, where the kernel tells."""
        held = sum(map(_resident, _family(self._process.pid)))
        self.peak = max(self.peak, held, _peak(self._process.pid))

    def kill(self) -> None:
        """End the process with all of its group, and wait for it."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._waiter.join()
        self.session.close()
        # A child that left the group may hold the pipe for ever.
        self._reader.join(timeout=1)


# Becomes launch.py, with the descriptor for notes at its place.
_START = f"""
import os, sys
noted, here, document = sys.argv[1:]
os.dup2(int(noted), {NOTES})
if int(noted) != {NOTES}:
    os.close(int(noted))
sys.path.insert(0, here)
import json, launch
launch.main(json.loads(document))
"""


def _status_kib(pid: int, name: str) -> int:
    with suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def _resident(pid: int) -> int:
    return _status_kib(pid, "VmRSS:") * 1024


def _peak(pid: int) -> int:
    return _status_kib(pid, "VmHWM:") * 1024


def _family(pid: int) -> list[int]:
    """The process and its descendants, as far as the kernel tells."""
    found = [pid]
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                for child in file.read().split():
                    found += _family(int(child))
    return found
