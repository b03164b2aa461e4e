"""Decides which targets `tailor` proposes for handlers, and how they are called."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from aws_lambda.artifact.errors import LambdaError, Where
from aws_lambda.artifact.handler_fields import parse_handler
from aws_lambda.tailor.data_files import is_data_file

# Every file in which `find_handlers.py` finds a handler contains one of these words, or an event as
# a first parameter. Few other files do.
_WORDS = (
    *(b"lambda_handler", b"LambdaContext", b"aws_lambda_", b"awslambdaric"),
    *(b"Mangum", b"Chalice", b"make_lambda_handler", b"FlaskLambda"),
)
_WORDS_OF_PARAMETERS = (b"event", b"Event", b"evt", b"ontext", b"ctx")
_EVENT_FIRST = re.compile(rb"(?:def\s+\w+\s*\(|\blambda)\s*_*(?:[Ee]vent|[Ee]vt|_)_*\s*[,:]")
_TEST_FILES = re.compile(r"(?:test_.*|.*_test|tests|conftest|test_utils)\.pyi?")
_TEST_FOLDERS = {"test", "tests"}
_NAME_OF_FUNCTION = "fn"
_NAME_OF_DATA = "data"


@dataclass(frozen=True)
class HandlerFile:
    """A file with handlers: its path, its source root, and the functions in it.

    The source root is `""` for the root folder of the repository. `resolve` is the resolve of the
    target that owns the file, if it is not the default one.
    """

    path: str
    source_root: str
    functions: tuple[str, ...]
    resolve: str = ""

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path)

    @property
    def module(self) -> str:
        """The dotted name, below the source root."""
        path = self.path[len(self.source_root) :].lstrip("/")[: -len(".py")].replace("/", ".")
        return path[: -len(".__init__")] if path.endswith(".__init__") else path

    @property
    def name(self) -> str:
        """The name of the file without its suffix."""
        return os.path.basename(self.path)[: -len(".py")]


@dataclass(frozen=True)
class NamedHandler:
    """The handler that a target names: by file, as a path in the repository, or by module."""

    folder: str
    file: str
    module: str
    function: str


@dataclass(frozen=True)
class ProposedFunction:
    """A `lambda_function` target for a BUILD file in `folder`.

    `resolve` is `""` for the default.
    """

    folder: str
    name: str
    handler: str
    resolve: str = ""


@dataclass(frozen=True)
class ProposedData:
    """A `resources` target for a BUILD file in `folder`, with the names of the files."""

    folder: str
    name: str
    sources: tuple[str, ...]


def may_have_handler(path: str, content: bytes) -> bool:
    """Whether a file is worth parsing. Files of tests are not."""
    *folders, name = path.split("/")
    if _TEST_FOLDERS.intersection(folders) or _TEST_FILES.fullmatch(name):
        return False
    if any(word in content for word in _WORDS):
        return True
    has_words = any(word in content for word in _WORDS_OF_PARAMETERS)
    return has_words and _EVENT_FIRST.search(content) is not None


def is_in_folders(path: str, folders: Iterable[str]) -> bool:
    """Whether one of the folders contains the file. A folder outside the repository does not."""
    return any(path.startswith(f"{folder}/") for folder in folders)


def parse_named_handler(value: object, folder: str) -> NamedHandler | None:
    """Parse the field `handler` of a target in this folder, which may be one of Pants' own."""
    if not isinstance(value, str):
        return None
    try:
        spec = parse_handler(value, where=Where("", folder))
    except LambdaError:
        return None
    file = f"{folder}/{spec.path}".lstrip("/") if spec.path else ""
    return NamedHandler(folder, file, spec.module or "", spec.function)


def resolve_of_owners(resolves: Collection[str], default: str) -> str:
    """Return the resolve for a function whose handler has owners in these, `""` for the default."""
    return "" if not resolves or default in resolves else min(resolves)


def propose_functions(
    files: Iterable[HandlerFile],
    named: Collection[NamedHandler],
    taken: Mapping[str, Collection[str]],
) -> tuple[ProposedFunction, ...]:
    """Propose a target for each handler that no target names.

    `taken` are the names of the targets in each folder. The only handler of a folder is called
    `fn`. One of several has the name of its file, or of its function if the file has several.
    """
    by_folder: dict[str, list[HandlerFile]] = defaultdict(list)
    for file in sorted(files, key=lambda file: file.path):
        by_folder[file.folder].append(file)
    in_files = {(each.file, each.function) for each in named if each.file}
    in_modules = {(each.module, each.function) for each in named if not each.file}
    proposed: list[ProposedFunction] = []
    for folder, here in by_folder.items():
        # The first target in a BUILD file that has no `name` is called like the folder.
        used = {*taken.get(folder, ()), os.path.basename(folder)}
        is_only = sum(len(file.functions) for file in here) == 1
        for file in here:
            for function in file.functions:
                is_named = (file.path, function) in in_files
                if is_named or (file.module, function) in in_modules:
                    continue
                name = _free_name(_names(file, function, is_only), used)
                used.add(name)
                handler = f"{os.path.basename(file.path)}:{function}"
                proposed.append(ProposedFunction(folder, name, handler, file.resolve))
    return tuple(proposed)


def _names(file: HandlerFile, function: str, is_only: bool) -> Iterator[str]:
    """Yield possible names, the best one first."""
    if is_only:
        yield _NAME_OF_FUNCTION
    if file.name != "__init__":
        yield function if file.functions[1:] else file.name
    yield f"{file.name.strip('_')}_{function}"


def _free_name(names: Iterable[str], used: Collection[str]) -> str:
    """Return the first name that is free, or the last one with a number."""
    name = ""
    for name in names:
        if name not in used:
            return name
    number = 2
    while f"{name}{number}" in used:
        number += 1
    return f"{name}{number}"


def propose_data(
    unowned: Iterable[str],
    functions: Iterable[ProposedFunction],
    taken: Mapping[str, Collection[str]],
) -> dict[str, ProposedData]:
    """Propose a target for the data files of each folder, by folder.

    `unowned` are paths of files next to the functions, and `taken` the names of the targets in each
    folder.
    """
    by_folder: dict[str, list[str]] = defaultdict(list)
    for path in sorted(unowned):
        folder, name = os.path.split(path)
        if is_data_file(name):
            by_folder[folder].append(name)
    names: dict[str, set[str]] = defaultdict(set)
    for each in functions:
        names[each.folder].add(each.name)
    return {
        folder: ProposedData(
            folder,
            _free_name(
                [_NAME_OF_DATA], {*taken.get(folder, ()), *names[folder], os.path.basename(folder)}
            ),
            tuple(sources),
        )
        for folder, sources in by_folder.items()
    }
