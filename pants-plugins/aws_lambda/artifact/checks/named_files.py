"""Data files that first-party code names and that are not in the artifact: L026.

Pants infers dependencies from imports, so a file that code opens by its path is easily missed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property

from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_index import PossibleName
from aws_lambda.artifact.imports.module_locations import CheckedArtifact, suggest_dependencies

# Files that are not data in a folder that code names.
_OTHER_FILES = ("*.md", "*.py", "*.pyc", "*.pyi", "*.toml", "BUILD", "BUILD.*", "requirements*.txt")


@dataclass(frozen=True)
class NamingModule:
    """A first-party module, with the string literals in it that may name files.

    `path` and `source_root` are paths in the repository.
    """

    path: str
    source_root: str
    names: tuple[PossibleName, ...]

    @property
    def folder(self) -> str:
        """The module's folder in the repository."""
        return posixpath.dirname(self.path)

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The module's folder and the folders above it, up to the source root."""
        found = [self.folder]
        while found[-1] not in (self.source_root, ""):
            found.append(posixpath.dirname(found[-1]))
        return tuple(found)


@dataclass(frozen=True)
class SourceRootFiles:
    """All files below a source root, as paths in the repository."""

    paths: tuple[str, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[str]]:
        """The files by their name, which is the last component of the path."""
        return _grouped((path.rpartition("/")[2], path) for path in self.paths)

    @cached_property
    def by_folder(self) -> Mapping[str, Sequence[str]]:
        """The data files in each folder, including its subfolders."""
        return _grouped(
            (folder, path)
            for path in self.paths
            if not any(fnmatch(path.rpartition("/")[2], pattern) for pattern in _OTHER_FILES)
            for folder in _folders_above(path)
        )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, path in pairs:
        found.setdefault(key, []).append(path)
    return found


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@dataclass(frozen=True)
class NamedPath:
    """A file or a folder of the repository that a module names at a line.

    `files` are the file itself, or the data files in the folder.
    """

    path: str
    files: tuple[str, ...]
    module: NamingModule
    line: int


def find_named_paths(
    modules: Iterable[NamingModule],
    files: Mapping[str, SourceRootFiles],
    present: Collection[str],
) -> tuple[NamedPath, ...]:
    """The files and folders that modules name and that are not in the artifact, sorted by path.

    `files` maps source roots to their files. `present` are the paths of the files in the artifact
    or left out on purpose. A folder is present if one of its files is.
    """
    found: dict[str, NamedPath] = {}
    for module in modules:
        for text in module.names:
            for path, matching in _matching(module, text, files[module.source_root]):
                if path not in found and not any(each in present for each in matching):
                    found[path] = NamedPath(path, tuple(matching), module, text.line)
    return tuple(found[path] for path in sorted(found))


def _matching(
    module: NamingModule, text: PossibleName, files: SourceRootFiles
) -> Iterator[tuple[str, Sequence[str]]]:
    """The file or folder that a string literal names, and its files, one of which is enough."""
    folders = module.folders if text.is_path else module.folders[:1]
    named = files.by_name.get(text.text.rpartition("/")[2], ())
    exact = {_below(folder, text.text) for folder in folders}
    inside = _below(module.folder, "")
    matching = [
        path
        for path in named
        if path in exact or (path.startswith(inside) and path.endswith(f"/{text.text}"))
    ]
    if matching:
        # If several files match, one of them in the artifact is enough.
        yield matching[0], matching
    elif text.is_path:
        for folder in folders:
            path = _below(folder, text.text)
            if path in files.by_folder:
                yield path, files.by_folder[path]
                return


def _below(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path


def check_named_paths(
    named: Iterable[NamedPath],
    owners: Mapping[str, Sequence[tuple[str, str]]],
    artifact: CheckedArtifact,
) -> Iterator[Finding]:
    """L026 for each file or folder.

    `owners` maps paths of files to their owners, each as an address and an alias.
    """
    for each in named:
        count = len(each.files)
        is_folder = each.path not in each.files
        inside = f" ({count} {'file' if count == 1 else 'files'})" if is_folder else ""
        yield Finding(
            "L026",
            each.path,
            f"{each.module.path}:{each.line} names {each.path}{inside}, which is not in the "
            "artifact.",
            _fix(each, owners, artifact, is_folder=is_folder),
        )


def _fix(
    each: NamedPath,
    owners: Mapping[str, Sequence[tuple[str, str]]],
    artifact: CheckedArtifact,
    *,
    is_folder: bool,
) -> str:
    found = {pair for path in each.files for pair in owners.get(path, ())}
    addable = sorted(address for address, alias in found if not alias.startswith("file"))
    if addable:
        return f"{suggest_dependencies(addable, artifact)}."
    if found:
        address, alias = min(found)
        return (
            f"make {address} a `{alias.replace('file', 'resource')}` target instead of a "
            f"`{alias}` target, and {suggest_dependencies([address], artifact)}."
        )
    folder = (
        each.module.folder
        if each.path.startswith(_below(each.module.folder, ""))
        else (posixpath.dirname(each.path))
    )
    inside = each.path[len(folder) + 1 :] if folder else each.path
    name = inside.partition("/")[0] if is_folder or "/" in inside else "data"
    sources = f"{inside}/**" if is_folder else inside
    return (
        f'add `resources(name="{name}", sources=["{sources}"])` to {_below(folder, "BUILD")}, and '
        f"{suggest_dependencies([f'{folder}:{name}'], artifact)}."
    )
