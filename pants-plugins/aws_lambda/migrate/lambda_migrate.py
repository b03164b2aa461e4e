"""The goal `lambda-migrate`: translates the files of other tools to those of this backend.

It works on files and not on targets, since BUILD files that contain unknown targets do not parse.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from typing import Any

from pants.base.specs import Specs
from pants.engine.console import Console
from pants.engine.fs import CreateDigest, FileContent, GlobMatchErrorBehavior, PathGlobs, Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.internals.build_files import BuildFileOptions
from pants.option.option_types import BoolOption
from pants.util.strutil import help_text, pluralize, softwrap

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, describe
from aws_lambda.migrate.build_files import translate_build_files
from aws_lambda.migrate.compare_targets import (
    ComparisonRequest,
    compare_targets,
    not_two_targets,
)
from aws_lambda.migrate.file_changes import FileChange, describe_changes
from aws_lambda.migrate.pants_configuration import notes_on_configuration
from aws_lambda.migrate.template_migration import TemplateMigrationRequest, migrate_templates
from aws_lambda.pants_api import collect_rules, contents_at, create_digest, goal_rule, implicitly

_CONFIGURATION = "pants.toml"


class UnknownFormat(ConfigurationError):
    """`lambda-migrate` was given a file that is not a BUILD file.

    To fix, name BUILD files, or none to translate all BUILD files of the repository.
    """


class NotUtf8(ConfigurationError):
    """A file that `lambda-migrate` reads is not encoded in UTF-8, as Pants requires of BUILD files.

    To fix, save the file as UTF-8.
    """


class LambdaMigrateSubsystem(GoalSubsystem):
    name = "lambda-migrate"
    help = help_text("""
        Translate BUILD files with targets of Pants' own AWS Lambda backend, or deployment
        templates, to `lambda_function` and `lambda_layer`.

        It prints the changes as a diff and explains what you must decide yourself. By default, it
        reads all BUILD files of the repository. Name files or folders to read only these, such as
        `lambda-migrate src/api/BUILD`.
        """)

    write = BoolOption(default=False, help="Write the changes to the files.")
    compare = BoolOption(
        default=False,
        help=softwrap("""
            Compare the artifacts of two targets instead, such as `src/api:old src/api:fn`. It
            builds both, prints which files only one of them contains, and explains why.
            """),
    )


class LambdaMigrate(Goal):
    subsystem_cls = LambdaMigrateSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def migrate_files(
    specs: Specs,
    options: LambdaMigrateSubsystem,
    build_files: BuildFileOptions,
    console: Console,
    workspace: Workspace,
) -> LambdaMigrate:
    """Translate files of other tools, or compare two targets.

    1. Read the named files, or all BUILD files.
    2. Translate them.
    3. Print the changes, and write them with `--write`.
    """
    if options.compare:
        report = await compare_targets(_targets_to_compare(specs), **implicitly())
        console.print_stdout(report.text)
        return LambdaMigrate(0)
    contents = await contents_at(_files_to_read(specs, build_files))
    templates = tuple(each.path for each in contents if _is_template(each.path))
    texts = {each.path: _decode(each) for each in contents if each.path not in templates}
    configuration = texts.pop(_CONFIGURATION, "")
    changes = translate_files(texts, build_files)
    remarks = () if specs else tuple(notes_on_configuration(configuration))
    if remarks:
        changes = (
            *changes,
            FileChange(_CONFIGURATION, configuration, configuration, remarks),
        )
    if templates:
        migration = await migrate_templates(TemplateMigrationRequest(templates), **implicitly())
        changes = (*changes, *migration.changes)

    edits = [each for each in changes if each.is_edit]
    if options.write and edits:
        digest = await create_digest(
            CreateDigest([FileContent(each.path, each.after.encode()) for each in edits])
        )
        workspace.write_digest(digest)
    console.print_stdout(_report(changes, written=options.write))
    return LambdaMigrate(0)


def translate_files(texts: dict[str, str], build_files: BuildFileOptions) -> tuple[FileChange, ...]:
    """The changes to these files, whose texts are mapped by path. Raises `UnknownFormat`."""
    unknown = [path for path in texts if not _is_build_file(path, build_files)]
    if unknown:
        raise UnknownFormat(
            describe(
                "`lambda-migrate` cannot translate these files, which are neither BUILD files nor "
                "deployment templates.",
                facts=unknown,
                fix=f"name BUILD files, or none for all: `{pants_command('lambda-migrate')}`.",
            )
        )
    macros = [path for path in texts if not _matches(path, build_files.patterns)]
    return translate_build_files(texts, macros)


def _report(changes: Sequence[FileChange], *, written: bool) -> str:
    edits = [each for each in changes if each.is_edit]
    if not edits:
        last = "There is nothing to change."
    elif written:
        last = f"Changed {pluralize(len(edits), 'file')}."
    else:
        last = (
            f"{pluralize(len(edits), 'file')} would change. To write the changes, run the command "
            "again with `--write`."
        )
    return "\n\n".join(each for each in (describe_changes(changes), last) if each)


def _targets_to_compare(specs: Specs) -> ComparisonRequest:
    """The two targets, in the order of the command line. Raises `NotComparable`."""
    named = specs.includes.address_literals
    others = [
        *specs.includes.file_literals,
        *specs.includes.dir_literals,
        *specs.includes.recursive_globs,
    ]
    if len(named) != 2 or others:
        raise not_two_targets(str(each) for each in (*named, *others))
    old, new = (each.to_address() for each in named)
    return ComparisonRequest(old, new)


def _files_to_read(specs: Specs, build_files: BuildFileOptions) -> PathGlobs:
    """The files and folders that the user named. A folder means the BUILD files in it."""
    named = specs.includes
    folders = {
        *(each.directory for each in named.dir_literals),
        *(each.directory for each in named.dir_globs),
        *(each.path_component for each in named.address_literals),
        *(f"{each.directory}/**".lstrip("/") for each in named.recursive_globs),
    }
    files = [each.file for each in named.file_literals]
    globs = [each.glob for each in named.file_globs]
    if not (folders or files or globs):
        folders = {"**"}
        globs = [*build_files.prelude_globs, _CONFIGURATION]
    in_folders = [
        f"{folder}/{pattern}".lstrip("/")
        for folder in sorted(folders)
        for pattern in build_files.patterns
    ]
    return PathGlobs(
        [*files, *globs, *in_folders, *(f"!{each}" for each in build_files.ignores)],
        glob_match_error_behavior=(
            GlobMatchErrorBehavior.error if files else GlobMatchErrorBehavior.ignore
        ),
        description_of_origin="the command line" if files else None,
    )


def _is_build_file(path: str, build_files: BuildFileOptions) -> bool:
    """Whether Pants parses the file as a BUILD file or as macros for BUILD files."""
    return path.endswith(".py") or _matches(path, build_files.patterns)


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(os.path.basename(path), each) for each in patterns)


def _is_template(path: str) -> bool:
    """Whether the file has the format of deployment templates, YAML or JSON."""
    return path.endswith((".yaml", ".yml", ".json", ".template"))


def _decode(file: FileContent) -> str:
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        raise NotUtf8(
            describe(
                f"{file.path} is not encoded in UTF-8.",
                fix="save it as UTF-8.",
            )
        ) from None


def rules() -> Iterable[Any]:
    return collect_rules()
