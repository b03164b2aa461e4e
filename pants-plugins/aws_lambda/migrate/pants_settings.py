"""The settings in pants.toml that migrated functions need, as edits for `sandbox/edit_toml.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

# A setting: its section, its key, its value, and a comment above it. Items are added to a list
# whose key ends with "+", and removed from a list whose key ends with "-".
Edit = tuple[str, str, Any, str]

_BACKENDS = ("aws_lambda", "pants.backend.python")
_LOCKFILES = "3rdparty/python"
# Pants 2.17 knows versions up to 3.11 by default.
_UNIVERSE = tuple(f"3.{minor}" for minor in range(9, 16))


@dataclass(frozen=True)
class PantsSettings:
    """What pants.toml must contain.

    `source_roots` are folders from the root of the repository, and `folders` are all that contain
    Python files, directly or indirectly. `removed_patterns` are patterns of source roots that match
    folders inside of these source roots. `resolves` are names, the default one first. `pythons` are
    minor versions of Python, such as 13, of all functions. `pythons_of_resolves` has those of each
    resolve, if they differ. With `selects_parser`, the file selects the Rust parser, which is not
    the default of Pants 2.17.
    """

    source_roots: tuple[str, ...] = ()
    folders: frozenset[str] = frozenset()
    removed_patterns: tuple[str, ...] = ()
    by_source_root: bool = False
    resolves: tuple[str, ...] = ()
    pythons: tuple[int, ...] = ()
    pythons_of_resolves: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    default_architecture: str | None = None
    merged_requirements: bool = False
    selects_parser: bool = False
    more: Sequence[Edit] = field(default_factory=tuple)

    def edits(self, *, new: bool) -> list[Edit]:
        """Return the edits. `new` means that there is no pants.toml yet."""
        plus = "" if new else "+"
        edits: list[Edit] = [("GLOBAL", f"backend_packages{plus}", list(_BACKENDS), "")]
        roots = root_patterns(self.source_roots, self.folders)
        if roots:
            edits.append(
                (
                    "source",
                    f"root_patterns{plus}",
                    roots,
                    "The folders that functions import modules from.",
                )
            )
        if self.removed_patterns:
            edits.append(("source", "root_patterns-", list(self.removed_patterns), ""))
        if self.resolves:
            edits.append(("python", "enable_resolves", True, ""))
        if self.resolves and new and self.resolves[0] != "python-default":
            edits.append(("python", "default_resolve", self.resolves[0], ""))
        if self.pythons:
            edits.append(("python", "interpreter_constraints", [constraint(self.pythons)], ""))
            edits.append(("python", "interpreter_versions_universe", list(_UNIVERSE), ""))
        if self.merged_requirements:
            comment = f"{_LOCKFILES} contains the requirements of all functions."
            edits.append(("python", "tailor_requirements_targets", False, comment))
        for name in self.resolves:
            edits.append(("python.resolves", name, f"{_LOCKFILES}/{name}.lock", ""))
        for name, pythons in self.pythons_of_resolves.items():
            if pythons:
                section = "python.resolves_to_interpreter_constraints"
                edits.append((section, name, [constraint(pythons)], ""))
        if self.selects_parser:
            edits.append(("python-infer", "use_rust_parser", True, ""))
        if self.by_source_root:
            comment = "Functions have modules of the same names. Each imports its own."
            edits.append(("python-infer", "ambiguity_resolution", "by_source_root", comment))
        if self.default_architecture:
            edits.append(("aws-lambda", "default_architecture", self.default_architecture, ""))
        return [*edits, *self.more]


def constraint(pythons: Sequence[int]) -> str:
    """Return the interpreter constraint that allows exactly the range of these minor versions."""
    if len(set(pythons)) == 1:
        return f"CPython==3.{pythons[0]}.*"
    return f"CPython>=3.{min(pythons)},<3.{max(pythons) + 1}"


def without_inner_roots(settings: PantsSettings, present: Iterable[str]) -> PantsSettings:
    """Remove the present patterns that match folders inside of a source root.

    Pants' default pattern `src` makes a source root of `orders/src`, and code in `orders/src` could
    not import itself as `src`. Other folders that match such a pattern remain source roots.
    """
    roots = set(settings.source_roots)
    inside = {
        each
        for each in settings.folders - roots
        if any(root == "." or each.startswith(f"{root}/") for root in roots)
    }
    removed = [
        each
        for each in present
        if not each.startswith("/") and any(ends_with(folder, each) for folder in inside)
    ]
    kept = {
        each
        for each in (settings.folders | roots) - inside
        if any(ends_with(each, pattern) for pattern in removed)
    }
    return replace(
        settings, source_roots=tuple(sorted(roots | kept)), removed_patterns=tuple(removed)
    )


def root_patterns(roots: Sequence[str], folders: Iterable[str]) -> list[str]:
    """Return patterns that match these source roots, and no other of the folders.

    Siblings that are all source roots have one pattern, such as `/services/*`.
    """
    left, patterns = set(roots), []
    others = set(folders) - left
    for pattern in (*_patterns(left, 3), *_patterns(left, 1)):
        matched = {each for each in left if _matches(each, pattern)}
        if len(matched) > 1 and not any(_matches(each, pattern) for each in others):
            patterns.append(f"/{pattern}")
            left -= matched
    return sorted([*patterns, *(f"/{each}" if each != "." else "/" for each in left)])


def _patterns(roots: Iterable[str], place: int) -> list[str]:
    """Return patterns with `*` for the last step, and for the step at this place from the end."""
    found = set()
    for root in roots:
        steps = root.split("/")
        if len(steps) >= place and root != ".":
            steps[-1] = steps[-place] = "*"
            found.add("/".join(steps))
    return sorted(each for each in found if not set(each) <= set("*/"))


def ends_with(folder: str, pattern: str) -> bool:
    """Return whether a pattern such as `src` or `*/python` matches the last steps of a path."""
    count = pattern.count("/") + 1
    return _matches("/".join(folder.split("/")[-count:]), pattern)


def _matches(folder: str, pattern: str) -> bool:
    steps, wanted = folder.split("/"), pattern.split("/")
    return len(steps) == len(wanted) and all(
        each in ("*", step) for step, each in zip(steps, wanted)
    )


def describe_kept(kept: Sequence[Sequence[Any]], edits: Sequence[Edit]) -> tuple[str, ...]:
    """Return a note for each setting that the file has with a value that may not fit."""
    wanted: Mapping[tuple[str, str], Any] = {
        (section, key.rstrip("+-")): value for section, key, value, _ in edits
    }
    return tuple(
        f"`[{section}].{key}` is {value!r} and was kept. The functions need "
        f"{wanted[section, key]!r}."
        for section, key, value in kept
        if section != "python.resolves" and key != "interpreter_versions_universe"
    )
