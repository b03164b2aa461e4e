"""Two owners of one path: which of them may share it, and which must not."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aws_lambda.artifact.contents import ArtifactFile, Owner, OwnerKind, Resolution
from aws_lambda.artifact.fault import ArtifactFault, columns, describe
from aws_lambda.artifact.globs import matches


class CollidingFiles(ArtifactFault):
    pass


# Of the files at these places, nothing that runs in Lambda depends: any one of several will do.
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
    """A path that several owners write with different bytes, or the files that hide each other."""

    path: str
    files: tuple[ArtifactFile, ...]

    @property
    def may_be_equivalent(self) -> bool:
        """Whether the files may still mean the same, a chance only `__init__.py` files get."""
        return self.path.rpartition("/")[2] == "__init__.py"

    @property
    def owners(self) -> tuple[Owner, ...]:
        return tuple(dict.fromkeys(file.owner for file in self.files))

    def is_harmless(self, root: str) -> bool:
        """Whether nothing that runs depends on the winner. Own files are never given up so."""
        if any(owner.kind is not OwnerKind.DISTRIBUTION for owner in self.owners):
            return False
        return is_harmless(self.path[len(root) + 1 :] if root else self.path)

    def losers(self, winner: Owner | None) -> Iterable[ArtifactFile]:
        """The files that give way to the winner's."""
        kept = {(file.path, file.sha256) for file in self.files if file.owner == winner}
        return (file for file in self.files if (file.path, file.sha256) not in kept)

    def has(self, kind: OwnerKind) -> bool:
        return any(owner.kind is kind for owner in self.owners)

    def is_meant_by(self, glob: str) -> bool:
        return any(matches(glob, path) for path in (self.path, *(f.path for f in self.files)))

    def resolution(self, winner: Owner | None, by: str = "") -> Resolution:
        others = (owner for owner in self.owners if owner != winner)
        return Resolution(self.path, str(winner) if winner else None, tuple(map(str, others)), by)


def is_harmless(path: str) -> bool:
    """Whether a file, by its path below the folder of importable code, is none that runs."""
    top, slash, _ = path.partition("/")
    name = path.rpartition("/")[2]
    if name.startswith(_HARMLESS_NAMES) and not name.endswith((".py", ".so")):
        return True
    if name == "py.typed" or name.endswith(".pyi"):
        return True
    if slash:
        return top in _HARMLESS_FOLDERS
    return name in _HARMLESS_TOP or name.endswith(_HARMLESS_SUFFIXES)


def find_collisions(files: Iterable[ArtifactFile]) -> tuple[Collision, ...]:
    """Every path with two owners and different bytes, sorted by path."""
    by_path = groupby(sorted(files, key=order), key=lambda file: file.path)
    grouped = ((path, tuple(claims)) for path, claims in by_path)
    return tuple(
        Collision(path, claims)
        for path, claims in grouped
        if len({claim.sha256 for claim in claims}) > 1
    )


def find_clashes(files: Sequence[ArtifactFile], reexport_module: str | None) -> list[Collision]:
    """Everything of which only one can be used, each path once."""
    shadowed = [*_shadowed(files, reexport_module)] if reexport_module else []
    told = {each.path for each in shadowed}
    return [
        *(each for each in find_collisions(files) if each.path not in told),
        *_files_in_place_of_folders(files),
        *shadowed,
        *(each for each in _hiding(files) if f"{each.path}.py" not in told),
    ]


def check_layer_names(
    files: Iterable[ArtifactFile], *, root: str, reexport_module: str, where: str
) -> None:
    """Refuse a layer with a module that functions re-export their handlers from."""
    prefix = f"{root}/" if root else ""
    inside = (f for f in files if f.path.startswith(prefix))
    rivals = sorted(
        (f for f in inside if _is_module(f.path[len(prefix) :], reexport_module)), key=order
    )
    if rivals:
        raise CollidingFiles(
            describe(
                f"{where[0].upper()}{where[1:]} carries a module that functions use for their "
                "re-export.",
                facts=columns([(file.path, str(file.owner)) for file in rivals]),
                why=(
                    f"Every function that attaches the layer has a {reexport_module}.py of its "
                    "own, which hides this one."
                ),
                fix="rename the module, or leave it out of the layer.",
            )
        )


def _files_in_place_of_folders(files: Sequence[ArtifactFile]) -> Iterable[Collision]:
    by_path = {file.path: file for file in files}
    found: dict[str, list[ArtifactFile]] = {}
    for file in files:
        steps = file.path.split("/")
        for i in range(1, len(steps)):
            folder = "/".join(steps[:i])
            if folder in by_path:
                found.setdefault(folder, [by_path[folder]]).append(file)
    return (Collision(path, tuple(claims)) for path, claims in sorted(found.items()))


