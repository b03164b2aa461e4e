"""The requirement targets of a repository, read from its BUILD files without Pants.

A warm run must not read every folder of a large repository. The cache folder therefore keeps, for
each folder and each BUILD file, its ctime and what was read there. A run asks for these times and
reads again only what changed. BUILD files are named as Pants' default `build_patterns` say.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.places import replace_text

# The names of Pants' own requirement targets, and the usual names of macros that make them.
_TYPE = re.compile(r"\w*_requirements?")
_WORDS = re.compile(rb"_requirements?\s*\(|__defaults__")

# The file that a target reads unless its field `source` names another (Pants 2.17.1).
_SOURCES = {
    "pipenv_requirements": "Pipfile.lock",
    "poetry_requirements": "pyproject.toml",
    "python_requirements": "requirements.txt",
}

# Folders that can be large and contain no BUILD file of the repository. Pants skips hidden ones.
_SKIPPED = ("__pycache__", "dist", "node_modules")


class Statement(NamedTuple):
    """A requirement target as a BUILD file states it."""

    resolve: str | None  # "" if it names none, `None` if only Pants can tell.
    text: str  # A hash of the statement.
    source: str | None  # The file that it reads, relative to the BUILD file.


class BuildFile(NamedTuple):
    """What one BUILD file says of requirements."""

    statements: list[Statement] | None  # `None` if it has a syntax error.
    rest: str  # A hash of statements that targets can depend on, such as assignments.
    sets_defaults: bool  # Whether it may set the resolve of targets here and below.


class RequirementTargets:
    """What states the requirements of each resolve. It is read on first use."""

    def __init__(self, root: Path, cache: Path, default_resolve: str) -> None:
        self.root = root
        self.default_resolve = default_resolve
        self._kept = cache / "requirement-targets" / f"{_hash(str(root).encode())[:12]}.json"
        self._build_files: dict[str, BuildFile] | None = None

    def inputs(self, resolve: str) -> dict[str, str]:
        """The hash of each file that states requirements of this resolve, by its path.

        Empty if a BUILD file has a syntax error: Pants has to report it, not fail at a lockfile.
        """
        if self._build_files is None:
            self._build_files = _read_all(self.root, self._kept)
        found: dict[str, str] = {}
        for path, build_file in self._build_files.items():
            if build_file.statements is None:
                return {}
            stated = [each for each in build_file.statements if self._is_for(resolve, path, each)]
            if not stated:
                continue
            found[path] = _hash("\n".join([build_file.rest, *(s.text for s in stated)]).encode())
            for source in {each.source for each in stated} - {None}:
                named = os.path.normpath(os.path.join(os.path.dirname(path), str(source)))
                found[named] = digest(self.root / named)
        return found

    def _is_for(self, resolve: str, path: str, statement: Statement) -> bool:
        if statement.resolve != "":
            return statement.resolve in (resolve, None)
        return resolve == self.default_resolve or any(
            each.sets_defaults and _is_below(path, os.path.dirname(other))
            for other, each in (self._build_files or {}).items()
        )


def digest(path: Path) -> str:
    try:
        return _hash(path.read_bytes())
    except OSError:
        return "missing"


def read_build_file(text: bytes) -> BuildFile | None:
    """What the text of a BUILD file says of requirements; `None` if it does not mention them."""
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
            # A double star may set any field.
            resolve = None if None in named else named.get("resolve", "")
            file = named.get("source", _SOURCES.get(name))
            statements.append(Statement(resolve, _hash(segment.encode()), file))
        if any(name == "__defaults__" for name, _ in calls):
            sets_defaults = sets_defaults or "resolve" in segment
            rest.append(segment)
        elif not stated and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            rest.append(segment)
    return BuildFile(statements, _hash("\n".join(rest).encode()), sets_defaults)


def _string(node: Any) -> str | None:
    value = getattr(node, "value", None)
    return value if isinstance(value, str) else None


def _read_all(root: Path, kept: Path) -> dict[str, BuildFile]:
    """Each BUILD file that mentions requirements, by its path in the repository."""
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    if not found or not _is_unchanged(f"{root}/", found):
        found = _walk(f"{root}/", found)
        replace_text(kept, json.dumps(found))
    return {
        path: BuildFile(said[0] and [Statement(*each) for each in said[0]], *said[1:])
        for path, (_, said) in sorted(found.items())
        if said and not _is_folder(path)
    }


def _is_unchanged(root: str, found: dict[str, Any]) -> bool:
    try:
        return all(os.stat(root + path).st_ctime_ns == then for path, (then, _) in found.items())
    except OSError:
        return False


def _walk(root: str, before: dict[str, Any]) -> dict[str, Any]:
    """The ctime of each folder and BUILD file, and its entries or what it says."""
    found: dict[str, Any] = {}
    waiting = [""]
    while waiting:
        path = waiting.pop()
        try:
            changed = os.stat(root + path).st_ctime_ns
            if path in before and before[path][0] == changed:
                content = before[path][1]
            elif _is_folder(path):
                content = sorted(_names(root + path))
            else:
                content = read_build_file(Path(root + path).read_bytes())
        except OSError:
            continue  # Deleted meanwhile, or unreadable: Pants will say so.
        found[path] = [changed, content]
        if _is_folder(path):
            waiting += [path + name for name in content]
    return found


def _is_folder(path: str) -> bool:
    """Whether a path found here is one of a folder: these end in a slash; the root is empty."""
    return not path or path.endswith("/")


def _names(full: str) -> Iterator[str]:
    with os.scandir(full) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield f"{entry.name}/"
            elif entry.name == "BUILD" or entry.name.startswith("BUILD."):
                yield entry.name


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
