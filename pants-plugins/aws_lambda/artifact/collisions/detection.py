"""Find collisions between the files of an artifact.

Files collide if they have one path and different content, if one is at the path of another one's
folder, or if Python could import them under one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.contents import ArtifactFile, Owner, OwnerKind, Resolution
from aws_lambda.artifact.errors import CollisionError, Where, columns, describe
from aws_lambda.artifact.globs import glob_matches


class CollidingFiles(CollisionError):
    """Several owners have different content for one path, or hide each other's modules. An owner is
    a distribution, or your own code. The error is also raised for a layer that contains the module
    that functions use for their re-export.

    To fix, add the entry of `collisions` that the message shows: it says whose file the artifact
    contains. If you do not need one of the distributions, remove it.
    """


# No code that runs in Lambda depends on the files at these places, so any of them can win.
_HARMLESS_FOLDERS = {"benchmarks", "doc", "docs", "example", "examples", "test", "tests"}
_HARMLESS_TOP = {"conftest.py", "setup.py"}
_HARMLESS_SUFFIXES = (".cfg", ".in", ".ini", ".md", ".rst", ".toml")
_HARMLESS_NAMES = (
    "AUTHORS",
    "CHANGELOG",
    "CHANGES",
    "CONTRIBUTING",
    "COPYING",
    "HISTORY",
    "LICENCE",
    "LICENSE",
    "NOTICE",
    "README",
    "requirements",
)


@dataclass(frozen=True)
class Collision:
    """Files of which an artifact can contain only one, or of which one hides the others.

    `path` is their path, the folder that one of the files replaces, or a module's path without its
    suffix.
    """

    path: str
    files: tuple[ArtifactFile, ...]

    @property
    def may_be_equivalent(self) -> bool:
        """Whether the files could have the same meaning. Only `__init__.py` files can."""
        return self.path.rpartition("/")[2] == "__init__.py"

    @property
    def owners(self) -> tuple[Owner, ...]:
        """The owners of the files, each once, in the order of the files."""
        return tuple(dict.fromkeys(file.owner for file in self.files))

    def is_harmless(self, root: str) -> bool:
        """Whether all files are of distributions, and no running code depends on them.

        `root` is the folder of importable code.
        """
        if any(not owner.is_third_party for owner in self.owners):
            return False
        # If modules hide each other, `self.path` is not the path of a file.
        return all(is_harmless(f.path[len(root) + 1 :] if root else f.path) for f in self.files)

    @property
    def is_file_and_folder(self) -> bool:
        """Whether a file is at the path of a folder of another owner."""
        paths = {file.path for file in self.files}
        return self.path in paths and any(each.startswith(f"{self.path}/") for each in paths)

    def find_losers(self, winner: Owner | None) -> Iterable[ArtifactFile]:
        """Return the files that the artifact does not contain if this owner wins."""
        kept: dict[str, str] = {}
        for file in self.files:
            if file.owner == winner:
                # A wheel may have a path twice: at its top, and in a folder of its `*.data`.
                kept.setdefault(file.path, file.sha256)
        lost = (file for file in self.files if kept.get(file.path) != file.sha256)
        if self.is_file_and_folder and kept and self.path not in kept:
            # Owners other than the winner may have files in the folder as well.
            return (file for file in lost if file.path == self.path)
        return lost

    def has_kind(self, kind: OwnerKind) -> bool:
        """Whether one of the owners is of this kind."""
        return any(owner.kind is kind for owner in self.owners)

    def matches(self, glob: str) -> bool:
        """Whether a glob matches the path, or the path of one of the files."""
        return any(glob_matches(glob, path) for path in (self.path, *(f.path for f in self.files)))

    def to_resolution(self, winner: Owner | None, by: str = "") -> Resolution:
        """Return the outcome in which this owner wins, by a glob or a rule."""
        others = (owner for owner in self.owners if owner != winner)
        return Resolution(self.path, str(winner) if winner else None, tuple(map(str, others)), by)


def is_harmless(path: str) -> bool:
    """Whether no running code depends on a file.

    `path` is relative to the folder of importable code.
    """
    top, slash, _ = path.partition("/")
    name = path.rpartition("/")[2]
    if name.startswith(_HARMLESS_NAMES) and not name.endswith((".py", ".so")):
        return True
    if name == "py.typed" or name.endswith(".pyi"):
        return True
    if slash:
        return top in _HARMLESS_FOLDERS
    return name in _HARMLESS_TOP or name.endswith(_HARMLESS_SUFFIXES)


def find_path_collisions(files: Iterable[ArtifactFile]) -> tuple[Collision, ...]:
    """Return the collisions of files with one path and different content, sorted by path."""
    by_path: dict[str, list[ArtifactFile]] = {}
    for file in files:
        by_path.setdefault(file.path, []).append(file)
    # Almost all paths have one claim.
    contested = {path: claims for path, claims in by_path.items() if len(claims) > 1}
    return tuple(
        Collision(path, tuple(sorted(claims, key=sort_key)))
        for path, claims in sorted(contested.items())
        if len({claim.sha256 for claim in claims}) > 1
    )


def find_collisions(files: Sequence[ArtifactFile], reexport_module: str | None) -> list[Collision]:
    """Return all collisions of an artifact's files, each path once.

    `reexport_module` is the top-level module of the re-export, or `None` without one.
    """
    reexport = [*_find_reexport_collisions(files, reexport_module)] if reexport_module else []
    found = {each.path for each in reexport}
    return [
        *(each for each in find_path_collisions(files) if each.path not in found),
        *_find_files_at_folders(files),
        *reexport,
        *(each for each in _find_module_collisions(files) if f"{each.path}.py" not in found),
    ]


def check_layer_names(
    files: Iterable[ArtifactFile], *, root: str, reexport_module: str, where: Where
) -> None:
    """Raise `CollidingFiles` if a layer contains the module of the functions' re-exports.

    `root` is the layer's folder of importable code.
    """
    prefix = f"{root}/" if root else ""
    inside = (f for f in files if f.path.startswith(prefix))
    rivals = sorted(
        (f for f in inside if _is_module(f.path[len(prefix) :], reexport_module)), key=sort_key
    )
    if rivals:
        raise CollidingFiles(
            describe(
                f"{where.at_start} contains a module that functions use for their re-export.",
                facts=columns([(file.path, str(file.owner)) for file in rivals]),
                why=(
                    f"Each function that attaches the layer has its own {reexport_module}.py, "
                    "which hides this one."
                ),
                fix="rename the module, or leave it out of the layer.",
            )
        )


def _find_files_at_folders(files: Sequence[ArtifactFile]) -> Iterator[Collision]:
    """Find files at the path of a folder of another file."""
    folders: set[str] = set()
    # An artifact has a tenth as many folders as files.
    for folder in {file.path.rpartition("/")[0] for file in files}:
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for path in sorted(folders.intersection(file.path for file in files)):
        at = [file for file in files if file.path == path]
        yield Collision(path, (*at, *(f for f in files if f.path.startswith(f"{path}/"))))


def _find_module_collisions(files: Sequence[ArtifactFile]) -> Iterable[Collision]:
    """Find modules of different owners that have one name, so that one hides the others.

    One owner may have several: wheels contain compiled modules next to their source.
    """
    claims: dict[str, list[ArtifactFile]] = {}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if name == "__init__.py":
            claims.setdefault(folder, []).append(file)
        elif name.endswith((".py", ".so")):
            stem = name.partition(".")[0]
            claims.setdefault(f"{folder}/{stem}" if folder else stem, []).append(file)
    contested = {module: found for module, found in claims.items() if len(found) > 1}
    return (
        Collision(module, tuple(found))
        for module, found in sorted(contested.items())
        if module and len({f.path for f in found}) > 1 and not _has_owner_of_all(found)
    )


def _has_owner_of_all(files: Sequence[ArtifactFile]) -> bool:
    """Whether one owner has all of the files, so that the files of the others change nothing."""
    all_owners = {file.owner for file in files}
    by_file: dict[tuple[str, str], set[Owner]] = {}
    for file in files:
        by_file.setdefault((file.path, file.sha256), set()).add(file.owner)
    return bool(all_owners.intersection(*by_file.values()))


def _find_reexport_collisions(files: Sequence[ArtifactFile], module: str) -> Iterable[Collision]:
    """Find the files that Python could import in place of the re-export."""
    path = f"{module}.py"
    claims = [file for file in files if _is_module(file.path, module)]
    reexported = [file for file in claims if file.path == path]
    others = [file for file in claims if file.path != path]
    is_generated = any(file.owner.kind is OwnerKind.REEXPORT for file in reexported)
    doubled = is_generated and len(reexported) > 1 and len({f.sha256 for f in reexported}) == 1
    if reexported and (others or doubled):
        yield Collision(path, (*reexported, *others))


def _is_module(path: str, module: str) -> bool:
    """Whether `import module` could find a file, by its path below a folder on `sys.path`."""
    top, slash, _ = path.partition("/")
    if slash:
        return top == module
    return top.partition(".")[0] == module and top.endswith((".py", ".so", ".pyc"))


_RANKS = (
    OwnerKind.REEXPORT,
    OwnerKind.FIRST_PARTY,
    OwnerKind.EXTRA_FILE,
    OwnerKind.DISTRIBUTION,
)


def sort_key(file: ArtifactFile) -> tuple[str, int, str, bool]:
    """Sort files by path, then by the kind and text of their owners, executable files first."""
    return (file.path, _RANKS.index(file.owner.kind), str(file.owner), not file.executable)
