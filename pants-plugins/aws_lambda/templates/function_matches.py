"""Finds the target that a function of a template belongs to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

from aws_lambda.templates.declared_functions import ASSET, PATH, DeclaredFunction
from aws_lambda.templates.packaged_functions import PackagedFunction, PackagedTargets, addresses


@dataclass(frozen=True)
class FunctionMatch:
    """The target of a function, or the reason why it is not known.

    Without a target and a `doubt`, the function does not belong to this repository's targets. A
    `doubt` is a sentence. `is_error` is false if the template does not contain the value that
    decides.
    """

    declared: DeclaredFunction
    packaged: PackagedFunction | None = None
    doubt: str = ""
    is_error: bool = True


def match_functions(
    declared: Iterable[DeclaredFunction], targets: PackagedTargets, files: Set[str]
) -> tuple[FunctionMatch, ...]:
    """Match each function. `files` contains those of `sought_files` that exist."""
    return tuple(_match(each, targets, files) for each in declared)


def sought_files(declared: Iterable[DeclaredFunction]) -> frozenset[str]:
    """The files that contain the handlers, if the code of the functions is in folders."""
    return frozenset(
        file
        for each in declared
        for folder in (_code_path(each),)
        if folder is not None
        for file, _ in (_source(each, folder),)
        if file
    )


def path_in_repository(template: str, value: str) -> str:
    """The path from the root of the repository for a path that a template contains."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(template), value))


def path_from_template(template: str, path: str) -> str:
    """The path that a template contains for a path from the root of the repository."""
    return posixpath.relpath(path, posixpath.dirname(template) or ".")


def with_relative_code(declared: DeclaredFunction, root: str) -> DeclaredFunction:
    """The function with a relative path of its code, if it is below the root of the repository.

    `cdk synth --no-staging` writes absolute paths.
    """
    code = declared.code
    if code is None or not code.value.startswith(f"{root}/"):
        return declared
    path = path_from_template(declared.template, code.value[len(root) + 1 :])
    return replace(declared, code=replace(code, value=path))


def is_in_folder(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def unresolved_property(declared: DeclaredFunction, name: str) -> str:
    """The sentence about a property whose value the template does not contain, or `""`."""
    return next((each for each in declared.unresolved if f"`{name}` on line " in each), "")


def _match(declared: DeclaredFunction, targets: PackagedTargets, files: Set[str]) -> FunctionMatch:
    if declared.runtime is not None and not declared.runtime.value.startswith("python"):
        return FunctionMatch(declared)
    path = _code_path(declared)
    if path is None:
        # Inline code, images and S3 objects are not built from sources of this repository.
        doubt = next(
            (
                sentence
                for name in ("CodeUri", "Code", "artifact")
                if (sentence := unresolved_property(declared, name))
            ),
            "",
        )
        return FunctionMatch(declared, doubt=doubt, is_error=False)
    if is_in_folder(path, targets.dist):
        return _match_artifact(declared, path, targets)
    return _match_source(declared, path, targets, files)


def _code_path(declared: DeclaredFunction) -> str | None:
    if declared.code is None or declared.code_kind not in (PATH, ASSET):
        return None
    return path_in_repository(declared.template, declared.code.value)


def _match_artifact(
    declared: DeclaredFunction, path: str, targets: PackagedTargets
) -> FunctionMatch:
    found = next((each for each in targets.functions if each.output == path), None)
    return FunctionMatch(declared, found, "" if found else f"No target writes {path}.")


def _match_source(
    declared: DeclaredFunction, folder: str, targets: PackagedTargets, files: Set[str]
) -> FunctionMatch:
    file, function = _source(declared, folder)
    found = [each for each in targets.functions if file and each.has_source(file, function)]
    if len(found) > 1:
        found = [each for each in found if _has_platform(each, declared)] or found
    if len(found) == 1:
        return FunctionMatch(declared, found[0])
    if found:
        return FunctionMatch(
            declared, doubt=f"Several targets package its handler: {', '.join(addresses(found))}."
        )
    if file and file in files:
        others = [each for each in targets.functions if each.is_in(file)]
        doubt = f"{_packages(others)} of {file}, and not `{function}`." if others else ""
        return FunctionMatch(declared, doubt=doubt)
    below = addresses(each for each in targets.functions if each.is_below(folder))
    if not below:
        return FunctionMatch(declared)
    handlers = f"The targets {', '.join(below)} have" if below[1:] else f"The target {below[0]} has"
    doubt = f"{file} does not exist." if file else unresolved_property(declared, "Handler")
    return FunctionMatch(
        declared, doubt=f"{doubt or 'It has no handler.'} {handlers} code in {folder}."
    )


def _packages(functions: list[PackagedFunction]) -> str:
    first, *more = sorted(functions, key=lambda each: each.address)
    also = f" and {len(more)} more" if more else ""
    return f"The target {first.address}{also} packages `{first.function}`"


def _source(declared: DeclaredFunction, folder: str) -> tuple[str, str]:
    """The file and the function of a handler in a folder of sources."""
    if declared.handler is None:
        return "", ""
    module, _, function = declared.handler.value.rpartition(".")
    path = posixpath.normpath(posixpath.join(folder, module.replace(".", "/")))
    return (f"{path}.py", function) if module else ("", "")


def _has_platform(packaged: PackagedFunction, declared: DeclaredFunction) -> bool:
    """Whether a target can have the platform of a function, as far as both tell it."""
    architecture = declared.architecture.value if declared.architecture else "x86_64"
    runtime = declared.runtime.value if declared.runtime else None
    return packaged.architecture in (None, architecture) and (
        runtime is None or packaged.runtime in (None, runtime)
    )
