"""Modules that first-party code names and that are not in the artifact: L025.

Imports that may not run, and strings such as "mysite.settings", do not prove that the code needs
the module. They matter if the repository has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_index import (
    ImportableModules,
    ImportKind,
    ModuleFacts,
    dotted_prefixes,
)
from aws_lambda.artifact.imports.module_locations import (
    CheckedArtifact,
    ModuleLocations,
    suggest_dependencies,
)
from aws_lambda.artifact.imports.reachability import RUNTIME_MODULES
from aws_lambda.artifact.standard_library import standard_library


@dataclass(frozen=True)
class NamedModule:
    """A dotted name in a first-party file, of a module or of an attribute.

    `source` is the path of the file in the repository.
    """

    name: str
    source: str
    line: int


def find_named_modules(
    own: Iterable[tuple[str, ModuleFacts]],
    modules: ImportableModules,
    *,
    python: tuple[int, int],
    provided: Iterable[str] = (),
) -> tuple[NamedModule, ...]:
    """The names that first-party code may import and that are not in the artifact, sorted.

    `own` are paths of files in the repository with their facts. Skip imports that are certain to
    run, which L005 reports, and imports for type checkers.
    """
    available = standard_library(python) | RUNTIME_MODULES | {*provided}
    found: dict[str, NamedModule] = {}
    for source, facts in own:
        for name, line in _names(facts, modules):
            top = name.partition(".")[0]
            is_known = top in available or any(step in available for step in dotted_prefixes(name))
            if name not in found and not is_known and modules.find(name) is None:
                found[name] = NamedModule(name, source, line)
    return tuple(found[name] for name in sorted(found))


def _names(facts: ModuleFacts, modules: ImportableModules) -> Iterator[tuple[str, int]]:
    for each in facts.imports:
        if each.kind not in (ImportKind.GUARDED, ImportKind.DEFERRED) or each.is_above_top:
            continue
        yield each.module, each.line
        package = modules.find(each.module)
        if package is None or package.file is None or package.is_first_party:
            bound = modules.facts(package).names if package else frozenset()
            yield from ((f"{each.module}.{n}", each.line) for n in each.names if n not in bound)
    for text in facts.module_texts:
        yield text.text, text.line


def check_named_modules(
    named: Iterable[NamedModule], found: Mapping[str, ModuleLocations], artifact: CheckedArtifact
) -> Iterator[Finding]:
    """L025 for the names whose owners are known and are not dependencies."""
    missing = [(each, owners) for each in named if (owners := found[each.name].undeclared_owners)]
    # The user has to choose between several owners.
    entries = dict.fromkeys(owners[0].dependency for _, owners in missing if len(owners) == 1)
    for each, owners in missing:
        listed = ", ".join(owner.address for owner in owners)
        which = f"its owner {listed}" if len(owners) == 1 else f"any of its owners {listed}"
        suggested = entries if len(owners) == 1 else [owners[0].dependency]
        yield Finding(
            "L025",
            each.name,
            f"{each.source}:{each.line} names {each.name}, and nothing depends on {which}.",
            f"{suggest_dependencies(suggested, artifact)}.",
        )
