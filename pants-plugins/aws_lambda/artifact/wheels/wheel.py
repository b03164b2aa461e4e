"""A wheel as it was measured, and what keeps one from being unpacked.

Follows the wheel specification (PyPA, "Binary distribution format", 1.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aws_lambda.artifact.contents import (
    Distribution,
    Owner,
    OwnerKind,
    WheelOrigin,
    normalize_name,
)
from aws_lambda.artifact.errors import WheelError, columns, describe
from aws_lambda.artifact.paths import unsafe_path_reason
from aws_lambda.artifact.wheels.core_metadata import parse_description, replace_undecodable_bytes

# A wheel that claims to hold more is taken for a bomb. An entry that claims to unpack to more than
# this many times its packed size lies: deflate says at most 258 bytes with two bits (RFC 1951).
MAX_UNPACKED_BYTES = 1 << 30
MAX_COMPRESSION_RATIO = 1032

# The groups of entry points that installers make scripts of.
SCRIPT_GROUPS = ("console_scripts", "gui_scripts")

_INSTALLED_FOLDERS = {"purelib", "platlib", "data"}
_DATA_FOLDERS = {*_INSTALLED_FOLDERS, "scripts", "headers"}
# Left by installers, or a `RECORD`, which is written anew, with its signatures.
_DROPPED = {
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "RECORD",
    "RECORD.jws",
    "RECORD.p7s",
}
_FILE_TYPE = 0o170000
_SYMBOLIC_LINK = 0o120000
# Pipes, devices of both kinds, sockets.
_DEVICES = {0o010000, 0o020000, 0o060000, 0o140000}
# NAME_MAX of Linux and macOS, and PATH_MAX of macOS, which is the smaller one (limits.h and
# sys/syslimits.h, November 2026).
_LONGEST_NAME, _LONGEST_PATH = 255, 1024


class BadWheel(WheelError):
    """A file is not a wheel, is damaged, or contains paths or files that are not safe to unpack.

    To fix, download the wheel again if it is damaged. Otherwise lock another version of the
    project, and report the wheel to the project.
    """


@dataclass(frozen=True)
class EntryPoint:
    """A console script: `name = module:attribute`."""

    name: str
    module: str
    attribute: str


@dataclass(frozen=True)
class WheelEntry:
    """A file inside a wheel, with the SHA-256 of its content, measured and not just claimed."""

    path: str
    sha256: str
    size: int
    executable: bool
    origin: WheelOrigin
    script_text: str | None = None  # The text, for scripts that start with `#!python`.
    is_native: bool = False  # Whether it is an ELF file.
    is_readable: bool = True  # Whether the wheel's mode lets everybody read it.

    @property
    def data_path(self) -> tuple[str, str] | None:
        """For a file in a `*.data` folder, which one (`scripts`, …) and the path inside."""
        top, slash, rest = self.path.partition("/")
        key, deeper, inner = rest.partition("/")
        if not (slash and top.endswith(".data")):
            return None
        return (key, inner) if deeper else ("", key)

    @property
    def installed_path(self) -> str | None:
        """Where it goes below the folder of importable code; `None` for scripts and headers."""
        key, inner = self.data_path or ("purelib", self.path)
        return inner if key in _INSTALLED_FOLDERS else None


@dataclass(frozen=True)
class Wheel:
    """A readable wheel. `dist_info` is its folder of that kind, as the wheel spells it.

    `pth_lines` are the lines of `.pth` files that `site` heeds at every start, each with its file.
    `licenses` are the fields of the metadata that speak of them.
    """

    distribution: Distribution
    dist_info: str
    tags: tuple[str, ...]
    entries: tuple[WheelEntry, ...]
    entry_points: tuple[EntryPoint, ...]
    pth_lines: tuple[tuple[str, str], ...] = ()
    licenses: tuple[tuple[str, str], ...] = ()

    @property
    def file_name(self) -> str:
        return self.distribution.wheel

    @property
    def owner(self) -> Owner:
        return Owner(OwnerKind.DISTRIBUTION, self.distribution.name, self.distribution.version)

    @property
    def has_native_code(self) -> bool:
        """Whether it contains native code, whatever its tags say."""
        return any(entry.is_native or entry.path.endswith(".so") for entry in self.entries)

    @cached_property
    def non_code_entries(self) -> tuple[WheelEntry, ...]:
        """The entries that are not part of the code: scripts, headers, bytecode, installers'
        notes."""
        return tuple(entry for entry in self.entries if self._is_no_code(entry))

    @property
    def programs(self) -> tuple[tuple[str, int], ...]:
        """The scripts that are native code: their names, and their sizes in bytes."""
        return tuple(
            (entry.data_path[1], entry.size)
            for entry in self.non_code_entries
            if entry.is_native and entry.data_path and entry.data_path[0] == "scripts"
        )

    def omitted_entries(self, scripts: Iterable[str]) -> tuple[tuple[str, int], ...]:
        """What an artifact with these scripts does not carry, with its size in bytes, sorted.

        Scripts, as `bin/NAME`, and notes are named one by one. A console script has no bytes in the
        wheel.
        """
        carried = {f"bin/{name}" for name in scripts}
        found = {f"bin/{point.name}": 0 for point in self.entry_points}
        for entry in self.non_code_entries:
            name = _non_code_label(entry)
            found[name] = found.get(name, 0) + entry.size
        # The artifact has a `RECORD` of its own.
        return tuple(sorted((n, s) for n, s in found.items() if n not in {"RECORD", *carried}))

    def _is_no_code(self, entry: WheelEntry) -> bool:
        if entry.installed_path is None or "__pycache__" in entry.path.split("/"):
            return True
        folder, _, rest = entry.installed_path.partition("/")
        return folder == self.dist_info and rest.partition("/")[0] in _DROPPED

    @property
    def scripts(self) -> frozenset[str]:
        """The names that the field `scripts` may ask of this wheel."""
        console = {point.name for point in self.entry_points}
        return frozenset(
            console
            | {e.data_path[1] for e in self.entries if e.data_path and e.data_path[0] == "scripts"}
        )


def read_wheel(file_name: str, sha256: str, report: Mapping[str, Any]) -> Wheel:
    """Judge what `sandbox/read_wheel.py` measured.

    Raises `BadWheel` with every entry that must not be unpacked.
    """
    faults = [*_faults(report)]
    if faults:
        raise BadWheel(
            describe(
                f"The wheel {file_name} cannot be unpacked safely.",
                facts=columns(faults),
                why="No artifact was written.",
                fix=(
                    "get the wheel anew if it was damaged on its way; else pin another version of "
                    "its project, and tell the project."
                ),
            )
        )
    files = sorted((e for e in report["entries"] if not e["folder"]), key=lambda e: str(e["path"]))
    texts: Mapping[str, str] = report["texts"]
    entries = tuple(_entry(file_name, file, texts) for file in files)
    dist_info = _dist_info(file_name, (entry.installed_path or "" for entry in entries))
    description = parse_description(
        texts.get(f"{dist_info}/METADATA", ""), texts.get(f"{dist_info}/WHEEL", "")
    )
    lacking = [(f"{dist_info}/{file}", why) for file, why in description.find_problems()]
    if lacking:
        raise _not_a_wheel(file_name, columns(lacking))
    strange = [e.path for e in entries if e.data_path and e.data_path[0] not in _DATA_FOLDERS]
    if strange:
        raise _not_a_wheel(file_name, [f"{path}: installed nowhere" for path in strange])
    return Wheel(
        Distribution(normalize_name(description.name), description.version, file_name, sha256),
        dist_info,
        description.tags,
        entries,
        _entry_points(texts.get(f"{dist_info}/entry_points.txt", "")),
        tuple(
            (path, line)
            for path, text in sorted(texts.items())
            if path.endswith(".pth")
            for line in parse_pth_lines(replace_undecodable_bytes(text))
        ),
        description.licenses,
    )


def _non_code_label(entry: WheelEntry) -> str:
    """Under which name an entry is listed that is not part of the code."""
    if "__pycache__" in entry.path.split("/"):
        return "__pycache__"
    if entry.installed_path is None and entry.data_path:
        return (
            f"bin/{entry.data_path[1]}" if entry.data_path[0] == "scripts" else entry.data_path[0]
        )
    return (entry.installed_path or entry.path).split("/")[1]


def parse_pth_lines(text: str) -> tuple[str, ...]:
    """The lines of a `.pth` file with which `site` does something."""
    lines = (each.rstrip() for each in text.splitlines())
    return tuple(each for each in lines if each and not each.startswith("#"))


def is_pth_code(line: str) -> bool:
    """Whether `site` runs the line, as its documentation says."""
    return line.startswith(("import ", "import\t"))


def _entry(file_name: str, measured: Mapping[str, Any], texts: Mapping[str, str]) -> WheelEntry:
    path = measured["path"]
    packed = (measured[key] for key in ("data", "packed", "method", "crc"))
    return WheelEntry(
        path,
        measured["sha256"],
        measured["size"],
        bool(measured["mode"] & 0o111),
        WheelOrigin(file_name, path, *packed),
        texts.get(path) if ".data/scripts/" in path else None,
        bool(measured.get("elf")),
        # Wheels without any mode are common, and mean nothing by it.
        not measured["mode"] & 0o777 or measured["mode"] & 0o444 == 0o444,
    )


def _faults(report: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Every reason not to unpack a wheel: `(entry, why)`."""
    if "unreadable" in report:
        yield "the archive", f"it cannot be read: {report['unreadable']}"
        return
    if report["declared_bytes"] > MAX_UNPACKED_BYTES:
        yield "the archive", f"it declares {report['declared_bytes']:,} bytes unpacked"
    paths: dict[str, str] = {}
    for entry in report["entries"]:
        path = entry["path"]
        because = _unfit_because(entry)
        if because:
            yield repr(path)[1:-1], because
        elif not entry["folder"]:
            folded = path.casefold()
            if paths.get(folded) == path:
                yield path, "it is there twice"
            elif folded in paths:
                yield path, f"it differs from {paths[folded]} only in case"
            paths.setdefault(folded, path)
    folders = (e["path"] for e in report["entries"] if e["folder"] and not _unfit_because(e))
    for path in (*paths.values(), *folders):
        for folder in _parents(path):
            if paths.get(folder.casefold()) == folder:
                yield folder, f"it is a file, and the folder of {path}"


