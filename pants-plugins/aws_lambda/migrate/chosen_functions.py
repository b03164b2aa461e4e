"""Chooses the functions and layers of templates that Pants can package.

A note explains each function and layer that is skipped. Functions of a template with the same code,
handler and layers are twins: one target builds all of them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aws_lambda.migrate.asset_sources import find_asset_source
from aws_lambda.migrate.repository_files import RepositoryFiles
from aws_lambda.migrate.requirement_files import RequirementFile, parse_requirement_file
from aws_lambda.migrate.translation_notes import TranslationNotes
from aws_lambda.templates.declared_functions import (
    ASSET,
    IMAGE,
    INLINE,
    PATH,
    S3,
    DeclaredFunction,
    DeclaredLayer,
    Literal,
    Template,
)
from aws_lambda.templates.function_matches import is_in_folder
from aws_lambda.templates.serverless import REQUIREMENTS_LAYER

# The template and the logical ID of a function or layer.
Key = tuple[str, str]


@dataclass(frozen=True)
class ChosenLayer:
    """A layer with files in the repository.

    `content` is its folder, and its imports begin in the folder `root`.
    """

    declared: DeclaredLayer
    content: str
    root: str
    requirements: RequirementFile | None

    @property
    def key(self) -> Key:
        return self.declared.template, self.declared.name


@dataclass(frozen=True)
class ChosenFunction:
    """A function with files in the repository.

    `code` is its folder. `handler_file` is a path from the root of the repository, and
    `handler_name` is an object in that module. `layers` and `arns` are the layers that it attaches.
    `wants_deps_layer` means that serverless.yml attaches the layer of its requirements.
    """

    declared: DeclaredFunction
    code: str
    handler_file: str
    handler_name: str
    requirements: RequirementFile | None
    twins: tuple[DeclaredFunction, ...] = ()
    layers: tuple[ChosenLayer, ...] = ()
    arns: tuple[str, ...] = ()
    wants_deps_layer: bool = False

    @property
    def key(self) -> Key:
        return self.declared.template, self.declared.name

    @property
    def python(self) -> int | None:
        """The minor version of Python, such as 13, or None if it is not known."""
        runtime = self.declared.runtime
        match = re.fullmatch(r"python3\.(\d+)", runtime.value) if runtime else None
        return int(match[1]) if match else None

    @property
    def architecture(self) -> str:
        return self.declared.architecture.value if self.declared.architecture else "x86_64"


@dataclass(frozen=True)
class ChosenCode:
    """The functions and layers to translate. `templates` are the paths of all templates."""

    templates: tuple[str, ...]
    functions: tuple[ChosenFunction, ...]
    layers: Mapping[Key, ChosenLayer]

    @property
    def pythons(self) -> tuple[int, ...]:
        """The minor versions of Python of all functions, sorted."""
        return tuple(sorted({each.python for each in self.functions if each.python is not None}))

    @property
    def default_architecture(self) -> str:
        """The architecture of all functions, or AWS's default if they have several."""
        used = {each.architecture for each in self.functions}
        return used.pop() if len(used) == 1 else "x86_64"


def choose_functions(
    templates: Sequence[Template], files: RepositoryFiles, notes: TranslationNotes
) -> ChosenCode:
    """Return the functions and layers that Pants can package."""
    functions: list[ChosenFunction] = []
    layers: dict[Key, ChosenLayer] = {}
    for template in templates:
        notes.add(template.path, *template.unresolved)
        for declared_layer in template.layers:
            layer = _choose_layer(declared_layer, files, notes)
            if layer:
                layers[layer.key] = layer
        for declared in template.functions:
            function = _choose_function(declared, files, notes)
            if function:
                _add_function(functions, function, notes)
    attached = tuple(_attach_layers(each, layers, notes) for each in functions)
    return ChosenCode(tuple(each.path for each in templates), attached, layers)


def _choose_layer(
    declared: DeclaredLayer, files: RepositoryFiles, notes: TranslationNotes
) -> ChosenLayer | None:
    if _is_artifact(declared.template, declared.content, files.dist):
        return None
    if declared.content is None or declared.code_kind not in (PATH, ASSET):
        notes.add_about(declared, "Its content is not a folder in the repository. It is skipped.")
        return None
    content = _folder(declared.template, declared.content)
    if declared.code_kind == ASSET:
        content = _source_of_asset(declared, f"{content}/python", None, files) or content
    paths = files.below(content)
    if not paths or content.startswith(".."):
        notes.add_about(
            declared,
            f"Its content, {declared.content.value}, is not a folder with files in the "
            "repository. It is skipped.",
        )
        return None
    has_python_folder = any(each.startswith(f"{content}/python/") for each in paths)
    root = f"{content}/python" if has_python_folder else content
    requirements = _requirements_in(content, files, notes) or _requirements_in(root, files, notes)
    return ChosenLayer(declared, content, root, requirements)


