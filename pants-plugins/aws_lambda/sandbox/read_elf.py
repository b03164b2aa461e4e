"""Reports what ELF files are built for and what they need, as JSON on standard output.

It judges nothing.

    python3 read_elf.py PATH...

A path that ends in `.whl` is a wheel, and any other a plain file. For each path the report maps
entries of the wheel, or "" for a plain file, to facts. What does not begin as an ELF file does is
passed over.

It follows the program headers and the dynamic segment, as the loader does: section headers may be
stripped, and say nothing that the loader believes. Needs pyelftools; CPython 3.9 or newer.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import Any

from elftools.common.utils import struct_parse
from elftools.elf.elffile import ELFFile

_MAGIC = b"\x7fELF"
# As `uname -m` and wheel tags call them. Others are reported under pyelftools' name, "EM_...".
_MACHINES = {
    "EM_X86_64": "x86_64",
    "EM_386": "i386",
    "EM_AARCH64": "aarch64",
    "EM_ARM": "arm",
    "EM_PPC64": "ppc64",
    "EM_S390": "s390x",
    "EM_RISCV": "riscv64",
    "EM_LOONGARCH": "loongarch64",
    "EM_MIPS": "mips",
}
_GLIBC = re.compile(r"GLIBC_(\d{1,4}(?:\.\d{1,4})+)")
# A version without a number: packed relative relocations came with glibc 2.36 (its release notes).
_GLIBC_BY_NAME = {"GLIBC_ABI_DT_RELR": "2.36"}
# The loader does not insist on a version with this flag (VER_FLG_WEAK).
_WEAK = 0x2
# No real file comes near; they keep a made one from taking all memory, or all time.
_MOST_ROWS = 20_000
_LONGEST_NAME = 4096


def main(paths: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {path: dict(read_wheel(path) if path.endswith(".whl") else read(path)) for path in paths}


def read_wheel(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The facts of each ELF file in a wheel, one in memory at a time."""
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as entry:
                    is_elf = entry.read(len(_MAGIC)) == _MAGIC
                if is_elf:
                    yield info.filename, facts(archive.read(info))
    except Exception:  # Of what zipfile and the unpackers below it raise, there is no full list.
        yield "", {"unreadable": "its archive is damaged"}


def read(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with open(path, "rb") as file:
        if file.read(len(_MAGIC)) == _MAGIC:
            yield "", facts(_MAGIC + file.read())


class Damaged(Exception):
    """A file that no loader would take."""


def facts(content: bytes) -> dict[str, Any]:
    try:
        return Image(content).facts()
    except Exception:  # Of what pyelftools raises at damaged headers, there is no full list.
        return {"unreadable": "it is cut short or damaged"}


class Image:
    """An ELF file as the loader sees it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.rows = 0
        self.elf: Any = ELFFile(io.BytesIO(content))
        header = self.elf.structs.Elf_Phdr
        start, size = self.elf["e_phoff"], self.elf["e_phentsize"]
        if self.elf["e_phnum"] and size != header.sizeof():
            raise Damaged
        self.segments = [self.parse(header, start + i * size) for i in range(self.elf["e_phnum"])]
        self.dynamic = list(self.dynamic_entries())

    def facts(self) -> dict[str, Any]:
        return {
            "machine": self.machine(),
            "bits": self.elf.elfclass,
            "kind": str(self.elf["e_type"]),
            "glibc": self.glibc(),
            "needed": [self.name(value) for value in self.values("DT_NEEDED")],
            "soname": next((self.name(value) for value in self.values("DT_SONAME")), ""),
        }

    def machine(self) -> str:
        machine = self.elf["e_machine"]
        name = _MACHINES.get(machine) or str(machine)
        return f"{name}le" if name == "ppc64" and self.elf.little_endian else name

    def glibc(self) -> str:
        """The newest version of glibc that the loader will insist on; "" for none."""
        found = [_glibc(self.name(name)) for name in self.needed_versions()]
        return max(found, key=_numbers, default="")

    def needed_versions(self) -> Iterator[int]:
        """The names of the versions that libraries must have, as places in the string table."""
        structs = self.elf.structs
        for table in self.values("DT_VERNEED"):
            for at, need in self.chain(structs.Elf_Verneed, self.offset(table), "vn_next"):
                versions = self.chain(structs.Elf_Vernaux, at + need["vn_aux"], "vna_next")
                for _, version in versions:
                    if not version["vna_flags"] & _WEAK:
                        yield version["vna_name"]

    def chain(self, struct: Any, at: int, step: str) -> Iterator[tuple[int, Any]]:
        """Rows that each say how far the next one is, 0 in the last; with their places."""
        while True:
            row = self.parse(struct, at)
            yield at, row
            if not row[step]:
                return
            at += row[step]

    def dynamic_entries(self) -> Iterator[tuple[str, int]]:
        """The tags of the dynamic segment, and their values."""
        entry = self.elf.structs.Elf_Dyn
        for segment in self.segments:
            # Files of debug symbols keep the header of a segment that they do not hold.
            if segment["p_type"] != "PT_DYNAMIC" or not segment["p_filesz"]:
                continue
            for i in count():
                tag = self.parse(entry, segment["p_offset"] + i * entry.sizeof())
                if tag["d_tag"] == "DT_NULL":
                    return
                yield str(tag["d_tag"]), tag["d_val"]

    def values(self, tag: str) -> Iterator[int]:
        return (value for name, value in self.dynamic if name == tag)

    @cached_property
    def texts(self) -> int:
        """Where the string table starts."""
        return self.offset(next(self.values("DT_STRTAB")))

    def name(self, place: int) -> str:
        """The text at a place of the string table."""
        start = self.texts + place
        end = self.content.index(b"\0", start, start + _LONGEST_NAME)
        return self.content[start:end].decode("utf-8", "backslashreplace")

    def offset(self, address: int) -> int:
        """Where in the file the bytes lie that get loaded to this address."""
        for segment in self.segments:
            inside: int = address - segment["p_vaddr"]
            if segment["p_type"] == "PT_LOAD" and 0 <= inside < segment["p_filesz"]:
                return inside + int(segment["p_offset"])
        raise Damaged

    def parse(self, struct: Any, at: int) -> Any:
        self.rows += 1
        if self.rows > _MOST_ROWS:
            raise Damaged
        return struct_parse(struct, self.elf.stream, stream_pos=at)


def _glibc(version: str) -> str:
    match = _GLIBC.fullmatch(version)
    return match[1] if match else _GLIBC_BY_NAME.get(version, "")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if version else ()


if __name__ == "__main__":
    json.dump(main(sys.argv[1:]), sys.stdout, sort_keys=True)
