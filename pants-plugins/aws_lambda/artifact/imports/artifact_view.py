"""An artifact as Lambda loads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.imports.module_index import Place


@dataclass(frozen=True)
class Loaded:
    """An artifact as Lambda loads it; `root` is its folder of importable code."""

    address: str
    root: str
    files: tuple[ArtifactFile, ...]

    @cached_property
    def place(self) -> Place:
        """Where Python looks, if no other artifact is unpacked into the same folder."""
        return Place(self.files, self.root)


def places_of(artifacts: Sequence[Loaded]) -> tuple[Place, ...]:
    """Where Python looks, in its order, given a function and its layers in AWS's order."""
    function, *layers = artifacts
    if len(layers) == 1:
        return (function.place, layers[0].place)
    unpacked = {file.path: file for layer in layers for file in layer.files}
    roots = sorted({layer.root for layer in layers}, key=len, reverse=True)
    return (function.place, *(Place(tuple(unpacked.values()), root) for root in roots))
