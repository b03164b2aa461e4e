"""One process of a function: its start, its memory, what it writes, and its end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from typing import Callable

from aws_lambda_emulator.bootstrap import RECORD
from aws_lambda_emulator.environment import Configuration, environment
from aws_lambda_emulator.host_files import HostFile, Traces, missed, used
from aws_lambda_emulator.launch import APART, IN_SIGHT, NOTES
from aws_lambda_emulator.lines import Lines
from aws_lambda_emulator.mounts import SHOWN, Interpreter, Mounts
from aws_lambda_emulator.runtime_api import ENDED, RuntimeApi, Said, Session

# Read at once of what a function writes, in bytes; and of the names that it used, at most.
_PIECE, _MOST_RECORDED = 65536, 1024 * 1024
_PROFILE = "`--aws-profile` may start any program for its keys"
# Whether an end can be noticed without freeing the process's number: not on macOS, on Python 3.9.
_CAN_LOOK = hasattr(os, "waitid")
_HERE = os.path.dirname(os.path.abspath(__file__))


class FunctionProcess:
    """Starts at once. What it writes goes to `log`, whole lines at a time.

    Must be made by a thread that lives as long as the process may: on Linux it ends with it.
    `plainly` says why it sees plain folders, `""` if it has Lambda's own places; `in_sight` then
    says why it sees all of the host's files, `""` if most are hidden.
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
        self._mounts = mounts
        self.session = api.session = Session()
        stream = uuid.uuid4().hex

        self._record = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        record = self._record.fileno()
        shown = None if configuration.aws_profile else os.path.join(mounts.root, SHOWN)

        def variables(root: str) -> dict[str, str]:
            own = environment(configuration, interpreter.name, api.address, stream, root)
            return {**own, RECORD: str(record)}

        document = {
            "root": mounts.root,
            "python": interpreter.name,
            "needed": [os.path.dirname(os.path.dirname(os.path.realpath(interpreter.path)))],
            "writable": os.path.expanduser("~") if configuration.aws_profile else None,
            "own_view": own_view,
            "shown": shown,
            "in_view": variables(""),
            "in_folders": variables(mounts.root),
        }
        pipes: list[int] = []
        try:
            for _ in range(3):
                pipes += os.pipe()
            # Closing one end of the last one tells the reader at the other that no more will come.
            self._output, written, notes, noted, self._over, self._tell_over = pipes
            # The mounts belong to this process alone, whose pid Python keeps when it is executed.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-c", _START, str(noted), _HERE],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                pass_fds=[noted, record],
                start_new_session=True,
                # Not as an argument, which every user of the machine could read.
                env={"DOCUMENT": json.dumps(document)},
            )
        except BaseException:
            for each in pipes:
                os.close(each)
            self._record.close()
            raise
        os.close(written)
        os.close(noted)
        with open(notes, "rb") as file:
            # Ends when Python is executed.
            said = file.read()
        self._is_apart = said.endswith(APART)
        said = said[: -len(APART)] if self._is_apart else said
        self.in_sight = _PROFILE if configuration.aws_profile else ""
        if said.startswith(IN_SIGHT):
            self.in_sight, said = said[len(IN_SIGHT) :].decode(errors="replace").strip(), b""
        self.plainly = said.decode(errors="replace")
        self.started = time.monotonic()
        self.peak = 0
        self._lines = Lines()
        os.set_blocking(self._output, False)
        self._reading, self._ending = threading.Lock(), threading.Lock()
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._reader.start()
        self._waiter.start()

    @property
    def has_ended(self) -> bool:
        """Whether it has, though nobody may have noticed yet."""
        with self._ending:
            return self._is_over or _has_ended(self._process.pid)

    @property
    def _is_over(self) -> bool:
        """Whether its number may be another's by now."""
        return self._process.returncode is not None

    def _wait(self) -> None:
        """Ends with the process, and with what that leaves behind in its group."""
        pid = self._process.pid
        if _CAN_LOOK:
            # Its number stays taken until the group has ended too.
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        with self._ending:
            _kill_group(pid)
            self._process.wait()
        self.session.said.put(Said(ENDED, status=self._process.returncode))

    def _read_all(self) -> None:
        """Pass on what is written until nobody can write any more, or `kill` says so."""
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        poll.register(self._over, select.POLLIN)
        more = True
        while more:
            ready = [descriptor for descriptor, _ in poll.poll()]
            more = self._drain() and self._over not in ready
        with self._reading:
            os.close(self._output)
            os.close(self._over)
            # Others may get these numbers now.
            self._output = -1

    def _drain(self) -> bool:
        """Pass on what is there; whether more may come."""
        with self._reading:
            while self._output >= 0:
                try:
                    piece = os.read(self._output, _PIECE)
                except BlockingIOError:
                    return True
                if not piece:
                    return False
                self._pass_on(self._lines.take(piece))
            return False

    def _pass_on(self, lines: bytes) -> None:
        if lines:
            self._log(self.in_lambdas_words(lines))

    def flush(self) -> None:
        """Pass on all that was written until now, a line's beginning too."""
        self._drain()
        with self._reading:
            self._pass_on(self._lines.flush())

    def in_lambdas_words(self, text: bytes) -> bytes:
        """With paths as they are in Lambda, where the function sees plain folders."""
        return text.replace(self._root + b"/", b"/") if self.plainly else text

    def measure(self) -> None:
        """Note how many bytes the process and its children hold, where the kernel tells."""
        if not self._is_over:
            self.peak = max(self.peak, _held(self._own_pid()))

    def host_files(self, said: bytes) -> list[HostFile]:
        """The files of the host that it used, and Lambda may lack; or where these are hidden, those
        that it missed, if it failed and `said` this."""
        host = self._mounts.host_files
        traces = self._traces()
        if self.plainly or self.in_sight:
            return used(host, traces)
        found = used(host, Traces(traces.mapped))
        return found + (missed(host, traces, said.decode(errors="replace")) if said else [])

    def _traces(self) -> Traces:
        noted: dict[str, list[str]] = {"library": [], "program": []}
        for line in os.pread(self._record.fileno(), _MOST_RECORDED, 0).splitlines():
            with suppress(ValueError):
                kind, name = json.loads(line)
                noted[kind].append(name)
        mapped = set() if self._is_over else _mapped(self._own_pid())
        view = f"{self._mounts.root}/view"
        return Traces(
            frozenset(each[len(view) :] if each.startswith(view) else each for each in mapped),
            tuple(noted["library"]),
            tuple(noted["program"]),
        )

    def _own_pid(self) -> int:
        """The number of what executes Python; behind two others where it is apart (`launch.py`)."""
        pid = self._process.pid
        for _ in range(2 if self._is_apart else 0):
            pid = next(iter(_children(pid)), pid)
        return pid

    def _end_all(self) -> None:
        """Where it is apart, by its first process, with which all of its own have ended."""
        pid = self._process.pid
        first = next(iter(_children(pid)), None) if self._is_apart else None
        if first is None:
            _kill_group(pid)
        else:
            with suppress(OSError):
                os.kill(first, signal.SIGKILL)

    def kill(self) -> None:
        """End the process with all of its group, and pass on what it wrote. May be repeated."""
        with self._ending:
            if not self._is_over:
                self._end_all()
        self._waiter.join()
        self.session.close()
        with self._reading:
            # Not only at the end of its output: a child that left the group may write for ever.
            if self._tell_over >= 0:
                os.close(self._tell_over)
                self._tell_over = -1
        self._reader.join()
        self.flush()


