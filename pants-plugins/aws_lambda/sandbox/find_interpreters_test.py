"""Which interpreters are found, and which are passed over."""

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
    """An executable shell script."""
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


def test_an_interpreter_says_who_it_is(tmp_path: Path) -> None:
    """Its real path, its exact version, and the hash of its executable."""
    (tmp_path / "python3.99").symlink_to(sys.executable)

    assert found(tmp_path, cwd=tmp_path) == [THIS]


def test_a_place_may_be_an_interpreter_itself(tmp_path: Path) -> None:
    """Search paths name folders and files, whatever the file's name."""
    (tmp_path / "my-python").symlink_to(sys.executable)

    assert found(tmp_path / "my-python", cwd=tmp_path) == [THIS]


def test_an_interpreter_with_two_names_is_one(tmp_path: Path) -> None:
    """Folders of PATH often link to one another."""
    for name in ("python3.98", "python3.99"):
        (tmp_path / name).symlink_to(sys.executable)

    assert found(tmp_path, tmp_path, tmp_path / "python3.98", cwd=tmp_path) == [THIS]


def test_a_shim_leads_to_the_interpreter_that_it_starts(tmp_path: Path) -> None:
    """It is asked rather than believed."""
    shim(tmp_path / "python3.99", f'exec "{sys.executable}" "$@"')

    assert found(tmp_path, cwd=tmp_path) == [THIS]


def test_shims_that_are_one_file_are_asked_one_by_one(tmp_path: Path) -> None:
    """A version manager links every name to one program, which fails for some of them."""
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
def test_what_does_not_answer_as_an_interpreter_is_passed_over(
    lines: list[str], tmp_path: Path
) -> None:
    """A failing shim, another program of that name, another implementation."""
    shim(tmp_path / "python3.9", *lines)
    (tmp_path / "python3.99").symlink_to(sys.executable)

    assert found(tmp_path, cwd=tmp_path) == [THIS]


def test_what_cannot_be_run_is_passed_over(tmp_path: Path) -> None:
    """A folder, a dangling link, a file without the bit, a file that is no program."""
    (tmp_path / "python3.1").mkdir()
    (tmp_path / "python3.2").symlink_to(tmp_path / "gone")
    (tmp_path / "python3.3").write_text("")
    (tmp_path / "python3.4").write_bytes(b"\x7fELF")
    (tmp_path / "python3.4").chmod(0o755)

    assert found(tmp_path, cwd=tmp_path) == []


def test_other_names_are_not_tried(tmp_path: Path) -> None:
    """Only `python3.N` is run, and nothing that merely begins like it."""
    for name in ("python", "python3", "python3.9-config", "python3.9m", "xpython3.9", "python2.7"):
        shim(tmp_path / name, f'touch "{tmp_path}/was-run"')

    assert found(tmp_path, cwd=tmp_path) == []
    assert not (tmp_path / "was-run").exists()


def test_places_that_do_not_exist_are_passed_over(tmp_path: Path) -> None:
    """PATH is full of them."""
    assert found(tmp_path / "gone", tmp_path / "gone" / "python3.9", cwd=tmp_path) == []
    assert found(cwd=tmp_path) == []


def test_a_program_that_hangs_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits for something that never comes costs some seconds, and no build."""
    shim(tmp_path / "python3.9", "sleep 60")
    program = import_program("find_interpreters.py")
    monkeypatch.setattr(program, "_SECONDS", 0.2)
    started = time.monotonic()

    assert program.main([str(tmp_path)]) == []
    assert time.monotonic() - started < 10
