"""The files of this machine that a function may see, because Lambda has them as well.

`launch.py` hides every other library, program and data file if the kernel allows that.
"""

from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache

from aws_lambda_emulator.dynamic_loader import build_cache, find_closure, find_libraries
from aws_lambda_emulator.lambda_files import (
    DATA_FILES,
    FOLDERS_NEXT_TO_LIBRARIES,
    PROGRAM_FOLDERS,
    is_link_time_name,
    is_possible_library,
    list_programs,
)

# Prefixes that an interpreter shares with other software.
_SHARED_PREFIXES = ("/", "/usr", "/usr/local")


@dataclass(frozen=True)
class HostFiles:
    """The files of this machine that a function on one interpreter may see.

    `folders` are shown with all of their files, `files` are shown alone, and `links` maps the path
    of a symbolic link to its target. `libraries` maps the name of each library of the machine to
    its path. `of_interpreter` are the native files that the interpreter itself loads.
    """

    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    of_interpreter: frozenset[str] = frozenset()

    def as_json(self) -> str:
        """The document that `launch.py` reads, with a loader cache of the visible libraries."""
        shown = [
            name
            for name, path in self.libraries.items()
            if resolve_folder(path) in self.links or resolve_folder(path) in self.files
        ]
        document = {
            "folders": sorted(self.folders),
            "files": sorted(self.files),
            "links": dict(sorted(self.links.items())),
            "cache": build_cache(shown).decode("latin-1"),
        }
        return json.dumps(document)

    def library_name(self, path: str) -> str:
        """The name by which programs load a library: libmagic.so.1 for libmagic.so.1.0.0."""
        names = [name for name, each in self.libraries.items() if resolve(each) == path]
        return min(names, key=is_link_time_name, default=os.path.basename(path))

    def shows(self, path: str) -> bool:
        real = resolve(path)
        return real in self.files or is_below(real, self.folders)


@cache
def find_host_files(executable: str, python: tuple[int, int]) -> HostFiles:
    """Find the files that a function on this interpreter may see. On macOS there are none.

    The search takes as long as the start of a process, and each process that starts functions needs
    it once.
    """
    if not sys.platform.startswith("linux"):
        return HostFiles()
    known = find_libraries()
    interpreter, standard_library = _find_interpreter_folders(executable, python)
    next_to_libraries = (
        path
        for folder in {os.path.dirname(each) for each in known.values()}
        for name in FOLDERS_NEXT_TO_LIBRARIES
        for path in glob.glob(f"{glob.escape(folder)}/{name}")
    )
    folders: set[str] = set()
    files: set[str] = set()
    # Each path by which the function may open a file or a folder, with its real path.
    paths: dict[str, str] = {}
    for path in (*interpreter, *DATA_FILES, *next_to_libraries):
        real = resolve(path)
        if os.path.isdir(real):
            folders.add(real)
            paths[path] = real
        elif os.path.exists(real):
            files.add(real)
            paths[path] = real
    # Lambda's Python has no tkinter.
    modules = (
        each for each in _find_extension_modules(standard_library) if "/_tkinter." not in each
    )
    of_interpreter = find_closure([os.path.realpath(executable), *modules], known, resolve)
    others = find_closure(
        [
            *(path for name, path in known.items() if is_possible_library(name)),
            *(f"{folder}/{name}" for folder in PROGRAM_FOLDERS for name in list_programs(python)),
        ],
        known,
        resolve,
    )
    paths.update(of_interpreter)
    paths.update(others)
    files.update(of_interpreter.values(), others.values())
    links = {}
    for path, real in paths.items():
        links[resolve_folder(path)] = real
    for folder in {os.path.dirname(path) for path in paths}:
        links.update(_links_to(folder))
    outer = {each for each in folders if not is_below(os.path.dirname(each), folders)}
    return HostFiles(
        folders=frozenset(outer),
        files=frozenset(each for each in files if not is_below(each, outer)),
        links={
            path: target
            for path, target in links.items()
            if path != target and not is_below(path, outer)
        },
        libraries=known,
        of_interpreter=frozenset(of_interpreter.values()),
    )


def _find_interpreter_folders(
    executable: str, python: tuple[int, int]
) -> tuple[list[str], list[str]]:
    """The interpreter's folders that are shown, and the folders of its standard library.

    The whole prefix is shown, unless the interpreter shares it with other software.
    """
    real = os.path.realpath(executable)
    prefix = os.path.dirname(os.path.dirname(real))
    standard_library = _standard_library_folders(prefix, python)
    shown = [] if prefix in _SHARED_PREFIXES else [prefix]
    if not any(map(os.path.isdir, standard_library)):
        # The library is not in the executable's prefix, so only the interpreter can find it.
        command = [real, "-I", "-S", "-c", "import sys; print(sys.base_prefix)"]
        done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
        standard_library = _standard_library_folders(done.stdout.strip() or prefix, python)
        shown += standard_library
    return shown or standard_library, standard_library


def _standard_library_folders(prefix: str, python: tuple[int, int]) -> list[str]:
    name = f"python{python[0]}.{python[1]}"
    return [os.path.join(prefix, library, name) for library in ("lib", "lib64")]


def _find_extension_modules(standard_library: Iterable[str]) -> Iterator[str]:
    for folder in standard_library:
        with suppress(OSError):
            for name in os.listdir(f"{folder}/lib-dynload"):
                yield f"{folder}/lib-dynload/{name}"


def _links_to(folder: str) -> dict[str, str]:
    """The symbolic links in the path of a folder, such as /lib, with their real paths."""
    found = {}
    while folder not in ("", "/"):
        if os.path.islink(folder):
            found[resolve_folder(folder)] = _resolve_cached(folder)
        folder = os.path.dirname(folder)
    return found


@lru_cache(maxsize=4096)
def _resolve_cached(path: str) -> str:
    return os.path.realpath(path)


def resolve_folder(path: str) -> str:
    """Resolve the links in the path's folder. The last part of the path may still be a link."""
    folder, name = os.path.split(path)
    return os.path.join(_resolve_cached(folder), name)


def resolve(path: str) -> str:
    """The same as `os.path.realpath`, but faster for many files in one folder."""
    resolved = resolve_folder(path)
    return os.path.realpath(resolved) if os.path.islink(resolved) else resolved


def is_below(path: str, folders: Iterable[str]) -> bool:
    """Whether the path is one of the folders, or in one of them."""
    return any(f"{path}/".startswith(f"{each}/") for each in folders)
