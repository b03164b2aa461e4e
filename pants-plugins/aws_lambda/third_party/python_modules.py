"""Reads the names, imports and syntax of Python files, in processes.

A process reads a few neighboring files of a folder, or all files of a wheel. After an edit, Pants
reads these few again. Functions share the results, since the neighbors do not depend on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

from pants.engine.fs import CreateDigest, Digest, FileContent, FileEntry, PathGlobs
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Origin,
    RepositoryOrigin,
    WheelOrigin,
    repository_file,
)
from aws_lambda.artifact.handler_lookup import ModuleNames
from aws_lambda.artifact.imports.module_index import ModuleFacts, parse_facts, parse_wheel_facts
from aws_lambda.artifact.output.assembly_plan import repository_path, wheel_folder
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    create_digest,
    entries_at,
    implicitly,
    rule,
    run_to_success,
)
from aws_lambda.processes.interpreters import Interpreters
from aws_lambda.processes.sandbox_program import ProgramRun, create_file_entry, prepare_program

_REQUEST = "request.json"
# The files of a folder that one process reads or compiles. Pants starts a process in the time that
# it needs for twenty files of 4 KB (November 2026), and an edit reads all of its files again.
_NEIGHBORS = 8
_NO_WHEELS: FrozenDict[str, Digest] = FrozenDict()


@dataclass(frozen=True)
class ReadModulesRequest:
    """Python files of an artifact. An interpreter of version `python` or newer reads them.

    `neighbors` are the groups of files that contain those of the repository. `root` is the
    artifact's folder of importable code. `wheels` maps the file names of their wheels to digests.
    """

    python: tuple[int, int]
    files: tuple[ArtifactFile, ...]
    neighbors: tuple[tuple[ArtifactFile, ...], ...]
    root: str
    wheels: FrozenDict[str, Digest]


@dataclass(frozen=True)
class ModuleReport:
    """The names that a file binds, and a digest of its syntax tree without docstrings.

    `extends_path` is true if it extends the path of its package to several folders. `facts` are the
    inputs of the import graph.
    """

    names: ModuleNames
    syntax_digest: str
    extends_path: bool
    facts: ModuleFacts


@dataclass(frozen=True)
class ModuleReports:
    """Reports by the origin of the file, or in `unread_because` the reason why there are none."""

    reports: FrozenDict[str, ModuleReport]
    unread_because: str = ""

    def of(self, file: ArtifactFile) -> ModuleReport | None:
        return self.reports.get(_key(file))

    def syntax_digests(self, files: Iterable[ArtifactFile]) -> dict[str, str]:
        """The digest of the syntax tree of each readable file, by the SHA-256 of its content."""
        read = ((file, self.of(file)) for file in files)
        return {file.sha256: report.syntax_digest for file, report in read if report}


@dataclass(frozen=True)
class _FolderRequest:
    """The Python files of a folder of the repository, `""` for its root.

    `artifact_folder` is the place of the folder in an artifact.
    """

    folder: str
    artifact_folder: str


@dataclass(frozen=True)
class _FolderFiles:
    """The Python files of a folder, sorted, in groups of neighbors."""

    neighbors: tuple[tuple[ArtifactFile, ...], ...]

    @cached_property
    def _groups(self) -> Mapping[tuple[str, Origin, str], tuple[ArtifactFile, ...]]:
        return {
            (each.path, each.origin, each.sha256): group
            for group in self.neighbors
            for each in group
        }

    def around(self, file: ArtifactFile) -> tuple[ArtifactFile, ...]:
        """The file and its neighbors.

        A file that Pants generated, such as from a schema, is in no folder of the repository, and
        an extra file may have another name in the artifact. They have no neighbors.
        """
        return self._groups.get((file.path, file.origin, file.sha256), (file,))


@dataclass(frozen=True)
class _Batch:
    """Files that one process reads.

    `wanted` is the JSON request. The files are among `files`, or in `wheels`, which maps folders of
    the sandbox to digests.
    """

    python: tuple[int, int]
    described: str
    wanted: str
    files: tuple[FileEntry, ...] = ()
    wheels: FrozenDict[str, Digest] = FrozenDict()


@dataclass(frozen=True)
class _BatchReport:
    """The JSON of the process, or `None` if there is no interpreter to run it."""

    reports: str | None


@dataclass(frozen=True)
class _ReadFiles:
    """Reports by the origin of the file, or `None` if there is no interpreter."""

    reports: FrozenDict[str, ModuleReport] | None


@dataclass(frozen=True)
class WheelModulesRequest:
    """All Python files of a wheel. An interpreter of version `python` or newer reads them."""

    python: tuple[int, int]
    wheel: str
    digest: Digest


@dataclass(frozen=True)
class WheelModules:
    """The imports of the files of a wheel, by path in the wheel. Tests are not read."""

    facts: FrozenDict[str, ModuleFacts]


@dataclass(frozen=True)
class WordMentionsRequest:
    """Which Python files of these wheels, digests by file name, mention some words.

    The words are modules that they import, in functions too; else whole string literals.
    """

    python: tuple[int, int]
    wheels: FrozenDict[str, Digest]
    words: tuple[str, ...]
    as_imports: bool = False


@dataclass(frozen=True)
class WordMentions:
    """The words that were found, by wheel and path in the wheel."""

    words: FrozenDict[tuple[str, str], tuple[str, ...]]


@rule(desc="Read Python files in one process", level=LogLevel.DEBUG)
async def read_batch(batch: _Batch, interpreters: Interpreters) -> _BatchReport:
    interpreter = interpreters.at_least(batch.python)
    if interpreter is None:
        return _BatchReport(None)
    result = await run_to_success(
        await prepare_program(
            ProgramRun(
                program="read_module.py",
                argv=(_REQUEST,),
                description=f"Read {batch.described}",
                inputs=await create_digest(
                    CreateDigest([FileContent(_REQUEST, batch.wanted.encode()), *batch.files])
                ),
                immutable_inputs=batch.wheels,
                python=interpreter.path,
                fingerprint=interpreter.sha256,
            ),
            **implicitly(),
        )
    )
    return _BatchReport(result.stdout.decode())


@rule(desc="Read neighboring Python files", level=LogLevel.DEBUG)
async def read_files(batch: _Batch) -> _ReadFiles:
    """Parse the reports of a batch once, for all functions that contain one of its files."""
    read = await read_batch(batch, **implicitly())
    if read.reports is None:
        return _ReadFiles(None)
    reports = json.loads(read.reports)
    return _ReadFiles(FrozenDict({key: _report(report) for key, report in reports.items()}))


@rule(desc="List Python files of a folder", level=LogLevel.DEBUG)
async def list_python_files(request: _FolderRequest) -> _FolderFiles:
    entries = await entries_at(PathGlobs([f"{request.folder}/*.py".lstrip("/")]))
    prefix = f"{request.artifact_folder}/" if request.artifact_folder else ""
    files = [
        read_entry(each, f"{prefix}{each.path.rpartition('/')[2]}")
        for each in sorted(entries, key=lambda each: each.path)
        if isinstance(each, FileEntry)
    ]
    return _FolderFiles(
        tuple(tuple(files[at : at + _NEIGHBORS]) for at in range(0, len(files), _NEIGHBORS))
    )


async def find_neighbors(files: Iterable[ArtifactFile]) -> tuple[tuple[ArtifactFile, ...], ...]:
    """Groups of neighbors that together contain these files of the repository, each group once.

    A group depends on the folder alone, so that artifacts with other files of it have the same
    groups. It may contain files that the artifact does not contain.
    """
    own = tuple(files)
    folders = sorted({_folder(each) for each in own})
    listed = await concurrently(list_python_files(_FolderRequest(*each)) for each in folders)
    by_folder = dict(zip(folders, listed))
    return tuple(dict.fromkeys(by_folder[_folder(file)].around(file) for file in own))


def _folder(file: ArtifactFile) -> tuple[str, str]:
    """The folders of the file in the repository and in the artifact."""
    assert isinstance(file.origin, RepositoryOrigin)
    return file.origin.path.rpartition("/")[0], file.path.rpartition("/")[0]


def read_entry(entry: FileEntry, path: str) -> ArtifactFile:
    """A file of the repository as a file of an artifact, at this path."""
    return repository_file(
        path,
        entry.path,
        sha256=entry.file_digest.fingerprint,
        size=entry.file_digest.serialized_bytes_length,
        executable=entry.is_executable,
    )


async def request_modules(
    python: tuple[int, int],
    files: Iterable[ArtifactFile],
    root: str = "",
    wheels: FrozenDict[str, Digest] = _NO_WHEELS,
) -> ReadModulesRequest:
    """Return the request to read the Python files among these, except generated ones.

    `read_modules` does not list the neighbors itself: after an edit, Pants would repeat its request
    of the previous build, and read a file that has changed since.
    """
    modules = dict.fromkeys(file for file in files if file.path.endswith(".py"))
    own = sorted((f for f in modules if isinstance(f.origin, RepositoryOrigin)), key=_path)
    theirs = sorted((f for f in modules if isinstance(f.origin, WheelOrigin)), key=_wheel)
    return ReadModulesRequest(python, (*own, *theirs), await find_neighbors(own), root, wheels)


@rule(desc="Read Python files", level=LogLevel.DEBUG)
async def read_modules(request: ReadModulesRequest) -> ModuleReports:
    if not request.files:
        return ModuleReports(FrozenDict(), "it is not written in Python")
    theirs = [file for file in request.files if isinstance(file.origin, WheelOrigin)]
    batches = [
        *(_batch(request, group) for group in request.neighbors),
        *(
            _batch(request, sorted(grouped, key=_path), wheel)
            for wheel, grouped in groupby(theirs, key=_wheel)
        ),
    ]
    read = await concurrently(read_files(batch) for batch in batches)
    found = [each.reports for each in read if each.reports is not None]
    if len(found) < len(read):
        version = ".".join(map(str, request.python))
        return ModuleReports(FrozenDict(), f"no Python {version} or newer was found to read it")
    wanted = {_key(file) for file in request.files}
    return ModuleReports(
        FrozenDict(
            {key: report for reports in found for key, report in reports.items() if key in wanted}
        )
    )


@rule(desc="Read the imports of a wheel", level=LogLevel.DEBUG)
async def read_wheel_modules(request: WheelModulesRequest) -> WheelModules:
    wanted = [{"key": "wheel", "wheel": f"{wheel_folder(request.wheel)}/{request.wheel}"}]
    read = await read_batch(
        _Batch(
            request.python,
            f"the imports of {request.wheel}",
            _document(request.python, wanted),
            wheels=FrozenDict({wheel_folder(request.wheel): request.digest}),
        ),
        **implicitly(),
    )
    if read.reports is None:
        return WheelModules(FrozenDict())
    return _parse_wheel(read.reports)


@lru_cache(maxsize=256)
def _parse_wheel(reports: str) -> WheelModules:
    return WheelModules(FrozenDict(parse_wheel_facts(json.loads(reports)["wheel"])))


@rule(desc="Find words in wheels", level=LogLevel.DEBUG)
async def find_mentions(request: WordMentionsRequest) -> WordMentions:
    if not request.words or not request.wheels:
        return WordMentions(FrozenDict())
    kind = "imports" if request.as_imports else "strings"
    wanted = [
        {"key": name, "wheel": f"{wheel_folder(name)}/{name}", kind: sorted(request.words)}
        for name in sorted(request.wheels)
    ]
    read = await read_batch(
        _Batch(
            request.python,
            f"which wheels mention {', '.join(request.words)}",
            _document(request.python, wanted),
            wheels=FrozenDict({wheel_folder(n): each for n, each in request.wheels.items()}),
        ),
        **implicitly(),
    )
    reports = json.loads(read.reports or "{}")
    return WordMentions(
        FrozenDict(
            {
                (wheel, entry): tuple(words)
                for wheel, entries in reports.items()
                for entry, words in entries.items()
            }
        )
    )


def _batch(request: ReadModulesRequest, files: Sequence[ArtifactFile], wheel: str = "") -> _Batch:
    """The request of one process, for files of the repository or of one wheel."""
    described = files[0].source + (f" and {len(files) - 1} more" if files[1:] else "")
    wanted = [_source_entry(file, request.root) for file in files]
    return _Batch(
        request.python,
        described,
        _document(request.python, wanted),
        tuple(
            create_file_entry(file, repository_path(file.origin.path))
            for file in files
            if isinstance(file.origin, RepositoryOrigin)
        ),
        FrozenDict({wheel_folder(wheel): request.wheels[wheel]} if wheel else {}),
    )


def _document(python: tuple[int, int], wanted: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps({"python": list(python), "wanted": list(wanted)}, sort_keys=True)


def _key(file: ArtifactFile) -> str:
    """The origin of a file. Equal content at another path may import other modules."""
    origin = file.origin
    if isinstance(origin, WheelOrigin):
        return f"{origin.wheel}!{origin.entry}"
    # For a handler with an appended line, this is the file in the repository.
    return origin.path if isinstance(origin, RepositoryOrigin) else file.source


def _path(file: ArtifactFile) -> str:
    return file.path


def _wheel(file: ArtifactFile) -> str:
    return file.origin.wheel if isinstance(file.origin, WheelOrigin) else ""


def _source_entry(file: ArtifactFile, root: str) -> dict[str, Any]:
    """The entry of a file in the request."""
    below = file.path[len(root) + 1 :] if root else file.path
    steps = below[: -len(".py")].split("/")
    is_package = steps[-1] == "__init__"
    module = {"module": ".".join(steps[:-1] if is_package else steps), "package": is_package}
    if isinstance(file.origin, RepositoryOrigin):
        return {"key": _key(file), "path": repository_path(file.origin.path), **module}
    assert isinstance(file.origin, WheelOrigin)
    folder = wheel_folder(file.origin.wheel)
    return {
        "key": _key(file),
        "path": f"{folder}/{file.origin.wheel}",
        "entry": file.origin.entry,
        **module,
    }


def _report(report: Mapping[str, Any]) -> ModuleReport:
    names = ModuleNames(
        frozenset(report.get("names", ())),
        report.get("dynamic", False),
        report.get("syntax_error", ""),
        FrozenDict({name: (e[0], e[1]) for name, e in report.get("unanswering", {}).items()}),
        FrozenDict({name: (e[0], e[1]) for name, e in report.get("borrowed", {}).items()}),
    )
    return ModuleReport(
        names,
        report.get("syntax_digest", ""),
        report.get("extends_path", False),
        parse_facts(report),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
