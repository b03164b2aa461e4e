"""Runs each program on other versions of CPython. Pants itself runs on 3.9, 3.11 or 3.14."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import elftools
import pytest

from aws_lambda.artifact.wheels.wheel import MAX_COMPRESSION_RATIO, MAX_UNPACKED_BYTES
from aws_lambda.testing.archives import DEFLATED, Member, wheel_archive
from aws_lambda.testing.elf import X86_64, elf_file
from aws_lambda.testing.program_runs import ENVIRONMENT, find_interpreter, run_program

_WHEEL = "demo-1.0-py3-none-any.whl"
_SOURCE = b"""
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import decimal

def handler(event, context: "decimal.Context"):
    return json.dumps({"path": "data/rates.csv"})
"""
_FILES: Mapping[str, bytes] = {
    _WHEEL: wheel_archive(
        Member("demo/code.py", _SOURCE, DEFLATED), Member("demo/a.so", elf_file(X86_64))
    ),
    "code.py": _SOURCE,
    "handlers.json": json.dumps(["code.py"]).encode(),
    "modules.json": json.dumps(
        {"python": [3, 9], "wanted": [{"key": "code", "path": "code.py"}]}
    ).encode(),
    "plan": b"code.py\x00420\x00code.py\x00\x00",
}
_RUNS = {
    "assemble.py": ["zip", "out.zip", "plan"],
    "find_handlers.py": ["handlers.json"],
    "find_interpreters.py": ["nothing here"],
    "read_elf.py": [_WHEEL],
    "read_module.py": ["modules.json"],
    "read_wheel.py": [_WHEEL, str(MAX_UNPACKED_BYTES), str(MAX_COMPRESSION_RATIO)],
}


def _outcome(program: str, folder: Path, *python: str) -> tuple[bytes, bytes]:
    """Return the output of a program, and the archive that it writes, if any."""
    folder.mkdir()
    for path, content in _FILES.items():
        (folder / path).write_bytes(content)
    done = run_program(
        program,
        *_RUNS[program],
        cwd=folder,
        environment={**ENVIRONMENT, "PYTHONPATH": str(Path(elftools.__file__).parents[1])},
        **dict(zip(["python"], python)),
    )
    assert (done.returncode, done.stderr) == (0, b"")
    # Pants compares digests only within a run.
    printed = re.sub(rb'"syntax_digest":"\w*"', b"", done.stdout)
    written = folder / "out.zip"
    return printed, written.read_bytes() if written.exists() else b""


@pytest.fixture(scope="module")
def outcomes_here(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[bytes, bytes]]:
    """The outcome of each program on this Python, which runs it once."""
    return cache(lambda program: _outcome(program, tmp_path_factory.mktemp("run") / program))


@pytest.mark.parametrize("program", sorted(_RUNS))
@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_same_result_on_every_python(
    tmp_path: Path,
    program: str,
    version: str,
    outcomes_here: Callable[[str], tuple[bytes, bytes]],
) -> None:
    """The output of a program does not depend on the CPython that Pants runs on."""
    here = outcomes_here(program)
    there = _outcome(program, tmp_path / "there", find_interpreter(version))

    assert there == here
    assert any(here)
