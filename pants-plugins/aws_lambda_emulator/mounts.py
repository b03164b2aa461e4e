"""Lays out the folders of a function as Lambda does: its code, its layers and the runtime."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from aws_lambda_emulator.archive_updates import update_to_zip
from aws_lambda_emulator.archives import (
    ContinueCheck,
    check_unchanged,
    make_read_only,
    remove,
    unpack,
    unpack_all,
)
from aws_lambda_emulator.artifact import Artifact, Code, file_sha256
from aws_lambda_emulator.host_files import find_host_files

# Folders below the root of a function.
TASK, OPT, LANG, RUNTIME, SCRATCH = "var/task", "opt", "var/lang", "var/runtime", "tmp"
# File below the root that lists the host's files that the function may see, for `launch.py`.
SHOWN_FILES = "shown.json"
# Folder of the runtime's own packages. LANG or RUNTIME contains links to it.
_PACKAGES = "var/packages"
# Modules that run in the function's process, in the runtime's folder.
_RUNTIME_MODULES = (
    "bootstrap.py",
    "fallback_client.py",
    "import_diagnosis.py",
    "import_timing.py",
)

# Seconds after their last use at which unpacked files are removed from the cache.
_EXPIRY_SECONDS = 7 * 24 * 3600
# Prefix of the names of roots, and of folders in the cache that are not complete yet.
_ROOT, _UNFINISHED = "lambda-emulator-", "new-"
# Unpacked functions in the cache: the prefix of their names, how many copies of one function may
# run at once, and the suffix of the file that lists a copy's files.
_TASK, _MAX_COPIES, _INDEX = "task-", 4, ".index"


@dataclass(frozen=True)
class Interpreter:
    """A CPython that runs the function: the path of its executable, and its minor version."""

    path: str
    python: tuple[int, int]

    @property
    def name(self) -> str:
        return f"python{self.python[0]}.{self.python[1]}"


class Mounts:
    """The folders of a function below `root`. `close` removes them.

    If the emulator is killed, the next emulator removes them.

    Files that the function cannot change are unpacked into `cache` and used again: the layers
    together as one /opt, the packages of the runtime, and the function's code, which is updated to
    the current zip. Unpacking may take seconds, so it raises `MountingCancelled` as soon as
    `should_continue` returns `False`.
    """

    def __init__(
        self,
        artifact: Artifact,
        interpreter: Interpreter,
        wheels: Sequence[str] = (),
        cache: str | None = None,
        should_continue: ContinueCheck = lambda: True,
    ) -> None:
        self._should_continue = should_continue
        _remove_abandoned_roots()
        self.root, lock = _make_root()
        self._locks = [lock]
        # Absolute, because links into the cache are followed from other folders, and without links,
        # because a function's view does not contain Pants' sandbox.
        self._cache = os.path.realpath(cache or os.path.join(self.root, "unpacked"))
        try:
            self._lay_out(artifact, interpreter, wheels)
        except BaseException:
            self.close()
            raise

    def _lay_out(self, artifact: Artifact, interpreter: Interpreter, wheels: Sequence[str]) -> None:
        for folder in ("var", SCRATCH, "view"):
            os.mkdir(os.path.join(self.root, folder))
        task = os.path.join(self.root, TASK)
        cached = self._update_cached_task(artifact)
        if cached:
            os.symlink(cached, task)
        else:
            os.mkdir(task)
            unpack(artifact.code, task, self._should_continue)
            make_read_only(task)
        os.symlink(self._unpack_shared("opt", artifact.layers), os.path.join(self.root, OPT))
        packages = [Code(each, file_sha256(each)) for each in wheels]
        unpacked = self._unpack_shared("packages", packages)
        os.symlink(unpacked, os.path.join(self.root, _PACKAGES))
        self._lay_out_runtime(interpreter)
        self.host_files = find_host_files(interpreter.path, interpreter.python)
        with open(os.path.join(self.root, SHOWN_FILES), "w", encoding="utf-8") as file:
            file.write(self.host_files.as_json())

    def _lay_out_runtime(self, interpreter: Interpreter) -> None:
        """Make a virtual environment, so that Python does not find packages of the host.

        AWS's own packages are in /var/runtime up to Python 3.10, and in site-packages later.
        """
        runtime, lang = os.path.join(self.root, RUNTIME), os.path.join(self.root, LANG)
        library = os.path.join(lang, "lib", interpreter.name)
        os.makedirs(os.path.join(lang, "bin"))
        os.makedirs(library)
        os.mkdir(runtime)
        is_old = interpreter.python < (3, 11)
        site = os.path.join(library, "site-packages")
        # Relative links, which lead to the same folder below the root and in the function's view.
        if is_old:
            os.mkdir(site)
        else:
            os.symlink("../../../packages", site)
        for name in os.listdir(os.path.join(self.root, _PACKAGES)) if is_old else ():
            os.symlink(f"../packages/{name}", os.path.join(runtime, name))
        here = os.path.dirname(os.path.abspath(__file__))
        for name in _RUNTIME_MODULES:
            shutil.copyfile(os.path.join(here, name), os.path.join(runtime, name))
        executable = os.path.realpath(interpreter.path)
        for name in ("python", "python3", interpreter.name):
            os.symlink(executable, os.path.join(lang, "bin", name))
        with open(os.path.join(lang, "pyvenv.cfg"), "w", encoding="utf-8") as file:
            file.write(
                f"home = {os.path.dirname(executable)}\ninclude-system-site-packages = false\n"
            )

    def _update_cached_task(self, artifact: Artifact) -> str | None:
        """Update a copy of the function's code in the cache to the current zip.

        `None` if there is no cache, or if other emulators use all copies.
        """
        if self._cache.startswith(self.root) or artifact.code.is_folder:
            return None
        os.makedirs(self._cache, exist_ok=True)
        key = hashlib.sha256(artifact.address.encode()).hexdigest()[:32]
        for number in range(_MAX_COPIES):
            folder = os.path.join(self._cache, f"{_TASK}{key}-{number}")
            lock = _try_exclusive_lock(f"{folder}.lock")
            if lock:
                self._locks.append(lock)
                try:
                    update_to_zip(
                        artifact.code.path, folder, f"{folder}{_INDEX}", self._should_continue
                    )
                finally:
                    check_unchanged(artifact.code)
                return folder
        return None

    def _unpack_shared(self, kind: str, codes: Sequence[Code]) -> str:
        """Unpack all of these into one folder of the cache, unless it exists.

        Folders have no digest, so they are unpacked below the root instead.
        """
        if any(each.is_folder for each in codes):
            folder = os.path.join(self.root, f"{kind}-of-folders")
            unpack_all(codes, folder, self._should_continue)
            return folder
        key = hashlib.sha256("\n".join([kind, *(each.sha256 for each in codes)]).encode())
        folder = os.path.join(self._cache, key.hexdigest())
        os.makedirs(self._cache, exist_ok=True)
        self._locks.append(_lock_shared(f"{folder}.lock"))
        if not os.path.isdir(folder):
            _unpack_atomically(folder, codes, self._should_continue)
            _remove_expired(self._cache)
        return folder

    def close(self) -> None:
        for lock in self._locks:
            lock.close()
        remove(self.root)


@contextmanager
def temporary_folder() -> Iterator[str]:
    """An empty folder. If the emulator is killed, the next emulator removes it."""
    folder, lock = _make_root()
    try:
        yield folder
    finally:
        lock.close()
        remove(folder)


def _make_root() -> tuple[str, IO[bytes]]:
    """A new folder, and the lock that tells other emulators that the folder is in use."""
    while True:
        root = os.path.realpath(tempfile.mkdtemp(prefix=_ROOT))
        # Another emulator may remove the folder before it is locked.
        with suppress(FileNotFoundError):
            return root, _lock_shared(os.path.join(root, "lock"))


def _remove_abandoned_roots() -> None:
    """Remove the folders of emulators that were killed."""
    above = tempfile.gettempdir()
    for name in os.listdir(above):
        path = os.path.join(above, name)
        if name.startswith(_ROOT):
            with suppress(OSError), open(os.path.join(path, "lock"), "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)


def _unpack_atomically(folder: str, codes: Sequence[Code], should_continue: ContinueCheck) -> None:
    """Unpack into another folder and rename it, so that `folder` is complete if it exists."""
    made = tempfile.mkdtemp(prefix=_UNFINISHED, dir=os.path.dirname(folder))
    files = os.path.join(made, "files")
    try:
        unpack_all(codes, files, should_continue)
        # A read-only folder cannot be renamed.
        os.chmod(files, 0o755)
        try:
            os.rename(files, folder)
        except OSError:
            if not os.path.isdir(folder):  # Otherwise another emulator was faster.
                raise
        else:
            os.chmod(folder, 0o555)
    finally:
        remove(made)


def _try_exclusive_lock(path: str) -> IO[bytes] | None:
    """Lock a folder for this emulator alone until the lock is closed. `None` if it is in use."""
    lock = open(path, "ab")  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.utime(path)
        if os.path.samestat(os.stat(path), os.fstat(lock.fileno())):
            return lock
    except OSError:
        pass
    lock.close()
    return None


def _lock_shared(path: str) -> IO[bytes]:
    """Prevent other emulators from removing a folder until the lock is closed."""
    while True:
        lock = open(path, "ab")  # noqa: SIM115
        fcntl.flock(lock, fcntl.LOCK_SH)
        with suppress(FileNotFoundError):
            os.utime(path)
            if os.path.samestat(os.stat(path), os.fstat(lock.fileno())):
                return lock
        # Another emulator removed the lock file before this one had locked it.
        lock.close()


def _remove_expired(cache: str) -> None:
    """Remove folders that were not used for a week, and unfinished folders of killed emulators."""
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if name.startswith(_UNFINISHED) and _is_expired(path):
            remove(path)
        if not name.endswith(".lock") or not _is_expired(path):
            continue
        with suppress(OSError), open(path, "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another emulator may have used the folder since the first look.
            if _is_expired(path):
                stem = path[: -len(".lock")]
                with suppress(FileNotFoundError):
                    os.unlink(f"{stem}{_INDEX}")
                remove(stem)
                os.unlink(path)


def _is_expired(path: str) -> bool:
    try:
        return time.time() - os.stat(path).st_mtime > _EXPIRY_SECONDS
    except OSError:
        return False
