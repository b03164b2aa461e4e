"""Changes to an archive that random changes to its bytes would rarely produce."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fuzz.archives import (
    DEFLATED,
    DESCRIPTOR,
    STORED,
    Archive,
    Entry,
    HeaderFields,
    join_archive,
    split_archive,
)

# Changes bytes at random. The second argument is the maximum length of the result.
MutateBytes = Callable[[bytes, int], bytes]

_NAMES = (
    b"demo/a.py",
    b"demo/A.py",
    b"demo",
    b"demo/",
    b"",
    b"/",
    b"../a",
    b"a/../../b",
    b"/a",
    b"C:/a",
    b"a\\b",
    b"a\0b",
    b"a/\0b/",
    b"a\n",
    b"./a",
    b"a//b",
    b"\x82t\x82.py",
    "日本.py".encode(),
    b"demo-1.0.dist-info/METADATA",
    b"demo-1.0.dist-info/WHEEL",
    b"demo-1.0.dist-info/RECORD",
    b"demo-1.0.dist-info/entry_points.txt",
    b"demo-1.0.dist-info/METADATA/x",
    b"demo-1.0.dist-info/RECORD/x",
    b"demo-1.0.data/purelib/demo-1.0.dist-info",
    b"other-2.dist-info/METADATA",
    b"a/x.dist-info/METADATA",
    b"demo-1.0.data/purelib/x-1.dist-info/METADATA",
    b"demo-1.0.data/purelib/demo/a.py",
    b"demo-1.0.data/platlib/x.so",
    b"demo-1.0.data/data/bin/run",
    b"demo-1.0.data/scripts/run",
    b"demo-1.0.data/scripts/a/b",
    b"demo-1.0.data/headers/a.h",
    b"demo-1.0.data/data/demo-1.0.dist-info/RECORD",
    b"demo-1.0.data/strange/x",
    b"demo-1.0.data/x",
    b"demo/__pycache__/a.cpython-39.pyc",
    b"a" * 300,
    b"a/" * 2100 + b"a",
)
_LINES = (
    b"Name: demo",
    b"Name: d\xe9mo",
    b"Name:",
    b"Name: ../demo",
    b"Version: 1.0",
    b"Version: \xff",
    b"Version:  ",
    b"Wheel-Version: 1.0",
    b"Wheel-Version: 2.0",
    b"Wheel-Version: \xe9",
    b"Tag: py3-none-any",
    b"Tag: \xff",
    b"Tag: =?utf-8?q?=C3=A9?=",
    b" folded",
    b"",
    b"\r",
    b"\x0c",
    b"[console_scripts]",
    b"[gui_scripts]",
    b"[DEFAULT]",
    b"run = demo.a:main",
    b"../../run = demo.a:main",
    b"a/b = demo:main",
    b"RUN = demo.a:App.main [extra]",
    b"x = :",
    b"x = 1.:.2",
    b"\xff\xfe = demo:main",
    b"%(x)s = a:b",
    b"=",
    b"#!python",
    b"#!python\xff -E",
    b"#!/bin/sh",
)
_NUMBERS = (0, 1, 2, 7, 8, 20, 45, 46, 99, 0x7FFF, 0xFFFE, 0xFFFF)
_LONG_NUMBERS = (*_NUMBERS, 1 << 20, 1 << 30, (1 << 30) + 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_HUGE_NUMBERS = (*_LONG_NUMBERS, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
_MODES = (0, 0o644, 0o755, 0o100644, 0o100755, 0o120777, 0o040755, 0o020644, 0o060644, 0o010644)
_FLAGS = (0x1, 0x2, 0x8, 0x20, 0x40, 0x800, 0x2000)
_EXTRAS = (0x0001, 0x7075, 0x5455, 0x9901, 0xCAFE)
_SHORT = ("version", "flags", "method", "time", "date")
_LONG = ("crc", "packed", "size")


class Mutator:
    """Changes archives at random: their structure itself, and their bytes with `mutate`."""

    def __init__(self, dice: random.Random, mutate: MutateBytes) -> None:
        self._dice = dice
        self._mutate = mutate

    def __call__(self, data: bytes, most_bytes: int) -> bytes:
        archive = split_archive(data)
        if archive is None or not archive.entries or self._dice.random() < 0.1:
            return self._mutate(data, most_bytes)
        for _ in range(self._dice.choice((1, 1, 1, 2, 3))):
            if not archive.entries:
                break
            changes = (self._change_entry,) * 9 + (self._change_archive,)
            archive = self._dice.choice(changes)(archive)
        changed = join_archive(archive)
        return changed if len(changed) <= most_bytes else self._mutate(data, most_bytes)

    def _change_entry(self, archive: Archive) -> Archive:
        i = self._dice.randrange(len(archive.entries))
        change = self._dice.choice(
            (
                self._change_content,
                self._change_content,
                self._change_lines,
                self._change_lines,
                self._pack_again,
                self._change_stream,
                self._change_name,
                self._change_name,
                self._change_number,
                self._change_number,
                self._change_flags,
                self._change_mode,
                self._change_extra,
                self._use_zip64,
                self._use_descriptor,
                self._change_position,
            )
        )
        entries = list(archive.entries)
        entries[i] = change(entries[i])
        return replace(archive, entries=tuple(entries))

    def _change_archive(self, archive: Archive) -> Archive:
        dice, entries = self._dice, list(archive.entries)
        kind = dice.randrange(7)
        if kind == 0:
            entries.insert(dice.randrange(len(entries) + 1), dice.choice(entries))
        elif kind == 1:
            del entries[dice.randrange(len(entries))]
        elif kind == 2:
            dice.shuffle(entries)
        elif kind == 3:
            return replace(archive, before=self._mutate(archive.before, 60))
        elif kind == 4:
            return replace(archive, comment=self._mutate(archive.comment, 60))
        elif kind == 5:
            return replace(archive, has_zip64_end=not archive.has_zip64_end)
        else:
            errors = [0, 0, 0]
            errors[dice.randrange(3)] = dice.choice((-46, -1, 1, 2, 46, 1 << 16, 1 << 31))
            return replace(archive, end_errors=(errors[0], errors[1], errors[2]))
        return replace(archive, entries=tuple(entries))

    def _change_content(self, entry: Entry) -> Entry:
        return entry.with_content(self._mutate(entry.content, 4096), entry.central.method)

    def _change_lines(self, entry: Entry) -> Entry:
        lines = entry.content[:4096].split(b"\n")
        i = self._dice.randrange(len(lines) + 1)
        if self._dice.random() < 0.3:
            del lines[i : i + 1]
        else:
            lines.insert(i, self._dice.choice(_LINES))
        return entry.with_content(b"\n".join(lines), entry.central.method)

    def _pack_again(self, entry: Entry) -> Entry:
        content = entry.content
        if self._dice.random() < 0.2:
            content = content * self._dice.choice((2, 100)) or b"\0" * 5000
        return entry.with_content(content[: 1 << 20], self._dice.choice((STORED, DEFLATED)))

    def _change_stream(self, entry: Entry) -> Entry:
        stream = self._mutate(entry.stream, 4096)
        changed = replace(entry, stream=stream)
        if self._dice.random() < 0.5:
            return changed
        return self._set_fields(changed, {"packed": len(stream)})

    def _change_name(self, entry: Entry) -> Entry:
        known = self._dice.choice(_NAMES)
        name = known if self._dice.random() < 0.7 else self._mutate(entry.central.name, 64)
        return self._set_fields(entry, {"name": name}, both=0.9)

    def _change_number(self, entry: Entry) -> Entry:
        name = self._dice.choice(_SHORT + _LONG)
        current: int = getattr(entry.central, name)
        chosen = self._dice.choice(_NUMBERS if name in _SHORT else _LONG_NUMBERS)
        near = min(max(0, current + self._dice.choice((-1, 1))), 0xFFFFFFFF)
        return self._set_fields(entry, {name: self._dice.choice((chosen, near))})

    def _change_flags(self, entry: Entry) -> Entry:
        return self._set_fields(entry, {"flags": entry.central.flags ^ self._dice.choice(_FLAGS)})

    def _change_mode(self, entry: Entry) -> Entry:
        return replace(entry, attributes=self._dice.choice(_MODES) << 16)

    def _change_extra(self, entry: Entry) -> Entry:
        kind = self._dice.choice(_EXTRAS)
        body = self._mutate(b"", 24)
        if kind == 0x7075:
            name = self._dice.choice(_NAMES[:10])
            body = struct.pack("<BL", 1, zlib.crc32(entry.central.name)) + name
        extra = struct.pack("<HH", kind, len(body)) + body
        return self._set_fields(
            entry, {"extra": self._dice.choice((extra, entry.central.extra + extra))}
        )

    def _use_zip64(self, entry: Entry) -> Entry:
        """Move numbers into a zip64 record, whose values may be wrong."""
        is_wrong = self._dice.random() < 0.4
        header = entry.central
        correct = (header.size, header.packed)
        numbers = [self._dice.choice(_HUGE_NUMBERS) if is_wrong else n for n in correct]
        extra = struct.pack("<HHQQ", 1, 16, *numbers)
        long = {"extra": extra, "size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
        if not is_wrong or self._dice.random() < 0.7:
            return self._set_fields(entry, long)
        place = struct.pack("<HHQ", 1, 8, self._dice.choice(_HUGE_NUMBERS))
        return replace(entry, central=replace(header, extra=place), offset_error=1 << 32)

    def _use_descriptor(self, entry: Entry) -> Entry:
        """Move the numbers of the local header behind the data, as tools that write streams do."""
        header = entry.central
        numbers = struct.pack("<3L", header.crc, header.packed, header.size)
        return replace(
            entry,
            local=replace(
                entry.local, flags=entry.local.flags | DESCRIPTOR, crc=0, packed=0, size=0
            ),
            central=replace(header, flags=header.flags | DESCRIPTOR),
            trailer=self._dice.choice((b"PK\x07\x08", b"")) + numbers,
        )

    def _change_position(self, entry: Entry) -> Entry:
        if self._dice.random() < 0.5:
            return replace(entry, offset_error=self._dice.choice((-100, -1, 0, 1, 4, 30, 1 << 31)))
        return replace(entry, trailer=self._mutate(entry.trailer, 40))

    def _set_fields(self, entry: Entry, change: dict[str, Any], both: float = 0.6) -> Entry:
        """Change fields in both headers with the probability `both`, else in one of them."""
        local: HeaderFields = replace(entry.local, **change)
        central: HeaderFields = replace(entry.central, **change)
        if self._dice.random() < both:
            return replace(entry, local=local, central=central)
        if self._dice.random() < 0.5:
            return replace(entry, local=local)
        return replace(entry, central=central)
