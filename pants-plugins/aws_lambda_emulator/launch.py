"""Becomes the function's process: gives it Lambda's view of the files, then executes Python.

    python3 launch.py DOCUMENT

The document is JSON: `root` (where the mounts lie), `python` (its name, such as python3.13),
`needed` (what must stay in sight), `writable` (a folder or null), `own_view` (whether to try),
`shown` (a file that lists the host's files that it may see, or null for all) and two environments,
`in_view` and `in_folders`. Where the kernel allows it, the process gets a file system of its own,
in which /var/task and /opt are the function's, read-only, and /tmp is its alone; and processes of
its own, none of which outlives it. Where not, it sees the same folders below `root`. The descriptor
`NOTES` says `APART` in the first case, and why in the second; and behind `IN_SIGHT` why all of the
host's files stay in sight.

Standard library only, CPython 3.8 or newer.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import signal
import struct
import sys
from contextlib import suppress
from typing import Any, NoReturn

# From Linux's headers: sched.h, sys/mount.h, sys/prctl.h.
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_MNT_DETACH = 0x2
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x1, 0x20, 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP = 1, 24
# Flags of a mount that one may not take away, and that `statvfs` reports under the same numbers.
_LOCKED = 0x2 | 0x4 | 0x8 | 0x400 | 0x800
_MOST_CAPABILITIES = 64

# What Lambda has in places of its own, as `mounts.py` lays it out below the root.
_OWN = ("var/task", "var/lang", "var/packages", "var/runtime", "opt", "tmp")
# Folders that are the kernel's, where writing does not change files.
_KERNELS = ("dev", "proc", "sys")
# Folders that Lambda has, of whose files in the host nothing else is shown.
_EMPTY = (
    *("/boot", "/etc", "/home", "/media", "/mnt", "/root", "/run", "/srv", "/usr/bin", "/usr/lib"),
    *("/usr/local", "/usr/share", "/var/cache", "/var/lib", "/var/log", "/var/run", "/var/tmp"),
)
NOTES = 3
APART, IN_SIGHT = b"apart", b"in sight: "
# AWS's quotas page: file descriptors (2026).
_MOST_DESCRIPTORS = 1024


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(what: int) -> None:
    """Leave namespaces. Without the right to, within a user namespace of its own."""
    libc = _libc()
    if libc.unshare(what) == 0:
        return
    user, group = os.geteuid(), os.getegid()
    _check(libc.unshare(what | _CLONE_NEWUSER), "unshare")
    for path, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{path}", "w") as file:
            file.write(line)


def cut_network() -> None:
    """Leave the network, but for a loopback interface. Raises `OSError` where that is forbidden."""
    import fcntl
    import socket

    unshare(_CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        get_flags, set_flags, up = 0x8913, 0x8914, 0x1
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, get_flags, request))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    libc = _libc()
    arguments = [each.encode() if each is not None else None for each in (source, target, kind)]
    _check(libc.mount(*arguments, ctypes.c_ulong(flags), None), f"mount {target}")


def _bind(source: str, target: str, *, read_only: bool = False) -> None:
    _mount(source, target, None, _MS_BIND | _MS_REC)
    for place in _mounts_at(target) if read_only else ():
        try:
            locked = os.statvfs(place).f_flag & _LOCKED
            _mount("none", place, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | locked)
        except OSError:
            # Such as another user's, which nobody here can enter.
            if os.access(place, os.W_OK):
                raise


def _mounts_at(place: str) -> list[str]:
    """The mounts at this place and below it: binding brings them all, and each is its own."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        points = {_unescaped(line.split(" ")[4]) for line in file}
    return sorted(point for point in points if f"{point}/".startswith(f"{place}/"))


def _unescaped(path: str) -> str:
    """Without what the kernel writes for white space and backslashes, such as `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def _mirror(source: str, target: str, *, read_only: bool) -> None:
    """One entry of the host's file system, at the same place of the view."""
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
    elif os.path.isdir(source):
        os.mkdir(target)
        _bind(source, target, read_only=read_only)
    elif os.path.isfile(source):
        with open(target, "w"):
            pass
        _bind(source, target, read_only=read_only)


