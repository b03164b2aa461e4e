"""Paths that artifacts which Lambda loads together share: who wins, and whether that matters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.collisions.detection import is_harmless
from aws_lambda.artifact.contents import ArtifactFile, Resolution, normalize_name
from aws_lambda.artifact.errors import CollisionError, Where, columns, describe
from aws_lambda.artifact.globs import escape_glob, glob_matches
from aws_lambda.artifact.imports.artifact_view import ArtifactView

# Whether it is importable code, and the path in there or below `/opt`.
_At = tuple[str, str]
# When Python looks there, the artifact, and the file.
_Claim = tuple[int, str, ArtifactFile]


class ArtifactsCollide(CollisionError):
    """A function and its layers, or two layers, contain different files at one path. Python would
    use the first: a function hides its layers, and a later layer hides an earlier one.

    To fix, put the files into one artifact. If the first file is right, add the entry of
    `collisions` that the message shows.
    """


@dataclass(frozen=True)
class Overlap:
    """Files of several artifacts of which only the first is seen.

    `path` is relative to the folder of importable code, or to `/opt` for other files of layers.
    """

    path: str
    claims: tuple[tuple[str, ArtifactFile], ...]  # (artifact, file)

    @property
    def files(self) -> tuple[ArtifactFile, ...]:
        return tuple(file for _, file in self.claims)

    def resolution(self, by: str = "") -> Resolution:
        winner, *others = (f"{file.owner} in {address}" for address, file in self.claims)
        return Resolution(self.path, winner, tuple(others), by)


def find_overlaps(function: ArtifactView, layers: Sequence[ArtifactView]) -> tuple[Overlap, ...]:
    """Every such path with different bytes, sorted.

    Python looks into the function, then into `site-packages` of the layers, then into their
    `python`. Layers with one folder are unpacked into one, the later over the earlier.
    """
    roots = sorted({each.root for each in layers}, key=len, reverse=True)
    claims: dict[_At, list[_Claim]] = {}
    for artifact in (function, *reversed(layers)):
        for file in artifact.files:
            if ".dist-info/" not in file.path:
                rank, place = _place(file.path, [""] if artifact is function else roots)
                claims.setdefault(place, []).append((rank, artifact.address, file))
    differing = {
        place: found
        for place, found in claims.items()
        if len({file.sha256 for _, _, file in found}) > 1
    }
    return tuple(
        Overlap(path, tuple(claim[1:] for claim in sorted(found, key=lambda claim: claim[0])))
        for (_, path), found in sorted({**_hiding(claims), **differing}.items())
    )


def _hiding(claims: Mapping[_At, Sequence[_Claim]]) -> dict[_At, list[_Claim]]:
    """Modules at the top that artifacts have in different forms: `yaml.py` and `yaml/__init__.py`.

    Below the top, it is split packages that are refused.
    """
    forms: dict[_At, dict[str, Sequence[_Claim]]] = {}
    for (kind, path), found in claims.items():
        top, _, rest = path.partition("/")
        name = top if rest == "__init__.py" else "" if rest else top.rpartition(".py")[0]
        if kind == "code" and name:
            forms.setdefault((kind, name), {})[path] = found
    return {
        module: [claim for found in by_path.values() for claim in found]
        for module, by_path in forms.items()
        if len({frozenset(claim[1] for claim in found) for found in by_path.values()}) > 1
    }


def _place(path: str, roots: Sequence[str]) -> tuple[int, _At]:
    """When Python looks there, and where that is."""
    for rank, root in enumerate(roots):
        if path.startswith(f"{root}/" if root else ""):
            return rank, ("code", path[len(root) + 1 :] if root else path)
    return 0, ("opt", path)


def resolve_overlaps(
    overlaps: Iterable[Overlap],
    *,
    essences: Mapping[str, str],
    policies: Mapping[str, str],
    where: Where,
) -> tuple[tuple[Resolution, ...], frozenset[str]]:
    """What was decided, and the entries of `collisions` that did.

    An entry can only confirm what Lambda does: `"first"`, or the distribution that wins anyway.
    Raises `ArtifactsCollide` with all that is not settled.
    """
    resolutions: list[Resolution] = []
    clashes: list[Overlap] = []
    used: set[str] = set()
    for overlap in overlaps:
        if _is_equivalent(overlap, essences):
            resolutions.append(overlap.resolution())
            continue
        glob = next((g for g in policies if glob_matches(g, overlap.path)), None)
        if glob is not None and _confirms(policies[glob], overlap):
            used.add(glob)
            resolutions.append(overlap.resolution(glob))
        elif glob is None and _is_harmless(overlap):
            resolutions.append(overlap.resolution("no code"))
        else:
            clashes.append(overlap)
    if clashes:
        raise ArtifactsCollide(_message(clashes, where=where))
    return tuple(resolutions), frozenset(used)


def _is_equivalent(overlap: Overlap, essences: Mapping[str, str]) -> bool:
    """Whether the files mean the same, a chance only `__init__.py` files get."""
    if overlap.path.rpartition("/")[2] != "__init__.py":
        return False
    return len({essences.get(file.sha256) or file.sha256 for file in overlap.files}) == 1


def _confirms(policy: str, overlap: Overlap) -> bool:
    if policy == "first":
        return True
    return bool(policy) and overlap.files[0].owner.project == normalize_name(policy)


def _is_harmless(overlap: Overlap) -> bool:
    is_third_party = all(f.is_third_party for f in overlap.files)
    return is_third_party and is_harmless(overlap.path)


def _message(clashes: Sequence[Overlap], *, where: Where) -> str:
    facts: list[str] = []
    for clash in clashes:
        facts.append(clash.path)
        facts.extend(
            columns(
                [
                    (f"  {file.owner}", f"in {address}", file.sha256[:12])
                    for address, file in clash.claims
                ]
            )
        )
    entries = "".join(
        f'      {json.dumps(escape_glob(clash.path), ensure_ascii=False)}: "first",\n'
        for clash in clashes
    )
    return describe(
        f"{where.at_start} and its layers have the same paths with different content.",
        facts=facts,
        why="Whoever comes first in this list hides the others: a function its layers, and a "
        "later layer an earlier one.",
        fix=(
            "let one artifact carry these files; or, if the first one is right, say so on the "
            f"function:\n\n  collisions={{\n{entries}  }},"
        ),
    )
