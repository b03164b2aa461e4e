"""A wheel as it was measured, and the files that installing it leaves.

Follows the wheel specification (PyPA, "Binary distribution format", 1.0).
"""

from __future__ import annotations

import configparser
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from typing import Any

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    InWheel,
    Owner,
    OwnerKind,
    generated,
    normalised,
    urlsafe_sha256,
)
from aws_lambda.artifact.fault import ArtifactFault, columns, describe
from aws_lambda.artifact.paths import unsafe_because

# A wheel that claims to hold more is taken for a bomb, and so is an entry that claims to unpack to
# more than this many times its packed size. The most that deflate can do is 1,032 times.
MOST_BYTES = 1 << 30
MOST_RATIO = 1000

# Left by installers, or signatures of a `RECORD` that is written anew.
_DROPPED = {
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "RECORD",
    "RECORD.jws",
    "RECORD.p7s",
}
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


@dataclass(frozen=True)
class Wheel:
    """A readable wheel. `stem` is `name-version` as its folders spell it."""

    distribution: Distribution
    stem: str
    tags: tuple[str, ...]
    entries: tuple[WheelEntry, ...]
    entry_points: tuple[EntryPoint, ...]

    @property
    def owner(self) -> Owner:
        return Owner(OwnerKind.DISTRIBUTION, str(self.distribution))

    @property
    def scripts(self) -> frozenset[str]:
        """The names that the field `scripts` may ask of this wheel."""
        prefix = f"{self.stem}.data/scripts/"
        return frozenset(
            (
                *(point.name for point in self.entry_points),
                *(e.path[len(prefix) :] for e in self.entries if e.path.startswith(prefix)),
            )
        )


@dataclass(frozen=True)
class Placement:
    """Where an artifact wants the files of wheels.

    `root` is the folder of importable code, `""` or a layer's prefix. `python` is the absolute
    path of the interpreter that scripts start with.
    """

    root: str
    python: str
    scripts: frozenset[str] = frozenset()

    def inside(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path


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
    entries = [entry for entry in report["entries"] if not entry["folder"]]
    texts: Mapping[str, str] = report["texts"]
    dist_info = _dist_info(file_name, (entry["path"] for entry in entries))
    metadata = HeaderParser().parsestr(texts.get(f"{dist_info}/METADATA", ""))
    description = HeaderParser().parsestr(texts.get(f"{dist_info}/WHEEL", ""))
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
    stem = dist_info[: -len(".dist-info")]
    strange = sorted(
        entry["path"]
        for entry in entries
        if entry["path"].startswith(f"{stem}.data/")
        and entry["path"].split("/")[1] not in _DATA_FOLDERS
    )
    if strange:
        raise _not_a_wheel(file_name, [f"{path}: installed nowhere" for path in strange])
    return Wheel(
        Distribution(normalised(metadata["Name"]), metadata["Version"].strip(), file_name, sha256),
        stem,
        tuple(sorted(str(tag) for tag in description.get_all("Tag", []))),
        tuple(
            WheelEntry(
                entry["path"],
                entry["sha256"],
                entry["size"],
                bool(entry["mode"] & 0o111),
                InWheel(
                    file_name,
                    entry["path"],
                    entry["data"],
                    entry["packed"],
                    entry["method"],
                    entry["crc"],
                ),
                texts.get(entry["path"]) if ".data/scripts/" in entry["path"] else None,
            )
            for entry in sorted(entries, key=lambda entry: str(entry["path"]))
        ),
        _entry_points(texts.get(f"{dist_info}/entry_points.txt", "")),
    )


def spread(wheel: Wheel, placement: Placement) -> tuple[ArtifactFile, ...]:
    """The files that this wheel leaves in an artifact, sorted by path, its `RECORD` true to them.

    Scripts are left out unless `placement.scripts` names them, and headers always.
    """
    dist_info = f"{wheel.stem}.dist-info"
    files = [
        *(file for entry in wheel.entries for file in _spread_entry(wheel, entry, placement)),
        *(
            _console_script(wheel, point, placement)
            for point in wheel.entry_points
            if point.name in placement.scripts
        ),
    ]
    record = placement.inside(f"{dist_info}/RECORD")
    files.append(generated(record, _record(files, record, placement.root), wheel.owner))
    return tuple(sorted(files, key=lambda file: file.path))


def _spread_entry(wheel: Wheel, entry: WheelEntry, placement: Placement) -> Iterable[ArtifactFile]:
    top, _, rest = entry.path.partition("/")
    if "__pycache__" in entry.path.split("/"):
        return ()
    if top == f"{wheel.stem}.dist-info" and rest in _DROPPED:
        return ()
    if top != f"{wheel.stem}.data":
        return (_file(wheel, entry, placement.inside(entry.path)),)
    key, _, inner = rest.partition("/")
    if key in ("purelib", "platlib", "data"):
        return (_file(wheel, entry, placement.inside(inner)),)
    if key == "scripts" and inner in placement.scripts:
        path = f"bin/{inner}"
        if entry.script is None:
            return (replace(_file(wheel, entry, path), executable=True),)
        shebang, _, body = entry.script.partition("\n")
        content = f"#!{placement.python}\n{body}".encode("utf-8", "surrogateescape")
        return (generated(path, content, wheel.owner, executable=True),)
    return ()


def _file(wheel: Wheel, entry: WheelEntry, path: str) -> ArtifactFile:
    return ArtifactFile(path, entry.sha256, entry.size, entry.executable, wheel.owner, entry.origin)


def _console_script(wheel: Wheel, point: EntryPoint, placement: Placement) -> ArtifactFile:
    root = "".join(f', "{step}"' for step in placement.root.split("/") if step)
    imported = point.attribute.partition(".")[0]
    content = (
        f"#!{placement.python}\n"
        "import os\n"
        "import sys\n"
        "\n"
        "top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
        f"sys.path.insert(0, os.path.join(top{root}))\n"
        "\n"
        f"from {point.module} import {imported}\n"
        "\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({point.attribute}())\n"
    )
    return generated(f"bin/{point.name}", content.encode(), wheel.owner, executable=True)


def _record(files: Sequence[ArtifactFile], record: str, root: str) -> bytes:
    """A `RECORD`: one line for each file, its paths relative to the folder of importable code."""
    up = "../" * len([step for step in root.split("/") if step])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    prefix = f"{root}/" if root else ""

    def relative(path: str) -> str:
        return path[len(prefix) :] if path.startswith(prefix) else f"{up}{path}"

    rows = [
        (relative(file.path), f"sha256={urlsafe_sha256(file.sha256)}", str(file.size))
        for file in files
    ]
    writer.writerows(sorted([*rows, (relative(record), "", "")]))
    return text.getvalue().encode("utf-8", "surrogateescape")


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
