"""One process of a function: its start, its output, its use of memory and files, and its end."""

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

from aws_lambda_emulator.bootstrap import RECORD_VARIABLE
from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.environment_variables import build_variables
from aws_lambda_emulator.host_file_use import FileUse, HostFile, find_missed, find_used
from aws_lambda_emulator.launch import NOTES_DESCRIPTOR, NOTHING_HIDDEN, PROCESS_NAMESPACE
from aws_lambda_emulator.log_lines import LogLines
from aws_lambda_emulator.mounts import SHOWN_FILES, Interpreter, Mounts
from aws_lambda_emulator.process_status import child_pids, mapped_files, peak_memory
from aws_lambda_emulator.runtime_api import MessageKind, RuntimeApi, RuntimeMessage, Session

# Bytes of output that are read at once, and bytes of recorded names that are read at all.
_CHUNK_BYTES, _MAX_RECORD_BYTES = 65536, 1024 * 1024
_PROFILE_REASON = "`--aws-profile` may start any program to get credentials"
# Whether the end of a process can be detected without freeing its number. Python 3.9 on macOS
# cannot.
_HAS_WAITID = hasattr(os, "waitid")
# The folder that contains this package.
_IMPORT_PATH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Runs `launch.py`, with the descriptor for its notes at the number that it expects. The import path
# comes last, so that files in it do not replace modules of the standard library.
_LAUNCH_PROGRAM = f"""
import json, os, sys
notes, import_path = sys.argv[1:]
os.dup2(int(notes), {NOTES_DESCRIPTOR})
if int(notes) != {NOTES_DESCRIPTOR}:
    os.close(int(notes))
sys.path.append(import_path)
from aws_lambda_emulator.launch import launch
launch(json.loads(os.environ["DOCUMENT"]))
"""


