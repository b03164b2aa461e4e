"""Imports that fail in Lambda: L005 for first-party code and L006 for third-party code.

`imports/reachability.py` finds them. This module writes the sentences and fixes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_locations import (
    NO_LOCATIONS,
    CheckedArtifact,
    ModuleLocations,
    explain_missing_module,
)
from aws_lambda.artifact.imports.reachability import ImportFailure, MissingImport
from aws_lambda.artifact.standard_library import PUBLIC_STANDARD_MODULES


def check_missing_imports(
    found: Iterable[MissingImport],
    *,
    python: tuple[int, int],
    locations: Mapping[str, ModuleLocations],
    artifact: CheckedArtifact,
) -> tuple[Finding, ...]:
    """L005 for each import that fails in first-party code, and L006 in third-party code.

    `locations` are the places outside the artifact that contain the modules, by the names from
    `names_to_locate`.
    """
    version = f"{python[0]}.{python[1]}"
    return tuple(
        _finding(each, version, locations.get(_name_to_locate(each), NO_LOCATIONS), artifact)
        for each in found
    )


def names_to_locate(found: Iterable[MissingImport]) -> tuple[str, ...]:
    """The dotted names to look for in the repository and the lockfile, sorted."""
    return tuple(sorted({name for each in found if (name := _name_to_locate(each))}))


def _name_to_locate(each: MissingImport) -> str:
    is_known = each.failure is ImportFailure.MISSING and not each.project
    return (each.imported_name if each.blamed_file is None else each.name) if is_known else ""


def _finding(
    each: MissingImport, version: str, found: ModuleLocations, artifact: CheckedArtifact
) -> Finding:
    sentence, fix = _SENTENCES[each.failure](each, version)
    importer = each.importer.file.source if each.importer and each.importer.file else ""
    reason, better_fix = explain_missing_module(
        _name_to_locate(each), found, artifact, importer=importer
    )
    chain = f" (imported through {' -> '.join(each.chain)})" if len(each.chain) > 1 else ""
    if reason:
        sentence = f"{_importing(each)} {each.imported_name}, {reason}{chain}."
        sentence = " ".join([sentence, *each.doubts])
        return Finding("L005", each.name, sentence, better_fix, doubt=bool(each.doubts))
    hint = f" Similar names: {', '.join(each.similar_names)}." if each.similar_names else ""
    if (
        each.failure is ImportFailure.MISSING
        and each.name.partition(".")[0] in PUBLIC_STANDARD_MODULES
    ):
        hint = " Other versions of Python contain it."
    sentence = " ".join([f"{sentence}{chain}.{hint}", *each.doubts])
    code, subject = ("L006", each.project) if each.project else ("L005", each.name)
    return Finding(code, subject, sentence, fix, doubt=bool(each.doubts))


def _missing(each: MissingImport, version: str) -> tuple[str, str]:
    if each.blamed_file is not None:
        package, _, last = each.name.rpartition(".")
        source = each.blamed_file.source
        nor = (
            ", and the package has no module of this name"
            if each.blamed_file.path.endswith("/__init__.py")
            else ""
        )
        return (
            f"{_importing(each)} {last} from {package}, but {source} does not define it{nor}",
            f"correct the import, or define `{last}` at the top level of {source}.",
        )
    sentence = (
        f"{_importing(each)} {each.name}, which is not in the artifact, its layers, `provided`, "
        f"the runtime or Python {version}"
    )
    provided = "If a layer attached by ARN contains it, add it to `provided`."
    if each.project:
        return sentence, (
            "add the distribution that contains it to the lockfile's requirements. " + provided
        )
    return sentence, (
        "correct the import, add a target that owns the module, or add its distribution to the "
        f"lockfile's requirements. {provided}"
    )


def _missing_handler(each: MissingImport, version: str) -> tuple[str, str]:
    return (
        f"The handler's module {each.name} is in neither the artifact nor its layers",
        "correct the `handler` field, or check the entries of `exclude`.",
    )


def _above_top(each: MissingImport, version: str) -> tuple[str, str]:
    name = each.imported_name.lstrip(".")
    absolute = f"from {name} import …" if name else f"import {each.name.lstrip('.') or '…'}"
    top, dot, _ = each.importer.name.partition(".") if each.importer else ("", "", "")
    is_inside = dot or (each.importer and each.importer.folders)
    return (
        f"{_importing(each)} {each.name}, "
        + (
            f"a relative import that leads above {top}, the top-level package"
            if is_inside
            else "a relative import, but the module is at the top of a source root and has no "
            "parent package"
        ),
        f"write `{absolute}`.",
    )


def _syntax_error(each: MissingImport, version: str) -> tuple[str, str]:
    source = each.blamed_file.source if each.blamed_file else each.name
    return (
        f"{source} cannot be imported: {each.detail}",
        f"correct the syntax for Python {version}.",
    )


def _hidden(each: MissingImport, version: str) -> tuple[str, str]:
    top = each.name.partition(".")[0]
    whose = "the standard library's" if top in PUBLIC_STANDARD_MODULES else "the runtime's"
    folder = top
    if each.blamed_file is not None:
        below = each.blamed_file.path[f"/{each.blamed_file.path}".index(f"/{top}/") + len(top) :]
        folder = each.blamed_file.source[: -len(below)]
    return (
        f"{_importing(each)} {each.name}, but Python looks for it in {whose} `{top}`, since "
        f"{folder} has no __init__.py",
        "add an `__init__.py` to the folder, or rename it.",
    )


def _in_module(each: MissingImport, version: str) -> tuple[str, str]:
    package, _, last = each.name.rpartition(".")
    return (
        f"{_importing(each)} {each.name}, but `{package}` is a module and not a package",
        f"write `from {package} import {last}`.",
    )


_SENTENCES: Mapping[ImportFailure, Callable[[MissingImport, str], tuple[str, str]]] = {
    ImportFailure.MISSING: _missing,
    ImportFailure.MISSING_HANDLER: _missing_handler,
    ImportFailure.ABOVE_TOP: _above_top,
    ImportFailure.SYNTAX_ERROR: _syntax_error,
    ImportFailure.HIDDEN: _hidden,
    ImportFailure.IN_MODULE: _in_module,
}


def _importing(each: MissingImport) -> str:
    """The start of a sentence: the place of the import, and the verb."""
    if each.importer is None:
        return "Lambda imports"
    more = (
        f" and {each.more_places} more {'places' if each.more_places > 1 else 'place'}"
        if each.more_places
        else ""
    )
    verb = "import" if each.more_places else "imports"
    file = each.importer.file
    if file is None:
        return f"{each.importer.name}{more} {verb}"
    if each.project:
        return f"{file.path}:{each.line} of {file.owner}{more} {verb}"
    return f"{file.source}:{each.line}{more} {verb}"
