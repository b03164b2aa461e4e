"""Linux system calls for namespaces and mounts, which Python's standard library lacks.

Each function raises `OSError` if the kernel refuses the call.
"""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Any

# From Linux's headers: sched.h, sys/mount.h, sys/prctl.h.
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MNT_DETACH = 0x2
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP = 1, 24
_MAX_CAPABILITIES = 64


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(namespaces: int) -> None:
    """Enter new namespaces, through a new user namespace if this process lacks the right."""
    libc = _libc()
    if libc.unshare(namespaces) == 0:
        return
    user, group = os.geteuid(), os.getegid()
    _check(libc.unshare(namespaces | CLONE_NEWUSER), "unshare")
    for path, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{path}", "w") as file:
            file.write(line)


def mount(source: str, target: str, kind: str | None, flags: int) -> None:
    libc = _libc()
    arguments = [each.encode() if each is not None else None for each in (source, target, kind)]
    _check(libc.mount(*arguments, ctypes.c_ulong(flags), None), f"mount {target}")


def unmount(target: str) -> None:
    _check(_libc().umount2(target.encode(), MNT_DETACH), "umount")


def end_with_parent() -> None:
    """Make the kernel kill this process when its parent ends."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def drop_capabilities() -> None:
    """Take away root's capabilities from the program that this process executes next.

    Lambda runs functions as a user without capabilities.
    """
    libc = _libc()
    for capability in range(_MAX_CAPABILITIES if os.geteuid() == 0 else 0):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