def _has_ended(pid: int) -> bool:
    return _CAN_LOOK and bool(os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))


def _kill_group(pid: int) -> None:
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _mapped(pid: int) -> set[str]:
    """The files of which the process has code in memory, where the kernel tells."""
    found = set()
    with suppress(OSError), open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
        for line in file:
            fields = line.rstrip("\n").split(None, 5)
            if len(fields) == 6 and "x" in fields[1] and fields[5].startswith("/"):
                found.add(fields[5])
    return found


# Becomes launch.py, with the descriptor for notes at its place.
_START = f"""
import os, sys
noted, here = sys.argv[1:]
os.dup2(int(noted), {NOTES})
if int(noted) != {NOTES}:
    os.close(int(noted))
sys.path.insert(0, here)
import json, launch
launch.main(json.loads(os.environ["DOCUMENT"]))
"""


def _held(pid: int) -> int:
    """The most that the process held so far, or, with children, what they hold now; in bytes."""
    family = _family(pid)
    peak = _kib(f"/proc/{pid}/status", "VmHWM:")
    if len(family) > 1:
        # A forked child shares most with its parent, which the proportional size counts once.
        peak = max(peak, sum(_kib(f"/proc/{each}/smaps_rollup", "Pss:") for each in family))
    return peak * 1024


def _kib(path: str, name: str) -> int:
    with suppress(OSError), open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def _family(pid: int) -> list[int]:
    """The process and its descendants, as far as the kernel tells."""
    return [pid, *(each for child in _children(pid) for each in _family(child))]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found
