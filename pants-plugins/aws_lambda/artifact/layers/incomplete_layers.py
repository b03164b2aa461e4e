"""What a function takes from layers that do not have all of it."""

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
    """Files that a layer left out, by one entry of its `exclude`, or that gave way to another's
    there. `root` is the layer's folder of importable code."""

    layer: str
    root: str
    entry: str
    files: tuple[ArtifactFile, ...]

    @property
    def pattern(self) -> str:
        """The entry as a function would write it, whose code lies at the top."""
        count = self.root.count("/") + 1
        folder, inner = (self.entry.split("/")[part] for part in (slice(count), slice(count, None)))
        if "**" in folder or not any(inner) or not glob_matches("/".join(folder), self.root):
            return self.entry
        found = "/".join(inner)
        return f"{found}/" if found in PRESETS else found

    def below_root(self, path: str) -> str:
        """Where a function would have the file; scripts lie beside the importable code."""
        prefix = f"{self.root}/"
        return path[len(prefix) :] if path.startswith(prefix) else path


@dataclass(frozen=True)
class LayerUse:
    """What a function takes from its layers.

    `distributions` come with the layer that provides them, `sources` are the first-party files, by
    path and SHA-256. What `exclude` means, the function does not need.
    """

    distributions: Iterable[tuple[Distribution, str]]
    sources: frozenset[tuple[str, str]] = frozenset()
    exclude: Exclusions = Exclusions(())


def check_incomplete_layers(
    taken: LayerUse,
    omissions: Iterable[LayerOmission],
    layers: Sequence[ArtifactView] = (),
    *,
    where: Where,
) -> None:
    """Refuse layers that lack a part of what the function takes from them.

    Of `layers`, another may have the part. What a preset leaves out does not count: nothing needs
    it at run time. Raises `LayerLacksFiles`.
    """
    providers = {(str(distribution), layer) for distribution, layer in taken.distributions}
    present = {(file.path, file.sha256) for layer in layers for file in layer.files}
    roots = {layer.root for layer in layers}

    def is_missing(file: ArtifactFile, layer: str, below: str) -> bool:
        if file.owner.kind is not OwnerKind.FIRST_PARTY:
            is_taken, places = (str(file.owner), layer) in providers, [file.path]
        else:
            is_taken = (below, file.sha256) in taken.sources
            places = [f"{root}/{below}" for root in roots]
        return (
            is_taken
            and not any((place, file.sha256) in present for place in places)
            and not taken.exclude.excludes_at(file, below)
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
            f"{where.at_start} takes files from layers that left them out.",
            facts=columns(rows),
            why="The function leaves to its layers what they carry, so nobody has these files.",
            fix=(
                "take the entries out of the layers' `exclude` or `collisions`; or, if the "
                f"function does not need these files, let it say so: `exclude=[{patterns}]`."
            ),
        )
    )


def _counted(files: Sequence[ArtifactFile]) -> str:
    more = f" and {len(files) - 1} more" if files[1:] else ""
    return f"{files[0].path}{more}"
