"""The folders of a function as Lambda lays them out: its code, its layers, the runtime's own."""

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

from aws_lambda_emulator.artifact import Artifact, Code, sha256_of
from aws_lambda_emulator.host_files import find_host_files
from aws_lambda_emulator.unpack import (
    Wanted,
    check_unchanged,
    make_unwritable,
    remove,
    unpack,
    unpack_all,
)
from aws_lambda_emulator.update import update_to_zip

TASK, OPT, LANG, RUNTIME, SCRATCH = "var/task", "opt", "var/lang", "var/runtime", "tmp"
# What of the host's files is shown, for `launch.py`.
SHOWN = "shown.json"
# Where the runtime's own packages lie, to which LANG or RUNTIME link.
_PACKAGES = "var/packages"

# Unpacked layers and packages that nobody used for so long are removed, in seconds.
_KEPT_SECONDS = 7 * 24 * 3600
# How the names of a function's folders begin.
_ROOT = "lambda-emulator-"
# What is not unpacked to its end, by the beginning of its name.
_UNFINISHED = "new-"
# Unpacked functions: how their names begin, how many of one may run from there at once, and how the
# name ends of what says what is in them.
_TASK, _PLACES, _INDEX = "task-", 4, ".index"


@dataclass(frozen=True)
class Interpreter:
    """A CPython to run the function with: the path of its executable, and its minor version."""

    path: str
    python: tuple[int, int]

    @property
    def name(self) -> str:
        return f"python{self.python[0]}.{self.python[1]}"


class Mounts:
    """A function's folders, below `root`. They are gone after `close`.

    If the emulator is killed, they go when the next one starts.

    What a function cannot change, and others need as well, is unpacked once into `cache`: the
    layers together, as one /opt, and the packages of the runtime. The function itself is kept there
    as well, and brought up to date. Raises `Unwanted` as soon as
    `is_wanted` says no, since unpacking may take seconds.
    """

    def __init__(
        self,
        artifact: Artifact,
        interpreter: Interpreter,
        wheels: Sequence[str] = (),
        cache: str | None = None,
        is_wanted: Wanted = lambda: True,
    ) -> None:
        self._is_wanted = is_wanted
        _forget_abandoned()
        self.root, lock = _new_root()
        self._used = [lock]
        # Links into it are followed from another folder, and where Pants' sandbox is out of sight.
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
        kept = self._kept(artifact)
        if kept:
            os.symlink(kept, task)
        else:
            os.mkdir(task)
            unpack(artifact.code, task, self._is_wanted)
            make_unwritable(task)
        os.symlink(self._shared("opt", artifact.layers), os.path.join(self.root, OPT))
        packages = self._shared("packages", [Code(each, sha256_of(each)) for each in wheels])
        os.symlink(packages, os.path.join(self.root, _PACKAGES))
        self._lay_out_runtime(interpreter)
        self.host_files = find_host_files(interpreter.path, interpreter.python)
        with open(os.path.join(self.root, SHOWN), "w", encoding="utf-8") as file:
            file.write(self.host_files.as_json())

    def _lay_out_runtime(self, interpreter: Interpreter) -> None:
        """What looks like a virtual environment to Python, so that it finds nothing of the host's.

        Up to Python 3.10, AWS's own packages lie in /var/runtime, and later in site-packages.
        """
        runtime, lang = os.path.join(self.root, RUNTIME), os.path.join(self.root, LANG)
        library = os.path.join(lang, "lib", interpreter.name)
        os.makedirs(os.path.join(lang, "bin"))
        os.makedirs(library)
        os.mkdir(runtime)
        old = interpreter.python < (3, 11)
        site = os.path.join(library, "site-packages")
        # Links that lead to the same place below the root and in a view of its own.
        if old:
            os.mkdir(site)
        else:
            os.symlink("../../../packages", site)
        for name in os.listdir(os.path.join(self.root, _PACKAGES)) if old else ():
            os.symlink(f"../packages/{name}", os.path.join(runtime, name))
        here = os.path.dirname(os.path.abspath(__file__))
        for name in ("bootstrap.py", "stand_in.py", "failed_import.py"):
            shutil.copyfile(os.path.join(here, name), os.path.join(runtime, name))
        executable = os.path.realpath(interpreter.path)
        for name in ("python", "python3", interpreter.name):
            os.symlink(executable, os.path.join(lang, "bin", name))
        with open(os.path.join(lang, "pyvenv.cfg"), "w", encoding="utf-8") as file:
            file.write(
                f"home = {os.path.dirname(executable)}\ninclude-system-site-packages = false\n"
            )

    def _kept(self, artifact: Artifact) -> str | None:
        """The function's code where it was unpacked before, brought up to date.

        `None` where there is no cache, or as many as there are places run already.
        """
        if self._cache.startswith(self.root) or artifact.code.is_folder:
            return None
        os.makedirs(self._cache, exist_ok=True)
        key = hashlib.sha256(artifact.address.encode()).hexdigest()[:32]
        for place in range(_PLACES):
            folder = os.path.join(self._cache, f"{_TASK}{key}-{place}")
            lock = _taken(f"{folder}.lock")
            if lock:
                self._used.append(lock)
                try:
                    update_to_zip(artifact.code.path, folder, f"{folder}{_INDEX}", self._is_wanted)
                finally:
                    check_unchanged(artifact.code)
                return folder
        return None

    def _shared(self, kind: str, codes: Sequence[Code]) -> str:
        """All of these in one folder, the later over the earlier, unpacked at most once."""
        if any(each.is_folder for each in codes):
            folder = os.path.join(self.root, f"{kind}-of-folders")
            unpack_all(codes, folder, self._is_wanted)
            return folder
        key = hashlib.sha256("\n".join([kind, *(each.sha256 for each in codes)]).encode())
        folder = os.path.join(self._cache, key.hexdigest())
        os.makedirs(self._cache, exist_ok=True)
        self._used.append(_in_use(f"{folder}.lock"))
        if not os.path.isdir(folder):
            _make(folder, codes, self._is_wanted)
            _forget_old(self._cache)
        return folder

    def close(self) -> None:
        for lock in self._used:
            lock.close()
        remove(self.root)