def _choose_function(
    declared: DeclaredFunction, files: RepositoryFiles, notes: TranslationNotes
) -> ChosenFunction | None:
    if _is_artifact(declared.template, declared.code, files.dist):
        return None
    skipped = _reason_to_skip(declared)
    if skipped:
        notes.add_about(declared, f"{skipped} It is skipped.")
        return None
    assert declared.code is not None
    assert declared.handler is not None
    module, _, name = declared.handler.value.rpartition(".")
    code = _folder(declared.template, declared.code)
    if declared.code_kind == ASSET:
        code = _source_of_asset(declared, code, module, files) or code
    if code.startswith("..") or not files.below(code):
        notes.add_about(
            declared,
            f"Its code, {declared.code.value}, is not a folder with files in the repository. "
            "It is skipped.",
        )
        return None
    handler_file = _find_module(module, code, files)
    if handler_file is None:
        notes.add_about(
            declared,
            f"Its handler, {declared.handler.value}, is in no module in {code}. Perhaps a "
            "layer contains it. It is skipped.",
        )
        return None
    for sentence in declared.unresolved:
        notes.add_about(declared, sentence)
    requirements = _requirements_in(code, files, notes)
    return ChosenFunction(declared, code, handler_file, name, requirements)


def _is_artifact(template: str, code: Literal | None, dist: str) -> bool:
    """Return whether the template deploys the artifact of a target already."""
    return code is not None and is_in_folder(_folder(template, code), dist)


def _folder(template: str, path: Literal) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(template), path.value))


def _reason_to_skip(declared: DeclaredFunction) -> str | None:
    runtime = declared.runtime.value if declared.runtime else None
    if declared.code_kind == IMAGE:
        return "It is a container image, and not a zip."
    if declared.code_kind == INLINE:
        return "Its code is in the template. Move it into a file to package it."
    if declared.code_kind == S3:
        return "Its code is an object in S3, which is built elsewhere."
    if runtime is not None and not runtime.startswith("python"):
        return f"Its runtime is {runtime}, and not Python."
    if declared.code is None:
        return " ".join([*declared.unresolved, "The folder of its code is not known."])
    if declared.code.value.endswith((".zip", ".jar")):
        return f"Its code, {declared.code.value}, is built elsewhere."
    if declared.handler is None:
        return " ".join([*declared.unresolved, "Its handler is not known."])
    if declared.build_method in ("makefile", "esbuild") or declared.build_method.startswith("go"):
        return f"Its build method is {declared.build_method}."
    return None


def _source_of_asset(
    declared: DeclaredFunction | DeclaredLayer,
    asset: str,
    module: str | None,
    files: RepositoryFiles,
) -> str | None:
    assembly = posixpath.dirname(declared.template)
    return find_asset_source(asset, files.fingerprints, assembly, module)


def _find_module(module: str, code: str, files: RepositoryFiles) -> str | None:
    """Return the file of a handler's module, whose name may have slashes or dots."""
    candidates = [
        posixpath.normpath(posixpath.join(code, f"{each}{suffix}"))
        for each in (module, module.replace(".", "/"))
        for suffix in (".py", "/__init__.py")
    ]
    return next((each for each in candidates if each in files.paths), None)


def _requirements_in(
    folder: str, files: RepositoryFiles, notes: TranslationNotes
) -> RequirementFile | None:
    path = posixpath.normpath(posixpath.join(folder, "requirements.txt"))
    if path not in files.texts:
        return None
    file = parse_requirement_file(path, files.texts)
    for line in file.other_lines:
        notes.add(path, f"The line `{line}` is not translated.")
    for each in file.folders:
        notes.add(path, f"{each} is first-party code for Pants, and no requirement.")
    return file


def _add_function(
    functions: list[ChosenFunction], function: ChosenFunction, notes: TranslationNotes
) -> None:
    """Add a function, or record that it is the twin of another one."""
    for index, other in enumerate(functions):
        if _artifact_values(other) == _artifact_values(function):
            functions[index] = replace(other, twins=(*other.twins, function.declared))
            notes.add_about(
                function.declared,
                f"It has the same code, handler and layers as {other.declared.name}. One target "
                "builds both.",
            )
            return
    functions.append(function)


def _artifact_values(function: ChosenFunction) -> tuple[object, ...]:
    """Return the values that make the artifacts of two functions differ."""
    return (
        function.declared.template,
        function.code,
        function.handler_file,
        function.handler_name,
        function.python,
        function.architecture,
        [each.value for each in function.declared.layers],
    )


def _attach_layers(
    function: ChosenFunction, layers: Mapping[Key, ChosenLayer], notes: TranslationNotes
) -> ChosenFunction:
    declared = function.declared
    attached: list[ChosenLayer] = []
    arns: list[str] = []
    wants_deps_layer = False
    for name in [each.value for each in declared.layers]:
        layer = layers.get((declared.template, name))
        if layer:
            attached.append(layer)
        elif name == REQUIREMENTS_LAYER:
            wants_deps_layer = True
        elif name.startswith("arn:"):
            arns.append(name)
            notes.add_about(
                declared,
                f"If the layer {name} contains distributions that the function imports, list them "
                "in `provided`.",
            )
        else:
            notes.add_about(declared, f"Its layer {name} is not attached.")
    return replace(
        function, layers=tuple(attached), arns=tuple(arns), wants_deps_layer=wants_deps_layer
    )
