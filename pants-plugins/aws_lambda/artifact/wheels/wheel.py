"""Wheels, as `sandbox/read_wheel.py` measures them, and the checks before they are unpacked.

A wheel is untrusted input: the paths, sizes and hashes that it declares may be wrong. The checks
follow the wheel specification (PyPA, "Binary distribution format", 1.0).
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

# A wheel that declares more unpacked bytes is refused as a zip bomb. The declared size of an entry
# is wrong if it is more than this many times its packed size: deflate encodes at most 258 bytes in
# two bits (RFC 1951).
MAX_UNPACKED_BYTES = 1 << 30
MAX_COMPRESSION_RATIO = 1032

# The groups of entry points for which installers generate scripts.
SCRIPT_GROUPS = ("console_scripts", "gui_scripts")

_INSTALLED_FOLDERS = {"purelib", "platlib", "data"}
_DATA_FOLDERS = {*_INSTALLED_FOLDERS, "scripts", "headers"}
# Files of installers, and the `RECORD`, which is generated again, with its signatures.
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
# Pipes, character and block devices, and sockets.
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
    """An entry point for a script: `name = module:attribute`."""

    name: str
    module: str
    attribute: str


@dataclass(frozen=True)
class WheelEntry:
    """A file in a wheel.

    `sha256` is the measured hex digest of the content, not the digest in the wheel's `RECORD`, and
    `size` is in bytes.
    """

    path: str
    sha256: str
    size: int
    executable: bool
    origin: WheelOrigin
    script_text: str | None = None  # The text of a script that starts with `#!python`.
    is_native: bool = False  # Whether it is an ELF file.
    is_readable: bool = True  # Whether its mode in the wheel allows all users to read it.

    @property
    def data_path(self) -> tuple[str, str] | None:
        """The folder in `*.data`, such as `scripts`, and the path in it; `None` for other files."""
        top, slash, rest = self.path.partition("/")
        key, deeper, inner = rest.partition("/")
        if not (slash and top.endswith(".data")):
            return None
        return (key, inner) if deeper else ("", key)

    @property
    def installed_path(self) -> str | None:
        """The path below the folder of importable code; `None` for scripts and headers."""
        key, inner = self.data_path or ("purelib", self.path)
        return inner if key in _INSTALLED_FOLDERS else None


@dataclass(frozen=True)
class Wheel:
    """A wheel that can be unpacked safely.

    `dist_info` is the name of its `*.dist-info` folder. `pth_lines` are the lines of `.pth` files
    that `site` processes at every start, as pairs of a file and a line. `licenses` are the
    metadata's headers about licenses, as pairs of a name and a value. `requires` are the
    requirements of the distribution, as in `Requires-Dist`.
    """

    distribution: Distribution
    dist_info: str
    tags: tuple[str, ...]
    entries: tuple[WheelEntry, ...]
    entry_points: tuple[EntryPoint, ...]
    pth_lines: tuple[tuple[str, str], ...] = ()
    licenses: tuple[tuple[str, str], ...] = ()
    requires: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        return self.distribution.wheel

    @property
    def owner(self) -> Owner:
        return Owner(OwnerKind.DISTRIBUTION, self.distribution.name, self.distribution.version)

    @property
    def has_native_code(self) -> bool:
        """Whether the wheel contains native code, whatever its tags are."""
        return any(entry.is_native or entry.path.endswith(".so") for entry in self.entries)

    @cached_property
    def non_code_entries(self) -> tuple[WheelEntry, ...]:
        """The entries that are not code: scripts, headers, bytecode, and files of installers."""
        return tuple(entry for entry in self.entries if self._is_not_code(entry))

    @property
    def programs(self) -> tuple[tuple[str, int], ...]:
        """The scripts that are native code, as pairs of a name and a size in bytes."""
        return tuple(
            (entry.data_path[1], entry.size)
            for entry in self.non_code_entries
            if entry.is_native and entry.data_path and entry.data_path[0] == "scripts"
        )

    def omitted_entries(self, scripts: Iterable[str]) -> tuple[tuple[str, int], ...]:
        """Return what an artifact with these scripts omits, as pairs of a name and a size in bytes.

        Scripts (`bin/NAME`) and files of installers are listed one by one, and other entries by
        folder. A console script has no bytes in the wheel. The result is sorted.
        """
        included = {f"bin/{name}" for name in scripts}
        found = {f"bin/{point.name}": 0 for point in self.entry_points}
        for entry in self.non_code_entries:
            name = _non_code_label(entry)
            found[name] = found.get(name, 0) + entry.size
        # The artifact contains a generated `RECORD`.
        return tuple(sorted((n, s) for n, s in found.items() if n not in {"RECORD", *included}))

    def _is_not_code(self, entry: WheelEntry) -> bool:
        if entry.installed_path is None or "__pycache__" in entry.path.split("/"):
            return True
        folder, _, rest = entry.installed_path.partition("/")
        return folder == self.dist_info and rest.partition("/")[0] in _DROPPED

    @property
    def scripts(self) -> frozenset[str]:
        """The names of the scripts in this wheel, which the field `scripts` may contain."""
        console = {point.name for point in self.entry_points}
        return frozenset(
            console
            | {e.data_path[1] for e in self.entries if e.data_path and e.data_path[0] == "scripts"}
        )


def read_wheel(file_name: str, sha256: str, report: Mapping[str, Any]) -> Wheel:
    """Read the report of `sandbox/read_wheel.py` on a wheel.

    1. Check that every entry can be unpacked safely.
    2. Find the `*.dist-info` folder, and check its METADATA and WHEEL.
    3. Check that every file in `*.data` has a place where installers put it.

    `sha256` is the hex digest of the wheel's file. Raises `BadWheel`, which lists all problems of
    the step that fails.
    """
    unsafe = [*_find_unsafe_entries(report)]
    if unsafe:
        raise BadWheel(
            describe(
                f"The wheel {file_name} cannot be unpacked safely.",
                facts=columns(unsafe),
                why="No artifact was written.",
                fix=(
                    "download the wheel again if it is damaged. Otherwise, lock another version of "
                    "its project, and report the wheel to the project."
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
    invalid = [(f"{dist_info}/{file}", why) for file, why in description.find_problems()]
    if invalid:
        raise _not_a_wheel(file_name, columns(invalid))
    misplaced = [e.path for e in entries if e.data_path and e.data_path[0] not in _DATA_FOLDERS]
    if misplaced:
        raise _not_a_wheel(file_name, [f"{path}: not installed anywhere" for path in misplaced])
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
        description.requires,
    )


def _non_code_label(entry: WheelEntry) -> str:
    """Return the name by which an entry that is not code is listed."""
    if "__pycache__" in entry.path.split("/"):
        return "__pycache__"
    if entry.installed_path is None and entry.data_path:
        return (
            f"bin/{entry.data_path[1]}" if entry.data_path[0] == "scripts" else entry.data_path[0]
        )
    return (entry.installed_path or entry.path).split("/")[1]


def parse_pth_lines(text: str) -> tuple[str, ...]:
    """Return the lines of a `.pth` file that `site` processes: no blank lines and comments."""
    lines = (each.rstrip() for each in text.splitlines())
    return tuple(each for each in lines if each and not each.startswith("#"))


def is_pth_code(line: str) -> bool:
    """Whether `site` runs a line of a `.pth` file, according to its documentation."""
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
        # Many wheels have no modes. Their files are readable when installed.
        not measured["mode"] & 0o777 or measured["mode"] & 0o444 == 0o444,
    )


def _find_unsafe_entries(report: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield a pair of an entry and a clause for each reason not to unpack a wheel."""
    if "unreadable" in report:
        yield "the archive", f"it cannot be read: {report['unreadable']}"
        return
    if report["declared_bytes"] > MAX_UNPACKED_BYTES:
        yield "the archive", f"it declares {report['declared_bytes']:,} bytes unpacked"
    paths: dict[str, str] = {}
    for entry in report["entries"]:
        path = entry["path"]
        reason = _unsafe_entry_reason(entry)
        if reason:
            yield repr(path)[1:-1], reason
        elif not entry["folder"]:
            folded = path.casefold()
            if paths.get(folded) == path:
                yield path, "it is in the wheel twice"
            elif folded in paths:
                yield path, f"it differs from {paths[folded]} only in case"
            paths.setdefault(folded, path)
    folders = (e["path"] for e in report["entries"] if e["folder"] and not _unsafe_entry_reason(e))
    for path in (*paths.values(), *folders):
        for folder in _parents(path):
            if paths.get(folder.casefold()) == folder:
                yield folder, f"it is a file, and also the folder of {path}"


