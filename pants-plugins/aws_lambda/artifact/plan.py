"""The plan that the assembler follows: every path of the artifact, and where its bytes lie."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Generated,
    InBytecode,
    InRepository,
    InWheel,
)

PLAN_PATH = "plan.json"
# The folder of the sandbox that holds files of the repository.
REPOSITORY = "repository"
# The folder of the sandbox that holds files which the backend wrote.
GENERATED = "generated"
# The folder that the artifact is written into, away from all that the sandbox holds already.
OUTPUT = "out"
# In the zip format's words.
_DEFLATED = 8


def wheel_folder(wheel: str) -> str:
    """The folder of the sandbox in which a wheel lies, under its own name."""
    return f"wheels/{wheel}"


def bytecode_path(name: str) -> str:
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
    return f"{GENERATED}/{file.sha256}"


def as_document(files: Sequence[ArtifactFile], *, output: str, layout: str) -> str:
    """The JSON that `sandbox/assemble.py` reads, its entries sorted by path."""
    entries = [
        {"path": file.path, "mode": file.mode, **_bytes_of(file)}
        for file in sorted(files, key=lambda file: file.path.encode())
    ]
    return json.dumps(
        {"output": output_path(output), "layout": layout, "entries": entries}, separators=(",", ":")
    )


def _bytes_of(file: ArtifactFile) -> dict[str, Any]:
    origin = file.origin
    if isinstance(origin, InWheel):
        return {
            "wheel": f"{wheel_folder(origin.wheel)}/{origin.wheel}",
            "data": origin.data,
            "packed": origin.packed,
            "method": origin.method,
            "size": file.size,
            "crc": origin.crc,
        }
    if isinstance(origin, InBytecode):
        return {
            "wheel": origin.archive,
            "data": origin.data,
            "packed": origin.packed,
            "method": _DEFLATED,
            "size": file.size,
            "crc": origin.crc,
        }
    if isinstance(origin, InRepository):
        return {"file": repository_path(origin.path)}
    assert isinstance(origin, Generated)
    return {"file": generated_path(file)}
