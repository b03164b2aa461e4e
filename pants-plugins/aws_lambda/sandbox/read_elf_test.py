"""Facts about valid and damaged ELF files."""

from __future__ import annotations

import json
import platform
import random
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import elftools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_lambda.testing.archives import DEFLATED, Member, wheel_archive
from aws_lambda.testing.elf import (
    AARCH64,
    ARM,
    CORE,
    CUDA,
    I386,
    LIBRARY,
    PPC64,
    PROGRAM,
    RELOCATABLE,
    WEAK,
    X86_64,
    LibraryVersions,
    elf_file,
    elf_header,
    elf_header_32_bit,
)
from aws_lambda.testing.program_runs import ENVIRONMENT, import_program

_PROGRAM = import_program("read_elf.py")
DAMAGED = {"unreadable": "it is cut short or damaged"}
NUMPY = elf_file(
    needed=["libopenblas.so", "libm.so.6", "libc.so.6"],
    soname="libnumpy.so.1",
    versions=[
        LibraryVersions("libm.so.6", ["GLIBC_2.2.5", "GLIBC_2.28"]),
        LibraryVersions("libc.so.6", ["GLIBC_2.14", "GLIBC_2.4"]),
    ],
)
NUMPY_FACTS = {
    "machine": "x86_64",
    "bits": 64,
    "kind": "ET_DYN",
    "glibc": "2.28",
    "needed": ["libopenblas.so", "libm.so.6", "libc.so.6"],
    "soname": "libnumpy.so.1",
}


def facts(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = _PROGRAM.facts(content)
    return found


def test_facts_about_a_library() -> None:
    """The dynamic segment is enough: this file has no section headers."""
    assert facts(NUMPY) == NUMPY_FACTS


def test_report_on_wheels_and_files(tmp_path: Path) -> None:
    """The report maps paths and entries to facts, and omits files of other formats."""
    entries = [
        Member("demo/a.so", NUMPY, DEFLATED),
        Member("demo/b.so", elf_file(AARCH64)),
        Member("demo/empty.so", b""),
        Member("demo/linker_script.so", b"INPUT(libdemo.so.1)"),
        Member("demo/damaged.so", b"\x7fELF"),
    ]
    (tmp_path / "demo.whl").write_bytes(wheel_archive(*entries))
    (tmp_path / "mine.so").write_bytes(NUMPY)
    (tmp_path / "mine.py").write_bytes(b"import mine")
    packages = str(Path(elftools.__file__).parent.parent)
    script = str(Path(__file__).with_name("read_elf.py"))
    done = subprocess.run(
        [sys.executable, "-s", script, "demo.whl", "mine.so", "mine.py"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONPATH": packages},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "demo.whl": {
            "demo/a.so": NUMPY_FACTS,
            "demo/b.so": facts(elf_file(AARCH64)),
            "demo/damaged.so": DAMAGED,
        },
        "mine.so": {"": NUMPY_FACTS},
        "mine.py": {},
    }


@pytest.mark.parametrize(
    ("content", "machine", "bits"),
    [
        (elf_file(X86_64), "x86_64", 64),
        (elf_file(AARCH64), "aarch64", 64),
        (elf_file(PPC64), "ppc64le", 64),
        (elf_header_32_bit(I386), "i386", 32),
        (elf_header_32_bit(X86_64), "x86_64", 32),
        (elf_header_32_bit(ARM), "arm", 32),
        (elf_file(CUDA), "EM_CUDA", 64),
        (elf_file(0xFEED), "65261", 64),
    ],
)
def test_names_of_machines(content: bytes, machine: str, bits: int) -> None:
    """Machines have the name of `uname`, else the name or the number of pyelftools."""
    found = facts(content)

    assert (found["machine"], found["bits"]) == (machine, bits)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (RELOCATABLE, "ET_REL"),
        (PROGRAM, "ET_EXEC"),
        (LIBRARY, "ET_DYN"),
        (CORE, "ET_CORE"),
        (0xABCD, "43981"),
    ],
)
def test_kinds_of_files(kind: int, name: str) -> None:
    """Kinds have the names of the specification. A file without segments needs nothing."""
    assert facts(elf_header(X86_64, kind)) == {
        "machine": "x86_64",
        "bits": 64,
        "kind": name,
        "glibc": "",
        "needed": [],
        "soname": "",
    }


