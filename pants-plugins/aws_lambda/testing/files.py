"""Files of artifacts, each with a path, a content and an owner."""

from __future__ import annotations

import hashlib
import zlib

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Origin,
    Owner,
    OwnerKind,
    RepositoryOrigin,
    WheelOrigin,
    generate_file,
)


def first_party_file(
    path: str, content: bytes = b"", *, source: str = "", executable: bool = False
) -> ArtifactFile:
    """Return a file of the repository, by default the file with this path in `src/`."""
    source = source or f"src/{path}"
    owner = Owner(OwnerKind.FIRST_PARTY, source)
    return _made(path, content, owner, RepositoryOrigin(source), executable)


def extra_file(path: str, content: bytes = b"", *, source: str = "") -> ArtifactFile:
    source = source or f"assets/{path}"
    return _made(
        path, content, Owner(OwnerKind.EXTRA_FILE, source), RepositoryOrigin(source), False
    )


def third_party_file(
    path: str, content: bytes = b"", *, of: str = "click 8.1.7", executable: bool = False
) -> ArtifactFile:
    """Return a file of the distribution `of`, which its wheel contains without compression."""
    wheel = f"{of.replace(' ', '-')}-py3-none-any.whl"
    origin = WheelOrigin(wheel, path, 64, len(content), 0, zlib.crc32(content))
    return _made(path, content, Owner(OwnerKind.DISTRIBUTION, *of.split(" ")), origin, executable)


def reexport_file(content: bytes = b"from app import main as handler\n") -> ArtifactFile:
    owner = Owner(OwnerKind.REEXPORT, "lambda_function.handler")
    return generate_file("lambda_function.py", content, owner)


def _made(
    path: str, content: bytes, owner: Owner, origin: Origin, executable: bool
) -> ArtifactFile:
    sha256 = hashlib.sha256(content).hexdigest()
    return ArtifactFile(path, sha256, len(content), executable, owner, origin)
