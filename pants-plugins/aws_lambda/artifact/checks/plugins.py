"""Plug-ins that are locked and not carried: L027.

A distribution may find its plug-ins by name when the function runs, which no import shows: by their
entry points, or by an import in a function. A plug-in that the function lacks is then not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_index import ModuleFacts
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.wheels.pex_lock import (
    Lockfile,
    is_available,
    is_native_wheel,
    required_names,
)
from aws_lambda.artifact.wheels.wheel import SCRIPT_GROUPS, parse_entry_points

# Of the entry points in a group, the sentence names these many.
_MOST_NAMED = 3


@dataclass(frozen=True)
class DeclaredRequirement:
    """A requirement target: its address, its project, and the modules that it brings."""

    address: str
    project: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class UnusedProject:
    """A locked project that a target declares and the function does not have.

    `requires` are the projects that it requires, those for an extra included. `is_pure` says that
    it has a wheel without native code.
    """

    declared: DeclaredRequirement
    version: str
    requires: frozenset[str]
    is_pure: bool

    @property
    def project(self) -> str:
        return self.declared.project

    def __str__(self) -> str:
        return f"{self.project} {self.version}"


def find_unused_projects(
    lock: Lockfile,
    declared: Iterable[DeclaredRequirement],
    taken: Iterable[str],
    platform: CompletePlatform,
) -> tuple[UnusedProject, ...]:
    """The projects that the function could have and does not, each once, sorted by name.

    `taken` are the projects that it has: carried, in a layer, or `provided`.
    """
    found: dict[str, UnusedProject] = {}
    had = frozenset(taken)
    for each in sorted(declared, key=lambda each: (each.project, each.address)):
        project = lock.projects.get(each.project)
        if project and each.project not in had and is_available(project, platform):
            is_pure = any(not is_native_wheel(wheel) for wheel in project.wheels)
            of = UnusedProject(each, project.version, required_names(project), is_pure)
            found.setdefault(each.project, of)
    return tuple(found.values())


def select_possible_plugins(
    spares: Iterable[UnusedProject], hosts: Iterable[str]
) -> tuple[UnusedProject, ...]:
    """Those that may plug into these projects, and whose wheels are cheap to open.

    A plug-in requires its host, be it for an extra, and is hardly ever native. Others would have to
    be downloaded for every processor, some of them gigabytes.
    """
    projects = frozenset(hosts)
    return tuple(each for each in spares if each.is_pure and each.requires & projects)


def parse_entry_point_groups(report: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The names of a wheel's entry points by group, those of scripts aside.

    `report` is what `sandbox/read_wheel.py` measured.
    """
    found: dict[str, set[str]] = {}
    for path, text in report.get("texts", {}).items():
        if path.endswith(".dist-info/entry_points.txt"):
            for group, name, _ in parse_entry_points(text):
                found.setdefault(group, set()).add(name)
    return {
        group: tuple(sorted(names)) for group, names in found.items() if group not in SCRIPT_GROUPS
    }


def check_entry_points(
    plugins: Iterable[tuple[UnusedProject, Mapping[str, Sequence[str]]]],
    readers: Mapping[str, str],
) -> Iterator[Finding]:
    """L027 for each project with entry points in groups that the function looks for.

    `readers` says which distribution looks for a group.
    """
    for each, groups in plugins:
        wanted = sorted(group for group in groups if group in readers)
        if wanted:
            hosts = sorted({readers[group] for group in wanted})
            listed = "; ".join(f"`{group}`: {_listed(groups[group])}" for group in wanted)
            yield Finding(
                "L027",
                each.project,
                f"{each} is locked and not carried, and its entry points ({listed}) are plug-ins "
                f"that {' and '.join(hosts)} {'load' if hosts[1:] else 'loads'} by name.",
                _fix(each),
            )


def locate_words(own: Iterable[tuple[str, ModuleFacts]]) -> Mapping[str, tuple[str, int]]:
    """Where first-party code first has each word: the path in the repository, and the line."""
    found: dict[str, tuple[str, int]] = {}
    for path, facts in own:
        for word, line in facts.words:
            found[word] = min((path, line), found.get(word, (path, line)))
    return found


def check_named_plugins(
    spares: Iterable[UnusedProject],
    words: Mapping[str, tuple[str, int]],
    importers: Mapping[str, str],
) -> Iterator[Finding]:
    """L027 for each project with a module that first-party code names and others import.

    `words` are from `locate_words`; `importers` says which distribution imports a module.
    """
    for each in spares:
        for module in match_modules([each], words):
            if module in importers:
                path, line = words[module]
                yield Finding(
                    "L027",
                    each.project,
                    f"{path}:{line} names `{module}`, which {importers[module]} imports on demand "
                    f"from {each}, which is locked and not carried.",
                    _fix(each),
                )
                break


def match_modules(spares: Iterable[UnusedProject], words: Iterable[str]) -> tuple[str, ...]:
    """The modules of these projects that are among the words."""
    known = frozenset(words)
    return tuple(sorted({m for each in spares for m in each.declared.modules if m in known}))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _fix(each: UnusedProject) -> str:
    return f'add "{each.declared.address}" to `dependencies` if the function uses it.'
