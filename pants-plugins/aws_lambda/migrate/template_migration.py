"""Reads everything that the translation of templates needs, and edits pants.toml."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.subsystems.setup import PythonSetup
from pants.core.util_rules.distdir import DistDir
from pants.engine.fs import CreateDigest, FileContent, FileEntry, PathGlobs
from pants.engine.internals.build_files import BuildFileOptions
from pants.source.source_root import SourceRootConfig, SourceRootRequest
from pants.util.logging import LogLevel

from aws_lambda.artifact.output.assembly_plan import repository_path
from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.from_templates import translate_templates
from aws_lambda.migrate.pants_settings import (
    PantsSettings,
    describe_kept,
    ends_with,
    without_inner_roots,
)
from aws_lambda.migrate.repository_files import DEFAULT_RESOLVE, RepositoryFiles
from aws_lambda.migrate.requirement_files import included_files
from aws_lambda.migrate.template_updates import TemplateUpdatesRequest, update_templates
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    contents_at,
    create_digest,
    entries_at,
    get_optional_source_root,
    implicitly,
    parses_in_rust,
    path_globs_to_paths,
    rule,
    run_to_success,
)
from aws_lambda.processes.tool_program import ToolRun, prepare_tool
from aws_lambda.templates.declared_functions import ASSET
from aws_lambda.templates.read_templates import TemplatesRequest, read_templates

_PANTS_TOML = "pants.toml"
_EDITS = "edits.json"
# Files may include others, which may include others.
_INCLUSIONS = 5


@dataclass(frozen=True)
class TemplateMigrationRequest:
    """Deployment templates to translate, by path from the root of the repository."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class TemplateMigration:
    """The changes that let Pants package the functions of the templates."""

    changes: tuple[FileChange, ...]


@dataclass(frozen=True)
class PantsTomlRequest:
    """The settings that pants.toml must contain."""

    settings: PantsSettings


@dataclass(frozen=True)
class PantsTomlChange:
    """The change to pants.toml."""

    change: FileChange


async def _read_texts(globs: PathGlobs) -> dict[str, str]:
    """Return the texts of files by path, with the requirement files that they include."""
    texts: dict[str, str] = {}
    contents = await contents_at(globs)
    for _ in range(_INCLUSIONS):
        texts.update({each.path: each.content.decode(errors="replace") for each in contents})
        missing = {
            included
            for path, text in texts.items()
            if path.endswith(".txt")
            for included in included_files(path, text)
            if included not in texts and not included.startswith("..")
        }
        if not missing:
            break
        contents = await contents_at(PathGlobs(sorted(missing)))
    return texts


@rule(desc="Edit pants.toml", level=LogLevel.DEBUG)
async def edit_pants_toml(
    request: PantsTomlRequest, infer: PythonInferSubsystem, source: SourceRootConfig
) -> PantsTomlChange:
    """Add settings that pants.toml does not have, and say which ones differ.

    1. Find the source roots that Pants does not know.
    2. Edit a copy of the file in a process, because Pants' Python cannot read TOML.
    """
    settings = without_inner_roots(request.settings, source.root_patterns)
    roots = await concurrently(
        get_optional_source_root(SourceRootRequest(PurePath(each)), **implicitly())
        for each in settings.source_roots
    )
    missing = tuple(
        folder
        for folder, root in zip(settings.source_roots, roots)
        if root.source_root is None
        or root.source_root.path != folder
        or any(ends_with(folder, each) for each in settings.removed_patterns)
    )
    settings = replace(settings, source_roots=missing, selects_parser=not parses_in_rust(infer))
    present = await contents_at(PathGlobs([_PANTS_TOML]))
    before = present[0].content.decode() if present else None
    edits = settings.edits(new=not present)
    digest = await create_digest(
        CreateDigest(
            [
                FileContent(repository_path(_PANTS_TOML), (before or "").encode()),
                FileContent(repository_path(_EDITS), json.dumps(edits).encode()),
            ]
        )
    )
    result = await run_to_success(
        await prepare_tool(
            ToolRun(
                program="edit_toml.py",
                argv=(repository_path(_PANTS_TOML), repository_path(_EDITS)),
                description="Edit pants.toml",
                inputs=digest,
            ),
            **implicitly(),
        )
    )
    edited = json.loads(result.stdout)
    notes = describe_kept(edited["kept"], edits)
    return PantsTomlChange(FileChange(_PANTS_TOML, before, edited["text"], notes))


@rule(desc="Translate deployment templates", level=LogLevel.DEBUG)
async def migrate_templates(
    request: TemplateMigrationRequest,
    build_files: BuildFileOptions,
    python_setup: PythonSetup,
    dist_dir: DistDir,
) -> TemplateMigration:
    """Translate templates to BUILD files, requirement files and settings.

    1. Read the templates, the paths of all files, BUILD files and requirement files.
    2. Translate them.
    3. Edit the templates, and pants.toml.
    """
    read = await read_templates(TemplatesRequest(request.paths), **implicitly())
    # Pants reads no BUILD file in these folders, so no target can own their files.
    ignored = [f"!{each}" for each in build_files.ignores]
    paths = await path_globs_to_paths(PathGlobs(["**", *ignored]))
    texts = await _read_texts(
        PathGlobs(
            [
                *request.paths,
                *(f"**/{each}" for each in build_files.patterns),
                "**/*requirements*.txt",
                "**/requirements/*.txt",
                *ignored,
            ]
        )
    )
    default_resolve = (
        python_setup.default_resolve if python_setup.enable_resolves else DEFAULT_RESOLVE
    )
    functions = [each for template in read.templates for each in template.functions]
    modules = await entries_at(
        PathGlobs(["**/*.py"] if any(each.code_kind == ASSET for each in functions) else [])
    )
    fingerprints = {
        each.path: each.file_digest.fingerprint for each in modules if isinstance(each, FileEntry)
    }
    files = RepositoryFiles(
        frozenset(paths.files),
        texts,
        default_resolve,
        fingerprints,
        dist_dir.relpath.as_posix(),
    )
    translation = translate_templates(read.templates, files)
    updates = await update_templates(
        TemplateUpdatesRequest(request.paths, translation.planned), **implicitly()
    )
    changes = _merge_notes(translation.changes, updates.changes)
    if translation.settings is None:
        return TemplateMigration(changes)
    settings = await edit_pants_toml(PantsTomlRequest(translation.settings), **implicitly())
    return TemplateMigration((settings.change, *changes))


def _merge_notes(
    changes: Sequence[FileChange], of_templates: Sequence[FileChange]
) -> tuple[FileChange, ...]:
    """Add the notes about a template to its edit."""
    paths = {each.path for each in of_templates}
    notes = {each.path: each.notes for each in changes if each.path in paths}
    return (
        *(each for each in changes if each.path not in paths),
        *(replace(each, notes=(*notes.get(each.path, ()), *each.notes)) for each in of_templates),
    )


def rules() -> Iterable[Any]:
    return collect_rules()