def _unfit_because(entry: Mapping[str, Any]) -> str:
    path = entry["path"][:-1] if entry["folder"] else entry["path"]
    if unsafe_path_reason(path):
        return unsafe_path_reason(path)
    if _is_too_long(path):
        return "its name is too long for a file system"
    if entry["mode"] & _FILE_TYPE == _SYMBOLIC_LINK:
        return "it is a symbolic link"
    if entry["mode"] & _FILE_TYPE in _DEVICES:
        return "it is a device, a pipe or a socket"
    if entry["encrypted"]:
        return "it is encrypted"
    if entry["method"] not in (0, 8):
        return f"it is packed with method {entry['method']}, which no unpacker must know"
    if entry["size"] > MAX_COMPRESSION_RATIO * max(entry["packed"], 1):
        return f"it declares {entry['size']:,} bytes, packed into {entry['packed']:,}"
    return str(entry.get("broken", ""))


def _is_too_long(path: str) -> bool:
    longest = max(len(step.encode()) for step in path.split("/"))
    return longest > _LONGEST_NAME or len(path.encode()) > _LONGEST_PATH


def _parents(path: str) -> Iterable[str]:
    steps = path.split("/")
    return ("/".join(steps[:i]) for i in range(1, len(steps)))


def _dist_info(file_name: str, paths: Iterable[str]) -> str:
    found = sorted(
        {
            top
            for top, slash, _ in (p.partition("/") for p in paths)
            if slash and top.endswith(".dist-info")
        }
    )
    if len(found) != 1:
        raise _not_a_wheel(file_name, [f"folders named *.dist-info: {', '.join(found) or 'none'}"])
    return found[0]


