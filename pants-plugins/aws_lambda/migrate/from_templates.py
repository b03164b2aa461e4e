"""Translates the functions of deployment templates to targets in BUILD files.

Each step is a module of its own, and passes values to the next ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_lambda.migrate.build_file_changes import change_files
from aws_lambda.migrate.chosen_functions import choose_functions
from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.function_targets import function_targets
from aws_lambda.migrate.layer_targets import LayerTargets, layer_targets
from aws_lambda.migrate.pants_settings import PantsSettings
from aws_lambda.migrate.placed_functions import place_functions
from aws_lambda.migrate.planned_artifacts import plan_artifacts
from aws_lambda.migrate.repository_files import RepositoryFiles
from aws_lambda.migrate.requirement_targets import (
    THIRD_PARTY,
    RequirementTargets,
    requirement_targets,
)
from aws_lambda.migrate.resolve_choice import choose_resolves
from aws_lambda.migrate.shared_requirements import share_requirements
from aws_lambda.migrate.source_roots import (
    CodeLayout,
    find_source_roots,
    python_folders,
    source_targets,
)
from aws_lambda.migrate.translation_notes import TranslationNotes
from aws_lambda.templates.declared_functions import Template
from aws_lambda.templates.planned_targets import PlannedTargets


@dataclass(frozen=True)
class Translation:
    """The changes to BUILD files and requirement files, and the settings for pants.toml.

    `planned` are the targets that the templates then deploy.
    """

    changes: tuple[FileChange, ...]
    settings: PantsSettings | None
    planned: PlannedTargets


def translate_templates(templates: Sequence[Template], files: RepositoryFiles) -> Translation:
    """Return the BUILD files, requirements and settings for the functions of templates.

    The steps:

    1. Choose the functions and layers that Pants can package.
    2. Merge their requirements into as few resolves as possible.
    3. Find the folders where their imports begin.
    4. Write a target for each requirement file, folder of sources, and layer.
    5. Name the functions' targets, and give functions that share requirements a layer.
    6. Write a target for each function.
    """
    notes = TranslationNotes()
    chosen = choose_functions(templates, files, notes)
    resolves = choose_resolves(chosen, files.default_resolve, notes)
    roots = find_source_roots(chosen, resolves, files)
    layout = CodeLayout(files, chosen, resolves, roots)

    requirements = requirement_targets(resolves, files)
    layers = layer_targets(layout, requirements, notes)
    targets = [*requirements.targets, *source_targets(layout), *layers.targets]
    shared = share_requirements(place_functions(layout, layers), targets, notes)
    targets += shared.targets
    targets += function_targets(shared.functions, layout, targets, notes)

    return Translation(
        change_files(targets, requirements.texts, files, notes),
        _settings(layout, layers, requirements),
        plan_artifacts(shared.functions, layers.addresses, targets, files.dist),
    )


def _settings(
    layout: CodeLayout, layers: LayerTargets, requirements: RequirementTargets
) -> PantsSettings | None:
    """Return the settings of the targets, or None if there are neither functions nor layers."""
    chosen, resolves = layout.chosen, layout.resolves
    if not (chosen.functions or layers.addresses):
        return None
    # Resolves with the same versions need no constraints of their own.
    differ = len(set(resolves.pythons.values())) > 1
    architecture = chosen.default_architecture
    return PantsSettings(
        source_roots=layout.roots,
        folders=python_folders(layout.files),
        by_source_root=layout.has_equal_modules(),
        resolves=tuple(resolves.files),
        pythons_of_resolves=resolves.pythons if differ else {},
        pythons=chosen.pythons,
        default_architecture=architecture if architecture != "x86_64" else None,
        merged_requirements=any(path.startswith(THIRD_PARTY) for path in requirements.texts),
    )
