"""A wheel as it was measured, and what keeps one from being unpacked.

Follows the wheel specification (PyPA, "Binary distribution format", 1.0).
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Any

from aws_lambda.artifact.contents import (
    Distribution,
    InWheel,
    Owner,
    OwnerKind,
    normalised,
)
from aws_lambda.artifact.fault import ArtifactFault, columns, describe
from aws_lambda.artifact.paths import unsafe_because

# A wheel that claims to hold more is taken for a bomb, and so is an entry that claims to unpack to
# more than this many times its packed size. The most that deflate can do is 1,032 times.
MOST_BYTES = 1 << 30
MOST_RATIO = 1000

_DATA_FOLDERS = {"purelib", "platlib", "data", "scripts", "headers"}
_SYMBOLIC_LINK = 0o120000
_FILE_TYPE = 0o170000


class BadWheel(ArtifactFault):
    pass


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
    origin: InWheel
    script: str | None = None  # The text, for scripts that start with `#!python`.

    @property
    def data(self) -> tuple[str, str] | None:
        """For a file in a `*.data` folder, which one (`scripts`, …) and the path inside."""
        top, slash, rest = self.path.partition("/")
        key, deeper, inner = rest.partition("/")
        if not (slash and top.endswith(".data")):
            return None
        return (key, inner) if deeper else ("", key)


@dataclass(frozen=True)
class Wheel:
    """A readable wheel. `dist_info` is its folder of that kind, as the wheel spells it."""

    distribution: Distribution
    dist_info: str
    tags: tuple[str, ...]
    entries: tuple[WheelEntry, ...]
    entry_points: tuple[EntryPoint, ...]

    @property
    def file_name(self) -> str:
        return self.distribution.wheel

    @property
    def owner(self) -> Owner:
        return Owner(OwnerKind.DISTRIBUTION, str(self.distribution))

    @property
    def scripts(self) -> frozenset[str]:
        """The names that the field `scripts` may ask of this wheel."""
        console = {point.name for point in self.entry_points}
        return frozenset(
            console | {e.data[1] for e in self.entries if e.data and e.data[0] == "scripts"}
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
    dist_info = _dist_info(file_name, (file["path"] for file in files))
    metadata = HeaderParser().parsestr(texts.get(f"{dist_info}/METADATA", ""))
    description = HeaderParser().parsestr(texts.get(f"{dist_info}/WHEEL", ""))
    _check_described(file_name, dist_info, metadata, description)
    entries = tuple(_entry(file_name, file, texts) for file in files)
    strange = [e.path for e in entries if e.data and e.data[0] not in _DATA_FOLDERS]
    if strange:
        raise _not_a_wheel(file_name, [f"{path}: installed nowhere" for path in strange])
    return Wheel(
        Distribution(normalised(metadata["Name"]), metadata["Version"].strip(), file_name, sha256),
        dist_info,
        tuple(sorted(str(tag) for tag in description.get_all("Tag", []))),
        entries,
        _entry_points(texts.get(f"{dist_info}/entry_points.txt", "")),
    )


def _entry(file_name: str, measured: Mapping[str, Any], texts: Mapping[str, str]) -> WheelEntry:
    path = measured["path"]
    packed = (measured[key] for key in ("data", "packed", "method", "crc"))
    return WheelEntry(
        path,
        measured["sha256"],
        measured["size"],
        bool(measured["mode"] & 0o111),
        InWheel(file_name, path, *packed),
        texts.get(path) if ".data/scripts/" in path else None,
    )


def _check_described(
    file_name: str, dist_info: str, metadata: Message, description: Message
) -> None:
    missing = [
        (f"{dist_info}/{name}", f"it has no `{header}`")
        for name, header, found in (
            ("METADATA", "Name", metadata["Name"]),
            ("METADATA", "Version", metadata["Version"]),
            ("WHEEL", "Wheel-Version", (description["Wheel-Version"] or "").startswith("1.")),
        )
        if not found
    ]
    if missing:
        raise _not_a_wheel(file_name, columns(missing))


def _faults(report: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Every reason not to unpack a wheel: `(entry, why)`."""
    if "unreadable" in report:
        yield "the archive", f"it cannot be read: {report['unreadable']}"
        return
    if report["declared_bytes"] > MOST_BYTES:
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
    for path in paths.values():
        for folder in _parents(path):
            if paths.get(folder.casefold()) == folder:
                yield folder, f"it is a file, and the folder of {path}"


def _unfit_because(entry: Mapping[str, Any]) -> str:
    path = entry["path"][:-1] if entry["folder"] else entry["path"]
    if unsafe_because(path):
        return unsafe_because(path)
    if entry["mode"] & _FILE_TYPE == _SYMBOLIC_LINK:
        return "it is a symbolic link"
    if entry["encrypted"]:
        return "it is encrypted"
    if entry["method"] not in (0, 8):
        return f"it is packed with method {entry['method']}, which no unpacker must know"
    if entry["size"] > MOST_RATIO * max(entry["packed"], 1):
        return f"it declares {entry['size']:,} bytes, packed into {entry['packed']:,}"
    return str(entry.get("broken", ""))


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


_ENTRY_POINT = re.compile(r"^\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?\s*$")


def _entry_points(text: str) -> tuple[EntryPoint, ...]:
    parser = configparser.ConfigParser(delimiters=("=",), strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    found = (
        (name, _ENTRY_POINT.match(value))
        for section in ("console_scripts", "gui_scripts")
        if parser.has_section(section)
        for name, value in parser.items(section)
    )
    return tuple(EntryPoint(name, match.group(1), match.group(2)) for name, match in found if match)
