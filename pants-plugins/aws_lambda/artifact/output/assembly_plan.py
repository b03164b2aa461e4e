"""The plan that the assembler follows: every path of the artifact, and where its bytes lie.

What distributions bring is a part of its own: an edit of own code leaves it the same, so that
Pants, which keeps all that it was ever given to store, keeps it once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

from aws_lambda.artifact.contents import (
    ArtifactFile,
    BytecodeOrigin,
    GeneratedOrigin,
    RepositoryOrigin,
    WheelOrigin,
)

PLAN_PATH = "plan.json"
# The folder of the sandbox that holds files of the repository.
REPOSITORY = "repository"
# The folder of the sandbox that holds files which the backend wrote.
GENERATED = "generated"
# The folder of the sandbox that holds those for distributions, with their part of the plan.
THIRD_PARTY = "third-party"
PART_PATH = "plan.json"
# The folder that the artifact is written into, away from all that the sandbox holds already.
OUTPUT = "out"
# In the zip format's words.
_DEFLATED = 8

Row = tuple[Union[str, int], ...]


def wheel_folder(wheel: str) -> str:
    """The folder of the sandbox in which a wheel lies, under its own name."""
    return f"wheels/{wheel}"


def bytecode_archive_path(name: str) -> str:
    """Where the sandbox holds a file of compiled modules."""
    return f"bytecode/{name}"


def output_path(output: str) -> str:
    """Where the sandbox gets the artifact."""
    return f"{OUTPUT}/{output}"


def repository_path(path: str) -> str:
    """Where the sandbox holds a file of the repository."""
    return f"{REPOSITORY}/{path}"


def generated_path(file: ArtifactFile) -> str:
    """Where the sandbox holds a generated file."""
    return f"{THIRD_PARTY if file.is_third_party else GENERATED}/{file.sha256}"


def plan_as_json(
    files: Iterable[ArtifactFile], *, output: str, layout: str, parts: Sequence[str] = ()
) -> str:
    """The JSON that `sandbox/assemble.py` reads; `parts` are where others lie, of further files."""
    return _json(
        {"output": output_path(output), "layout": layout, "parts": [*parts], **_places(files)}
    )


def part_as_json(files: Iterable[ArtifactFile]) -> str:
    """The part of a plan that is about these files."""
    return _json(_places(files))


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _places(files: Iterable[ArtifactFile]) -> dict[str, Any]:
    """Where the bytes of files lie: in files of the sandbox, and in archives.

    In rows, since there are thousands of them: each takes a fourth of the time that words take.
    """
    alone: list[Row] = []
    archives: dict[str, list[Row]] = {}
    for file in files:
        origin = file.origin
        if isinstance(origin, WheelOrigin):
            archive = f"{wheel_folder(origin.wheel)}/{origin.wheel}"
            method = origin.method
        elif isinstance(origin, BytecodeOrigin):
            archive, method = origin.archive, _DEFLATED
        else:
            alone.append((file.path, file.mode, _path_of(file, origin)))
            continue
        packed = (origin.data, origin.packed, method, file.size, origin.crc)
        archives.setdefault(archive, []).append((file.path, file.mode, *packed))
    return {"files": alone, "archives": archives}


def _path_of(file: ArtifactFile, origin: RepositoryOrigin | GeneratedOrigin) -> str:
    if isinstance(origin, RepositoryOrigin):
        return repository_path(origin.path)
    return generated_path(file)
