"""Lockfiles for the wheels of tests, the same as PEX creates, without the seconds that PEX takes.

`pex_lockfile_test.py` compares them with lockfiles of PEX.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

# The options with which `TrialRepository.lock` calls PEX, and the defaults of PEX.
_SETTINGS: Mapping[str, Any] = {
    "allow_builds": True,
    "allow_prereleases": False,
    "allow_wheels": True,
    "build_isolation": True,
    "constraints": [],
    "elide_unused_requires_dist": False,
    "excluded": [],
    "only_builds": [],
    "only_wheels": [],
    "overridden": [],
    "path_mappings": {},
    "pip_version": "20.3.4-patched",
    "prefer_older_binary": False,
    "requires_python": ["CPython<3.15,>=3.9"],
    "resolver_version": "pip-legacy-resolver",
    "style": "universal",
    "target_systems": ["linux"],
    "transitive": True,
    "use_pep517": None,
    "use_system_time": False,
}


@dataclass(frozen=True)
class _Project:
    """All wheels of one version of a project, and the requirements in their metadata."""

    name: str
    version: Version
    wheels: tuple[Path, ...]
    requires: tuple[Requirement, ...]

    @property
    def locked(self) -> dict[str, Any]:
        return {
            "artifacts": [
                {
                    "algorithm": "sha256",
                    "hash": hashlib.sha256(wheel.read_bytes()).hexdigest(),
                    "url": wheel.as_uri(),
                }
                for wheel in self.wheels
            ],
            "project_name": self.name,
            "requires_dists": [str(each) for each in self.requires],
            "requires_python": None,
            "version": str(self.version),
        }


def create_lock(
    requirements: Iterable[str], wheels: Iterable[Path], pex_version: str
) -> dict[str, Any]:
    """Return the lockfile of these requirements, whose wheels are local and need no index.

    Chooses the newest version of each project that satisfies the first requirement on it. Raises
    `LookupError` if no wheel does. Only PEX can decide about markers, except those of extras, which
    the wheels of tests do not declare.
    """
    available = _read_projects(wheels)
    required = [Requirement(each) for each in requirements]
    locked: dict[str, _Project] = {}
    waiting = list(required)
    while waiting:
        requirement = waiting.pop(0)
        name = canonicalize_name(requirement.name)
        if name in locked or str(requirement.marker or "").startswith("extra == "):
            continue
        if requirement.marker:
            raise ValueError(f"Only PEX can decide whether {requirement} applies.")
        suitable = [
            each for each in available.get(name, ()) if each.version in requirement.specifier
        ]
        if not suitable:
            raise LookupError(f"no wheel satisfies {requirement}")
        locked[name] = max(suitable, key=lambda each: each.version)
        waiting.extend(locked[name].requires)
    return {
        **_SETTINGS,
        "locked_resolves": [
            {
                "locked_requirements": [locked[name].locked for name in sorted(locked)],
                "marker": None,
                "platform_tag": None,
            }
        ],
        "pex_version": pex_version,
        "requirements": sorted(map(str, required)),
    }


def _read_projects(wheels: Iterable[Path]) -> dict[str, list[_Project]]:
    by_version: defaultdict[tuple[str, Version], list[Path]] = defaultdict(list)
    for wheel in sorted(wheels):
        name, version, _, _ = parse_wheel_filename(wheel.name)
        by_version[name, version].append(wheel)
    projects: defaultdict[str, list[_Project]] = defaultdict(list)
    for (project, version), files in by_version.items():
        requires = tuple(_requires(files[0]))
        projects[project].append(_Project(project, version, tuple(files), requires))
    return projects


def _requires(wheel: Path) -> Iterator[Requirement]:
    with zipfile.ZipFile(wheel) as archive:
        path = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(path).decode())
    for each in metadata.get_all("Requires-Dist", ()):
        yield Requirement(each)
