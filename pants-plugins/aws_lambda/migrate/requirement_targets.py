"""Gives each resolve one `python_requirements` target, and merges its files where it has several.

A target that the repository already has is used.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.migrate.build_file_targets import NewTarget, PlacedTarget, Value
from aws_lambda.migrate.repository_files import RepositoryFiles
from aws_lambda.migrate.requirement_files import (
    RequirementFile,
    merge_requirements,
    parse_requirement_file,
)
from aws_lambda.migrate.resolve_choice import ResolveChoice
from aws_lambda.migrate.target_names import address_of

THIRD_PARTY = "3rdparty/python"


@dataclass(frozen=True)
class RequirementTargets:
    """New targets, the address of the target of each resolve, and the texts of merged files."""

    targets: Sequence[PlacedTarget]
    addresses: Mapping[str, str]
    texts: Mapping[str, str]


def requirement_targets(resolves: ResolveChoice, files: RepositoryFiles) -> RequirementTargets:
    """Return the targets of the requirements of all resolves."""
    targets: list[PlacedTarget] = []
    addresses: dict[str, str] = {}
    texts: dict[str, str] = {}
    for resolve, merged in resolves.files.items():
        if not merged:
            continue
        existing = [_existing_target(each, files) for each in merged]
        if all(existing):
            addresses[resolve] = existing[0]
            continue
        if len(resolves.files) == 1 and len(merged) == 1:
            placed = _target_of_file(merged[0].path)
        else:
            placed = _target_of_resolve(resolve, resolves.default)
            file = f"{THIRD_PARTY}/{placed.target.fields.get('source', 'requirements.txt')}"
            text = _merge_files(file, merged, files)
            if text is not None:
                texts[file] = text
        targets.append(placed)
        addresses[resolve] = address_of(placed.folder, str(placed.target.name))
    return RequirementTargets(targets, addresses, texts)


def _existing_target(file: RequirementFile, files: RepositoryFiles) -> str:
    """Return the address of the target that already owns a requirement file, or ""."""
    folder = posixpath.dirname(file.path) or "."
    for target in files.targets_of(folder):
        if target.alias != "python_requirements":
            continue
        if target.fields.get("source", "requirements.txt") == posixpath.basename(file.path):
            return address_of(folder, target.name or posixpath.basename(folder))
    return ""


def _target_of_file(path: str) -> PlacedTarget:
    """Return the target of the only requirement file, next to it."""
    fields: dict[str, Value] = {"name": "requirements"}
    if posixpath.basename(path) != "requirements.txt":
        fields["source"] = posixpath.basename(path)
    return PlacedTarget(posixpath.dirname(path) or ".", NewTarget("python_requirements", fields))


def _target_of_resolve(resolve: str, default: str) -> PlacedTarget:
    """Return the target of the merged file of a resolve."""
    fields: dict[str, Value] = {"name": "requirements"}
    if resolve != default:
        fields = {"name": resolve, "source": f"{resolve}.requirements.txt", "resolve": resolve}
    return PlacedTarget(THIRD_PARTY, NewTarget("python_requirements", fields))


def _merge_files(
    path: str, merged: Sequence[RequirementFile], files: RepositoryFiles
) -> str | None:
    """Return the text of a merged file, or None if the existing one lists all distributions."""
    before = files.texts.get(path)
    present = parse_requirement_file(path, files.texts).projects if before else frozenset()
    lines = [
        f"{line}\n"
        for line in merge_requirements(merged)
        if not parse_requirement_file("x", {"x": line}).projects <= present
    ]
    if before is None:
        listed = "".join(f"# {each.path}\n" for each in merged)
        return f"# Merged from:\n{listed}{''.join(lines)}"
    return f"{before.rstrip()}\n{''.join(lines)}" if lines else None
