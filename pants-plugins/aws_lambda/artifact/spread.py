"""The files that installing a wheel leaves, in an artifact.

Follows the wheel specification (PyPA, "Binary distribution format", 1.0).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aws_lambda.artifact.contents import ArtifactFile, generated, urlsafe_sha256
from aws_lambda.artifact.wheel import EntryPoint, Wheel, WheelEntry

# Left by installers, or signatures of a `RECORD` that is written anew.
_DROPPED = {
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "RECORD",
    "RECORD.jws",
    "RECORD.p7s",
}


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


def spread(wheel: Wheel, placement: Placement) -> tuple[ArtifactFile, ...]:
    """The files that this wheel leaves in an artifact, sorted by path, its `RECORD` true to them.

    Scripts are left out unless `placement.scripts` names them, and headers always.
    """
    files = [
        *(file for entry in wheel.entries for file in _spread_entry(wheel, entry, placement)),
        *(
            _console_script(wheel, point, placement)
            for point in wheel.entry_points
            if point.name in placement.scripts
        ),
    ]
    record = placement.inside(f"{wheel.dist_info}/RECORD")
    files.append(generated(record, _record(files, record, placement.root), wheel.owner))
    return tuple(sorted(files, key=lambda file: file.path))


def _spread_entry(wheel: Wheel, entry: WheelEntry, placement: Placement) -> Iterable[ArtifactFile]:
    top, _, name = entry.path.partition("/")
    if "__pycache__" in entry.path.split("/"):
        return ()
    if top == wheel.dist_info and name in _DROPPED:
        return ()
    if entry.data is None:
        return (_file(wheel, entry, placement.inside(entry.path)),)
    key, inner = entry.data
    if key in ("purelib", "platlib", "data"):
        return (_file(wheel, entry, placement.inside(inner)),)
    if key == "scripts" and inner in placement.scripts:
        return (_wheel_script(wheel, entry, f"bin/{inner}", placement),)
    return ()


def _wheel_script(wheel: Wheel, entry: WheelEntry, path: str, placement: Placement) -> ArtifactFile:
    if entry.script is None:
        return replace(_file(wheel, entry, path), executable=True)
    body = entry.script.partition("\n")[2]
    content = f"#!{placement.python}\n{body}".encode("utf-8", "surrogateescape")
    return generated(path, content, wheel.owner, executable=True)


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