def _hiding(files: Sequence[ArtifactFile]) -> Iterable[Collision]:
    """Modules of different owners that Python could import under one name, so that one hides the
    others. One wheel may bring both: compiled modules come with their source."""
    claims: dict[str, list[ArtifactFile]] = {}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if name == "__init__.py":
            claims.setdefault(folder, []).append(file)
        elif name.endswith((".py", ".so")):
            stem = name.partition(".")[0]
            claims.setdefault(f"{folder}/{stem}" if folder else stem, []).append(file)
    return (
        Collision(module, tuple(found))
        for module, found in sorted(claims.items())
        if module and len({f.path for f in found}) > 1 and len({f.owner for f in found}) > 1
    )


def _shadowed(files: Sequence[ArtifactFile], module: str) -> Iterable[Collision]:
    """The file of the re-export, with whatever Python could import in its place."""
    path = f"{module}.py"
    claims = [file for file in files if _is_module(file.path, module)]
    reexported = [file for file in claims if file.path == path]
    others = [file for file in claims if file.path != path]
    is_generated = any(file.owner.kind is OwnerKind.REEXPORT for file in reexported)
    doubled = is_generated and len(reexported) > 1 and len({f.sha256 for f in reexported}) == 1
    if reexported and (others or doubled):
        yield Collision(path, (*reexported, *others))


def _is_module(path: str, module: str) -> bool:
    """Whether `import module` could find this file, which lies in a folder of `sys.path`."""
    top, slash, _ = path.partition("/")
    if slash:
        return top == module
    return top.partition(".")[0] == module and top.endswith((".py", ".so", ".pyc"))


def message(clashes: Sequence[Collision], policies: Mapping[str, str], *, where: str) -> str:
    facts: list[str] = []
    for clash in clashes:
        facts.append(clash.path)
        rows = [
            (f"  {file.owner}", _claim(file, clash), _size(file.size), file.sha256[:12])
            for file in clash.files
        ]
        facts.extend(columns(rows))
    idle = [
        f"`collisions` has {_entry(glob, policy)}, which is none of the owners."
        for glob, policy in policies.items()
        if any(clash.is_meant_by(glob) for clash in clashes)
    ]
    count = len(clashes)
    return describe(
        f"Files collide in {where}: {count} {'path has' if count == 1 else 'paths have'} "
        "more than one owner, with different content.",
        facts=[*facts, *(["", *idle] if idle else [])],
        why="An artifact holds one of them, and whoever imports the other gets the wrong code.",
        fix=_fix(clashes),
    )


def _size(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def _claim(file: ArtifactFile, clash: Collision) -> str:
    return "" if file.path == clash.path else file.path


def _fix(clashes: Sequence[Collision]) -> str:
    of_reexport = [c for c in clashes if c.has(OwnerKind.REEXPORT)]
    others = [c for c in clashes if c not in of_reexport]
    ways = []
    if of_reexport:
        ways.append(
            'rename the files, or give `reexport` another name (`reexport=""` for none), '
            "if the re-export is one of them."
        )
    if others:
        own = any(c.has(kind) for c in others for kind in _OWN)
        first = "rename or move the files of your own that are among them, or " if own else ""
        entries = "".join(f"      {each}\n" for each in suggestions(others))
        ways.append(
            f'{first}say on the target whose file it shall hold (`"drop"`: nobody\'s):\n\n'
            f"  collisions={{\n{entries}  }},"
        )
    return "\n\nAnd ".join(ways)


def suggestions(clashes: Iterable[Collision]) -> tuple[str, ...]:
    """Entries of `collisions`, ready to paste, that settle these; one for a folder of several."""
    groups: dict[tuple[str, tuple[Owner, ...]], list[Collision]] = {}
    for clash in clashes:
        folder = clash.path.rpartition("/")[0].partition("/")[0]
        groups.setdefault((folder or clash.path, clash.owners), []).append(clash)
    return tuple(_suggestion(found) for found in groups.values())


def _suggestion(clashes: Sequence[Collision]) -> str:
    paths = [clash.path for clash in clashes]
    folder = posixpath.commonpath([posixpath.dirname(path) for path in paths])
    glob = paths[0] if len(paths) == 1 else f"{folder}/**"
    owners = clashes[0].owners
    policies = [owner.project for owner in owners if owner.project]
    if not all(owner.project for owner in owners):
        policies.insert(0, "first")
    rest = "".join(f' or "{policy}"' for policy in policies[1:])
    return f"{_entry(glob, policies[0])}," + (f"  #{rest}" if rest else "")


def _entry(glob: str, policy: str) -> str:
    return f'"{glob}": "{policy}"'


_OWN = (OwnerKind.FIRST_PARTY, OwnerKind.EXTRA_FILE)
_RANKS = (
    OwnerKind.REEXPORT,
    OwnerKind.FIRST_PARTY,
    OwnerKind.EXTRA_FILE,
    OwnerKind.DISTRIBUTION,
)


def order(file: ArtifactFile) -> tuple[str, int, str, bool]:
    return (file.path, _RANKS.index(file.owner.kind), file.owner.name, not file.executable)
