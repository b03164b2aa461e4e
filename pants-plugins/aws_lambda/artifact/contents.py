"""The files of an artifact: each has a path, a digest, an owner, and an origin for its bytes.

Files are compared by path and digest. Their content stays in wheels and in the repository until
the artifact is written.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Union

from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class WheelOrigin:
    """An entry of a wheel, which is copied into the artifact without unpacking it.

    `wheel` is the wheel's file name, and `entry` the path in it. The entry's stream starts at byte
    `data` of the wheel and is `packed` bytes long. `method` is the zip format's compression method:
    0 for stored, 8 for deflated. `crc` is the CRC-32 of the content.
    """

    wheel: str
    entry: str
    data: int
    packed: int
    method: int
    crc: int


@dataclass(frozen=True)
class RepositoryOrigin:
    """A file of the repository, or a file that Pants generated from the repository's code."""

    path: str


@dataclass(frozen=True)
class GeneratedOrigin:
    """Content that the backend generated: the re-export, a `RECORD` or a script."""

    content: bytes


@dataclass(frozen=True)
class BytecodeOrigin:
    """A compiled module, which is copied into the artifact without unpacking it.

    `archive` is the name of a file that contains the deflated streams of many modules. This
    module's stream starts at byte `data` and is `packed` bytes long. `crc` is the CRC-32 of its
    content.
    """

    archive: str
    data: int
    packed: int
    crc: int


Origin = Union[WheelOrigin, RepositoryOrigin, GeneratedOrigin, BytecodeOrigin]


class OwnerKind(Enum):
    """The kinds of owners. Messages print the values."""

    FIRST_PARTY = "first-party"
    DISTRIBUTION = "distribution"
    EXTRA_FILE = "extra file"
    REEXPORT = "re-export"


@dataclass(frozen=True)
class Owner:
    """The owner of a file: a file of the repository, a distribution, or the re-export.

    `name` is a path in the repository, the normalized name of a distribution's project, or the
    dotted name of the re-export. Only distributions have a `version`.
    """

    kind: OwnerKind
    name: str
    version: str = ""

    @property
    def is_third_party(self) -> bool:
        return self.kind is OwnerKind.DISTRIBUTION

    @property
    def project(self) -> str:
        """The normalized project name of a distribution; `""` for other owners."""
        return self.name if self.is_third_party else ""

    def __str__(self) -> str:
        if self.is_third_party:
            return f"{self.name} {self.version}"
        return f"{self.name} ({self.kind.value})"


@dataclass(frozen=True)
class ArtifactFile:
    """A file of an artifact.

    `path` is relative to the top of the artifact. `sha256` is the hex digest of the content, and
    `size` is in bytes.
    """

    path: str
    sha256: str
    size: int
    executable: bool
    owner: Owner
    origin: Origin

    @property
    def mode(self) -> int:
        """The file mode in the zip. AWS asks for 644 for files, and for 755 for executables."""
        return 0o755 if self.executable else 0o644

    @property
    def is_third_party(self) -> bool:
        return self.owner.is_third_party

    @property
    def source(self) -> str:
        """The place where users find the file: in the repository, or in a distribution."""
        if self.is_third_party:
            return f"{self.path} of {self.owner}"
        return self.owner.name


@dataclass(frozen=True, order=True)
class Distribution:
    """A release of a project, and the wheel that it is installed from.

    `name` is normalized (PEP 503). `wheel` is a file name, and `sha256` its hex digest.
    """

    name: str
    version: str
    wheel: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Resolution:
    """The outcome of a collision at one path.

    `winner` is the owner whose file the artifact contains, or `None` if it contains no file at this
    path. `others` are the other owners. `by` is the glob or the rule that chose the winner; `""` if
    the files have the same meaning.
    """

    path: str
    winner: str | None
    others: tuple[str, ...]
    by: str = ""


def generate_file(
    path: str, content: bytes, owner: Owner, *, executable: bool = False
) -> ArtifactFile:
    """Return a file with this content, which the backend generates."""
    return ArtifactFile(
        path,
        hashlib.sha256(content).hexdigest(),
        len(content),
        executable,
        owner,
        GeneratedOrigin(content),
    )


def repository_file(
    path: str, source: str, *, sha256: str, size: int, executable: bool
) -> ArtifactFile:
    """Return the file of the repository at `source`, with its path in the artifact."""
    owner = Owner(OwnerKind.FIRST_PARTY, source)
    return ArtifactFile(path, sha256, size, executable, owner, RepositoryOrigin(source))


def has_only_comments(content: bytes) -> bool:
    """Whether a Python file contains only comments and blank lines.

    It is read line by line, since no interpreter may be there that can parse the file.
    """
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    return all(not line or line.startswith(b"#") for line in map(bytes.strip, lines))


def normalize_name(name: str) -> str:
    """Normalize the name of a project as PEP 503 specifies."""
    return str(canonicalize_name(name))


def urlsafe_sha256(hex_digest: str) -> str:
    """Convert a hex SHA-256 to the form in `RECORD` files: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(hex_digest)).rstrip(b"=").decode()