def _fits_into(place: str, path: str) -> bool:
    """Whether `path`, below /opt or /tmp, can stay in sight next to what the function has there."""
    _, top, *names = path.split("/")
    return bool(names) and (
        top == "tmp" or (top == "opt" and not os.path.lexists(f"{place}/{names[0]}"))
    )


def _fill(source: str, target: str, view: str, inside: list[str]) -> None:
    """Show `source` at one of Lambda's places, with those of the host's folders `inside` it."""
    place = target[len(view) :]
    if inside and place == "/opt":
        # Others use the layers' folder as well, so the host's folders cannot be made there.
        _mount("tmpfs", target, "tmpfs", 0)
        for name in os.listdir(source):
            _mirror(f"{source}/{name}", f"{target}/{name}", read_only=True)
    else:
        _bind(source, target, read_only=place != "/tmp")
    for path in inside:
        os.makedirs(view + path, exist_ok=True)
        _bind(path, view + path, read_only=True)
    if inside and place == "/opt":
        _mount("none", target, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)


def _mirror_all(view: str) -> None:
    """All of the host's files, except in Lambda's places."""
    for name in os.listdir("/"):
        if name not in ("var", "opt", "tmp"):
            _mirror(f"/{name}", f"{view}/{name}", read_only=name not in _KERNELS)
    os.mkdir(f"{view}/var")
    for name in os.listdir("/var"):
        if f"var/{name}" not in _OWN:
            _mirror(f"/var/{name}", f"{view}/var/{name}", read_only=True)


def _mirror_some(view: str, shown: dict[str, Any]) -> None:
    """Those of the host's files that `host_files.py` lists, and empty folders."""
    for name in _KERNELS:
        _mirror(f"/{name}", f"{view}/{name}", read_only=False)
    for path, target in shown["links"].items():
        os.makedirs(os.path.dirname(view + path), exist_ok=True)
        os.symlink(target, view + path)
    for path in shown["folders"]:
        os.makedirs(view + path)
        _bind(path, view + path, read_only=True)
    for path in shown["files"]:
        os.makedirs(os.path.dirname(view + path), exist_ok=True)
        with open(view + path, "w"):
            pass
        _bind_file(path, view + path)
    for path in _EMPTY:
        if not os.path.lexists(view + path):
            os.makedirs(view + path)
    with open(f"{view}/etc/ld.so.cache", "wb") as file:
        file.write(shown["cache"].encode("latin-1"))


def _bind_file(source: str, target: str) -> None:
    """Read-only; there can be no other mounts below it."""
    _mount(source, target, None, _MS_BIND)
    locked = os.statvfs(target).f_flag & _LOCKED
    _mount("none", target, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | locked)


def enter_view(
    root: str, needed: list[str], writable: str | None, shown: dict[str, Any] | None
) -> str:
    """See what lies below `root` in Lambda's places, and beside it `shown` of the host's files.

    Only /tmp can be written, and `writable`. Nor is there shared memory, as in Lambda: there,
    semaphores of `multiprocessing` fail. Without `shown`, and where the kernel refuses to show
    single files, all files of the host stay in sight: then returns the kernel's reason, otherwise
    "". Raises `OSError` where the kernel does not allow a view, or `needed` would go out of sight.
    """
    refused = ""
    for path in needed:
        below = [each for each in _OWN if f"{path}/".startswith(f"/{each}/")]
        if below and not _fits_into(f"{root}/{below[0]}", path):
            raise OSError(0, f"{path} lies where Lambda has something else")
    unshare(_CLONE_NEWNS)
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    view = f"{root}/view"
    _mount("tmpfs", view, "tmpfs", 0)
    if shown:
        try:
            _mirror_some(view, shown)
        except OSError as error:
            refused = (error.strerror or str(error)).replace(view, "")
            _check(_libc().umount2(view.encode(), _MNT_DETACH), "umount")
            _mount("tmpfs", view, "tmpfs", 0)
    if refused or not shown:
        _mirror_all(view)
    if os.path.isdir(f"{view}/dev/shm"):
        _mount("tmpfs", f"{view}/dev/shm", "tmpfs", _MS_RDONLY)
    for place in _OWN:
        os.makedirs(f"{view}/{place}", exist_ok=True)
        inside = [path for path in needed if path.startswith(f"/{place}/")]
        _fill(os.path.realpath(f"{root}/{place}"), f"{view}/{place}", view, inside)
    if writable and os.path.isdir(writable):
        writable = os.path.realpath(writable)
        with suppress(OSError):  # Below /tmp, which is empty; elsewhere it is there.
            os.makedirs(view + writable, exist_ok=True)
        with suppress(FileNotFoundError):
            _bind(writable, view + writable)
    _mount("none", view, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)
    os.chroot(view)
    return refused


