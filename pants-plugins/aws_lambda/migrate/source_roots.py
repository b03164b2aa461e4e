"""Finds the folders where the imports of functions begin, and the targets of the sources there."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass

from aws_lambda.migrate.build_file_targets import NewTarget, PlacedTarget, Value
from aws_lambda.migrate.chosen_functions import ChosenCode
from aws_lambda.migrate.repository_files import RepositoryFiles
from aws_lambda.migrate.resolve_choice import ResolveChoice
from aws_lambda.migrate.shared_fields import resolve_field

PYTHON_FILES = (".py", ".pyi")
_NO_SOURCES = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests|conftest)\.pyi?$")
# Folders with files for tests, and folders that tools write. A path is relative to a source root.
TOOL_FOLDERS = re.compile(
    r"(^|/)(tests?|node_modules|__pycache__|venv|\.[^/]+|cdk\.out|[^/]+\.egg-info)/"
)


@dataclass(frozen=True)
class CodeLayout:
    """The code to translate, its resolves, and its source roots, which are sorted folders."""

    files: RepositoryFiles
    chosen: ChosenCode
    resolves: ResolveChoice
    roots: tuple[str, ...]

    def root_of(self, path: str) -> str | None:
        """Return the innermost source root that contains a file."""
        containing = [each for each in self.roots if each == "." or path.startswith(f"{each}/")]
        return max(containing, key=len, default=None)

    def resolves_of(self, root: str) -> list[str]:
        """Return the resolves of the functions and layers that can import code below a root."""
        return self.resolves.of_root(root, self.chosen)

    def has_equal_modules(self) -> bool:
        """Return whether several roots have a module of the same name."""
        modules = Counter(
            posixpath.relpath(path, root)
            for root in self.roots
            for path in sources_below(root, self.files)
            if self.root_of(path) == root and not path.endswith("__init__.py")
        )
        return any(count > 1 for count in modules.values())


def find_source_roots(
    chosen: ChosenCode, resolves: ResolveChoice, files: RepositoryFiles
) -> tuple[str, ...]:
    """Return the folders of functions and layers, and those of projects that they install."""
    folders = [each.code for each in chosen.functions]
    folders += [each.root for each in chosen.layers.values() if sources_below(each.root, files)]
    for file in (each for merged in resolves.files.values() for each in merged):
        folders += [_root_of_project(each, files) for each in file.folders]
    return tuple(sorted({each for each in folders if each}))


def sources_below(folder: str, files: RepositoryFiles) -> list[str]:
    """Return the Python files below a folder that are not for tests or tools."""
    return [
        path
        for path in files.below(folder)
        if path.endswith(PYTHON_FILES)
        and not _NO_SOURCES.search(path)
        and not TOOL_FOLDERS.search(posixpath.relpath(path, folder))
        and not path.endswith("setup.py")
    ]


def python_folders(files: RepositoryFiles) -> frozenset[str]:
    """Return all folders that contain Python files, and the folders above them."""
    found: set[str] = set()
    for path in files.paths:
        folder = posixpath.dirname(path)
        while path.endswith(PYTHON_FILES) and folder and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(found)


def source_targets(layout: CodeLayout) -> list[PlacedTarget]:
    """Return a `python_sources` target for each folder with sources."""
    folders: dict[str, str] = {}
    for root in layout.roots:
        for path in sources_below(root, layout.files):
            folders[posixpath.dirname(path) or "."] = layout.root_of(path) or root
    targets = []
    for folder, root in sorted(folders.items()):
        if _is_owned_from_above(folder, layout.files):
            continue
        fields: dict[str, Value] = {"name": "root"} if folder == "." else {}
        fields |= resolve_field(layout.resolves_of(root), layout.files.default_resolve)
        targets.append(PlacedTarget(folder, NewTarget("python_sources", fields)))
    return targets


def _root_of_project(folder: str, files: RepositoryFiles) -> str:
    """Return the folder in which the imports of a local project begin, or ""."""
    for root in (f"{folder}/src", folder):
        if sources_below(root, files):
            return root
    return ""


def _is_owned_from_above(folder: str, files: RepositoryFiles) -> bool:
    """Return whether a folder above has sources with patterns such as `**/*.py`."""
    while folder not in (".", ""):
        folder = posixpath.dirname(folder) or "."
        for each in files.targets_of(folder):
            text = files.texts.get(files.build_file(folder), "")
            if each.alias == "python_sources" and "sources" in each.others and "**" in text:
                return True
    return False
