"""Finds the first-party files of targets, and the modules that they import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.util_rules.python_sources import PythonSourceFilesRequest
from pants.engine.fs import Digest, FileEntry, SymlinkEntry
from pants.engine.target import SourcesField, Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import ArtifactFile, Owner, OwnerKind, RepositoryOrigin
from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.inputs.runtime_dependencies import (
    ImportedNamesRequest,
    find_imported_names,
    has_imports,
)
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    get_digest_entries,
    implicitly,
    prepare_python_sources,
    rule,
)


class LinksAmongSources(ConfigurationError):
    """A target generates sources that are symbolic links. An artifact cannot contain links.

    To fix, let the program that generates them copy the files instead.
    """


@dataclass(frozen=True)
class SourcesRequest:
    """The first-party files of these targets, under `root` in the artifact."""

    targets: tuple[Target, ...]
    root: str


@dataclass(frozen=True)
class SourceFiles:
    """First-party files. `digest` contains them at their paths in the repository."""

    files: tuple[ArtifactFile, ...]
    digest: Digest


@dataclass(frozen=True)
class ImportsRequest:
    """The imports of the Python files of targets. `python` or newer reads them."""

    targets: tuple[Target, ...]
    python: tuple[int, int]


@dataclass(frozen=True)
class ImportedNames:
    """Top-level names, with or without an owner."""

    names: frozenset[str]


@rule(desc="Find imports", level=LogLevel.DEBUG)
async def find_imports(request: ImportsRequest) -> ImportedNames:
    imported = await concurrently(
        find_imported_names(ImportedNamesRequest(target, request.python), **implicitly())
        for target in request.targets
        if has_imports(target)
    )
    return ImportedNames(
        frozenset(name.partition(".")[0] for each in imported for name in each.run)
    )


@rule(desc="Find source files", level=LogLevel.DEBUG)
async def find_sources(request: SourcesRequest) -> SourceFiles:
    sources = await prepare_python_sources(
        PythonSourceFilesRequest(
            [t for t in request.targets if t.has_field(SourcesField)], include_resources=True
        ),
        **implicitly(),
    )
    digest = sources.source_files.snapshot.digest
    entries = await get_digest_entries(digest)
    refuse_links(entries)
    prefix = f"{request.root}/" if request.root else ""
    # The innermost source root comes first.
    roots = sorted(sources.source_roots, key=len, reverse=True)
    return SourceFiles(
        tuple(
            ArtifactFile(
                f"{prefix}{_stripped(entry.path, roots)}",
                entry.file_digest.fingerprint,
                entry.file_digest.serialized_bytes_length,
                entry.is_executable,
                Owner(OwnerKind.FIRST_PARTY, entry.path),
                RepositoryOrigin(entry.path),
            )
            for entry in entries
            if isinstance(entry, FileEntry)
        ),
        digest,
    )


def refuse_links(entries: Iterable[object]) -> None:
    """Raise `LinksAmongSources` for generated links: Lambda does not unpack links reliably."""
    links = [(each.path, each.target) for each in entries if isinstance(each, SymlinkEntry)]
    if links:
        raise LinksAmongSources(
            describe(
                "Generated sources are symbolic links, which an artifact cannot contain.",
                facts=columns([(path, f"-> {target}") for path, target in sorted(links)]),
                fix="change the program that generates them: let it copy the files.",
            )
        )


def _stripped(path: str, source_roots: Iterable[str]) -> str:
    for root in source_roots:
        if root == ".":
            return path
        if path.startswith(f"{root}/"):
            return path[len(root) + 1 :]
    return path


def rules() -> Iterable[Any]:
    return collect_rules()
