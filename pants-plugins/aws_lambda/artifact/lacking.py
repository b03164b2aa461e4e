"""What a function takes from layers that do not have all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.contents import ArtifactFile, Distribution
from aws_lambda.artifact.exclude import PRESETS, Exclude
from aws_lambda.artifact.fault import ArtifactFault, columns, describe
from aws_lambda.artifact.globs import matches
from aws_lambda.artifact.overlap import Loaded


class LayerLacksFiles(ArtifactFault):
    pass


@dataclass(frozen=True)
class Lacking:
    """Files of distributions that a layer left out, by one entry of its `exclude`, or that gave
    way to another's there. `root` is the layer's folder of importable code."""

    layer: str
    root: str
    entry: str
    files: tuple[ArtifactFile, ...]

    @property
    def pattern(self) -> str:
        """The entry as a function would write it, whose code lies at the top."""
        count = self.root.count("/") + 1
        folder, inner = (self.entry.split("/")[part] for part in (slice(count), slice(count, None)))
        if "**" in folder or not any(inner) or not matches("/".join(folder), self.root):
            return self.entry
        found = "/".join(inner)
        return f"{found}/" if found in PRESETS else found

    def _below_root(self, path: str) -> str:
        """Where a function would have the file; scripts lie beside the importable code."""
        prefix = f"{self.root}/"
        return path[len(prefix) :] if path.startswith(prefix) else path

    def of(self, distribution: Distribution, exclude: Exclude) -> tuple[ArtifactFile, ...]:
        """Those of a distribution that the function does not leave out itself."""
        return tuple(
            file
            for file in self.files
            if file.owner.name == str(distribution)
            and not exclude.means(file, self._below_root(file.path))
        )


def check_taken(
    taken: Iterable[tuple[Distribution, str]],
    lacking: Sequence[Lacking],
    exclude: Exclude,
    layers: Iterable[Loaded] = (),
    *,
    where: str,
) -> None:
    """Refuse layers that lack a part of what the function takes from them.

    `taken` are distributions, each with the layer that provides it; of `layers`, another may have
    the part. What a preset leaves out does not count: nothing needs it at run time. Raises
    `LayerLacksFiles`.
    """
    present = {(file.path, file.sha256) for layer in layers for file in layer.files}
    missing = [
        (each, distribution, files)
        for distribution, layer in taken
        for each in lacking
        if each.layer == layer and each.entry not in PRESETS
        for files in [
            [
                file
                for file in each.of(distribution, exclude)
                if (file.path, file.sha256) not in present
            ]
        ]
        if files
    ]
    if not missing:
        return
    rows = [
        (each.layer, each.entry, str(distribution), _counted(files))
        for each, distribution, files in missing
    ]
    patterns = ", ".join(
        json.dumps(p, ensure_ascii=False)
        for p in dict.fromkeys(each.pattern for each, _, _ in missing)
    )
    raise LayerLacksFiles(
        describe(
            f"{where[0].upper()}{where[1:]} takes distributions from layers that left a part of "
            "them out.",
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
