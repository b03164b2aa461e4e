"""The plan for `sandbox/assemble.py`: every path of the artifact, and the origin of its bytes.

The files of distributions form a separate part of the plan. A change of first-party code leaves
this part as it is, so Pants, which keeps every file that it stores, stores it once.
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
# The folder in the sandbox for files of the repository.
REPOSITORY = "repository"
# The folder in the sandbox for files that the backend generated.
GENERATED = "generated"
# The folder in the sandbox for generated files of distributions, and their part of the plan.
THIRD_PARTY = "third-party"
PART_PATH = "plan.json"
# The folder in the sandbox for the artifact, which must not overwrite an input.
OUTPUT = "out"
# The compression method in the zip format.
_DEFLATED = 8

Row = tuple[Union[str, int], ...]


def wheel_folder(wheel: str) -> str:
    """The folder in the sandbox that contains a wheel under its own file name."""
    return f"wheels/{wheel}"


def bytecode_archive_path(name: str) -> str:
    """The path in the sandbox of a file with the bytecode of many modules."""
    return f"bytecode/{name}"


def output_path(output: str) -> str:
    """The path in the sandbox of the artifact."""
    return f"{OUTPUT}/{output}"


def repository_path(path: str) -> str:
    """The path in the sandbox of a file of the repository."""
    return f"{REPOSITORY}/{path}"


def generated_path(file: ArtifactFile) -> str:
    """The path in the sandbox of a generated file."""
    return f"{THIRD_PARTY if file.is_third_party else GENERATED}/{file.sha256}"


def plan_as_json(
    files: Iterable[ArtifactFile], *, output: str, layout: str, parts: Sequence[str] = ()
) -> str:
    """The plan as JSON.

    `output` is the path of the artifact, `layout` is "zip" or "flat", and `parts` are the paths of
    parts of the plan with further files.
    """
    return _json(
        {"output": output_path(output), "layout": layout, "parts": [*parts], **_origins(files)}
    )


def part_as_json(files: Iterable[ArtifactFile]) -> str:
    """A part of a plan with these files, as JSON."""
    return _json(_origins(files))


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _origins(files: Iterable[ArtifactFile]) -> dict[str, Any]:
    """The origins of the files: separate files in the sandbox, or archives.

    Rows are lists without keys, since a plan has thousands of them: this takes a fourth of the
    time that objects with keys take.
    """
    separate: list[Row] = []
    archives: dict[str, list[Row]] = {}
    for file in files:
        origin = file.origin
        if isinstance(origin, WheelOrigin):
            archive = f"{wheel_folder(origin.wheel)}/{origin.wheel}"
            method = origin.method
        elif isinstance(origin, BytecodeOrigin):
            archive, method = origin.archive, _DEFLATED
        else:
            separate.append((file.path, file.mode, _path_of(file, origin)))
            continue
        packed = (origin.data, origin.packed, method, file.size, origin.crc)
        archives.setdefault(archive, []).append((file.path, file.mode, *packed))
    return {"files": separate, "archives": archives}


def _path_of(file: ArtifactFile, origin: RepositoryOrigin | GeneratedOrigin) -> str:
    if isinstance(origin, RepositoryOrigin):
        return repository_path(origin.path)
    return generated_path(file)
