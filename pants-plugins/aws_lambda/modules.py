"""Reads Python files of users: what they bind, and what they mean, comments aside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import CreateDigest, Digest, DigestSubset, FileContent, PathGlobs
from pants.engine.process import ProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import ArtifactFile, InRepository, InWheel
from aws_lambda.artifact.plan import REPOSITORY, repository_path, wheel_folder
from aws_lambda.artifact.reexport import ModuleNames
from aws_lambda.interpreters import Interpreters
from aws_lambda.sandboxed import SandboxRun


@dataclass(frozen=True)
class ReadModulesRequest:
    """Files of an artifact to read, with an interpreter of `python` or newer.

    `repository` holds those of the repository, among others; `wheels` the digest of each wheel, by
    file name, among others. Files that are not Python, or that were generated, are passed over.
    """

    python: tuple[int, int]
    files: tuple[ArtifactFile, ...]
    repository: Digest
    wheels: FrozenDict[str, Digest]


@dataclass(frozen=True)
class ModuleReport:
    """What a file binds, and a digest of its syntax tree without docstrings.

    `is_empty` says that it holds nothing but comments, and `extends_path` that it lets its package
    lie in several folders.
    """

    names: ModuleNames
    essence: str
    is_empty: bool
    extends_path: bool


@dataclass(frozen=True)
class ModulesRead:
    """The reports, by the SHA-256 of the file; or in `unread_because`, why there are none."""

    reports: FrozenDict[str, ModuleReport]
    unread_because: str = ""


@rule(desc="Read Python files", level=LogLevel.DEBUG)
async def read_modules(request: ReadModulesRequest, interpreters: Interpreters) -> ModulesRead:
    files = tuple(file for file in request.files if file.path.endswith(".py"))
    if not files:
        return ModulesRead(FrozenDict(), "it is not written in Python")
    interpreter = interpreters.at_least(request.python)
    if interpreter is None:
        version = ".".join(map(str, request.python))
        return ModulesRead(FrozenDict(), f"no Python {version} or newer was found to read it")
    wanted = json.dumps([wanted_file for file in files for wanted_file in _wanted(file)])
    # These and nothing else, lest other edits run it again.
    paths = [file.origin.path for file in files if isinstance(file.origin, InRepository)]
    names = {file.origin.wheel for file in files if isinstance(file.origin, InWheel)}
    repository = await Get(Digest, DigestSubset(request.repository, PathGlobs(paths)))
    result = await Get(
        ProcessResult,
        SandboxRun(
            program="read_module.py",
            argv=("request.json",),
            description=f"Read {', '.join(file.source for file in files)}",
            inputs=await Get(Digest, CreateDigest([FileContent("request.json", wanted.encode())])),
            immutable_inputs=FrozenDict(
                {
                    REPOSITORY: repository,
                    **{wheel_folder(name): request.wheels[name] for name in sorted(names)},
                }
            ),
            python=interpreter.path,
            fingerprint=interpreter.sha256,
        ),
    )
    reports: Mapping[str, Mapping[str, Any]] = json.loads(result.stdout)
    return ModulesRead(FrozenDict({key: _report(each) for key, each in reports.items()}))


def _wanted(file: ArtifactFile) -> Iterable[dict[str, str]]:
    """What the program is asked for, in the words of its request."""
    if isinstance(file.origin, InRepository):
        yield {"key": file.sha256, "path": repository_path(file.origin.path)}
    elif isinstance(file.origin, InWheel):
        folder = wheel_folder(file.origin.wheel)
        yield {
            "key": file.sha256,
            "path": f"{folder}/{file.origin.wheel}",
            "entry": file.origin.entry,
        }


def _report(report: Mapping[str, Any]) -> ModuleReport:
    names = ModuleNames(
        frozenset(report.get("names", ())),
        report.get("dynamic", False),
        report.get("syntax_error", ""),
    )
    return ModuleReport(
        names,
        report.get("essence", ""),
        report.get("empty", False),
        report.get("extends_path", False),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