def _not_a_wheel(file_name: str, facts: Iterable[str]) -> BadWheel:
    return BadWheel(
        describe(
            f"The wheel {file_name} does not say what it holds.",
            facts=facts,
            why="The wheel specification asks for one *.dist-info folder with METADATA and WHEEL.",
            fix="pin another version of its project, and tell the project.",
        )
    )


_STEPS = r"(?!\d)\w+(?:\.(?!\d)\w+)*"
_ENTRY_POINT = re.compile(rf"\s*({_STEPS})\s*:\s*({_STEPS})\s*(?:\[.*\])?\s*")


def parse_entry_points(text: str) -> Iterator[tuple[str, str, str]]:
    """The entry points of a wheel, as `entry_points.txt` lists them: group, name and value.

    Not with `configparser`, which takes a minute for 160 KB of lines that mean nothing to it
    (CPython 3.9, measured in November 2026).
    """
    section = ""
    for line in map(str.strip, replace_undecodable_bytes(text).split("\n")):
        if line.startswith("["):
            section = line[1:-1] if line.endswith("]") else ""
        elif section and line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield section, name.strip(), value


def _entry_points(text: str) -> tuple[EntryPoint, ...]:
    """Every script of both kinds. What cannot be a file in `bin/` is none."""
    found = {}
    for group, name, value in parse_entry_points(text):
        match = _ENTRY_POINT.fullmatch(value) if group in SCRIPT_GROUPS else None
        if match and _is_file_name(name):
            found[name] = EntryPoint(name, match.group(1), match.group(2))
    return tuple(found.values())


def _is_file_name(name: str) -> bool:
    return not (unsafe_path_reason(name) or "/" in name or _is_too_long(name))
