"""Two owners of one path: which of them may share it, and which must not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aws_lambda.artifact.contents import ArtifactFile, OwnerKind, Resolution
from aws_lambda.artifact.fault import ArtifactFault, columns, describe


class CollidingFiles(ArtifactFault):
    pass


@dataclass(frozen=True)
class Collision:
    """A path that several owners write with different bytes."""

    path: str
    files: tuple[ArtifactFile, ...]

    @property
    def may_be_equivalent(self) -> bool:
        """Whether the files may still mean the same, a chance only `__init__.py` files get."""
        return self.path.rpartition("/")[2] == "__init__.py"


def find_collisions(files: Iterable[ArtifactFile]) -> tuple[Collision, ...]:
    """Every path with two owners and different bytes, sorted by path."""
    by_path = groupby(sorted(files, key=_order), key=lambda file: file.path)
    grouped = ((path, tuple(claims)) for path, claims in by_path)
    return tuple(
        Collision(path, claims)
        for path, claims in grouped
        if len({claim.sha256 for claim in claims}) > 1
    )


def settle(
    files: Iterable[ArtifactFile],
    *,
    essences: Mapping[str, str],
    reexport_module: str | None,
    where: str,
) -> tuple[tuple[ArtifactFile, ...], tuple[Resolution, ...]]:
    """The files of an artifact, one for each path, sorted by path; and what was decided on the way.

    `essences` maps the SHA-256 of an `__init__.py` to a digest of what it means, comments and
    docstrings aside. Raises `CollidingFiles` with every collision of the target.
    """
    every = sorted(files, key=_order)
    collisions = find_collisions(every)
    shadowed = [*_shadowed(every, reexport_module)] if reexport_module else []
    told = {each.path for each in shadowed}
    clashes = [
        *(each for each in collisions if each.path not in told and not _equivalent(each, essences)),
        *_files_in_place_of_folders(every),
        *shadowed,
        *(each for each in _hiding(every) if f"{each.path}.py" not in told),
    ]
    if clashes:
        raise CollidingFiles(_message(clashes, where=where))
    by_path = groupby(every, key=lambda file: file.path)
    return (
        tuple(next(claims) for _, claims in by_path),
        tuple(
            Resolution(
                each.path, str(each.files[0].owner), tuple(str(f.owner) for f in each.files[1:])
            )
            for each in collisions
        ),
    )


def check_layer_names(
    files: Iterable[ArtifactFile], *, root: str, reexport_module: str, where: str
) -> None:
    """Refuse a layer with a module that functions re-export their handlers from."""
    prefix = f"{root}/" if root else ""
    inside = (f for f in files if f.path.startswith(prefix))
    rivals = sorted(
        (f for f in inside if _is_module(f.path[len(prefix) :], reexport_module)), key=_order
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


def _equivalent(collision: Collision, essences: Mapping[str, str]) -> bool:
    if not collision.may_be_equivalent:
        return False
    # A file that could not be parsed has no essence.
    return len({essences.get(file.sha256) or file.sha256 for file in collision.files}) == 1


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


def _message(clashes: Sequence[Collision], *, where: str) -> str:
    facts: list[str] = []
    for clash in clashes:
        facts.append(clash.path)
        rows = [
            (f"  {file.owner}", _claim(file, clash), _size(file.size), file.sha256[:12])
            for file in clash.files
        ]
        facts.extend(columns(rows))
    count = len(clashes)
    return describe(
        f"Files collide in {where}: {count} {'path has' if count == 1 else 'paths have'} "
        "more than one owner, with different content.",
        facts=facts,
        why="An artifact holds one of them, and whoever imports the other gets the wrong code.",
        fix=_fix(clashes),
    )


def _size(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def _claim(file: ArtifactFile, clash: Collision) -> str:
    return "" if file.path == clash.path else file.path


def _fix(clashes: Sequence[Collision]) -> str:
    kinds = {file.owner.kind for clash in clashes for file in clash.files}
    if OwnerKind.REEXPORT in kinds:
        return (
            'rename the files, or give `reexport` another name (`reexport=""` for none), '
            "if the re-export is one of them."
        )
    if OwnerKind.FIRST_PARTY in kinds or OwnerKind.EXTRA_FILE in kinds:
        return "rename or move the files of your own that are among them."
    return (
        "pin versions of these distributions that do not collide, or leave one of them out with "
        '`dependencies=["!!3rdparty/python:default#NAME"]`.'
    )


_RANKS = (
    OwnerKind.REEXPORT,
    OwnerKind.FIRST_PARTY,
    OwnerKind.EXTRA_FILE,
    OwnerKind.DISTRIBUTION,
)


def _order(file: ArtifactFile) -> tuple[str, int, str, bool]:
    return (file.path, _RANKS.index(file.owner.kind), file.owner.name, not file.executable)
