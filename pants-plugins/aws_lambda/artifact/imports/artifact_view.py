"""An artifact as Lambda and Python load it: its folder of importable code, modules and packages."""

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
        """Its entry of `sys.path`, if no other artifact is unpacked into the same folder."""
        return PathEntry(self.files, self.root)

    @cached_property
    def module_paths(self) -> frozenset[str]:
        """The paths of all files below its root, relative to it."""
        prefix = f"{self.root}/" if self.root else ""
        return frozenset(
            file.path[len(prefix) :] for file in self.files if file.path.startswith(prefix)
        )

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders below its root that contain files, at any depth, relative to the root."""
        found: set[str] = set()
        for path in self.module_paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def path_of(self, package: str) -> str:
        """The path of a package in the artifact. `package` is relative to the root."""
        return f"{self.root}/{package}" if self.root else package

    def files_in(self, package: str) -> tuple[ArtifactFile, ...]:
        """Its files in a package, including subpackages."""
        return tuple(
            file for file in self.files if file.path.startswith(f"{self.path_of(package)}/")
        )

    def has_only_harmless_files(self, package: str) -> bool:
        """Whether no code depends on its files in a package, such as tests and licenses."""
        return all(
            file.is_third_party and is_harmless(file.path[len(self.path_of("")) :])
            for file in self.files_in(package)
        )


def build_path_entries(artifacts: Sequence[ArtifactView]) -> tuple[PathEntry, ...]:
    """The entries of `sys.path`, in order, for a function and its layers in AWS's order."""
    function, *layers = artifacts
    if len(layers) == 1:
        return (function.path_entry, layers[0].path_entry)
    unpacked = {file.path: file for layer in layers for file in layer.files}
    roots = sorted({layer.root for layer in layers}, key=len, reverse=True)
    return (function.path_entry, *(PathEntry(tuple(unpacked.values()), root) for root in roots))
