"""Files that an unzip program would reject, move or make unreadable: L011 and L012.

Lambda unpacks a zip as another user than the one that imports the code, and other tools unpack the
same zip on other systems.
"""

from __future__ import annotations

from collections.abc import Iterable

from aws_lambda.artifact.contents import ArtifactFile, WheelOrigin
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.paths import unsafe_path_reason
from aws_lambda.artifact.wheels.wheel import Wheel


def check_file_modes(wheels: Iterable[Wheel]) -> Iterable[Finding]:
    """L011: wheels with files whose mode does not let Lambda's user read them."""
    for wheel in wheels:
        closed = [entry.path for entry in wheel.entries if not entry.is_readable]
        if closed:
            more = f" and {len(closed) - 1} more" if closed[1:] else ""
            yield Finding(
                "L011",
                wheel.distribution.name,
                f"The wheel of {wheel.distribution} does not let every user read {closed[0]}{more}"
                ", and the artifact does.",
                "do nothing: Lambda can read the files in the artifact.",
            )


def check_paths(files: Iterable[ArtifactFile]) -> Iterable[Finding]:
    """L012: paths that some systems cannot unpack, or unpack to another place.

    Paths of wheels are checked when the wheels are read.
    """
    for file in files:
        because = "" if isinstance(file.origin, WheelOrigin) else unsafe_path_reason(file.path)
        if because:
            yield Finding(
                "L012",
                file.source,
                f"The path {file.path!r} cannot be unpacked everywhere: {because}.",
                "rename the file.",
            )
