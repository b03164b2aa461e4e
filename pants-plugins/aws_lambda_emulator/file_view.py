"""Gives a process a view of the files in which /var/task, /opt and /tmp are the function's."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aws_lambda_emulator.system_calls import (
    CLONE_NEWNS,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    mount,
    unmount,
    unshare,
)

# Flags of a mount that a user namespace may not remove, with `noatime` and `nodiratime`. `statvfs`
# reports them under the same numbers.
_LOCKED = MS_NOSUID | MS_NODEV | MS_NOEXEC | 0x400 | 0x800

# The function's own folders, as `mounts.py` lays them out below the root.
_FUNCTION_FOLDERS = ("var/task", "var/lang", "var/packages", "var/runtime", "opt", "tmp")
# The kernel's folders, in which writing does not change files.
_KERNEL_FOLDERS = ("dev", "proc", "sys")
# Folders of Lambda that are empty here unless they contain visible files of the host.
_OTHER_FOLDERS = (
    *("/boot", "/etc", "/home", "/media", "/mnt", "/root", "/run", "/srv", "/usr/bin", "/usr/lib"),
    *("/usr/local", "/usr/share", "/var/cache", "/var/lib", "/var/log", "/var/run", "/var/tmp"),
)


def enter_view(
    root: str, needed: list[str], writable: str | None, shown: Mapping[str, Any] | None
) -> str:
    """Show this process the folders below `root` at Lambda's paths, and some of the host's files.

    `needed` are the host's folders that must be visible. `shown` is the document of
    `HostFiles.as_json`; without it all of the host's files are visible. Only /tmp and the folder
    `writable` can be written. As in Lambda, there is no shared memory, so semaphores of
    `multiprocessing` fail.

    Returns `""`, or the kernel's reason if it refuses to show single files. All of the host's files
    are visible then. Raises `OSError` if the kernel does not allow a view, or if it would
    hide a needed folder.
    """
    refused = ""
    for path in needed:
        inside = [each for each in _FUNCTION_FOLDERS if f"{path}/".startswith(f"/{each}/")]
        if inside and not _fits_into(f"{root}/{inside[0]}", path):
            raise OSError(0, f"Lambda has another folder at {path}")
    unshare(CLONE_NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    view = f"{root}/view"
    mount("tmpfs", view, "tmpfs", 0)
    if shown:
        try:
            _mirror_shown(view, shown)
        except OSError as error:
            refused = (error.strerror or str(error)).replace(view, "")
            unmount(view)
            mount("tmpfs", view, "tmpfs", 0)
    if refused or not shown:
        _mirror_all(view)
    if os.path.isdir(f"{view}/dev/shm"):
        mount("tmpfs", f"{view}/dev/shm", "tmpfs", MS_RDONLY)
    for folder in _FUNCTION_FOLDERS:
        os.makedirs(f"{view}/{folder}", exist_ok=True)
        inside = [path for path in needed if path.startswith(f"/{folder}/")]
        _fill(os.path.realpath(f"{root}/{folder}"), f"{view}/{folder}", view, inside)
    if writable and os.path.isdir(writable):
        writable = os.path.realpath(writable)
        with suppress(OSError):  # It exists already, except in /tmp.
            os.makedirs(view + writable, exist_ok=True)
        with suppress(FileNotFoundError):
            _bind(writable, view + writable)
    mount("none", view, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
    os.chroot(view)
    return refused


def _fits_into(place: str, path: str) -> bool:
    """Whether `path`, in /opt or /tmp, can be visible next to the function's files in `place`."""
    _, top, *names = path.split("/")
    return bool(names) and (
        top == "tmp" or (top == "opt" and not os.path.lexists(f"{place}/{names[0]}"))
    )


def _mirror_all(view: str) -> None:
    """Show all of the host's files, except in the function's own folders."""
    for name in os.listdir("/"):
        if name not in ("var", "opt", "tmp"):
            _mirror(f"/{name}", f"{view}/{name}", read_only=name not in _KERNEL_FOLDERS)
    os.mkdir(f"{view}/var")
    for name in os.listdir("/var"):
        if f"var/{name}" not in _FUNCTION_FOLDERS:
            _mirror(f"/var/{name}", f"{view}/var/{name}", read_only=True)


def _mirror_shown(view: str, shown: Mapping[str, Any]) -> None:
    """Show the host's files that the document lists, and empty folders."""
    for name in _KERNEL_FOLDERS:
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
    for path in _OTHER_FOLDERS:
        if not os.path.lexists(view + path):
            os.makedirs(view + path)
    with open(f"{view}/etc/ld.so.cache", "wb") as file:
        file.write(shown["cache"].encode("latin-1"))


def _mirror(source: str, target: str, *, read_only: bool) -> None:
    """Show one entry of the host's file system at `target` in the view."""
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
    elif os.path.isdir(source):
        os.mkdir(target)
        _bind(source, target, read_only=read_only)
    elif os.path.isfile(source):
        with open(target, "w"):
            pass
        _bind(source, target, read_only=read_only)


def _fill(source: str, target: str, view: str, inside: list[str]) -> None:
    """Show `source` at one of Lambda's paths, together with the host's folders `inside` it."""
    place = target[len(view) :]
    if inside and place == "/opt":
        # Other functions use the layers' folder as well, so no folders can be made in it.
        mount("tmpfs", target, "tmpfs", 0)
        for name in os.listdir(source):
            _mirror(f"{source}/{name}", f"{target}/{name}", read_only=True)
    else:
        _bind(source, target, read_only=place != "/tmp")
    for path in inside:
        os.makedirs(view + path, exist_ok=True)
        _bind(path, view + path, read_only=True)
    if inside and place == "/opt":
        mount("none", target, None, MS_BIND | MS_REMOUNT | MS_RDONLY)


def _bind(source: str, target: str, *, read_only: bool = False) -> None:
    mount(source, target, None, MS_BIND | MS_REC)
    for place in _mounts_at(target) if read_only else ():
        try:
            locked = os.statvfs(place).f_flag & _LOCKED
            mount("none", place, None, MS_BIND | MS_REMOUNT | MS_RDONLY | locked)
        except OSError:
            # The mount may belong to another user. It matters only if this user can write to it.
            if os.access(place, os.W_OK):
                raise


def _bind_file(source: str, target: str) -> None:
    """Bind a file read-only. Unlike a folder, it contains no other mounts."""
    mount(source, target, None, MS_BIND)
    locked = os.statvfs(target).f_flag & _LOCKED
    mount("none", target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | locked)


def _mounts_at(place: str) -> list[str]:
    """The mounts at this path and below it. `MS_REC` binds all of them as mounts of their own."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        points = {_unescape(line.split(" ")[4]) for line in file}
    return sorted(point for point in points if f"{point}/".startswith(f"{place}/"))


def _unescape(path: str) -> str:
    """Decode the kernel's escapes for white space and backslashes, such as `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)
