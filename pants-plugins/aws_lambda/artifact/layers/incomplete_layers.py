"""Files that a function leaves to its layers, and that the layers leave out.

Neither artifact would contain such a file, although each target looks correct on its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.contents import ArtifactFile, Distribution, OwnerKind
from aws_lambda.artifact.errors import LayerError, Where, columns, describe
from aws_lambda.artifact.exclusions import PRESETS, Exclusions
from aws_lambda.artifact.globs import glob_matches
from aws_lambda.artifact.imports.artifact_view import ArtifactView


class LayerLacksFiles(LayerError):
    """A layer leaves out files that a function takes from it. The function does not contain a
    distribution or package that is in the layer, and the layer leaves out some of its files through
    `exclude` or `collisions`. Neither artifact would contain these files.

    To fix, remove the entries from the layer's `exclude` or `collisions`. If the function does not
    need the files, add the same entries to its own `exclude`.
    """


@dataclass(frozen=True)
class LayerOmission:
    """The files that a layer leaves out because of one entry of `exclude` or `collisions`.

    `layer` is its address, and `root` its folder of importable code.
    """

    layer: str
    root: str
    entry: str
    files: tuple[ArtifactFile, ...]

    @property
    def pattern(self) -> str:
        """The entry for a function, in which importable code has no prefix."""
        count = self.root.count("/") + 1
        folder, inner = (self.entry.split("/")[part] for part in (slice(count), slice(count, None)))
        if "**" in folder or not any(inner) or not glob_matches("/".join(folder), self.root):
            return self.entry
        found = "/".join(inner)
        return f"{found}/" if found in PRESETS else found

    def below_root(self, path: str) -> str:
        """The path of a file in a function. Scripts are outside the importable code."""
        prefix = f"{self.root}/"
        return path[len(prefix) :] if path.startswith(prefix) else path


@dataclass(frozen=True)
class LayerUse:
    """The contents that a function leaves to its layers.

    `distributions` are pairs of a distribution and the address of its layer. `sources` are
    first-party files, as pairs of a path below the root and a hex SHA-256. `exclude` is the
    function's field, which matches files that it does not need.
    """

    distributions: Iterable[tuple[Distribution, str]]
    sources: frozenset[tuple[str, str]] = frozenset()
    exclude: Exclusions = Exclusions(())


def check_incomplete_layers(
    use: LayerUse,
    omissions: Iterable[LayerOmission],
    layers: Sequence[ArtifactView] = (),
    *,
    where: Where,
) -> None:
    """Refuse layers that leave out files which the function leaves to them.

    Ignore files that another one of `layers` contains, and files that a preset of `exclude` leaves
    out, since no code needs them at run time. Raises `LayerLacksFiles`.
    """
    providers = {(str(distribution), layer) for distribution, layer in use.distributions}
    present = {(file.path, file.sha256) for layer in layers for file in layer.files}
    roots = {layer.root for layer in layers}

    def is_missing(file: ArtifactFile, layer: str, below: str) -> bool:
        if file.owner.kind is not OwnerKind.FIRST_PARTY:
            is_left_to_layer, places = (str(file.owner), layer) in providers, [file.path]
        else:
            is_left_to_layer = (below, file.sha256) in use.sources
            places = [f"{root}/{below}" for root in roots]
        return (
            is_left_to_layer
            and not any((place, file.sha256) in present for place in places)
            and not use.exclude.excludes_at(file, below)
        )

    missing: dict[tuple[str, str, str, str], list[ArtifactFile]] = {}
    for each in omissions:
        for file in () if each.entry in PRESETS else each.files:
            if is_missing(file, each.layer, each.below_root(file.path)):
                row = (each.layer, each.entry, str(file.owner), each.pattern)
                missing.setdefault(row, []).append(file)
    if not missing:
        return
    rows = [(*row, _counted(files)) for (*row, _), files in missing.items()]
    patterns = ", ".join(
        json.dumps(pattern, ensure_ascii=False)
        for pattern in dict.fromkeys(pattern for *_, pattern in missing)
    )
    raise LayerLacksFiles(
        describe(
            f"{where.at_start} needs files that its layers leave out.",
            facts=columns(rows),
            why="The function leaves these files to its layers, so neither artifact contains them.",
            fix=(
                "remove the entries from the layers' `exclude` or `collisions`. If the function "
                f"does not need these files, exclude them there as well: `exclude=[{patterns}]`."
            ),
        )
    )


def _counted(files: Sequence[ArtifactFile]) -> str:
    more = f" and {len(files) - 1} more" if files[1:] else ""
    return f"{files[0].path}{more}"
