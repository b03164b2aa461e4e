"""The folders of a function as Lambda lays them out: its code, its layers, the runtime's own."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Callable

from .artifact import Artifact, Code, sha256_of

TASK, OPT, LANG, RUNTIME, SCRATCH = "var/task", "opt", "var/lang", "var/runtime", "tmp"
# Where the runtime's own packages lie, to which LANG or RUNTIME link.
_PACKAGES = "var/packages"

# Unpacked layers that nobody used for so long are removed, in seconds.
_KEPT_SECONDS = 7 * 24 * 3600
# Of the runtime's packages, wheels hold these below NAME.data/.
_IMPORTABLE = ("purelib", "platlib")
Wanted = Callable[[], bool]


@dataclass(frozen=True)
class Interpreter:
    """A CPython to run the function with: the path of its executable, and its minor version."""

    path: str
    python: tuple[int, int]

    @property
    def name(self) -> str:
        return f"python{self.python[0]}.{self.python[1]}"


class Unwanted(Exception):
    """Nobody waits for the mounts any more."""


class Mounts:
    """A function's folders, below `root`. They are gone after `close`.

    What a function cannot change, and others need as well, is unpacked once into `cache`: the
    layers together, as one /opt, and the packages of the runtime. Raises `Unwanted` as soon as
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
        self.root = os.path.realpath(tempfile.mkdtemp(prefix="lambda-"))
        self._used: list[IO[bytes]] = []
        self._is_wanted = is_wanted
        self._cache = cache or os.path.join(self.root, "unpacked")
        try:
            self._lay_out(artifact, interpreter, wheels)
        except BaseException:
            self.close()
            raise

    def _lay_out(self, artifact: Artifact, interpreter: Interpreter, wheels: Sequence[str]) -> None:
        for folder in ("var", SCRATCH, "view"):
            os.mkdir(os.path.join(self.root, folder))
        task = os.path.join(self.root, TASK)
        os.mkdir(task)
        unpack(artifact.code, task, self._is_wanted)
        _make_unwritable(task)
        os.symlink(self._shared("opt", artifact.layers), os.path.join(self.root, OPT))
        packages = self._shared("packages", [Code(each, sha256_of(each)) for each in wheels])
        os.symlink(packages, os.path.join(self.root, _PACKAGES))
        self._lay_out_runtime(interpreter)

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
        for name in ("bootstrap.py", "stand_in.py"):
            shutil.copyfile(os.path.join(here, name), os.path.join(runtime, name))
        executable = os.path.realpath(interpreter.path)
        for name in ("python", "python3", interpreter.name):
            os.symlink(executable, os.path.join(lang, "bin", name))
        with open(os.path.join(lang, "pyvenv.cfg"), "w", encoding="utf-8") as file:
            file.write(
                f"home = {os.path.dirname(executable)}\ninclude-system-site-packages = false\n"
            )

    def _shared(self, kind: str, codes: Sequence[Code]) -> str:
        """All of these in one folder, the later over the earlier, unpacked at most once."""
        if any(each.is_folder for each in codes):
            folder = os.path.join(self.root, f"{kind}-of-folders")
            _unpack_all(codes, folder, self._is_wanted)
            return folder
        key = hashlib.sha256("\n".join([kind, *(each.sha256 for each in codes)]).encode())
        folder = os.path.join(self._cache, key.hexdigest())
        os.makedirs(self._cache, exist_ok=True)
        # While the lock is held, nobody takes the folder for forgotten.
        lock = open(f"{folder}.lock", "ab")  # noqa: SIM115
        self._used.append(lock)
        _lock(lock, shared=True)
        if not os.path.isdir(folder):
            made = tempfile.mkdtemp(prefix="new-", dir=self._cache)
            try:
                _unpack_all(codes, os.path.join(made, "files"), self._is_wanted)
                _move(os.path.join(made, "files"), folder)
            finally:
                remove(made)
            _forget_old(self._cache)
        os.utime(f"{folder}.lock")
        return folder

    def close(self) -> None:
        for lock in self._used:
            lock.close()
        remove(self.root)


def _move(folder: str, place: str) -> None:
    """Unless somebody was faster."""
    # A folder that may not be written cannot be moved.
    os.chmod(folder, 0o755)
    try:
        os.rename(folder, place)
    except OSError:
        if not os.path.isdir(place):
            raise
    else:
        os.chmod(place, 0o555)


def unpack(code: Code, folder: str, is_wanted: Wanted) -> None:
    """Lay out a zip or a folder, with the permissions that it gives."""
    if code.is_folder:
        shutil.copytree(code.path, folder, symlinks=True, dirs_exist_ok=True)
        return
    with zipfile.ZipFile(code.path) as archive:
        for entry in archive.infolist():
            if not is_wanted():
                raise Unwanted
            written = archive.extract(entry, folder)
            mode = entry.external_attr >> 16 & 0o777
            if mode and not entry.is_dir():
                os.chmod(written, mode)


def _unpack_all(codes: Iterable[Code], folder: str, is_wanted: Wanted) -> None:
    os.makedirs(folder)
    for code in codes:
        unpack(code, folder, is_wanted)
        if code.path.endswith(".whl"):
            _spread_data(folder)
    _make_unwritable(folder)


def _spread_data(folder: str) -> None:
    """Move what a wheel has in its data folders to where installing it would."""
    for name in os.listdir(folder):
        if name.endswith(".data"):
            for kind in _IMPORTABLE:
                data = os.path.join(folder, name, kind)
                if os.path.isdir(data):
                    shutil.copytree(data, folder, dirs_exist_ok=True)
            shutil.rmtree(os.path.join(folder, name))


def _make_unwritable(folder: str) -> None:
    """As Lambda mounts code: readable by everyone, writable by nobody."""
    for path, _, files in os.walk(folder):
        for name in files:
            file = os.path.join(path, name)
            if not os.path.islink(file):
                mode = stat.S_IMODE(os.stat(file).st_mode)
                os.chmod(file, (mode | 0o444) & ~0o222)
        os.chmod(path, 0o555)


def remove(folder: str) -> None:
    """Remove a folder though nothing in it may be written."""
    for path, folders, _ in os.walk(folder):
        with suppress(OSError):
            os.chmod(path, 0o755)
        # Not through links, which lead into what others use.
        folders[:] = [each for each in folders if not os.path.islink(os.path.join(path, each))]
    shutil.rmtree(folder, ignore_errors=True)


def _forget_old(cache: str) -> None:
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if not name.endswith(".lock"):
            continue
        with suppress(OSError), open(path, "ab") as lock:
            if time.time() - os.stat(path).st_mtime > _KEPT_SECONDS:
                _lock(lock, shared=False)
                remove(path[: -len(".lock")])
                os.unlink(path)


def _lock(file: IO[bytes], *, shared: bool) -> None:
    """Raises `OSError` if an exclusive lock is to be had only by waiting."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