def _unsafe_entry_reason(entry: Mapping[str, Any]) -> str:
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
        return f"its compression method is {entry['method']}, which unpackers need not support"
    if entry["size"] > MAX_COMPRESSION_RATIO * max(entry["packed"], 1):
        return f"it declares {entry['size']:,} bytes, compressed to {entry['packed']:,}"
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
            f"The wheel {file_name} does not describe its contents.",
            facts=facts,
            why="The wheel specification requires one *.dist-info folder with METADATA and WHEEL.",
            fix="lock another version of its project, and report the wheel to the project.",
        )
    )


_STEPS = r"(?!\d)\w+(?:\.(?!\d)\w+)*"
_ENTRY_POINT = re.compile(rf"\s*({_STEPS})\s*:\s*({_STEPS})\s*(?:\[.*\])?\s*")


def parse_entry_points(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the group, name and value of each entry point in the text of `entry_points.txt`.

    `configparser` takes a minute for 160 KB of lines that it cannot parse (CPython 3.9, measured in
    November 2026).
    """
    section = ""
    for line in map(str.strip, replace_undecodable_bytes(text).split("\n")):
        if line.startswith("["):
            section = line[1:-1] if line.endswith("]") else ""
        elif section and line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield section, name.strip(), value


def _entry_points(text: str) -> tuple[EntryPoint, ...]:
    """Return the entry points for scripts whose names can be files in `bin/`."""
    found = {}
    for group, name, value in parse_entry_points(text):
        match = _ENTRY_POINT.fullmatch(value) if group in SCRIPT_GROUPS else None
        if match and _is_file_name(name):
            found[name] = EntryPoint(name, match.group(1), match.group(2))
    return tuple(found.values())


def _is_file_name(name: str) -> bool:
    return not (unsafe_path_reason(name) or "/" in name or _is_too_long(name))
