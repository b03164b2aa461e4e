"""Merges the requirement files of functions and layers into as few resolves as possible.

A lockfile for several versions of Python needs releases that support all of them. Therefore,
functions share a resolve only if they have the same version, or share a file with requirements.
Within the resolves of a version, each file goes to the first one that it does not conflict with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.migrate.chosen_functions import ChosenCode, ChosenFunction, ChosenLayer, Key
from aws_lambda.migrate.requirement_files import Conflict, RequirementFile, find_conflict
from aws_lambda.migrate.target_names import free_name, resolve_name
from aws_lambda.migrate.translation_notes import TranslationNotes

# The minor versions of Python that share a lockfile, sorted; empty if they are unknown.
Pythons = tuple[int, ...]


@dataclass(frozen=True)
class ResolveChoice:
    """The resolves, the default one first.

    `files` has the requirement files that each resolve merges, and `pythons` its versions of
    Python. `of_functions` and `of_layers` have the names of resolves. `attached` has the layers of
    each function that have its resolve.
    """

    default: str
    files: Mapping[str, Sequence[RequirementFile]]
    pythons: Mapping[str, Pythons]
    of_functions: Mapping[Key, str]
    of_layers: Mapping[Key, str]
    attached: Mapping[Key, tuple[ChosenLayer, ...]]

    def of_root(self, root: str, chosen: ChosenCode) -> list[str]:
        """Return the resolves of the functions and layers that can import code below a root."""
        layers = [each for each in chosen.layers.values() if each.root == root]
        names = {each.declared.name for each in layers}
        own = {self.of_layers[each.key] for each in layers}
        own |= {
            self.of_functions[each.key]
            for each in chosen.functions
            if each.code == root or names & {x.value for x in each.declared.layers}
        }
        return [each for each in self.files if each in (own or self.of_functions.values())]


def choose_resolves(chosen: ChosenCode, default: str, notes: TranslationNotes) -> ResolveChoice:
    """Choose the resolve of each function and layer."""
    groups = _group_by_files(chosen.functions)
    pythons = {each.key: _pythons_of(group) for group in groups for each in group}
    resolves = _Resolves(default, _ranked_pythons(groups), notes)
    of_layers = _resolves_of_layers(chosen, groups, resolves)
    of_functions: dict[Key, str] = {}
    attached: dict[Key, tuple[ChosenLayer, ...]] = {}
    for each in chosen.functions:
        name = _resolve_of_function(each, pythons.get(each.key, ()), of_layers, resolves)
        of_functions[each.key] = name
        attached[each.key] = tuple(x for x in each.layers if of_layers[x.key] == name)
        _copy_other_layers(each, name, of_layers, resolves, notes)
    return ResolveChoice(
        default, resolves.files, resolves.pythons, of_functions, of_layers, attached
    )


def _group_by_files(functions: Iterable[ChosenFunction]) -> list[list[ChosenFunction]]:
    """Return the functions with requirements; those that share a file are in one group."""
    groups: list[tuple[set[str], list[ChosenFunction]]] = []  # with the paths of the files
    for function in functions:
        used = [function.requirements, *(each.requirements for each in function.layers)]
        paths = {each.path for each in used if each}
        if not paths:
            continue
        alike = [each for each in groups if each[0] & paths]
        groups = [each for each in groups if each not in alike]
        members = [each for _, group in alike for each in group]
        groups.append((paths.union(*(each[0] for each in alike)), [*members, function]))
    return [group for _, group in groups]


def _pythons_of(functions: Iterable[ChosenFunction]) -> Pythons:
    return tuple(sorted({each.python for each in functions if each.python is not None}))


def _ranked_pythons(groups: Iterable[Sequence[ChosenFunction]]) -> list[Pythons]:
    """Return the versions that share a resolve, those of most functions first."""
    users: Counter[Pythons] = Counter()
    for group in groups:
        users[_pythons_of(group)] += len(group)
    return sorted(users, key=lambda each: (-users[each], [-minor for minor in each]))


class _Resolves:
    """The resolves while requirement files are added to them.

    The versions of most functions get the default resolve. Functions and layers without
    requirements use it as well.
    """

    def __init__(self, default: str, ranked: Sequence[Pythons], notes: TranslationNotes) -> None:
        self.default = default
        self.files: dict[str, list[RequirementFile]] = {}
        self.pythons: dict[str, Pythons] = {}
        self._notes = notes
        self._chosen: dict[tuple[str, Pythons], str] = {}
        self._first: dict[Pythons, str] = {}
        for pythons in ranked or [()]:
            name = "python" + "-".join(f"3{minor}" for minor in pythons)
            name = free_name(name, self.files) if self.files else default
            self._first[pythons] = name
            self._add(name, pythons)

    def first_of(self, pythons: Pythons) -> str:
        """Return the resolve of these versions that is used without requirements."""
        return self._first.get(pythons, self.default)

    def add_file(
        self, file: RequirementFile, folder: str, pythons: Pythons, preferred: str | None = None
    ) -> str:
        """Add a file to the first resolve that it fits, or to a new one named after a folder."""
        key = (file.path, pythons)
        if key in self._chosen:
            return self._chosen[key]
        fitting = [each for each in self.files if self.pythons[each] == pythons]
        names = [*([preferred] if preferred else []), *fitting]
        conflicts = {name: find_conflict(self.files[name], file) for name in names}
        name = next((each for each, conflict in conflicts.items() if conflict is None), None)
        if name is None:
            name = free_name(resolve_name(folder), self.files)
            conflict = conflicts[names[0]]
            assert conflict is not None
            self._notes.add(file.path, _describe_conflict(conflict, name))
            self._add(name, pythons)
        self.files[name].append(file)
        self._chosen[key] = name
        return name

    def add_copy(self, file: RequirementFile, name: str) -> None:
        """Add a file to one more resolve, unless they conflict."""
        if file in self.files[name]:
            return
        conflict = find_conflict(self.files[name], file)
        if conflict:
            self._notes.add(file.path, _describe_conflict(conflict, name))
        else:
            self.files[name].append(file)

    def _add(self, name: str, pythons: Pythons) -> None:
        self.files[name] = []
        self.pythons[name] = pythons


def _describe_conflict(conflict: Conflict, name: str) -> str:
    return (
        f"`{conflict.second_requirement}` in {conflict.second} and `{conflict.first_requirement}` "
        f"in {conflict.first} exclude each other, and a resolve has one version of "
        f"{conflict.project}. The resolve {name} is added for {conflict.second}."
    )


def _resolves_of_layers(
    chosen: ChosenCode, groups: Iterable[Sequence[ChosenFunction]], resolves: _Resolves
) -> Mapping[Key, str]:
    pythons = {
        layer.key: _pythons_of(group) for group in groups for each in group for layer in each.layers
    }
    names: dict[Key, str] = {}
    for key, layer in chosen.layers.items():
        own = pythons.get(key, ())
        # A layer that no function attaches has no versions, and prefers the default resolve.
        names[key] = resolves.first_of(own)
        if layer.requirements:
            names[key] = resolves.add_file(layer.requirements, layer.content, own, names[key])
    return names


def _resolve_of_function(
    function: ChosenFunction, pythons: Pythons, of_layers: Mapping[Key, str], resolves: _Resolves
) -> str:
    """Return the resolve that a function's requirements fit, preferably that of its layers."""
    names = [of_layers[each.key] for each in function.layers if each.requirements]
    preferred = names[0] if names else resolves.first_of(pythons)
    if function.requirements is None:
        return preferred
    return resolves.add_file(function.requirements, function.code, pythons, preferred)


def _copy_other_layers(
    function: ChosenFunction,
    name: str,
    of_layers: Mapping[Key, str],
    resolves: _Resolves,
    notes: TranslationNotes,
) -> None:
    """Add the requirements of layers that have another resolve to that of the function."""
    for layer in function.layers:
        other = of_layers[layer.key]
        if other == name:
            continue
        if layer.requirements and name != resolves.default:
            resolves.add_copy(layer.requirements, name)
        notes.add_about(
            function.declared,
            f"It needs the resolve {name}, and the layer {layer.declared.name} needs {other}. It "
            "contains its dependencies itself, and does not attach the layer.",
        )
