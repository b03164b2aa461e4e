"""Reads the dynamic loader's cache and ELF files of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aws_lambda_emulator import dynamic_loader
from aws_lambda_emulator.dynamic_loader import (
    CACHE,
    ElfDependencies,
    build_cache,
    find_closure,
    find_libraries,
    read_elf_dependencies,
)

pytestmark = pytest.mark.skipif(
    not os.path.exists(CACHE), reason="This machine's loader has no cache."
)


def test_closure_of_a_program() -> None:
    """The closure contains the files that the loader maps."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    mapped = {os.path.realpath(line.split()[-1]) for line in maps if ".so" in line}
    found = find_closure([sys.executable], find_libraries())
    real = {os.path.realpath(each) for each in found}

    assert os.path.realpath(sys.executable) in real
    assert {each for each in mapped if os.path.basename(each).startswith(("libc.", "ld-"))} <= real


def test_cache_of_some_libraries(tmp_path: Path) -> None:
    """`ldconfig` reads the cache and finds only these libraries."""
    ldconfig = "/sbin/ldconfig"
    if not os.path.exists(ldconfig):
        pytest.skip("This machine has no ldconfig.")
    written = tmp_path / "cache"
    written.write_bytes(build_cache(["libc.so.6", "libnowhere.so.1"]))
    done = subprocess.run(
        [ldconfig, "-p", "-C", str(written)], check=True, stdout=subprocess.PIPE, text=True
    )

    assert {line.split()[0] for line in done.stdout.splitlines()[1:]} == {"libc.so.6"}
    assert find_libraries()["libc.so.6"] in done.stdout


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n", b"\x7fELF\x02\x01", b"\x7fELF\x02\x01" * 99]
)
def test_file_is_not_elf(tmp_path: Path, content: bytes) -> None:
    """A file that is not ELF has no dependencies."""
    (tmp_path / "file").write_bytes(content)

    assert read_elf_dependencies(str(tmp_path / "file")) == ElfDependencies()


@pytest.mark.parametrize("content", [b"", b"ld.so-1.7.0", b"glibc-ld.so.cache1.1" + b"\xff" * 60])
def test_cache_has_an_unknown_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """Without a readable cache, the folders that the loader searches are listed."""
    (tmp_path / "cache").write_bytes(content)
    monkeypatch.setattr(dynamic_loader, "CACHE", str(tmp_path / "cache"))

    assert build_cache(["libc.so.6"]) == b""
    assert os.path.exists(find_libraries()["libc.so.6"])
