"""The reason why an artifact does not contain a module, and the fix.

The repository or the lockfile often has the module, in a place that the target does not depend on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ModuleOwner:
    """A target of the same resolve that owns a module.

    `projects` are the normalized names of a requirement's distributions, and `requirements` its
    requirement strings. Both are empty for first-party code. `file` is the path of first-party code
    in the repository. If the file is an `__init__.py`, `package` is the address of the target that
    owns the whole package. `is_needed` says that the artifact depends on the target, and
    `is_excluded` that a `!` entry of `dependencies` names it.
    """

    address: str
    projects: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    file: str = ""
    package: str = ""
    is_needed: bool = False
    is_excluded: bool = False

    @property
    def dependency(self) -> str:
        """The entry of `dependencies` that adds the module."""
        return self.package or self.address


@dataclass(frozen=True)
class ModuleLocations:
    """Places outside the artifact that contain a module.

    `owners`: the targets of the same resolve that own it.
    `other_resolves`: addresses of owners in other resolves, each with its resolve.
    `unowned_files`: paths of files in the repository that no target owns.
    `renamed_files`: paths of files with an owner whose module has another name, because they are
    in another source root, each with this root and the name.
    `remapped_requirements`: addresses of requirements whose distribution contains the module by
    default, each with the modules that the target lists instead.
    `undeclared_projects`: projects in the lockfile that no target declares, each with its version.
    `skipped_requirements`: lines of requirements files that Pants ignores, each with its file.
    """

    owners: tuple[ModuleOwner, ...] = ()
    other_resolves: tuple[tuple[str, str], ...] = ()
    unowned_files: tuple[str, ...] = ()
    renamed_files: tuple[tuple[str, str, str], ...] = ()
    remapped_requirements: tuple[tuple[str, str], ...] = ()
    undeclared_projects: tuple[tuple[str, str], ...] = ()
    skipped_requirements: tuple[tuple[str, str], ...] = ()

    @property
    def needed_owners(self) -> tuple[ModuleOwner, ...]:
        """The owners on which the artifact depends."""
        return tuple(each for each in self.owners if each.is_needed)

    @property
    def undeclared_owners(self) -> tuple[ModuleOwner, ...]:
        """The owners, if the artifact neither depends on one of them nor excludes one."""
        is_known = any(each.is_needed or each.is_excluded for each in self.owners)
        return () if is_known else self.owners


NO_LOCATIONS = ModuleLocations()


@dataclass(frozen=True)
class CheckedArtifact:
    """The function whose imports are checked.

    `python` is its minor version, such as "3.13". `distributions` maps the normalized projects in
    the function and its layers to their versions.
    """

    address: str
    python: str
    distributions: Mapping[str, str]


def explain_missing_module(
    name: str, found: ModuleLocations, artifact: CheckedArtifact, *, importer: str
) -> tuple[str, str]:
    """The reason why an artifact does not contain a module, and the fix.

    The reason continues a sentence that ends with the module's name. Both are `""` if `found` has
    no place that contains the module. `importer` is the path of the file that names the module.
    """
    if found.needed_owners:
        return _explain_needed_owner(name, found.needed_owners[0], artifact)
    if len(found.owners) > 1:
        return _explain_several_owners(found.owners, artifact, importer=importer)
    if found.owners:
        return _explain_owner(found.owners[0], artifact)
    if found.other_resolves:
        listed = ", ".join(f"{address} (`{resolve}`)" for address, resolve in found.other_resolves)
        return (
            f"which only targets of other resolves own: {listed}",
            f"give these targets and {artifact.address} the same `resolve`.",
        )
    if found.unowned_files:
        folder = found.unowned_files[0].rpartition("/")[0]
        return (
            f"and no target owns {found.unowned_files[0]}",
            f"add `python_sources()` to {folder + '/' if folder else ''}BUILD.",
        )
    if found.renamed_files:
        path, root, module = found.renamed_files[0]
        return (
            f"and {path} is the module {module}, because it is in the source root {root}",
            f"import {module}, or remove {root} from `[source].root_patterns`.",
        )
    if found.remapped_requirements:
        address, modules = found.remapped_requirements[0]
        return (
            f"and {address} lists the modules {modules} instead",
            f"add {name.partition('.')[0]} to its `modules` or `module_mapping`.",
        )
    if found.undeclared_projects:
        project, version = found.undeclared_projects[0]
        return (
            f"and no target declares {project} {version}, which the lockfile contains for other "
            "distributions",
            f"add {project} to the requirements.",
        )
    if found.skipped_requirements:
        listed = ", ".join(f"`{line}` in {path}" for line, path in found.skipped_requirements)
        return (
            f"which no target owns, and Pants ignores {listed}",
            "declare these requirements in a separate `python_requirements` target.",
        )
    return "", ""


def suggest_dependencies(entries: Iterable[str], artifact: CheckedArtifact) -> str:
    """The fix that adds entries to the `dependencies` of the artifact's target."""
    listed = ", ".join(f'"{each}"' for each in entries)
    return f"add to {artifact.address}: `dependencies=[{listed}]`"


def _explain_needed_owner(
    name: str, owner: ModuleOwner, artifact: CheckedArtifact
) -> tuple[str, str]:
    present = [
        f"{each} {artifact.distributions[each]}"
        for each in owner.projects
        if each in artifact.distributions
    ]
    if present:
        return (
            f"and {present[0]} in the artifact or its layers does not contain {name}",
            "lock a version that contains it, correct the import, or correct the modules of "
            f"{owner.address}.",
        )
    marked = [each for each in owner.requirements if ";" in each]
    if marked:
        return (
            f"and the requirement `{marked[0]}` of {owner.address} does not apply to Python "
            f"{artifact.python} on Lambda",
            "change the environment marker, or guard the import.",
        )
    if owner.projects:
        return (
            f"and the artifact leaves out {', '.join(owner.projects)} of {owner.address}",
            "remove it from `provided` unless the runtime or a layer contains it.",
        )
    return "", ""


def _explain_several_owners(
    owners: Sequence[ModuleOwner], artifact: CheckedArtifact, *, importer: str
) -> tuple[str, str]:
    """Pants infers no dependency if several targets own a module."""
    nearest = max(owners, key=lambda each: _shared_folders(each.address, importer))
    more = (
        ""
        if nearest.projects
        else (', or set `ambiguity_resolution = "by_source_root"` in `[python-infer]`')
    )
    return (
        f"which several targets own, so Pants chooses none: "
        f"{', '.join(each.address for each in owners)}",
        f"{suggest_dependencies([nearest.dependency], artifact)}{more}.",
    )


def _explain_owner(owner: ModuleOwner, artifact: CheckedArtifact) -> tuple[str, str]:
    if owner.is_excluded:
        return (
            f"and a `!` entry of `dependencies` excludes its owner {owner.address}",
            "remove that entry.",
        )
    return (
        f"and nothing depends on its owner {owner.address}",
        f"{suggest_dependencies([owner.dependency], artifact)}.",
    )


def _shared_folders(address: str, path: str) -> int:
    shared = 0
    for one, other in zip(address.partition(":")[0].split("/"), path.split("/")):
        if one != other:
            break
        shared += 1
    return shared
