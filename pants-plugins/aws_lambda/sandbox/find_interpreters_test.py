"""The search for interpreters."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aws_lambda.testing.program_runs import import_program, run_program


def found(*places: Path, cwd: Path) -> list[dict[str, Any]]:
    done = run_program("find_interpreters.py", *map(str, places), cwd=cwd)
    assert (done.returncode, done.stderr) == (0, b"")
    interpreters: list[dict[str, Any]] = json.loads(done.stdout)
    return interpreters


def shim(path: Path, *lines: str) -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


REAL = os.path.realpath(sys.executable)
THIS = {
    "path": REAL,
    "version": list(sys.version_info[:3]),
    "release": sys.version_info.releaselevel == "final",
    "cpython": True,
    "sha256": hashlib.sha256(Path(REAL).read_bytes()).hexdigest(),
}


def test_facts_about_an_interpreter(tmp_path: Path) -> None:
    """The report has the real path, the exact version and the hash of the executable."""
    (tmp_path / "python3.99").symlink_to(sys.executable)

    assert found(tmp_path, cwd=tmp_path) == [THIS]


def test_path_of_an_interpreter(tmp_path: Path) -> None:
    """A search path can be a file of any name."""
    (tmp_path / "my-python").symlink_to(sys.executable)

    assert found(tmp_path / "my-python", cwd=tmp_path) == [THIS]


def test_interpreter_with_two_names(tmp_path: Path) -> None:
    """Links to the same interpreter count once."""
    for name in ("python3.98", "python3.99"):
        (tmp_path / name).symlink_to(sys.executable)

    assert found(tmp_path, tmp_path, tmp_path / "python3.98", cwd=tmp_path) == [THIS]


def test_shim_of_a_version_manager(tmp_path: Path) -> None:
    """The report has the interpreter that a shim starts."""
    shim(tmp_path / "python3.99", f'exec "{sys.executable}" "$@"')

    assert found(tmp_path, cwd=tmp_path) == [THIS]


def test_shims_that_link_to_one_file(tmp_path: Path) -> None:
    """The program runs each name, because a shim may fail for some names only."""
    real = shim(
        tmp_path / "shims" / "shim",
        f'case "$0" in *python3.99) exec "{sys.executable}" "$@";; *) exit 127;; esac',
    )
    for name in ("python3.98", "python3.99"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(real)

    assert found(tmp_path / "bin", cwd=tmp_path) == [THIS]


@pytest.mark.parametrize(
    "lines",
    [
        ["exit 127"],
        ["exit 0"],
        ["echo hello"],
        ["echo '{}'"],
        ["echo null"],
        ["echo 7"],
        ["echo '[]'"],
        ["echo '\"text\"'"],
        ["printf '\\377\\376'"],
        ["kill -9 $$"],
        ['echo \'{"cpython": false, "path": "/pypy"}\''],
    ],
)
def test_programs_that_are_no_cpython(lines: list[str], tmp_path: Path) -> None:
    """The report omits failing shims, other programs and other implementations."""
    shim(tmp_path / "python3.9", *lines)
    (tmp_path / "python3.99").symlink_to(sys.executable)

    assert found(tmp_path, cwd=tmp_path) == [THIS]


def test_files_that_cannot_run(tmp_path: Path) -> None:
    """The report omits folders, broken links, and files that are not executable."""
    (tmp_path / "python3.1").mkdir()
    (tmp_path / "python3.2").symlink_to(tmp_path / "gone")
    (tmp_path / "python3.3").write_text("")
    (tmp_path / "python3.4").write_bytes(b"\x7fELF")
    (tmp_path / "python3.4").chmod(0o755)

    assert found(tmp_path, cwd=tmp_path) == []


def test_files_with_other_names(tmp_path: Path) -> None:
    """The program runs only files named `python3.N`."""
    for name in ("python", "python3", "python3.9-config", "python3.9m", "xpython3.9", "python2.7"):
        shim(tmp_path / name, f'touch "{tmp_path}/was-run"')

    assert found(tmp_path, cwd=tmp_path) == []
    assert not (tmp_path / "was-run").exists()


def test_folders_that_do_not_exist(tmp_path: Path) -> None:
    """The program ignores search paths that do not exist."""
    assert found(tmp_path / "gone", tmp_path / "gone" / "python3.9", cwd=tmp_path) == []
    assert found(cwd=tmp_path) == []


def test_program_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program stops a candidate that does not answer in time."""
    shim(tmp_path / "python3.9", "sleep 60")
    program = import_program("find_interpreters.py")
    monkeypatch.setattr(program, "_SECONDS", 0.2)
    started = time.monotonic()

    assert program.main([str(tmp_path)]) == []
    assert time.monotonic() - started < 10
