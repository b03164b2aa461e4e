"""Tests of small zips, which must equal the zips of the assembler."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from pathlib import Path

import pytest

from aws_lambda.artifact.contents import ArtifactFile, BytecodeOrigin
from aws_lambda.artifact.output.assembly_plan import (
    PLAN_PATH,
    generated_path,
    repository_path,
    write_plan,
)
from aws_lambda.artifact.output.small_zip import MOST_BYTES, is_small, write_zip
from aws_lambda.testing.files import first_party_file, reexport_file, third_party_file
from aws_lambda.testing.program_runs import import_program

SOURCE = b"def handler(event, context):\n    return event\n" * 40
COMPILED = b"compiled" * 100


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def bytecode() -> tuple[ArtifactFile, bytes]:
    """The bytecode of a module, and the content of the file that contains it at an offset."""
    packed = deflated(COMPILED)
    source = first_party_file("app/__pycache__/api.cpython-313.pyc")
    origin = BytecodeOrigin("bytecode/modules", 5, len(packed), zlib.crc32(COMPILED))
    sha256 = hashlib.sha256(COMPILED).hexdigest()
    file = ArtifactFile(source.path, sha256, len(COMPILED), False, source.owner, origin)
    return file, b"other" + packed


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([first_party_file("a.py", b"a"), reexport_file()], True),
        ([first_party_file("a.py", b"a"), third_party_file("b.py", b"b")], False),
        ([first_party_file("a.py", b"a" * MOST_BYTES)], True),
        ([first_party_file("a.py", b"a" * MOST_BYTES), first_party_file("b.py", b"b")], False),
    ],
    ids=["first-party code", "a wheel", "the limit", "above the limit"],
)
def test_small_artifacts(files: list[ArtifactFile], expected: bool) -> None:
    """Small artifacts contain first-party code only, and at most 256 KiB of it."""
    assert is_small(files) is expected


def test_same_bytes_as_the_assembler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zips are equal for names in any script, modes, empty files and bytecode."""
    compiled, modules = bytecode()
    contents = {
        "app/api.py": SOURCE,
        "app/empty.py": b"",
        "app/größe.txt": "größe".encode(),
        "bin/run": b"#!/bin/sh\n",
    }
    files = [
        *(
            first_party_file(path, each, executable=path == "bin/run")
            for path, each in contents.items()
        ),
        reexport_file(),
        compiled,
    ]
    stored = {f"src/{path}": each for path, each in contents.items()}

    here = write_zip(files, {**stored, "bytecode/modules": modules})

    monkeypatch.chdir(tmp_path)
    placed = {
        PLAN_PATH: write_plan(files),
        generated_path(reexport_file()): b"from app import main as handler\n",
        "bytecode/modules": modules,
        **{repository_path(path): each for path, each in stored.items()},
    }
    for path, each in placed.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(each)
    import_program("assemble.py").main("zip", "fn.zip", PLAN_PATH)
    there = Path("fn.zip").read_bytes()
    assert here == there
    with zipfile.ZipFile(io.BytesIO(here)) as archive:
        assert archive.testzip() is None
        assert archive.read("app/__pycache__/api.cpython-313.pyc") == COMPILED
