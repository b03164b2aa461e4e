"""An artifact as Lambda loads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from aws_lambda.artifact.collisions.detection import is_harmless
from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.imports.module_index import PathEntry
from aws_lambda.artifact.split import Contents


@dataclass(frozen=True)
class ArtifactView:
    """The properties of an artifact that matter to the artifacts that are loaded with it.

    `root` is its folder of importable code, `""` for a function. `python` is the minor version that
    it is built for, such as "3.13". `architecture` is AWS's name, or `None` if it is unknown.
    `required_layers` are the addresses of the layers that it attaches itself.
    """

    address: str
    root: str
    files: tuple[ArtifactFile, ...]
    python: str = ""
    architecture: str | None = None
    contents: Contents = field(default_factory=Contents)
    required_layers: tuple[str, ...] = ()

    @cached_property
    def path_entry(self) -> PathEntry:
        """Where Python looks, if no other artifact is unpacked into the same folder."""
        return PathEntry(self.files, self.root)

    @cached_property
    def module_paths(self) -> frozenset[str]:
        """The paths of its importable code, below its root."""
        prefix = f"{self.root}/" if self.root else ""
        return frozenset(
            file.path[len(prefix) :] for file in self.files if file.path.startswith(prefix)
        )

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder of its importable code that has files, if only further down."""
        found: set[str] = set()
        for path in self.module_paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def path_of(self, package: str) -> str:
        """The path of one of its packages."""
        return f"{self.root}/{package}" if self.root else package

    def files_in(self, package: str) -> tuple[ArtifactFile, ...]:
        return tuple(
            file for file in self.files if file.path.startswith(f"{self.path_of(package)}/")
        )

    def has_only_harmless_files(self, package: str) -> bool:
        """Whether nothing that runs depends on what it has of a package."""
        return all(
            file.is_third_party and is_harmless(file.path[len(self.path_of("")) :])
            for file in self.files_in(package)
        )


def build_path_entries(artifacts: Sequence[ArtifactView]) -> tuple[PathEntry, ...]:
    """Where Python looks, in its order, given a function and its layers in AWS's order."""
    function, *layers = artifacts
    if len(layers) == 1:
        return (function.path_entry, layers[0].path_entry)
    unpacked = {file.path: file for layer in layers for file in layer.files}
    roots = sorted({layer.root for layer in layers}, key=len, reverse=True)
    return (function.path_entry, *(PathEntry(tuple(unpacked.values()), root) for root in roots))
