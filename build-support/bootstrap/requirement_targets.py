"""Reads the requirement targets of a repository from its BUILD files, without Pants.

A warm run must not read every folder of a large repository. The cache folder therefore keeps the
ctime and the content of each folder and BUILD file, and a run reads again only those whose ctime
changed. The names of BUILD files are those of Pants' default `build_patterns`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.cache_folder import replace_text

# The requirement targets of Pants itself, and the usual names of macros that create them.
_TYPE = re.compile(r"\w*_requirements?")
_WORDS = re.compile(rb"_requirements?\s*\(|__defaults__")

# The default of the field `source`, which names the file that a target reads (Pants 2.17.1).
_SOURCES = {
    "pipenv_requirements": "Pipfile.lock",
    "poetry_requirements": "pyproject.toml",
    "python_requirements": "requirements.txt",
}

# Folders that can be large and contain no BUILD files of the repository. Hidden folders are skipped
# as well, as Pants does.
_SKIPPED = ("__pycache__", "dist", "node_modules")


class Statement(NamedTuple):
    """A requirement target in a BUILD file."""

    resolve: str | None  # "" if the target names none, `None` if only Pants can evaluate it.
    digest: str  # Of the text of the statement.
    source: str | None  # The file that the target reads, relative to the BUILD file.


class BuildFile(NamedTuple):
    """The requirement targets of one BUILD file, and the statements that may affect them."""

    statements: list[Statement] | None  # `None` if the file has a syntax error.
    rest_digest: str  # Of the statements that targets can depend on, such as assignments.
    sets_defaults: bool  # Whether it may set the resolve of targets in this folder and below.


class RequirementTargets:
    """The requirement targets of each resolve. The BUILD files are read on first use."""

    def __init__(self, root: Path, cache: Path, default_resolve: str) -> None:
        self.root = root
        self.default_resolve = default_resolve
        self._kept = cache / "requirement-targets" / f"{_sha256(str(root).encode())[:12]}.json"
        self._build_files: dict[str, BuildFile] | None = None

    def inputs(self, resolve: str) -> dict[str, str]:
        """The digest of each file that states requirements of this resolve, by its path.

        Empty if a BUILD file has a syntax error. Pants then reports that error, and not an error
        while it generates a lockfile.
        """
        if self._build_files is None:
            self._build_files = _read_build_files(self.root, self._kept)
        found: dict[str, str] = {}
        for path, build_file in self._build_files.items():
            if build_file.statements is None:
                return {}
            stated = [each for each in build_file.statements if self._is_for(resolve, path, each)]
            if not stated:
                continue
            digests = [build_file.rest_digest, *(each.digest for each in stated)]
            found[path] = _sha256("\n".join(digests).encode())
            for source in {each.source for each in stated} - {None}:
                named = os.path.normpath(os.path.join(os.path.dirname(path), str(source)))
                found[named] = digest_of(self.root / named)
        return found

    def digest_of_tree(self) -> str:
        """A digest of the names of all folders, and of the paths and ctimes of the BUILD files.

        It describes the last walk, so call it after `inputs`.
        """
        found = json.loads(self._kept.read_text(encoding="utf-8"))
        entries = sorted(
            (path, content if _is_folder(path) else ctime)
            for path, (ctime, content) in found.items()
        )
        return _sha256(json.dumps(entries).encode())

    def _is_for(self, resolve: str, path: str, statement: Statement) -> bool:
        if statement.resolve != "":
            return statement.resolve in (resolve, None)
        return resolve == self.default_resolve or any(
            each.sets_defaults and _is_below(path, os.path.dirname(other))
            for other, each in (self._build_files or {}).items()
        )


def digest_of(path: Path) -> str:
    """The SHA-256 of a file in hex, or "missing"."""
    try:
        return _sha256(path.read_bytes())
    except OSError:
        return "missing"


def read_build_file(text: bytes) -> BuildFile | None:
    """Parse the text of a BUILD file. Return `None` if it does not mention requirements."""
    if not _WORDS.search(text):
        return None
    import ast

    try:
        source = text.decode()
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return BuildFile(None, "", sets_defaults=False)
    statements: list[Statement] = []
    rest: list[str] = []
    sets_defaults = False
    for node in tree.body:
        segment = ast.get_source_segment(source, node) or ""
        calls = [
            (call.func.id, call.keywords)
            for call in ast.walk(node)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        ]
        stated = [(name, given) for name, given in calls if _TYPE.fullmatch(name)]
        for name, given in stated:
            named = {keyword.arg: _string(keyword.value) for keyword in given}
            # A double star may set every field.
            resolve = None if None in named else named.get("resolve", "")
            file = named.get("source", _SOURCES.get(name))
            statements.append(Statement(resolve, _sha256(segment.encode()), file))
        if any(name == "__defaults__" for name, _ in calls):
            sets_defaults = sets_defaults or "resolve" in segment
            rest.append(segment)
        elif not stated and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            rest.append(segment)
    return BuildFile(statements, _sha256("\n".join(rest).encode()), sets_defaults)


def _string(node: Any) -> str | None:
    value = getattr(node, "value", None)
    return value if isinstance(value, str) else None


def _read_build_files(root: Path, kept: Path) -> dict[str, BuildFile]:
    """The BUILD files that mention requirements, by their path in the repository.

    `kept` is the file in the cache folder with the results of the last run.
    """
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    if not found or not _is_unchanged(f"{root}/", found):
        found = _walk_folders(f"{root}/", found)
        replace_text(kept, json.dumps(found))
    return {
        path: BuildFile(fields[0] and [Statement(*each) for each in fields[0]], *fields[1:])
        for path, (_, fields) in sorted(found.items())
        if fields and not _is_folder(path)
    }


def _is_unchanged(root: str, found: dict[str, Any]) -> bool:
    try:
        return all(os.stat(root + path).st_ctime_ns == ctime for path, (ctime, _) in found.items())
    except OSError:
        return False


def _walk_folders(root: str, before: dict[str, Any]) -> dict[str, Any]:
    """The ctime and the content of each folder and BUILD file, by its path.

    The content of a folder is the list of its entries; that of a BUILD file is a `BuildFile`.
    `before` is the result of an earlier walk.
    """
    found: dict[str, Any] = {}
    waiting = [""]
    while waiting:
        path = waiting.pop()
        try:
            ctime = os.stat(root + path).st_ctime_ns
            if path in before and before[path][0] == ctime:
                content = before[path][1]
            elif _is_folder(path):
                content = sorted(_folder_entries(root + path))
            else:
                content = read_build_file(Path(root + path).read_bytes())
        except OSError:
            continue  # It was deleted meanwhile, or Pants will report that it is not readable.
        found[path] = [ctime, content]
        if _is_folder(path):
            waiting += [path + name for name in content]
    return found


def _is_folder(path: str) -> bool:
    """Whether a path in the result of a walk is a folder: it ends in a slash, or is the root."""
    return not path or path.endswith("/")


def _folder_entries(folder: str) -> Iterator[str]:
    """The names of subfolders, with a slash at the end, and of BUILD files."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield f"{entry.name}/"
            elif entry.name == "BUILD" or entry.name.startswith("BUILD."):
                yield entry.name


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
