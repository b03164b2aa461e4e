"""Plans for `sandbox/assemble.py`: every path of the artifact, and the origin of its bytes.

The files of distributions have a plan of their own. A change of first-party code leaves this plan
as it is, so Pants, which keeps every file that it stores, stores it once.
"""

from __future__ import annotations

from collections.abc import Iterable

from aws_lambda.artifact.contents import (
    ArtifactFile,
    BytecodeOrigin,
    RepositoryOrigin,
    WheelOrigin,
)

PLAN_PATH = "plan"
# The folder in the sandbox for files of the repository.
REPOSITORY = "repository"
# The folder in the sandbox for files that the backend generated.
GENERATED = "generated"
# The folder in the sandbox for generated files of distributions, and the plan for distributions.
THIRD_PARTY = "third-party"
THIRD_PARTY_PLAN = f"{THIRD_PARTY}/{PLAN_PATH}"
# The folder in the sandbox for the artifact, which must not overwrite an input.
OUTPUT = "out"
# The compression method in the zip format.
_DEFLATED = 8


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


def write_plan(files: Iterable[ArtifactFile]) -> bytes:
    """A plan for these files, in the format of `sandbox/assemble.py`."""
    return "".join(map(_entry, files)).encode()


def _entry(file: ArtifactFile) -> str:
    """The path, the mode, the source, and the place of the data in the source."""
    origin = file.origin
    if isinstance(origin, WheelOrigin):
        source, method = f"{wheel_folder(origin.wheel)}/{origin.wheel}", origin.method
    elif isinstance(origin, BytecodeOrigin):
        source, method = origin.archive, _DEFLATED
    else:
        source = (
            repository_path(origin.path)
            if isinstance(origin, RepositoryOrigin)
            else generated_path(file)
        )
        return f"{file.path}\0{file.mode}\0{source}\0\0"
    place = f"{origin.data} {origin.packed} {method} {file.size} {origin.crc}"
    return f"{file.path}\0{file.mode}\0{source}\0{place}\0"
