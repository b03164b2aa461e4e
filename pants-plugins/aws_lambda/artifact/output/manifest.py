"""The facts about a built artifact, as `<zip>.metadata.json` and as the lines of `package`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    OwnerKind,
    RepositoryOrigin,
    Resolution,
)
from aws_lambda.artifact.exclusions import OmittedFiles
from aws_lambda.artifact.findings import JudgedFindings
from aws_lambda.artifact.options import BytecodeMode
from aws_lambda.artifact.output.bytecode_files import Bytecode

SCHEMA_VERSION = 1
# The largest zip for a direct upload. Larger zips must be uploaded to S3. AWS's quota page
# `gettingstarted-limits`, 2026.
MOST_UPLOADED_BYTES = 52_428_800
# The most resolved collisions in the printed lines. The metadata has all of them.
_MOST_RESOLUTIONS = 3


@dataclass(frozen=True)
class WrittenZip:
    """The hex SHA-256 and the size in bytes of a zip."""

    sha256: str
    size: int

    @property
    def code_sha256(self) -> str:
        """AWS's CodeSha256, which is the SHA-256 in base64."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


@dataclass(frozen=True)
class LayerRecord:
    """An attached layer: a layer of the repository, with its path below `dist/`, or an ARN."""

    path: str = ""
    manifest: Manifest | None = None
    arn: str = ""

    def document(self) -> dict[str, Any]:
        if self.manifest is None:
            return {"arn": self.arn}
        written_zip = self.manifest.written_zip
        return {
            "address": self.manifest.address,
            "layer_name": self.manifest.layer_name,
            "code_sha256": written_zip.code_sha256 if written_zip else None,
            "content_sha256": self.manifest.content_sha256,
            "path": self.path,
        }

    def __str__(self) -> str:
        return self.manifest.address if self.manifest else self.arn


