"""Finds the files of the field `extra_files` and their paths in the artifact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.core.util_rules.source_files import SourceFilesRequest
from pants.engine.addresses import Address, UnparsedAddressInputs
from pants.engine.fs import Digest, FileEntry, MergeDigests
from pants.engine.target import (
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
    SourcesField,
)
from pants.engine.unions import UnionRule

from aws_lambda.artifact.contents import ArtifactFile, Owner, OwnerKind, RepositoryOrigin
from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    determine_source_files,
    get_digest_entries,
    implicitly,
    merge_digests,
    resolve_unparsed_address_inputs,
    rule,
    targets_named,
)
from aws_lambda.target_types import LambdaExtraFilesField


class ExtraFileNotOneFile(ConfigurationError):
    """An entry of the field `extra_files` names a target that does not own exactly one file.

    To fix, name `resource` or `file` targets.
    """


@dataclass(frozen=True)
class ExtraFilesRequest:
    field: LambdaExtraFilesField


@dataclass(frozen=True)
class ExtraFiles:
    """The files, at their paths in the artifact. `addresses` are the targets that own them."""

    files: tuple[ArtifactFile, ...]
    digest: Digest
    addresses: tuple[Address, ...]


@dataclass(frozen=True)
class ExtraFileRequest:
    """The target of one entry of the field."""

    field: LambdaExtraFilesField
    path: str


@dataclass(frozen=True)
class ExtraFile:
    addresses: tuple[Address, ...]
    files: tuple[FileEntry, ...]
    digest: Digest


@dataclass(frozen=True)
class ExtraFilesInferenceFieldSet(FieldSet):
    required_fields = (LambdaExtraFilesField,)

    extra_files: LambdaExtraFilesField


class InferExtraFiles(InferDependenciesRequest[ExtraFilesInferenceFieldSet]):
    infer_from = ExtraFilesInferenceFieldSet


@rule(desc="Infer dependencies on extra files")
async def infer_extra_files(request: InferExtraFiles) -> InferredDependencies:
    unparsed = _addresses(request.field_set.extra_files)
    return InferredDependencies(await resolve_unparsed_address_inputs(unparsed, **implicitly()))


@rule
async def find_extra_file(request: ExtraFileRequest) -> ExtraFile:
    targets = await targets_named(_addresses(request.field, request.field.value[request.path]))
    sources = await determine_source_files(
        SourceFilesRequest(
            (target.get(SourcesField) for target in targets),
            for_sources_types=(FileSourceField, ResourceSourceField),
            enable_codegen=True,
        )
    )
    digest = sources.snapshot.digest
    entries = await get_digest_entries(digest)
    return ExtraFile(
        tuple(target.address for target in targets),
        tuple(entry for entry in entries if isinstance(entry, FileEntry)),
        digest,
    )


@rule(desc="Find extra files")
async def find_extra_files(request: ExtraFilesRequest) -> ExtraFiles:
    paths = sorted(request.field.value)
    found = await concurrently(
        find_extra_file(ExtraFileRequest(request.field, path)) for path in paths
    )
    wrong = [
        (path, request.field.value[path], f"{len(each.files)} files")
        for path, each in zip(paths, found)
        if len(each.files) != 1
    ]
    if wrong:
        raise ExtraFileNotOneFile(
            describe(
                f"The `extra_files` of {request.field.address} must map each path to one file.",
                facts=columns(wrong),
                fix="name `resource` or `file` targets of one file each.",
            )
        )
    return ExtraFiles(
        tuple(_at(path, each.files[0]) for path, each in zip(paths, found)),
        await merge_digests(MergeDigests(each.digest for each in found)),
        tuple(address for each in found for address in each.addresses),
    )


def _addresses(field: LambdaExtraFilesField, *specs: str) -> UnparsedAddressInputs:
    return UnparsedAddressInputs(
        specs or tuple(field.value.values()),
        owning_address=field.address,
        description_of_origin=f"the `extra_files` field of {field.address}",
    )


def _at(path: str, entry: FileEntry) -> ArtifactFile:
    return ArtifactFile(
        path,
        entry.file_digest.fingerprint,
        entry.file_digest.serialized_bytes_length,
        entry.is_executable,
        Owner(OwnerKind.EXTRA_FILE, entry.path),
        RepositoryOrigin(entry.path),
    )


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(InferDependenciesRequest, InferExtraFiles))
