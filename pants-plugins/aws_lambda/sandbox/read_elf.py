"""Reports the platforms and the dependencies of ELF files, as JSON on standard output.

It judges nothing.

    python3 read_elf.py PATH...

A path that ends in `.whl` is a wheel, and any other path a plain file. For each path, the report
maps entries of the wheel, or "" for a plain file, to facts. Files that do not start as ELF files do
are omitted.

The program reads the program headers and the dynamic segment, as the loader does. Section headers
may be stripped, and the loader ignores them. It requires CPython 3.9 or newer and pyelftools.
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
# The names that `uname -m` and wheel tags use. Others keep the name of pyelftools, "EM_...".
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
# Packed relative relocations, a version without a number, are new in glibc 2.36 (release notes).
_GLIBC_BY_NAME = {"GLIBC_ABI_DT_RELR": "2.36"}
# The loader does not require a version with this flag (VER_FLG_WEAK).
_WEAK = 0x2
# No real file is close to these limits. They protect against files that would take all memory or
# time.
_MAX_ROWS = 20_000
_MAX_NAME_LENGTH = 4096


def main(paths: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {path: dict(read_wheel(path) if path.endswith(".whl") else read(path)) for path in paths}


def read_wheel(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the facts of each ELF file in a wheel, with one file in memory at a time."""
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as entry:
                    is_elf = entry.read(len(_MAGIC)) == _MAGIC
                if is_elf:
                    yield info.filename, facts(archive.read(info))
    except Exception:  # `zipfile` and its decompressors do not document all their exceptions.
        yield "", {"unreadable": "its archive is damaged"}


def read(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with open(path, "rb") as file:
        if file.read(len(_MAGIC)) == _MAGIC:
            yield "", facts(_MAGIC + file.read())


class Damaged(Exception):
    """A file that the loader would reject."""


def facts(content: bytes) -> dict[str, Any]:
    try:
        return Image(content).facts()
    except Exception:  # pyelftools does not document its exceptions for damaged headers.
        return {"unreadable": "it is cut short or damaged"}


class Image:
    """An ELF file as the loader reads it."""

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
        """Return the newest version of glibc that the loader requires, and "" for none."""
        found = [_glibc(self.name(name)) for name in self.needed_versions()]
        return max(found, key=_numbers, default="")

    def needed_versions(self) -> Iterator[int]:
        """Yield the versions that libraries must have, as offsets in the string table."""
        structs = self.elf.structs
        for table in self.values("DT_VERNEED"):
            for at, need in self.chain(structs.Elf_Verneed, self.offset(table), "vn_next"):
                versions = self.chain(structs.Elf_Vernaux, at + need["vn_aux"], "vna_next")
                for _, version in versions:
                    if not version["vna_flags"] & _WEAK:
                        yield version["vna_name"]

    def chain(self, struct: Any, at: int, step: str) -> Iterator[tuple[int, Any]]:
        """Yield linked rows and their offsets. The field `step` is the distance to the next row."""
        while True:
            row = self.parse(struct, at)
            yield at, row
            if not row[step]:
                return
            at += row[step]

    def dynamic_entries(self) -> Iterator[tuple[str, int]]:
        """Yield the tags of the dynamic segment and their values."""
        entry = self.elf.structs.Elf_Dyn
        for segment in self.segments:
            # Files of debug symbols have the header of a segment that they do not contain.
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
        """The offset of the string table."""
        return self.offset(next(self.values("DT_STRTAB")))

    def name(self, position: int) -> str:
        """Return the text at an offset in the string table."""
        start = self.texts + position
        end = self.content.index(b"\0", start, start + _MAX_NAME_LENGTH)
        return self.content[start:end].decode("utf-8", "backslashreplace")

    def offset(self, address: int) -> int:
        """Return the offset in the file of the bytes that the loader puts at this address."""
        for segment in self.segments:
            inside: int = address - segment["p_vaddr"]
            if segment["p_type"] == "PT_LOAD" and 0 <= inside < segment["p_filesz"]:
                return inside + int(segment["p_offset"])
        raise Damaged

    def parse(self, struct: Any, at: int) -> Any:
        self.rows += 1
        if self.rows > _MAX_ROWS:
            raise Damaged
        return struct_parse(struct, self.elf.stream, stream_pos=at)


def _glibc(version: str) -> str:
    match = _GLIBC.fullmatch(version)
    return match[1] if match else _GLIBC_BY_NAME.get(version, "")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if version else ()


if __name__ == "__main__":
    json.dump(main(sys.argv[1:]), sys.stdout, sort_keys=True)
