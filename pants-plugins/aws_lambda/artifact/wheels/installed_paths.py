"""The files that installing a wheel creates in an artifact.

No installer runs: their paths and digests follow from the wheel's entries. This follows the wheel
specification (PyPA, "Binary distribution format", 1.0).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from aws_lambda.artifact.contents import ArtifactFile, generate_file
from aws_lambda.artifact.wheels.wheel import EntryPoint, Wheel, WheelEntry


@dataclass(frozen=True)
class Placement:
    """The places of an artifact for the files of wheels.

    `root` is the folder of importable code: `""` for a function, or a layer's prefix. `python` is
    the absolute path of the interpreter that runs scripts. `scripts` are the names of the scripts
    that the target asks for.
    """

    root: str
    python: str
    scripts: frozenset[str] = frozenset()

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders on the `sys.path` of scripts, in Lambda's order, relative to the artifact.

        Lambda unpacks layers to `/opt`, and a function to `/var/task`. The code that a function's
        script imports may be in a layer.
        """
        name = self.python.rpartition("/")[2]
        layers = (f"python/lib/{name}/site-packages", "python")
        return layers if self.root else ("", *(f"../../opt/{each}" for each in layers))

    def inside(self, path: str) -> str:
        """Return the path of a file in the folder of importable code."""
        return f"{self.root}/{path}" if self.root else path


def installed_files(wheel: Wheel, placement: Placement) -> tuple[ArtifactFile, ...]:
    """Return the files that installing a wheel creates in an artifact, sorted by path.

    `placement.scripts` selects the scripts. Headers and the `RECORD` are not included.
    """
    omitted = {entry.path for entry in wheel.non_code_entries}
    files = [
        *(
            _file(wheel, entry, placement.inside(entry.installed_path))
            for entry in wheel.entries
            if entry.installed_path is not None and entry.path not in omitted
        ),
        *(
            _wheel_script(wheel, entry, f"bin/{entry.data_path[1]}", placement)
            for entry in wheel.non_code_entries
            if entry.data_path
            and entry.data_path[0] == "scripts"
            and entry.data_path[1] in placement.scripts
        ),
        *(
            _console_script(wheel, point, placement)
            for point in wheel.entry_points
            if point.name in placement.scripts
        ),
    ]
    return tuple(sorted(files, key=lambda file: file.path))


def _wheel_script(wheel: Wheel, entry: WheelEntry, path: str, placement: Placement) -> ArtifactFile:
    if entry.script_text is None:
        return replace(_file(wheel, entry, path), executable=True)
    body = entry.script_text.partition("\n")[2]
    content = f"#!{placement.python}\n{body}".encode("utf-8", "surrogateescape")
    return generate_file(path, content, wheel.owner, executable=True)


def _file(wheel: Wheel, entry: WheelEntry, path: str) -> ArtifactFile:
    return ArtifactFile(path, entry.sha256, entry.size, entry.executable, wheel.owner, entry.origin)


def _console_script(wheel: Wheel, point: EntryPoint, placement: Placement) -> ArtifactFile:
    folders = json.dumps(placement.folders)
    imported = point.attribute.partition(".")[0]
    content = (
        f"#!{placement.python}\n"
        "import os\n"
        "import sys\n"
        "\n"
        "top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
        f"folders = {folders}\n"
        "sys.path[:0] = [os.path.abspath(os.path.join(top, each)) for each in folders]\n"
        "\n"
        f"from {point.module} import {imported}\n"
        "\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({point.attribute}())\n"
    )
    return generate_file(f"bin/{point.name}", content.encode(), wheel.owner, executable=True)