def go_apart(notes: int) -> None:
    """Go on as the second process of a namespace of processes, whose first ends with it.

    With the first, the kernel ends all others. This process stays outside, and ends as the second
    did. Raises `OSError` where the kernel does not allow it.
    """
    unshare(_CLONE_NEWPID)
    told, telling = os.pipe()
    first = os.fork()
    if first:
        os.close(telling)
        _end_likewise(first, told, notes)
    os.close(told)
    _end_with_parent()
    with suppress(OSError):  # Some containers show a /proc of their own, which nothing may cover.
        _mount("proc", "/proc", "proc", 0x2 | 0x4 | 0x8)
    second = os.fork()
    if second:
        _wait_for(second, telling, notes)
    os.close(telling)
    os.setsid()


def _end_with_parent() -> None:
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _let_go(*descriptors: int) -> None:
    """Hold nothing open that others wait for."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in descriptors:
        os.dup2(nothing, each)


def _wait_for(child: int, telling: int, notes: int) -> NoReturn:
    """Be the first process: wait for all that are left to it, and end with this child."""
    _let_go(1, 2, notes)
    while True:
        pid, status = os.wait()
        if pid == child:
            os.write(telling, struct.pack("i", status))
            os._exit(0)


def _end_likewise(first: int, told: int, notes: int) -> NoReturn:
    """End as the function's process did, once all of its namespace have ended."""
    _let_go(1, 2, notes)
    said = os.read(told, struct.calcsize("i"))
    # The kernel ends the first last.
    os.waitpid(first, 0)
    status = struct.unpack("i", said)[0] if said else int(signal.SIGKILL)
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def drop_rights() -> None:
    """Lambda's user is nobody special: nor is root here, once Python is executed."""
    libc = _libc()
    for capability in range(_MOST_CAPABILITIES if os.geteuid() == 0 else 0):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def main(document: dict[str, Any]) -> None:
    on_linux = sys.platform.startswith("linux")
    if on_linux:
        # Whatever becomes of the emulator, the function ends with it.
        _end_with_parent()
    root = document["root"]
    try:
        if not on_linux:
            raise OSError(0, "this is not Linux")
        if not document["own_view"]:
            raise OSError(0, "it was asked for plain folders")
        shown = None
        if document["shown"]:
            with open(document["shown"], encoding="utf-8") as file:
                shown = json.load(file)
        refused = enter_view(root, document["needed"], document["writable"], shown)
        seen, environment = "", document["in_view"]
        if refused:
            os.write(NOTES, IN_SIGHT + refused.encode() + b"\n")
        with suppress(OSError):
            go_apart(NOTES)
            os.write(NOTES, APART)
    except OSError as error:
        seen, environment = root, document["in_folders"]
        with suppress(OSError):
            os.write(NOTES, (error.strerror or str(error)).encode())
    if on_linux:
        drop_rights()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    fewer = _MOST_DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, _MOST_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (fewer, fewer))
    os.umask(0o022)
    os.chdir(f"{seen}/var/task")
    argv = [f"{seen}/var/lang/bin/{document['python']}", f"{seen}/var/runtime/bootstrap.py"]
    wrapper = environment.get("AWS_LAMBDA_EXEC_WRAPPER")
    argv[:0] = [wrapper] if wrapper else []
    os.set_inheritable(NOTES, False)
    # Python ignores it, and so would all that it becomes, such as a wrapper's shell.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(argv[0], argv, environment)
    except OSError as error:
        sys.exit(f"{argv[0]} cannot be executed: {error.strerror}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
