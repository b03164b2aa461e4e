"""Reads files in pip's format, and merges those that can share one resolve."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--hash[= ]\S+")
# A folder or a wheel, as pip recognizes it: a path with a separator, or a URL of a file.
_PATH = re.compile(r"^(\.{1,2}($|/)|/|file:)|^[\w./-]+/[\w./-]+$")


@dataclass(frozen=True)
class RequirementFile:
    """The lines of one file with those that it includes.

    `requirements` are in the order of the file. `folders` are paths from the root of the
    repository, of folders that the file installs. `other_lines` contains options and other lines
    that are not requirements.
    """

    path: str
    requirements: tuple[Requirement, ...] = ()
    folders: tuple[str, ...] = ()
    other_lines: tuple[str, ...] = ()

    @property
    def projects(self) -> frozenset[str]:
        """The normalized names of the distributions."""
        return frozenset(canonicalize_name(each.name) for each in self.requirements)

    def pin_of(self, project: str) -> Version | None:
        """Return the version of a distribution that `==` selects, if any."""
        pins = [
            pin
            for each in self.requirements
            if canonicalize_name(each.name) == project and (pin := _pin(each)) is not None
        ]
        return pins[0] if pins else None


def included_files(path: str, text: str) -> Iterable[str]:
    """Yield the paths of the files that a file includes with `-r`."""
    for line in _lines(text):
        included = _argument(line, "-r", "--requirement")
        if included:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), included))


def parse_requirement_file(path: str, texts: Mapping[str, str]) -> RequirementFile:
    """Return the content of a file. `texts` maps the paths of this and included files to texts."""
    requirements: list[Requirement] = []
    folders: list[str] = []
    others: list[str] = []
    _parse(path, texts, requirements, folders, others, seen=set())
    return RequirementFile(path, tuple(requirements), tuple(folders), tuple(others))


def _parse(
    path: str,
    texts: Mapping[str, str],
    requirements: list[Requirement],
    folders: list[str],
    others: list[str],
    *,
    seen: set[str],
) -> None:
    seen.add(path)
    folder = posixpath.dirname(path)
    for line in _lines(texts[path]):
        included = _argument(line, "-r", "--requirement")
        local = _argument(line, "-e", "--editable") or line
        if included:
            file = posixpath.normpath(posixpath.join(folder, included))
            if file in texts and file not in seen:
                _parse(file, texts, requirements, folders, others, seen=seen)
            elif file not in texts:
                others.append(line)
        elif _PATH.match(local) and not local.endswith((".whl", ".gz", ".zip")):
            local = local[len("file:") :] if local.startswith("file:") else local
            folders.append(posixpath.normpath(posixpath.join(folder, local)))
        else:
            try:
                requirements.append(Requirement(_HASH.sub("", line).strip()))
            except InvalidRequirement:
                others.append(line)


def _lines(text: str) -> Iterable[str]:
    for line in text.replace("\\\n", " ").splitlines():
        stripped = _COMMENT.sub("", line).strip()
        if stripped:
            yield stripped


def _argument(line: str, *options: str) -> str | None:
    for option in options:
        if line.startswith((f"{option} ", f"{option}=")) or (
            len(option) == 2 and line.startswith(option) and line[2:3] not in ("", "-")
        ):
            return line[len(option) :].lstrip("= ").strip()
    return None


def _pin(requirement: Requirement) -> Version | None:
    """Return the version that a requirement without a marker selects."""
    if requirement.marker is not None:
        return None
    for each in requirement.specifier:
        if each.operator in ("==", "===") and "*" not in each.version:
            try:
                return Version(each.version)
            except InvalidVersion:
                return None
    return None


@dataclass(frozen=True)
class Conflict:
    """Two files whose requirements for one distribution exclude each other."""

    project: str
    first: str
    first_requirement: str
    second: str
    second_requirement: str


def find_conflict(files: Sequence[RequirementFile], added: RequirementFile) -> Conflict | None:
    """Return a conflict of a file with others: a pin that another requirement excludes."""
    for file in files:
        for project in sorted(file.projects & added.projects):
            for own in _of_project(added, project):
                for other in _of_project(file, project):
                    if _exclude_each_other(own, other):
                        return Conflict(project, file.path, str(other), added.path, str(own))
    return None


def _of_project(file: RequirementFile, project: str) -> list[Requirement]:
    return [each for each in file.requirements if canonicalize_name(each.name) == project]


def _exclude_each_other(one: Requirement, other: Requirement) -> bool:
    if one.url or other.url:
        return one.url != other.url
    for first, second in ((one, other), (other, one)):
        pin = _pin(first)
        if pin is None or second.marker is not None:
            continue
        if not second.specifier.contains(pin, prereleases=True):
            return True
    return False


def merge_requirements(files: Iterable[RequirementFile]) -> tuple[str, ...]:
    """Return the sorted lines of files without conflicts. Each distribution has one line.

    A pin replaces ranges, and ranges are combined. Requirements with markers keep their own lines.
    """
    merged: dict[tuple[str, str], list[Requirement]] = {}
    for file in files:
        for each in file.requirements:
            key = (canonicalize_name(each.name), str(each.marker or ""))
            merged.setdefault(key, []).append(each)
    return tuple(_combined(merged[key]) for key in sorted(merged))


def _combined(requirements: Sequence[Requirement]) -> str:
    first = requirements[0]
    extras = sorted({extra for each in requirements for extra in each.extras})
    text = first.name + (f"[{','.join(extras)}]" if extras else "")
    marker = f"; {first.marker}" if first.marker else ""
    if first.url:
        return f"{text} @ {first.url}{' ' + marker if marker else ''}"
    pinned = next((each for each in requirements if _pin(each) is not None), None)
    chosen = [pinned] if pinned else requirements
    specifiers = {str(each) for requirement in chosen for each in requirement.specifier}
    return f"{text}{','.join(sorted(specifiers))}{marker}"