@pytest.mark.parametrize(
    ("versions", "glibc"),
    [
        ([], ""),
        ([LibraryVersions("libc.so.6", ["GLIBC_2.9", "GLIBC_2.10"])], "2.10"),
        ([LibraryVersions("libc.so.6", ["GLIBC_2.2", "GLIBC_2.2.5"])], "2.2.5"),
        ([LibraryVersions("libc.so.6", ["GLIBC_2.17", "GLIBC_PRIVATE"])], "2.17"),
        ([LibraryVersions("libc.so.6", ["GLIBC_PRIVATE"])], ""),
        ([LibraryVersions("libc.so.6", ["GLIBC_2.17", "GLIBC_ABI_DT_RELR"])], "2.36"),
        ([LibraryVersions("libstdc++.so.6", ["GLIBCXX_3.4.29", "CXXABI_1.3"])], ""),
        (
            [
                LibraryVersions("libm.so.6", ["GLIBC_2.29"]),
                LibraryVersions("libc.so.6", ["GLIBC_2.4"]),
            ],
            "2.29",
        ),
        ([LibraryVersions("libc.so.6", ["GLIBC_2.38"], WEAK)], ""),
        (
            [
                LibraryVersions(
                    "libc.so.6", ["GLIBC_2", "GLIBC_2.x", "xGLIBC_2.40", "GLIBC_2.40.", ""]
                )
            ],
            "",
        ),
        ([LibraryVersions("libc.so.6", ["GLIBC_2." + "9" * 3000])], ""),
    ],
)
def test_newest_required_glibc(versions: list[LibraryVersions], glibc: str) -> None:
    """The report has the newest version that a library requires, without weak ones."""
    assert facts(elf_file(versions=versions))["glibc"] == glibc


def test_names_that_are_not_text() -> None:
    """The report escapes bytes that are no text, because messages contain names."""
    assert facts(elf_file(needed=["lib\udcff.so"]))["needed"] == ["lib\\xff.so"]


def replaced(content: bytes, at: int, form: str, value: int) -> bytes:
    changed = bytearray(content)
    struct.pack_into(form, changed, at, value)
    return bytes(changed)


_TAGS = len(NUMPY) - 8 * 16  # Three DT_NEEDED, DT_SONAME, DT_STRTAB, DT_VERNEED and its count.
_NEEDS = 64 + 2 * 56


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF",
        NUMPY[:16],
        NUMPY[:100],
        NUMPY[:-1],
        NUMPY[:4] + b"\x07" + NUMPY[5:],
        replaced(NUMPY, 0x20, "<Q", 1 << 63),
        replaced(NUMPY, 0x20, "<Q", len(NUMPY)),
        replaced(NUMPY, 0x36, "<H", 0),
        replaced(NUMPY, 0x38, "<H", 0xFFFF),
        replaced(NUMPY, 64 + 56 + 8, "<Q", 1 << 62),
        replaced(NUMPY, _TAGS + 8, "<Q", 1 << 40),
        replaced(NUMPY, _TAGS + 4 * 16 + 8, "<Q", 1),
        replaced(NUMPY, _TAGS + 4 * 16, "<Q", 0x1234),
        replaced(NUMPY, _NEEDS + 8, "<L", 0xFFFFFFFF),
        replaced(NUMPY, _NEEDS + 12, "<L", 0xFFFFFFF0),
        elf_file(needed=["x" * 5000]),
    ],
)
def test_damaged_files(content: bytes) -> None:
    """A damaged file is reported as unreadable."""
    assert facts(content) == DAMAGED


def test_file_of_debug_symbols() -> None:
    """Headers of segments that the file does not contain are ignored."""
    assert facts(replaced(NUMPY, 64 + 56 + 32, "<Q", 0))["needed"] == []


def test_endless_tables() -> None:
    """The program stops reading a table that does not end."""
    assert facts(elf_file(needed=["libc.so.6"] * 25_000)) == DAMAGED


def test_damaged_wheel(tmp_path: Path) -> None:
    """A wheel whose entries cannot be unpacked is reported as unreadable."""
    broken = tmp_path / "broken.whl"
    broken.write_bytes(b"PK")
    truncated = tmp_path / "truncated.whl"
    truncated.write_bytes(wheel_archive(Member("a.so", NUMPY, DEFLATED, packed=b"\xff" * 30)))

    found = _PROGRAM.main([str(broken), str(truncated)])

    assert list(found.values()) == [{"": {"unreadable": "its archive is damaged"}}] * 2


@given(st.integers(0, 1 << 30), st.integers(1, 8))
@settings(max_examples=300, deadline=None)
def test_random_damage(seed: int, count: int) -> None:
    """For all bytes, the report is JSON with facts or the reason why there are none."""
    chance = random.Random(seed)
    content = bytearray(NUMPY)
    for _ in range(count):
        content[chance.randrange(4, len(content))] = chance.choice((0, 1, 0x7F, 0xFF))
    found = facts(bytes(content))

    assert json.loads(json.dumps(found)) == found
    assert set(found) in (set(NUMPY_FACTS), {"unreadable"})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere programs are no ELF files")
def test_facts_about_this_python() -> None:
    """The program reads a real executable with section headers."""
    found = _PROGRAM.main([sys.executable])[sys.executable][""]

    assert found["machine"] == platform.machine()
    assert found["kind"] in ("ET_DYN", "ET_EXEC")
    assert any(name.startswith(("libc.", "libpython")) for name in found["needed"])
