"""An artifact with its distributions and files, and with the reasons for them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Any

from aws_lambda.artifact.contents import (
    ArtifactFile,
    BytecodeOrigin,
    Distribution,
    GeneratedOrigin,
    Origin,
    WheelOrigin,
)
from aws_lambda.artifact.output.manifest import Manifest
from aws_lambda.artifact.platforms.runtimes import Runtime
from aws_lambda.artifact.report.reasons import Reason

# The bytes that a zip needs for a file, besides its content and twice its path: the local header
# and the entry of the central directory (PKWARE's APPNOTE, 4.3.7 and 4.3.12).
_HEADER_BYTES = 30 + 46


class FileKind(Enum):
    """The kinds of files in an artifact. Each file has one kind, in this order of precedence."""

    BYTECODE = "bytecode"
    NATIVE = "native"
    METADATA = "metadata"
    SOURCE = "source"
    OTHER = "other"


@dataclass(frozen=True)
class ReportedFile:
    """A file of an artifact. `size` is in bytes, and `packed` is its share of the zip.

    `project` is the distribution that owns it, `""` for first-party code.
    """

    path: str
    size: int
    packed: int
    project: str
    kind: FileKind


@dataclass(frozen=True)
class ReportedDistribution:
    """A distribution in the closure of an artifact, with the sizes that it has where it is.

    `layer` is the address of the layer that contains it, or `None` if the artifact itself does.
    Sizes are in bytes.
    """

    distribution: Distribution
    layer: str | None
    unzipped_bytes: int
    zip_bytes: int
    bytecode_bytes: int
    native_bytes: int
    reason: Reason

    def document(self) -> dict[str, Any]:
        return {
            "name": self.distribution.name,
            "version": self.distribution.version,
            "layer": self.layer,
            "unzipped_bytes": self.unzipped_bytes,
            "zip_bytes": self.zip_bytes,
            "bytecode_bytes": self.bytecode_bytes,
            "native_bytes": self.native_bytes,
            "imported": self.reason.is_imported,
            "why": list(self.reason.steps),
        }


@dataclass(frozen=True)
class DeclaredRequirement:
    """A requirement target in a closure, with the names of all distributions that it brings."""

    address: str
    distributions: frozenset[str]


@dataclass(frozen=True)
class DeclaredFacts:
    """The facts about an artifact from BUILD files.

    `fields` are names and values of the fields that decide the content of each distribution, as
    they are written in BUILD files. `attached` are the addresses and ARNs in `layers`.
    `is_published` says that the function has a name in AWS.
    """

    fields: tuple[tuple[str, str], ...] = ()
    requirements: tuple[DeclaredRequirement, ...] = ()
    attached: tuple[str, ...] = ()
    is_parametrized: bool = False
    is_published: bool = False


@dataclass(frozen=True)
class ReportedArtifact:
    """An artifact, its files, and the distributions of its closure, the largest first.

    `path` is relative to `dist/`, and `end_of_support` is that of its runtime, whose minor version
    is `python`, if it is known. `layers` are those of this repository that a function attaches.
    """

    manifest: Manifest
    path: str
    python: tuple[int, int] | None
    end_of_support: date | None
    files: tuple[ReportedFile, ...]
    distributions: tuple[ReportedDistribution, ...]
    declared: DeclaredFacts
    layers: tuple[ReportedArtifact, ...] = ()

    @property
    def address(self) -> str:
        return self.manifest.address

    @property
    def is_function(self) -> bool:
        return self.manifest.kind == "function"

    @property
    def own_distributions(self) -> tuple[ReportedDistribution, ...]:
        """The distributions in the artifact itself."""
        return tuple(each for each in self.distributions if each.layer is None)

    @property
    def zip_bytes(self) -> int | None:
        return self.manifest.written_zip.size if self.manifest.written_zip else None

    def bytes_of_kind(self, kind: FileKind) -> int:
        """The unzipped size of the files of a kind, in bytes."""
        return sum(each.size for each in self.files if each.kind is kind)

    @cached_property
    def first_party_bytes(self) -> int:
        return sum(each.size for each in self.files if not each.project)

    def document(self, *, with_files: bool) -> dict[str, Any]:
        manifest = self.manifest
        document: dict[str, Any] = {
            "address": manifest.address,
            "kind": manifest.kind,
            "path": self.path,
            "runtime": manifest.runtime,
            "end_of_support": self.end_of_support.isoformat() if self.end_of_support else None,
            "architecture": manifest.architecture,
            "handler": manifest.handler,
            "code_sha256": manifest.written_zip.code_sha256 if manifest.written_zip else None,
            "content_sha256": manifest.content_sha256,
            "zip_bytes": self.zip_bytes,
            "unzipped_bytes": manifest.unzipped_bytes,
            "total_unzipped_bytes": manifest.total_unzipped_bytes,
            "bytecode_bytes": self.bytes_of_kind(FileKind.BYTECODE),
            "native_bytes": self.bytes_of_kind(FileKind.NATIVE),
            "metadata_bytes": self.bytes_of_kind(FileKind.METADATA),
            "first_party_bytes": self.first_party_bytes,
            "layers": [str(each) for each in manifest.layers],
            "distributions": [each.document() for each in self.distributions],
        }
        if with_files:
            index = {each.distribution.name: i for i, each in enumerate(self.distributions)}
            document["files"] = [
                [each.path, each.size, index.get(each.project, -1), each.kind.value]
                for each in self.files
            ]
        return document


def report_artifact(
    manifest: Manifest,
    *,
    path: str,
    runtime: Runtime | None,
    native: frozenset[Origin],
    reasons: Mapping[str, Reason],
    declared: DeclaredFacts,
    layers: Sequence[ReportedArtifact],
) -> ReportedArtifact:
    """Describe an artifact. `native` are the origins of native code in wheels.

    `reasons` are by project, and `layers` are the layers of this repository that a function
    attaches.
    """
    files = tuple(
        sorted(
            (
                *(_report_file(each, _kind_of(each, native)) for each in manifest.files),
                *(_report_file(each, FileKind.BYTECODE) for each in manifest.bytecode.files),
            ),
            key=lambda each: each.path,
        )
    )
    files_of: dict[str, list[ReportedFile]] = {}
    for file in files:
        files_of.setdefault(file.project, []).append(file)
    unknown = Reason(None, ())
    own = [
        ReportedDistribution(
            distribution=each,
            layer=None,
            unzipped_bytes=sum(file.size for file in of),
            zip_bytes=sum(file.packed for file in of),
            bytecode_bytes=sum(f.size for f in of if f.kind is FileKind.BYTECODE),
            native_bytes=sum(f.size for f in of if f.kind is FileKind.NATIVE),
            reason=reasons.get(each.name, unknown),
        )
        for each in manifest.distributions
        for of in [files_of.get(each.name, [])]
    ]
    in_layers = {
        (layer.address, each.distribution.name): each
        for layer in layers
        for each in layer.distributions
    }
    theirs = [
        replace(
            found,
            distribution=distribution,
            layer=address,
            reason=reasons.get(distribution.name, unknown),
        )
        for distribution, address in manifest.from_layers
        for found in [in_layers.get((address, distribution.name))]
        if found
    ]
    return ReportedArtifact(
        manifest=manifest,
        path=path,
        python=runtime.python if runtime else None,
        end_of_support=runtime.end_of_support if runtime else None,
        files=files,
        distributions=tuple(
            sorted((*own, *theirs), key=lambda d: (-d.unzipped_bytes, d.distribution.name))
        ),
        declared=declared,
        layers=tuple(layers),
    )


def _report_file(file: ArtifactFile, kind: FileKind) -> ReportedFile:
    return ReportedFile(file.path, file.size, _packed_bytes(file), file.owner.project, kind)


def _kind_of(file: ArtifactFile, native: frozenset[Origin]) -> FileKind:
    steps = file.path.split("/")
    if file.origin in native or steps[-1].endswith(".so") or ".so." in steps[-1]:
        return FileKind.NATIVE
    if file.is_third_party and any(each.endswith(".dist-info") for each in steps[:-1]):
        return FileKind.METADATA
    return FileKind.SOURCE if steps[-1].endswith(".py") else FileKind.OTHER


def _packed_bytes(file: ArtifactFile) -> int:
    """The bytes of the zip that the file needs.

    It is an estimate for files that are not from a wheel: the assembler compresses them later.
    """
    header = _HEADER_BYTES + 2 * len(file.path.encode())
    if isinstance(file.origin, (WheelOrigin, BytecodeOrigin)):
        return header + file.origin.packed
    if isinstance(file.origin, GeneratedOrigin):
        return header + len(zlib.compress(file.origin.content))
    return header + file.size
