"""L025: modules of the repository that first-party code names and the artifact does not carry."""

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
    """A dotted name that a first-party file names at a line: a module, or an attribute of one."""

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
    """The modules that first-party code may import and that the artifact lacks, each once.

    `own` has the path of each file in the repository. Imports that are sure to run are not among
    them, since L005 is about those, nor are those that only type checkers read.
    """
    brought = standard_library(python) | RUNTIME_MODULES | {*provided}
    found: dict[str, NamedModule] = {}
    for source, facts in own:
        for name, line in _names(facts, modules):
            top = name.partition(".")[0]
            is_known = top in brought or any(step in brought for step in dotted_prefixes(name))
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
    """L025 for the names whose owners are known, and are no dependencies."""
    lost = [(each, owners) for each in named if (owners := found[each.name].undeclared_owners)]
    # Of several owners, you have to choose one.
    entries = dict.fromkeys(owners[0].dependency for _, owners in lost if len(owners) == 1)
    for each, owners in lost:
        listed = ", ".join(owner.address for owner in owners)
        which = f"its owner {listed}" if len(owners) == 1 else f"any of its owners {listed}"
        suggested = entries if len(owners) == 1 else [owners[0].dependency]
        yield Finding(
            "L025",
            each.name,
            f"{each.source}:{each.line} names {each.name}, and nothing depends on {which}.",
            f"{suggest_dependencies(suggested, artifact)}.",
        )
