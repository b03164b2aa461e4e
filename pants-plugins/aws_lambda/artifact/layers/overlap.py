"""Paths that a function and its layers share, and whether it matters which file Python finds.

Within one artifact, `collisions/` decides such conflicts. Between artifacts, Lambda has decided
them, and an entry of `collisions` can only confirm the result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.collisions.detection import is_harmless
from aws_lambda.artifact.contents import ArtifactFile, Resolution, normalize_name
from aws_lambda.artifact.errors import CollisionError, Where, columns, describe
from aws_lambda.artifact.globs import escape_glob, glob_matches
from aws_lambda.artifact.imports.artifact_view import ArtifactView

# A kind, "code" or "opt", and a path below the folder of importable code or below `/opt`.
_Location = tuple[str, str]
# The position on Python's path, the address of the artifact, and the file.
_Claim = tuple[int, str, ArtifactFile]


class ArtifactsCollide(CollisionError):
    """A function and its layers, or two layers, contain different files at one path. Python would
    use the first: a function hides its layers, and a later layer hides an earlier one.

    To fix, put the files into one artifact. If the first file is right, add the entry of
    `collisions` that the message shows.
    """


@dataclass(frozen=True)
class Overlap:
    """Different files of several artifacts, of which Python or the code finds the first.

    `path` is relative to the folder of importable code, or to `/opt` for other files of layers.
    `claims` are pairs of an address and a file.
    """

    path: str
    claims: tuple[tuple[str, ArtifactFile], ...]

    @property
    def files(self) -> tuple[ArtifactFile, ...]:
        return tuple(file for _, file in self.claims)

    def resolution(self, by: str = "") -> Resolution:
        """The resolution in which the first file wins, because of the glob or rule `by`."""
        winner, *others = (f"{file.owner} in {address}" for address, file in self.claims)
        return Resolution(self.path, winner, tuple(others), by)


def find_overlaps(function: ArtifactView, layers: Sequence[ArtifactView]) -> tuple[Overlap, ...]:
    """The overlaps between a function and its layers, in AWS's order, sorted by path.

    Python searches the function, then the `site-packages` of layers, then their `python`. Lambda
    unpacks layers with the same root into one folder, where later ones overwrite earlier ones.
    """
    roots = sorted({each.root for each in layers}, key=len, reverse=True)
    claims: dict[_Location, list[_Claim]] = {}
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
        for (_, path), found in sorted({**_hiding_modules(claims), **differing}.items())
    )


def _hiding_modules(claims: Mapping[_Location, Sequence[_Claim]]) -> dict[_Location, list[_Claim]]:
    """Top-level modules in different forms in several artifacts, as `yaml.py` and as a package.

    Below the top level, such conflicts are split packages, which `attachment.py` refuses.
    """
    forms: dict[_Location, dict[str, Sequence[_Claim]]] = {}
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


def _place(path: str, roots: Sequence[str]) -> tuple[int, _Location]:
    """The position of a path on Python's path, and its location."""
    for rank, root in enumerate(roots):
        if path.startswith(f"{root}/" if root else ""):
            return rank, ("code", path[len(root) + 1 :] if root else path)
    return 0, ("opt", path)


def resolve_overlaps(
    overlaps: Iterable[Overlap],
    *,
    syntax_digests: Mapping[str, str],
    policies: Mapping[str, str],
    where: Where,
) -> tuple[tuple[Resolution, ...], frozenset[str]]:
    """The resolutions of overlaps, and the globs of `collisions` that confirmed some of them.

    `syntax_digests` maps the SHA-256 of an `__init__.py` to a digest of its code without comments.
    `policies` maps globs to values of `collisions`. A value can only confirm Lambda's order:
    `"first"`, or the distribution of the first file. Raises `ArtifactsCollide` with all overlaps
    that differ and are not confirmed.
    """
    resolutions: list[Resolution] = []
    clashes: list[Overlap] = []
    used: set[str] = set()
    for overlap in overlaps:
        if _is_equivalent(overlap, syntax_digests):
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


def _is_equivalent(overlap: Overlap, syntax_digests: Mapping[str, str]) -> bool:
    """Whether the files are `__init__.py` files with the same code."""
    if overlap.path.rpartition("/")[2] != "__init__.py":
        return False
    return len({syntax_digests.get(file.sha256) or file.sha256 for file in overlap.files}) == 1


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
        f"{where.at_start} and its layers contain different files at the same paths.",
        facts=facts,
        why="The first file of each path hides the others: a function hides its layers, and a "
        "later layer hides an earlier one.",
        fix=(
            "put these files into one artifact. If the first file is right, confirm it on the "
            f"function:\n\n  collisions={{\n{entries}  }},"
        ),
    )