class FunctionProcess:
    """A process of a function. It starts at once, and whole lines of its output go to `log`.

    On Linux the process ends with the thread that creates this object. `no_view_reason` says why
    the process sees plain folders, `""` if it sees Lambda's own paths. `nothing_hidden_reason` then
    says why it sees all of the host's files, `""` if most of them are hidden.
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
        shown = None if configuration.aws_profile else os.path.join(mounts.root, SHOWN_FILES)

        def variables(root: str) -> dict[str, str]:
            found = build_variables(configuration, interpreter.name, api.address, stream, root)
            return {**found, RECORD_VARIABLE: str(record)}

        document = {
            "root": mounts.root,
            "python": interpreter.name,
            "needed": [os.path.dirname(os.path.dirname(os.path.realpath(interpreter.path)))],
            "writable": os.path.expanduser("~") if configuration.aws_profile else None,
            "own_view": own_view,
            "shown": shown,
            "view_variables": variables(""),
            "folder_variables": variables(mounts.root),
        }
        pipes: list[int] = []
        try:
            for _ in range(3):
                pipes += os.pipe()
            # Closing `_stop_writer` makes the thread that reads the output stop.
            self._output, output_writer, notes, notes_writer, self._stop, self._stop_writer = pipes
            # The mounts exist in this process only. It keeps its number when it executes Python.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-c", _LAUNCH_PROGRAM]
                + [str(notes_writer), _IMPORT_PATH],
                stdin=subprocess.DEVNULL,
                stdout=output_writer,
                stderr=output_writer,
                pass_fds=[notes_writer, record],
                start_new_session=True,
                # Not an argument, because every user of the machine can read arguments.
                env={"DOCUMENT": json.dumps(document)},
            )
        except BaseException:
            for each in pipes:
                os.close(each)
            self._record.close()
            raise
        os.close(output_writer)
        os.close(notes_writer)
        self._read_notes(notes, configuration)
        self.started = time.monotonic()
        self.peak = 0
        self._lines = LogLines()
        os.set_blocking(self._output, False)
        self._reading, self._ending = threading.Lock(), threading.Lock()
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._reader.start()
        self._waiter.start()

    def _read_notes(self, descriptor: int, configuration: Configuration) -> None:
        """Read the notes of `launch.py`, which end when it executes Python."""
        with open(descriptor, "rb") as file:
            notes = file.read()
        self._has_process_namespace = notes.endswith(PROCESS_NAMESPACE)
        notes = notes[: -len(PROCESS_NAMESPACE)] if self._has_process_namespace else notes
        self.nothing_hidden_reason = _PROFILE_REASON if configuration.aws_profile else ""
        if notes.startswith(NOTHING_HIDDEN):
            reason = notes[len(NOTHING_HIDDEN) :]
            self.nothing_hidden_reason, notes = reason.decode(errors="replace").strip(), b""
        self.no_view_reason = notes.decode(errors="replace")

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended, even if its end was not handled yet."""
        with self._ending:
            return self._is_reaped or _has_ended(self._process.pid)

    @property
    def _is_reaped(self) -> bool:
        """Whether another process may have the number of this one."""
        return self._process.returncode is not None

    def _wait(self) -> None:
        """Wait for the process to end, and kill the processes that it leaves in its group."""
        pid = self._process.pid
        if _HAS_WAITID:
            # The number stays in use until the whole group has ended.
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        with self._ending:
            _kill_group(pid)
            self._process.wait()
        message = RuntimeMessage(MessageKind.EXITED, status=self._process.returncode)
        self.session.messages.put(message)

    def _read_output(self) -> None:
        """Pass on the output until no process can write any more, or `kill` stops it."""
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        poll.register(self._stop, select.POLLIN)
        more = True
        while more:
            ready = [descriptor for descriptor, _ in poll.poll()]
            more = self._drain() and self._stop not in ready
        with self._reading:
            os.close(self._output)
            os.close(self._stop)
            # Another file may get this number now.
            self._output = -1

    def _drain(self) -> bool:
        """Pass on the output so far. Returns whether there may be more."""
        with self._reading:
            while self._output >= 0:
                try:
                    chunk = os.read(self._output, _CHUNK_BYTES)
                except BlockingIOError:
                    return True
                if not chunk:
                    return False
                self._pass_on(self._lines.take(chunk))
            return False

    def _pass_on(self, lines: bytes) -> None:
        if lines:
            self._log(self.with_lambda_paths(lines))

    def flush(self) -> None:
        """Pass on all output so far, including an incomplete line."""
        self._drain()
        with self._reading:
            self._pass_on(self._lines.flush())

    def with_lambda_paths(self, text: bytes) -> bytes:
        """Replace paths in plain folders with Lambda's paths."""
        return text.replace(self._root + b"/", b"/") if self.no_view_reason else text

    def measure(self) -> None:
        """Update `peak`: the peak memory of the process and its children, in bytes."""
        if not self._is_reaped:
            self.peak = max(self.peak, peak_memory(self._python_pid()))

    def host_files(self, message: bytes) -> list[HostFile]:
        """The host's files that the process used and that Lambda may not have.

        If files are hidden, also those that it missed. `message` is the text of its failure, `b""`
        if it did not fail.
        """
        host = self._mounts.host_files
        use = self._file_use()
        if self.no_view_reason or self.nothing_hidden_reason:
            return find_used(host, use)
        found = find_used(host, FileUse(use.mapped))
        missed = find_missed(host, use, message.decode(errors="replace")) if message else []
        return found + missed

    def _file_use(self) -> FileUse:
        recorded: dict[str, list[str]] = {"library": [], "program": []}
        for line in os.pread(self._record.fileno(), _MAX_RECORD_BYTES, 0).splitlines():
            with suppress(ValueError):
                kind, name = json.loads(line)
                recorded[kind].append(name)
        mapped = set() if self._is_reaped else mapped_files(self._python_pid())
        view = f"{self._mounts.root}/view"
        return FileUse(
            frozenset(each[len(view) :] if each.startswith(view) else each for each in mapped),
            tuple(recorded["library"]),
            tuple(recorded["program"]),
        )

    def _python_pid(self) -> int:
        """The number of the process that executes Python.

        With a process namespace, it is a grandchild of the one that was started (`namespaces.py`).
        """
        pid = self._process.pid
        for _ in range(2 if self._has_process_namespace else 0):
            pid = next(iter(child_pids(pid)), pid)
        return pid

    def _kill_all(self) -> None:
        """Kill the first process of the namespace, and with it all others, or the group."""
        pid = self._process.pid
        first = next(iter(child_pids(pid)), None) if self._has_process_namespace else None
        if first is None:
            _kill_group(pid)
        else:
            with suppress(OSError):
                os.kill(first, signal.SIGKILL)

    def kill(self) -> None:
        """End the process with its group, and pass on its output. May be called again."""
        with self._ending:
            if not self._is_reaped:
                self._kill_all()
        self._waiter.join()
        self.session.close()
        with self._reading:
            # A child that left the group may keep the output open, so the reader must be stopped.
            if self._stop_writer >= 0:
                os.close(self._stop_writer)
                self._stop_writer = -1
        self._reader.join()
        self.flush()


def _has_ended(pid: int) -> bool:
    return _HAS_WAITID and bool(os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))


def _kill_group(pid: int) -> None:
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
