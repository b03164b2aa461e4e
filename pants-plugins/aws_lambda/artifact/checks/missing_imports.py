"""What is said of imports that nobody provides: L005 for first-party code, L006 for others'."""

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
    """L005 for each thing that first-party code imports in vain, and L006 for third-party code.

    `locations` has those of the names that `names_to_locate` gives.
    """
    version = f"{python[0]}.{python[1]}"
    return tuple(
        _finding(each, version, locations.get(_asked(each), NO_LOCATIONS), artifact)
        for each in found
    )


def names_to_locate(found: Iterable[MissingImport]) -> tuple[str, ...]:
    """The modules for which the repository may have an explanation."""
    return tuple(sorted({name for each in found if (name := _asked(each))}))


def _asked(each: MissingImport) -> str:
    is_known = each.failure is ImportFailure.MISSING and not each.project
    return (each.imported_name if each.blamed_file is None else each.name) if is_known else ""


def _finding(
    each: MissingImport, version: str, found: ModuleLocations, artifact: CheckedArtifact
) -> Finding:
    what, fix = _SENTENCES[each.failure](each, version)
    importer = each.importer.file.source if each.importer and each.importer.file else ""
    reason, way_out = explain_missing_module(_asked(each), found, artifact, importer=importer)
    way = f" (reached by {' -> '.join(each.chain)})" if len(each.chain) > 1 else ""
    if reason:
        sentence = " ".join(
            [f"{_importing(each)} {each.imported_name}, {reason}{way}.", *each.doubts]
        )
        return Finding("L005", each.name, sentence, way_out, doubt=bool(each.doubts))
    near = f" Near names: {', '.join(each.similar_names)}." if each.similar_names else ""
    if (
        each.failure is ImportFailure.MISSING
        and each.name.partition(".")[0] in PUBLIC_STANDARD_MODULES
    ):
        near = " Other versions of Python have it."
    sentence = " ".join([f"{what}{way}.{near}", *each.doubts])
    code, subject = ("L006", each.project) if each.project else ("L005", each.name)
    return Finding(code, subject, sentence, fix, doubt=bool(each.doubts))


def _absent(each: MissingImport, version: str) -> tuple[str, str]:
    if each.blamed_file is not None:
        package, _, last = each.name.rpartition(".")
        nor = ", nor is it a module" if each.blamed_file.path.endswith("/__init__.py") else ""
        source = each.blamed_file.source
        return (
            f"{_importing(each)} {last} from {package}, and {source} does not define it{nor}",
            f"correct the import, or define `{last}` at the top level of {source}.",
        )
    what = (
        f"{_importing(each)} {each.name}, which neither the artifact nor its layers, `provided`, "
        f"the runtime or Python {version} has"
    )
    listed = "what an ARN layer has is listed in `provided`."
    if each.project:
        return what, f"add what has it to the lockfile's requirements; {listed}"
    return what, (
        "correct the import, or let a target own what it names (for third-party code, add it to "
        f"the lockfile's requirements); {listed}"
    )


def _no_entry(each: MissingImport, version: str) -> tuple[str, str]:
    return (
        f"Neither the artifact nor its layers have the handler's module {each.name}",
        "see what `exclude` leaves out, or correct the `handler` field.",
    )


def _above_top(each: MissingImport, version: str) -> tuple[str, str]:
    name = each.imported_name.lstrip(".")
    absolute = f"from {name} import …" if name else f"import {each.name.lstrip('.') or '…'}"
    top, dot, _ = each.importer.name.partition(".") if each.importer else ("", "", "")
    is_inside = dot or (each.importer and each.importer.folders)
    return (
        f"{_importing(each)} {each.name} relatively, "
        + (
            f"which leads above {top}, the topmost package"
            if is_inside
            else "and the module lies at the top of a source root, where there is no parent package"
        ),
        f"write `{absolute}`.",
    )


def _broken(each: MissingImport, version: str) -> tuple[str, str]:
    source = each.blamed_file.source if each.blamed_file else each.name
    return f"{source} cannot be imported: {each.detail}", f"mend it, for Python {version}."


def _hidden(each: MissingImport, version: str) -> tuple[str, str]:
    top = each.name.partition(".")[0]
    whose = "the standard library's" if top in PUBLIC_STANDARD_MODULES else "the runtime's"
    folder = top
    if each.blamed_file is not None:
        below = each.blamed_file.path[f"/{each.blamed_file.path}".index(f"/{top}/") + len(top) :]
        folder = each.blamed_file.source[: -len(below)]
    return (
        f"{_importing(each)} {each.name}, which Python looks for in {whose} `{top}`, since "
        f"{folder} has no __init__.py",
        "add an `__init__.py` to the folder, or rename it.",
    )


def _in_module(each: MissingImport, version: str) -> tuple[str, str]:
    package, _, last = each.name.rpartition(".")
    return (
        f"{_importing(each)} {each.name}, and `{package}` is a module and no package",
        f"write `from {package} import {last}`.",
    )


_SENTENCES: Mapping[ImportFailure, Callable[[MissingImport, str], tuple[str, str]]] = {
    ImportFailure.MISSING: _absent,
    ImportFailure.MISSING_HANDLER: _no_entry,
    ImportFailure.ABOVE_TOP: _above_top,
    ImportFailure.SYNTAX_ERROR: _broken,
    ImportFailure.HIDDEN: _hidden,
    ImportFailure.IN_MODULE: _in_module,
}


def _importing(each: MissingImport) -> str:
    """Where, in the words of the repository or of a distribution, and the verb."""
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
