"""The values of functions and layers that a deployment template must contain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class PackagedLayer:
    """A `lambda_layer` target. `output` is the path of its artifact from the root of the
    repository, such as `dist/src.shared/layer.zip`.
    """

    address: str
    output: str
    layer_name: str | None = None


# A layer of this repository, or the ARN of another one.
AttachedLayer = Union[PackagedLayer, str]


@dataclass(frozen=True)
class PackagedFunction:
    """A `lambda_function` target, with the values in the metadata of its artifact.

    `output` is the path of the artifact from the root of the repository. `handler` is the name that
    AWS gets. `runtime` and `architecture` are None if explicit complete platforms do not tell them.
    `layers` are in AWS's order.

    `module` and `function` are the handler in the sources. `file` is its path from the root of the
    repository, or None if the target names a module.
    """

    address: str
    output: str
    handler: str
    runtime: str | None
    architecture: str | None
    module: str
    function: str
    file: str | None = None
    layers: tuple[AttachedLayer, ...] = ()

    def has_source(self, file: str, function: str) -> bool:
        """Return whether this function of this file is the handler in the sources."""
        return self.function == function and self.is_in(file)

    def is_in(self, file: str) -> bool:
        """Return whether the handler is in this file."""
        if self.file is not None:
            return file == self.file
        path = self.module.replace(".", "/")
        return f"/{file}".endswith((f"/{path}.py", f"/{path}/__init__.py"))

    def is_below(self, folder: str) -> bool:
        """Return whether the handler is in a file of this folder, or of a folder in it."""
        return self.file is not None and (folder == "." or self.file.startswith(f"{folder}/"))


@dataclass(frozen=True)
class PackagedTargets:
    """All functions and layers of a repository, and the folder of their artifacts, `dist`."""

    functions: tuple[PackagedFunction, ...]
    layers: tuple[PackagedLayer, ...]
    dist: str = "dist"

    def layer_at(self, output: str) -> PackagedLayer | None:
        return next((each for each in self.layers if each.output == output), None)


def addresses(functions: Iterable[PackagedFunction]) -> Sequence[str]:
    return sorted(each.address for each in functions)