@contextmanager
def own_folder() -> Iterator[str]:
    """An empty folder. If whoever uses it is killed, it goes when the next emulator starts."""
    folder, lock = _new_root()
    try:
        yield folder
    finally:
        lock.close()
        remove(folder)


def _new_root() -> tuple[str, IO[bytes]]:
    """A new folder, and the lock that tells others that somebody uses it."""
    while True:
        root = os.path.realpath(tempfile.mkdtemp(prefix=_ROOT))
        # Until it is locked, another emulator may take it for abandoned.
        with suppress(FileNotFoundError):
            return root, _in_use(os.path.join(root, "lock"))


def _forget_abandoned() -> None:
    """Remove the folders of emulators that were killed."""
    above = tempfile.gettempdir()
    for name in os.listdir(above):
        path = os.path.join(above, name)
        if name.startswith(_ROOT):
            with suppress(OSError), open(os.path.join(path, "lock"), "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)


def _make(folder: str, codes: Sequence[Code], is_wanted: Wanted) -> None:
    """Unpack elsewhere, and move it here at once, so that a folder is whole or not there."""
    made = tempfile.mkdtemp(prefix=_UNFINISHED, dir=os.path.dirname(folder))
    files = os.path.join(made, "files")
    try:
        unpack_all(codes, files, is_wanted)
        # A folder that may not be written cannot be moved.
        os.chmod(files, 0o755)
        try:
            os.rename(files, folder)
        except OSError:
            if not os.path.isdir(folder):  # Else somebody was faster.
                raise
        else:
            os.chmod(folder, 0o555)
    finally:
        remove(made)


def _taken(path: str) -> IO[bytes] | None:
    """A lock on what nobody else may use, for as long as this is open; `None` if somebody does."""
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


def _in_use(path: str) -> IO[bytes]:
    """A lock on what nobody may take for forgotten, for as long as this is open."""
    while True:
        lock = open(path, "ab")  # noqa: SIM115
        fcntl.flock(lock, fcntl.LOCK_SH)
        with suppress(FileNotFoundError):
            os.utime(path)
            if os.path.samestat(os.stat(path), os.fstat(lock.fileno())):
                return lock
        # It was forgotten while this waited for it.
        lock.close()


def _forget_old(cache: str) -> None:
    """Remove what nobody used for long, and what somebody who was killed left unfinished."""
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if name.startswith(_UNFINISHED) and _is_old(path):
            remove(path)
        if not name.endswith(".lock") or not _is_old(path):
            continue
        with suppress(OSError), open(path, "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Somebody may have used it since.
            if _is_old(path):
                stem = path[: -len(".lock")]
                with suppress(FileNotFoundError):
                    os.unlink(f"{stem}{_INDEX}")
                remove(stem)
                os.unlink(path)


def _is_old(path: str) -> bool:
    try:
        return time.time() - os.stat(path).st_mtime > _KEPT_SECONDS
    except OSError:
        return False
