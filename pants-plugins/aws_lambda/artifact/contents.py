"""What an artifact holds: files, each with an owner and a place where its bytes lie."""

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
    """Bytes that lie packed in a wheel, as an `entry` whose stream starts at `data`.

    They are copied as they are.

    `method` is the zip format's: 0 for stored, 8 for deflated; `crc` is the CRC-32 of the content.
    """

    wheel: str
    entry: str
    data: int
    packed: int
    method: int
    crc: int


@dataclass(frozen=True)
class RepositoryOrigin:
    """Bytes of a file of the repository, or of one that Pants generated from it."""

    path: str


@dataclass(frozen=True)
class GeneratedOrigin:
    """Bytes that the backend wrote: the re-export, a `RECORD`, a script."""

    content: bytes


@dataclass(frozen=True)
class BytecodeOrigin:
    """Compiled bytes that lie deflated in a file of many such, and are copied as they are.

    `crc` is the CRC-32 of the content.
    """

    archive: str
    data: int
    packed: int
    crc: int


Origin = Union[WheelOrigin, RepositoryOrigin, GeneratedOrigin, BytecodeOrigin]


class OwnerKind(Enum):
    FIRST_PARTY = "first-party"
    DISTRIBUTION = "distribution"
    EXTRA_FILE = "extra file"
    REEXPORT = "re-export"


@dataclass(frozen=True)
class Owner:
    """The origin of a file.

    `name` is a repository path, the normalized name of a distribution's project, or a handler;
    `version` is that of a distribution.
    """

    kind: OwnerKind
    name: str
    version: str = ""

    @property
    def is_third_party(self) -> bool:
        return self.kind is OwnerKind.DISTRIBUTION

    @property
    def project(self) -> str:
        """The project of a distribution; `""` for other owners."""
        return self.name if self.is_third_party else ""

    def __str__(self) -> str:
        if self.is_third_party:
            return f"{self.name} {self.version}"
        return f"{self.name} ({self.kind.value})"


@dataclass(frozen=True)
class ArtifactFile:
    """A file of the artifact: its path there, and its content by hex SHA-256 and size in bytes."""

    path: str
    sha256: str
    size: int
    executable: bool
    owner: Owner
    origin: Origin

    @property
    def mode(self) -> int:
        return 0o755 if self.executable else 0o644

    @property
    def is_third_party(self) -> bool:
        return self.owner.is_third_party

    @property
    def source(self) -> str:
        """Where a reader finds the file: in the repository, or in a distribution."""
        if self.is_third_party:
            return f"{self.path} of {self.owner}"
        return self.owner.name


@dataclass(frozen=True, order=True)
class Distribution:
    """A project's release, under its normalised name (PEP 503), and the wheel that brought it."""

    name: str
    version: str
    wheel: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Resolution:
    """A path at which something was decided: who won (`None`: nobody), and against whom.

    `by` is the glob or the rule that decided between files that differ; `""` where they mean the
    same.
    """

    path: str
    winner: str | None
    others: tuple[str, ...]
    by: str = ""


def generate_file(
    path: str, content: bytes, owner: Owner, *, executable: bool = False
) -> ArtifactFile:
    """A file whose bytes the backend wrote."""
    return ArtifactFile(
        path,
        hashlib.sha256(content).hexdigest(),
        len(content),
        executable,
        owner,
        GeneratedOrigin(content),
    )


def has_only_comments(content: bytes) -> bool:
    """Whether a Python file holds nothing but comments, told without a Python to read it."""
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    return all(not line or line.startswith(b"#") for line in map(bytes.strip, lines))


def normalize_name(name: str) -> str:
    """A project's name as PEP 503 normalises it."""
    return str(canonicalize_name(name))


def urlsafe_sha256(hex_digest: str) -> str:
    """A hex SHA-256 in the form of `RECORD` files: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(hex_digest)).rstrip(b"=").decode()
