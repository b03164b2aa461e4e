"""The targets that BUILD files declare, read without Pants, and the layers that functions need."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    FUNCTION = "lambda_function"
    LAYER = "lambda_layer"


# The kind of each target of Pants' own backend, by its name. Pants 2.18 renamed the first and added
# layers.
OLD_NAMES = {
    "python_awslambda": Kind.FUNCTION,
    "python_aws_lambda_function": Kind.FUNCTION,
    "python_aws_lambda_layer": Kind.LAYER,
}
OLD_NAME = re.compile(rf"\b(?:{'|'.join(OLD_NAMES)})\b")
_KINDS = {**OLD_NAMES, **{kind.value: kind for kind in Kind}}
_SOURCES = ("python_source", "python_sources")
# AWS's limit.
_MOST_LAYERS = 5
_NAMED_BY_SEVERAL = "name the function or its code"


@dataclass(frozen=True)
class StringLiteral:
    """A string in a BUILD file, and its node."""

    value: str
    node: ast.Constant


@dataclass(frozen=True)
class DeclaredTarget:
    """A call in a BUILD file.

    `folder` is that of the file. `name` is `None` if only running the file would show it, as in a
    loop or a macro. `fields` maps names to expressions.
    """

    path: str
    folder: str
    alias: str
    name: str | None
    fields: Mapping[str, ast.expr]
    call: ast.Call

    @property
    def kind(self) -> Kind | None:
        return _KINDS.get(self.alias)

    @property
    def address(self) -> str:
        """Its address from the root of the repository."""
        return f"{self.folder or '//'}:{self.name}"

    @property
    def label(self) -> str:
        return f"`{self.name or self.alias}`"

    def address_in(self, folder: str) -> str:
        """Its address in a BUILD file of this folder."""
        return f":{self.name}" if folder == self.folder else self.address

    def text(self, field: str) -> str | None:
        """The value of a field that is a string literal."""
        value = self.fields.get(field)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
        return None

    def is_false(self, field: str) -> bool:
        value = self.fields.get(field)
        return isinstance(value, ast.Constant) and value.value is False

    def entries(self, field: str) -> list[str]:
        """The string literals in the value of a field, excluded ones aside, as full addresses."""
        return [
            full_address(each.value, self.folder)
            for each in strings_in(self.fields.get(field))
            if not each.value.startswith("!")
        ]


@dataclass(frozen=True)
class LayerChoice:
    """The layers of a function that contains no requirements.

    `layers` is empty if the files do not tell. `candidates` are then the layers that may be meant.
    `reason` is a predicate of `layers`.
    """

    layers: tuple[DeclaredTarget, ...]
    candidates: tuple[DeclaredTarget, ...]
    reason: str


def declared_targets(path: str, tree: ast.Module, *, is_macro: bool) -> Iterator[DeclaredTarget]:
    """The calls of the file that may declare targets."""
    folder = posixpath.dirname(path)
    top = {id(each.value) for each in tree.body if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        fields = {each.arg: each.value for each in node.keywords if each.arg}
        name: str | None = None
        if not is_macro and "name" in fields:
            value = fields["name"]
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                name = value.value
        elif not is_macro and id(node) in top and all(each.arg for each in node.keywords):
            name = posixpath.basename(folder)
        yield DeclaredTarget(path, folder, node.func.id, name, fields, node)


def strings_in(node: ast.expr | None) -> list[StringLiteral]:
    """All string literals in an expression."""
    if node is None:
        return []
    return [
        StringLiteral(each.value, each)
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def full_address(entry: str, folder: str) -> str:
    """An entry of `dependencies` in a BUILD file of this folder, from the root of the repository.

    It has the form `folder:name`, or that of a path for a file.
    """
    if entry.startswith(":"):
        return f"{folder or '//'}{entry}"
    if entry.startswith("./"):
        return posixpath.normpath(posixpath.join(folder, entry))
    path, colon, name = entry.partition(":")
    path = path if path == "//" else path.replace("//", "", 1) if entry.startswith("//") else path
    if colon:
        return f"{path or '//'}:{name}"
    is_file = "." in posixpath.basename(path)
    return path if is_file or "#" in path else f"{path}:{posixpath.basename(path)}"


def choose_layers(function: DeclaredTarget, targets: Sequence[DeclaredTarget]) -> LayerChoice:
    """The layers with the requirements of a function that has `include_requirements=False`.

    A layer that names the function or its sources belongs to it. Otherwise, the only layer in the
    function's folder, in the nearest folder above it that has layers, or in the repository does.
    Layers that name only other functions belong to these.
    """
    layers = [
        each
        for each in targets
        if each.kind is Kind.LAYER
        and each.name
        and not each.is_false("include_requirements")
        and _are_compatible(function, each)
    ]
    linked = [each for each in layers if _are_linked(function, each, targets)]
    if linked and len(linked) <= _MOST_LAYERS:
        return LayerChoice(
            tuple(linked),
            (),
            "names the function or its code" if len(linked) == 1 else _NAMED_BY_SEVERAL,
        )
    functions = {each.address for each in targets if each.kind is Kind.FUNCTION and each.name}
    others = [each for each in layers if not _serves_only(each, functions)]
    for place, near in _by_distance(function, others):
        if len(near) == 1:
            return LayerChoice(tuple(near), (), f"is the only layer {place}")
        if near:
            return LayerChoice((), tuple(near), "")
    return LayerChoice((), (), "")


def _are_compatible(function: DeclaredTarget, layer: DeclaredTarget) -> bool:
    return not any(
        function.text(field) and layer.text(field) and function.text(field) != layer.text(field)
        for field in ("runtime", "architecture", "resolve")
    )


def _are_linked(
    function: DeclaredTarget, layer: DeclaredTarget, targets: Iterable[DeclaredTarget]
) -> bool:
    """Whether a target names the other, or the layer names the code of the handler."""
    if layer.address in function.entries("dependencies"):
        return True
    if function.name is None:
        return False
    named = {function.address}
    file = (function.text("handler") or "").partition(":")[0]
    if file.endswith(".py"):
        named.add(posixpath.join(function.folder, file))
        named |= {
            each.address
            for each in targets
            if each.folder == function.folder and each.alias in _SOURCES and each.name
        }
    return bool(named & set(layer.entries("dependencies")))


def _serves_only(layer: DeclaredTarget, functions: Collection[str]) -> bool:
    entries = {*layer.entries("dependencies"), *layer.entries("requirements_of")}
    return bool(entries) and entries <= set(functions)


def _by_distance(
    function: DeclaredTarget, layers: Sequence[DeclaredTarget]
) -> Iterator[tuple[str, list[DeclaredTarget]]]:
    """The layers in the function's folder, in each folder above it, and in the repository."""
    if function.name is not None:
        folder = function.folder
        while True:
            place = f"in `{folder}`" if folder else "in the root of the repository"
            yield place, [each for each in layers if each.folder == folder]
            if not folder:
                break
            folder = posixpath.dirname(folder)
    yield "in these files", list(layers)
