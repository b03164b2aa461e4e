"""Plugins that are in the lockfile but not in the function: L027.

A distribution may look for its plugins at run time, by their entry points or by an import in a
function. No import at startup shows that they are missing.
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

# The most entry points of a group that a sentence lists.
_MOST_LISTED = 3


@dataclass(frozen=True)
class DeclaredRequirement:
    """A requirement target: its address, its normalized project, and its top-level modules."""

    address: str
    project: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class UnusedProject:
    """A locked project that a target declares and that is not in the function.

    `requires` are the normalized projects that it requires, including those for its extras.
    `is_pure` says that the lockfile has a wheel of it without native code.
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
    present: Iterable[str],
    platform: CompletePlatform,
) -> tuple[UnusedProject, ...]:
    """The locked projects that the function could contain and does not, sorted by name.

    `present` are the projects that it has: in the artifact, in a layer, or `provided`. A project
    that several targets declare has the first of their addresses.
    """
    found: dict[str, UnusedProject] = {}
    known = frozenset(present)
    for each in sorted(declared, key=lambda each: (each.project, each.address)):
        project = lock.projects.get(each.project)
        if project and each.project not in known and is_available(project, platform):
            is_pure = any(not is_native_wheel(wheel) for wheel in project.wheels)
            unused = UnusedProject(each, project.version, required_names(project), is_pure)
            found.setdefault(each.project, unused)
    return tuple(found.values())


def select_possible_plugins(
    unused: Iterable[UnusedProject], hosts: Iterable[str]
) -> tuple[UnusedProject, ...]:
    """The projects that may be plugins of `hosts`, and whose wheels are cheap to open.

    A plugin requires its host, at least for an extra, and is rarely native. Native wheels would
    have to be downloaded for every processor, and some have gigabytes.
    """
    projects = frozenset(hosts)
    return tuple(each for each in unused if each.is_pure and each.requires & projects)


def parse_entry_point_groups(report: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The names of a wheel's entry points by group, without the groups of scripts.

    `report` is that of `sandbox/read_wheel.py`.
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

    `plugins` are projects with their entry points by group. `readers` maps a group to the
    distribution that looks for it, such as "host 1.0".
    """
    for each, groups in plugins:
        wanted = sorted(group for group in groups if group in readers)
        if wanted:
            hosts = sorted({readers[group] for group in wanted})
            listed = "; ".join(f"`{group}`: {_listed(groups[group])}" for group in wanted)
            yield Finding(
                "L027",
                each.project,
                f"{each} is in the lockfile but not in the function, and its entry points "
                f"({listed}) are plugins that {' and '.join(hosts)} "
                f"{'load' if hosts[1:] else 'loads'} by name.",
                _fix(each),
            )


def locate_words(own: Iterable[tuple[str, ModuleFacts]]) -> Mapping[str, tuple[str, int]]:
    """The first place of each word in first-party code: a path in the repository, and a line.

    `own` are paths of modules with their facts.
    """
    found: dict[str, tuple[str, int]] = {}
    for path, facts in own:
        for word, line in facts.words:
            found[word] = min((path, line), found.get(word, (path, line)))
    return found


def check_named_plugins(
    unused: Iterable[UnusedProject],
    words: Mapping[str, tuple[str, int]],
    importers: Mapping[str, str],
) -> Iterator[Finding]:
    """L027 for each project with a module that first-party code names and a distribution imports.

    `words` is a result of `locate_words`. `importers` maps a module to the distribution that
    imports it, such as "host 1.0".
    """
    for each in unused:
        for module in match_modules([each], words):
            if module in importers:
                path, line = words[module]
                yield Finding(
                    "L027",
                    each.project,
                    f"{path}:{line} names `{module}`, which {importers[module]} imports on demand, "
                    f"and {each} with this module is in the lockfile but not in the function.",
                    _fix(each),
                )
                break


def match_modules(unused: Iterable[UnusedProject], words: Iterable[str]) -> tuple[str, ...]:
    """The modules of these projects that are among the words, sorted."""
    known = frozenset(words)
    return tuple(sorted({m for each in unused for m in each.declared.modules if m in known}))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _fix(each: UnusedProject) -> str:
    return f'add "{each.declared.address}" to `dependencies` if the function uses it.'
