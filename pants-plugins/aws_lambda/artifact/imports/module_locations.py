"""Where the repository and the lockfile have a module that an artifact lacks, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ModuleOwner:
    """A target of the same resolve that owns a module.

    `projects` are the normalized names of a requirement's distributions, and `requirements` its
    requirement strings; both are empty for first-party code. `file` is the path of first-party code
    in the repository, and `package` the address that carries all of a package, if the file is its
    `__init__.py`. `is_needed` says that the artifact depends on the target, and `is_ignored` that a
    `!` entry of `dependencies` names it.
    """

    address: str
    projects: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    file: str = ""
    package: str = ""
    is_needed: bool = False
    is_ignored: bool = False

    @property
    def dependency(self) -> str:
        """The entry of `dependencies` that carries the module."""
        return self.package or self.address


@dataclass(frozen=True)
class Whereabouts:
    """Places outside of the artifact that have a module.

    `elsewhere` are addresses of owners in other resolves, each with its resolve. `files` are paths
    of files that no target owns. `mapped` are addresses of requirements whose distribution has the
    module by default, each with the modules that the target names instead. `locked` are projects of
    the lockfile that no target declares, each with its version. `skipped` are lines of requirements
    files that Pants passes over, each with its file.
    """

    owners: tuple[ModuleOwner, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    mapped: tuple[tuple[str, str], ...] = ()
    locked: tuple[tuple[str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def needed(self) -> tuple[ModuleOwner, ...]:
        return tuple(each for each in self.owners if each.is_needed)

    @property
    def forgotten(self) -> tuple[ModuleOwner, ...]:
        """The owners, if the artifact depends on none of them and none is left out on purpose."""
        is_known = any(each.is_needed or each.is_ignored for each in self.owners)
        return () if is_known else self.owners


NOWHERE = Whereabouts()


@dataclass(frozen=True)
class Holder:
    """The artifact that lacks a module.

    `carried` maps the normalized names of the distributions in it and in its layers to their
    versions. `python` is such as "3.13".
    """

    address: str
    python: str
    carried: Mapping[str, str]


def explain(name: str, found: Whereabouts, holder: Holder, *, importer: str) -> tuple[str, str]:
    """Why the artifact lacks a module that is known to exist, and how to fix it.

    The reason continues a sentence after the module's name; both are empty where nothing is known.
    `importer` is the path of the file that names the module.
    """
    if found.needed:
        return _needed_in_vain(name, found.needed[0], holder)
    if len(found.owners) > 1:
        return _several(found.owners, holder, importer=importer)
    if found.owners:
        return _one(found.owners[0], holder)
    if found.elsewhere:
        listed = ", ".join(f"{address} (`{resolve}`)" for address, resolve in found.elsewhere)
        return (
            f"which only targets of other resolves own: {listed}",
            f"give them and {holder.address} the same `resolve`.",
        )
    if found.files:
        folder = found.files[0].rpartition("/")[0]
        return (
            f"and no target owns {found.files[0]}",
            f"add `python_sources()` to {folder + '/' if folder else ''}BUILD.",
        )
    if found.mapped:
        address, modules = found.mapped[0]
        return (
            f"and {address} is mapped to {modules} instead",
            f"add {name.partition('.')[0]} to its `modules` or `module_mapping`.",
        )
    if found.locked:
        project, version = found.locked[0]
        return (
            f"and no target declares {project} {version}, which the lockfile has for other "
            "distributions",
            f"add {project} to the requirements.",
        )
    if found.skipped:
        listed = ", ".join(f"`{line}` in {path}" for line, path in found.skipped)
        return (
            f"which no target owns; Pants passes over {listed}",
            "declare these requirements in a `python_requirements` target of their own.",
        )
    return "", ""


def dependencies(entries: Iterable[str], holder: Holder) -> str:
    """The fix that adds entries to the `dependencies` of the artifact's target."""
    listed = ", ".join(f'"{each}"' for each in entries)
    return f"add to {holder.address}: `dependencies=[{listed}]`"


def _needed_in_vain(name: str, owner: ModuleOwner, holder: Holder) -> tuple[str, str]:
    present = [
        f"{each} {holder.carried[each]}" for each in owner.projects if each in holder.carried
    ]
    if present:
        return (
            f"and {present[0]} is carried and does not contain {name}",
            "lock a version that contains it, correct the import, or correct the modules of "
            f"{owner.address}.",
        )
    marked = [each for each in owner.requirements if ";" in each]
    if marked:
        return (
            f"and the requirement `{marked[0]}` of {owner.address} does not apply to Python "
            f"{holder.python} on Lambda",
            "change the environment marker, or guard the import.",
        )
    if owner.projects:
        return (
            f"and {', '.join(owner.projects)} is left out, which {owner.address} requires",
            "remove it from `provided` unless the runtime or a layer has it.",
        )
    return "", ""


def _several(owners: Sequence[ModuleOwner], holder: Holder, *, importer: str) -> tuple[str, str]:
    """No target is depended on, since Pants does not choose between several."""
    nearest = max(owners, key=lambda each: _shared_folders(each.address, importer))
    more = (
        ""
        if nearest.projects
        else (', or set `ambiguity_resolution = "by_source_root"` in `[python-infer]`')
    )
    return (
        f"which several targets own, so that Pants chooses none: "
        f"{', '.join(each.address for each in owners)}",
        f"{dependencies([nearest.dependency], holder)}{more}.",
    )


def _one(owner: ModuleOwner, holder: Holder) -> tuple[str, str]:
    if owner.is_ignored:
        return (
            f"and a `!` entry of `dependencies` leaves out its owner {owner.address}",
            "remove that entry.",
        )
    return (
        f"and nothing depends on its owner {owner.address}",
        f"{dependencies([owner.dependency], holder)}.",
    )


def _shared_folders(address: str, path: str) -> int:
    shared = 0
    for one, other in zip(address.partition(":")[0].split("/"), path.split("/")):
        if one != other:
            break
        shared += 1
    return shared
