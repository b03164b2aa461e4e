"""Moves a process into a network or process namespace of its own."""

from __future__ import annotations

import os
import resource
import signal
import struct
from contextlib import suppress
from typing import NoReturn

from aws_lambda_emulator.system_calls import (
    CLONE_NEWNET,
    CLONE_NEWPID,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    end_with_parent,
    mount,
    unshare,
)


def cut_network() -> None:
    """Leave this process only a loopback interface. Raises `OSError` if that is not allowed."""
    # Imported here, because `launch.py` uses this module and does not need them.
    import fcntl
    import socket

    unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        get_flags, set_flags, up = 0x8913, 0x8914, 0x1
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, get_flags, request))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def enter_process_namespace(notes: int) -> None:
    """Continue as the second process of a new namespace.

    There are three processes. This process stays outside the namespace and exits as the second one
    does. The first process in the namespace waits for the second one; when it ends, the kernel ends
    all others in the namespace. The second one returns from this function. The other two close the
    descriptor `notes`. Raises `OSError` if the kernel does not allow the namespace.
    """
    unshare(CLONE_NEWPID)
    status_reader, status_writer = os.pipe()
    first = os.fork()
    if first:
        os.close(status_writer)
        _exit_like_second(first, status_reader, notes)
    os.close(status_reader)
    end_with_parent()
    with suppress(OSError):  # Some containers have a /proc over which nothing can be mounted.
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    second = os.fork()
    if second:
        _wait_for_second(second, status_writer, notes)
    os.close(status_writer)
    os.setsid()


def _release(*descriptors: int) -> None:
    """Replace descriptors with /dev/null, so that their readers do not wait for this process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in descriptors:
        os.dup2(nothing, each)


def _wait_for_second(second: int, status_writer: int, notes: int) -> NoReturn:
    """Run as the first process: wait for all orphaned processes, and exit with the second one."""
    _release(1, 2, notes)
    while True:
        pid, status = os.wait()
        if pid == second:
            os.write(status_writer, struct.pack("i", status))
            os._exit(0)


def _exit_like_second(first: int, status_reader: int, notes: int) -> NoReturn:
    """Run outside the namespace: exit as the function's process did, after all have ended."""
    _release(1, 2, notes)
    packed = os.read(status_reader, struct.calcsize("i"))
    # The kernel ends the first process after all others in the namespace.
    os.waitpid(first, 0)
    status = struct.unpack("i", packed)[0] if packed else int(signal.SIGKILL)
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))