@dataclass(frozen=True)
class TypingOnlyCode:
    """Dependencies that only type checkers need, so the artifact does not contain them.

    `distributions` are pairs of project and version. `targets` are addresses, which an entry of
    `dependencies` would add to the artifact.
    """

    distributions: tuple[tuple[str, str], ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """All facts about a built artifact.

    `files`: all files except bytecode.
    `written_zip`: `None` for a folder.
    `from_layers`: distributions that its layers contain, each with the address of the layer.
    `provided`: projects that the runtime or other layers provide, with the locked version if known.
    `omitted`: files that `exclude` or `collisions` left out, by entry.
    `layer_name`: the layer's name in AWS.
    `omitted_wheel_files`: for each distribution, parts of its wheel that the artifact does not
    contain, such as "headers", with their sizes in bytes.
    """

    kind: str
    address: str
    runtime: str | None
    architecture: str | None
    handler: str | None
    files: tuple[ArtifactFile, ...]
    distributions: tuple[Distribution, ...]
    resolutions: tuple[Resolution, ...]
    findings: JudgedFindings
    written_zip: WrittenZip | None
    layers: tuple[LayerRecord, ...] = ()
    from_layers: tuple[tuple[Distribution, str], ...] = ()
    provided: tuple[tuple[str, str | None], ...] = ()
    omitted: tuple[OmittedFiles, ...] = ()
    typing_only: TypingOnlyCode = TypingOnlyCode()
    bytecode: Bytecode = Bytecode(BytecodeMode.NONE)
    layer_name: str | None = None
    omitted_wheel_files: tuple[tuple[Distribution, tuple[tuple[str, int], ...]], ...] = ()

    @cached_property
    def unzipped_bytes(self) -> int:
        """The sum of the files' sizes in bytes, as AWS counts."""
        return sum(file.size for file in self.files) + self.bytecode.unzipped_bytes

    @cached_property
    def content_sha256(self) -> str:
        return content_sha256(self.files, self.bytecode.mode)

    @property
    def total_unzipped_bytes(self) -> int:
        """The size with the layers of the repository. The sizes of other layers are unknown."""
        return self.unzipped_bytes + sum(
            each.manifest.unzipped_bytes for each in self.layers if each.manifest
        )

    def as_json(self) -> str:
        """The content of `<zip>.metadata.json`."""
        return json.dumps(self.document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def document(self) -> dict[str, Any]:
        """The metadata as a JSON object."""
        omitted_wheel_files = dict(self.omitted_wheel_files)
        document: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "kind": self.kind,
            "address": self.address,
            "runtime": self.runtime,
            "architecture": self.architecture,
            "code_sha256": self.written_zip.code_sha256 if self.written_zip else None,
            "content_sha256": self.content_sha256,
            "zip_bytes": self.written_zip.size if self.written_zip else None,
            "unzipped_bytes": self.unzipped_bytes,
            "bytecode": self.bytecode.document(),
            "distributions": [
                {
                    "name": distribution.name,
                    "version": distribution.version,
                    "wheel": distribution.wheel,
                    "sha256": distribution.sha256,
                    "unzipped_bytes": self.bytes_of(distribution),
                    "left_out": dict(omitted_wheel_files.get(distribution, ())),
                }
                for distribution in sorted(self.distributions)
            ],
            "provided": [{"name": name, "version": version} for name, version in self.provided],
            "sources": [
                {"path": file.path, "source": source, "sha256": file.sha256}
                for file in self.files
                if (source := _source(file)) is not None
            ],
            "excluded": [
                {"entry": each.entry, "files": len(each.files), "bytes": each.size}
                for each in self.omitted
            ],
            "typing_only": {
                "distributions": [
                    {"name": name, "version": version}
                    for name, version in self.typing_only.distributions
                ],
                "targets": list(self.typing_only.targets),
            },
            "resolutions": [
                {"path": each.path, "winner": each.winner, "others": list(each.others)}
                for each in self.resolutions
            ],
        }
        if self.handler is not None:
            document["handler"] = self.handler
            document["layers"] = [each.document() for each in self.layers]
            document["from_layers"] = [
                {"name": distribution.name, "version": distribution.version, "layer": layer}
                for distribution, layer in self.from_layers
            ]
            document["total_unzipped_bytes"] = self.total_unzipped_bytes
        return document

    def lines(self) -> list[str]:
        """The lines that `package` prints below "Wrote …"."""
        runtime = self.runtime or "complete platforms"
        architecture = f" ({self.architecture})" if self.architecture else ""
        unzipped = f"{format_bytes(self.unzipped_bytes)} unzipped"
        resolutions = [each for each in self.resolutions if each.by]
        if self.layers:
            unzipped += f"; {format_bytes(self.total_unzipped_bytes)} of 250 MiB with its layers"
        return [
            f"    {line}"
            for line in (
                f"Runtime: {runtime}{architecture}",
                *([f"Handler: {self.handler}"] if self.handler is not None else []),
                (
                    f"Size: {_describe_zip(self.written_zip)}, {unzipped}"
                    if self.written_zip
                    else f"Size: {unzipped}"
                ),
                *([f"Layers: {', '.join(map(str, self.layers))}"] if self.layers else []),
                *([f"CodeSha256: {self.written_zip.code_sha256}"] if self.written_zip else []),
                *(
                    [f"Left out: {', '.join(map(_describe_omitted, self.omitted))}"]
                    if self.omitted
                    else []
                ),
                *([_resolved(resolutions)] if resolutions else []),
                *self.findings.lines(),
            )
        ]

    def bytes_of(self, distribution: Distribution) -> int:
        return self._bytes_by_owner.get(str(distribution), 0)

    @cached_property
    def _bytes_by_owner(self) -> dict[str, int]:
        """The sizes of the distributions' files and bytecode, by "project version"."""
        found: dict[str, int] = {}
        for file in (*self.files, *self.bytecode.files):
            if file.is_third_party:
                found[str(file.owner)] = found.get(str(file.owner), 0) + file.size
        return found


def content_sha256(files: Sequence[ArtifactFile], mode: BytecodeMode) -> str:
    """The hex SHA-256 of the paths, modes and contents of all files outside `__pycache__`.

    It is equal on every machine for the same lockfile, backend and PEX. It covers the mode of
    bytecode, but neither the bytecode itself nor the compression of the zip.
    """
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        if "__pycache__" not in file.path.split("/"):
            digest.update(f"{file.mode:04o} {file.sha256} {file.path}\n".encode())
    digest.update(f"bytecode {mode.value}\n".encode())
    return digest.hexdigest()


def format_bytes(count: int) -> str:
    """A size as text in B, KiB or MiB. KiB and MiB have one decimal place."""
    if count < 1024:
        return f"{count} B"
    # Sizes that would round to 1024.0 KiB are 1.0 MiB.
    if count < 1024 * (1024 - 0.05):
        return f"{count / 1024:.1f} KiB"
    return f"{count / (1024 * 1024):.1f} MiB"


def _describe_zip(written_zip: WrittenZip) -> str:
    too_much = written_zip.size > MOST_UPLOADED_BYTES
    s3 = f" (over {format_bytes(MOST_UPLOADED_BYTES)}: upload it to S3)" if too_much else ""
    return f"{format_bytes(written_zip.size)} zipped{s3}"


def _describe_omitted(each: OmittedFiles) -> str:
    count = len(each.files)
    return f"{each.entry} ({count} file{'s' if count > 1 else ''}, {format_bytes(each.size)})"


def _resolved(resolutions: Sequence[Resolution]) -> str:
    """The line about collisions between different files."""
    shown = [
        f"{each.path} -> {each.winner or 'no file'} ({each.by})"
        for each in resolutions[:_MOST_RESOLUTIONS]
    ]
    rest = len(resolutions) - len(shown)
    return f"Resolved: {', '.join(shown)}" + (f" and {rest} more" if rest else "")


def _source(file: ArtifactFile) -> str | None:
    if isinstance(file.origin, RepositoryOrigin):
        return file.origin.path
    return file.owner.name if file.owner.kind is OwnerKind.FIRST_PARTY else None
