"""Finds the files that `package` must write, because `dist/` does not contain them yet.

Pants 2.17 to 2.33 write all files of all packages in every run. Remove this with the first Pants
that compares them first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants.core.goals.package import BuiltPackage
from pants.engine.fs import CreateDigest, Digest, FileEntry, MergeDigests, Workspace

from aws_lambda.pants_api import concurrently, create_digest, get_digest_entries, merge_digests

# The files that this process wrote: each with its entry, and its state after that.
_written: dict[Path, tuple[FileEntry, tuple[int, ...]]] = {}


@dataclass(frozen=True)
class ChangedFiles:
    """The files of packages that the folder `dist` does not contain yet, by path.

    `digest` contains these `files`, and all files of packages that cannot be compared. `unchanged`
    are the paths below `dist` of the files that stay as they are.
    """

    dist: Path
    digest: Digest
    files: Mapping[Path, FileEntry]
    unchanged: frozenset[str]

    def remember(self) -> None:
        """Record the state of the files, which were just written."""
        for path, entry in self.files.items():
            state = _state_of(path)
            if state:
                _written[path] = (entry, state)


class ChangedFilesWorkspace:
    """A workspace that writes the changed files in place of the digest that it gets."""

    def __init__(self, workspace: Workspace, changed: ChangedFiles) -> None:
        self._workspace = workspace
        self._changed = changed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)

    def write_digest(self, _: Digest, *, clear_paths: Sequence[str] = (), **more: Any) -> None:
        cleared = [path for path in clear_paths if path not in self._changed.unchanged]
        self._workspace.write_digest(self._changed.digest, clear_paths=cleared, **more)
        self._changed.remember()


async def find_changed_files(packages: Iterable[BuiltPackage], dist: Path) -> ChangedFiles:
    """Compare packages with the files in `dist` that this process wrote.

    A folder is not compared: Pants deletes it before it writes it, with every file that is not a
    part of the artifact.
    """
    every = tuple(packages)
    listed = await concurrently(get_digest_entries(each.digest) for each in every)
    whole: list[Digest] = []
    compared: dict[str, FileEntry] = {}
    for package, entries in zip(every, listed):
        files = {each.path: each for each in entries if isinstance(each, FileEntry)}
        if all(each.relpath in files for each in package.artifacts):
            compared.update(files)
        else:
            whole.append(package.digest)
    changed = {path: entry for path, entry in compared.items() if _differs(dist / path, entry)}
    digest = await create_digest(CreateDigest(changed.values()))
    return ChangedFiles(
        dist,
        await merge_digests(MergeDigests([digest, *whole])),
        {dist / path: entry for path, entry in changed.items()},
        frozenset(compared.keys() - changed.keys()),
    )


def _differs(path: Path, entry: FileEntry) -> bool:
    known, state = _written.get(path, (None, ()))
    return known != entry or state != _state_of(path)


def _state_of(path: Path) -> tuple[int, ...]:
    """Facts about a file, of which every change of the file changes one; `()` without a file."""
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
