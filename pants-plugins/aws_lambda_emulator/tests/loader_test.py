"""What the dynamic loader of this machine says, read from its own files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aws_lambda_emulator import loader
from aws_lambda_emulator.loader import CACHE, Needs, cache_of, closure, libraries, needs

pytestmark = pytest.mark.skipif(
    not os.path.exists(CACHE), reason="This machine has no cache of its loader's."
)


def test_what_a_program_needs() -> None:
    """The same files that the loader maps."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    mapped = {os.path.realpath(line.split()[-1]) for line in maps if ".so" in line}
    found = closure([sys.executable], libraries())
    real = {os.path.realpath(each) for each in found}

    assert os.path.realpath(sys.executable) in real
    assert {each for each in mapped if os.path.basename(each).startswith(("libc.", "ld-"))} <= real


def test_a_cache_of_some(tmp_path: Path) -> None:
    """`ldconfig` reads it, and finds these libraries alone."""
    ldconfig = "/sbin/ldconfig"
    if not os.path.exists(ldconfig):
        pytest.skip("This machine has no ldconfig.")
    written = tmp_path / "cache"
    written.write_bytes(cache_of(["libc.so.6", "libnowhere.so.1"]))
    said = subprocess.run(
        [ldconfig, "-p", "-C", str(written)], check=True, stdout=subprocess.PIPE, text=True
    )

    assert {line.split()[0] for line in said.stdout.splitlines()[1:]} == {"libc.so.6"}
    assert libraries()["libc.so.6"] in said.stdout


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n", b"\x7fELF\x02\x01", b"\x7fELF\x02\x01" * 99]
)
def test_what_is_no_elf_file(tmp_path: Path, content: bytes) -> None:
    """It needs nothing, whatever it is."""
    (tmp_path / "file").write_bytes(content)

    assert needs(str(tmp_path / "file")) == Needs()


@pytest.mark.parametrize("content", [b"", b"ld.so-1.7.0", b"glibc-ld.so.cache1.1" + b"\xff" * 60])
def test_a_cache_that_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """The folders that the loader searches without one are listed instead."""
    (tmp_path / "cache").write_bytes(content)
    monkeypatch.setattr(loader, "CACHE", str(tmp_path / "cache"))

    assert cache_of(["libc.so.6"]) == b""
    assert os.path.exists(libraries()["libc.so.6"])
