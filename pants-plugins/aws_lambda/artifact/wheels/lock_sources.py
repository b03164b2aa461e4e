"""Read the locked versions in the files of other tools: uv, Poetry, pip-tools and others.

The content of a file decides its format, and its name does not. Files in TOML arrive as documents,
because only a program with a library can parse them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from posixpath import dirname
from typing import Any

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from aws_lambda.artifact.commands import lock_command
from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.artifact.platforms.platform import CompletePlatform


class InvalidLockSource(ConfigurationError):
    """The option `lock_sources` names an unknown resolve, or a file that is no lock. The file may
    be missing, or in a format that the backend cannot read.

    To fix, name a resolve of `[python].resolves`, and a `uv.lock`, `poetry.lock`, `pylock.toml`,
    `Pipfile.lock` or requirements file with its path from the root of the repository.
    """


class LockTool(Enum):
    """The tool that writes a lock, and its name in messages."""

    UV = "uv"
    POETRY = "Poetry"
    PYLOCK = "pylock.toml"
    PIPENV = "Pipenv"
    REQUIREMENTS = "requirements"


@dataclass(frozen=True)
class SourcePin:
    """A distribution in a lock.

    `name` is normalized. `version` is `""` if the lock does not pin one. The pin is for platforms
    on which one of `markers` holds, or for all if there are none, and for versions of Python that
    `requires_python` allows. `origin` tells where code comes from that no index has, such as
    `git https://example.com/a.git`, or is `""`.
    """

    name: str
    version: str
    markers: tuple[str, ...] = ()
    requires_python: str = ""
    origin: str = ""

    def may_apply(self, platform: CompletePlatform) -> bool:
        """Whether the pin may be for a platform. Markers that cannot be evaluated count as true."""
        python = platform.markers.get("python_full_version", "")
        return _allows(self.requires_python, python) and (
            not self.markers or any(_may_hold(marker, platform) for marker in self.markers)
        )


@dataclass(frozen=True)
class LockSource:
    """The lock of another tool.

    `path` is relative to the root of the repository. `pins` are sorted. `unread` are lines or
    sections that this backend does not follow, such as `-r other.txt`.
    """

    path: str
    tool: LockTool
    pins: tuple[SourcePin, ...]
    unread: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder of the file, or `""` for the root of the repository."""
        return dirname(self.path)


def is_toml(content: str) -> bool:
    """Whether a lock is in TOML. No line of a requirements file begins with a bracket."""
    return bool(re.search(r"^\[+ *[\w.\"-]+ *\]+ *(#.*)?$", content, re.MULTILINE))


def read_text_lock(path: str, content: str, *, option: str) -> LockSource:
    """Read a `Pipfile.lock` or a requirements file.

    `option` is the entry of `lock_sources` for messages. Raises `InvalidLockSource`.
    """
    if content.lstrip().startswith("{"):
        try:
            document = json.loads(content)
        except ValueError as error:
            raise unusable(option, path, f"not valid JSON: {error}") from None
        if "pipfile-spec" not in str(document.get("_meta")):
            raise unusable(option, path, "JSON, but not a Pipfile.lock")
        return _source(path, LockTool.PIPENV, _pipenv_pins(document))
    pins, unread = _read_requirements(content)
    if not any(pin.version for pin in pins):
        raise unusable(option, path, "no line pins a version with `==`")
    return _source(path, LockTool.REQUIREMENTS, pins, unread)


def read_toml_lock(path: str, document: Mapping[str, Any], *, option: str) -> LockSource:
    """Read the TOML document of `uv.lock`, `poetry.lock` or `pylock.toml`.

    `option` is the entry of `lock_sources` for messages. Raises `InvalidLockSource`.
    """
    if "lock-version" in document and "packages" in document:
        return _source(path, LockTool.PYLOCK, _pylock_pins(document["packages"]))
    packages = document.get("package", ())
    if "lock-version" in document.get("metadata", {}):
        return _source(path, LockTool.POETRY, map(_poetry_pin, packages))
    if packages and all("source" in package for package in packages):
        return _source(path, LockTool.UV, map(_uv_pin, packages))
    raise unusable(option, path, "TOML, but not uv.lock, poetry.lock or pylock.toml")


def unusable(option: str, path: str, problem: str) -> InvalidLockSource:
    """The error for a file that is not a lock."""
    return InvalidLockSource(
        describe(
            "`[aws-lambda].lock_sources` names a file that cannot be read as a lock.",
            facts=columns([("lock_sources", option), (path, problem)]),
            fix="name a uv.lock, poetry.lock, pylock.toml, Pipfile.lock, or a requirements file "
            "with pinned versions.",
        )
    )


def check_resolve_exists(resolve: str, path: str, resolves: Iterable[str]) -> None:
    """Raise `InvalidLockSource` if `lock_sources` names a resolve that does not exist."""
    if resolve not in resolves:
        raise InvalidLockSource(
            describe(
                "`[aws-lambda].lock_sources` names a resolve that does not exist.",
                facts=columns(
                    [
                        ("lock_sources", f"{resolve} = {path}"),
                        ("[python].resolves", ", ".join(sorted(resolves)) or "none"),
                    ]
                ),
                fix="name a resolve of `[python].resolves`.",
            )
        )


def constraint_commands(source: LockSource, *, resolve: str, constraints: str) -> tuple[str, ...]:
    """The commands that lock a resolve with the versions of a source.

    `constraints` is the path of the resolve's constraints file. The first command depends on the
    tool, and is not needed if the source itself is the constraints file. It leaves out extras,
    editable code and folders, which pip refuses in constraints. It leaves out hashes as well: with
    one of them, pip refuses requirements that are not pinned.
    """
    if source.path == constraints:
        return (lock_command(resolve),)
    return (_export_command(source, constraints), lock_command(resolve))


# Removes comments, hashes, extras, and the lines of options, folders and editable requirements.
_SED = r"sed -E 's/ +(#|--hash|\\).*//; s/^([A-Za-z0-9._-]+)\[[^]]*\]/\1/; /^(#|-|\.|$)/d'"
_PRINT_PINS = (
    "python3 -c 'import sys, tomllib; "
    '[print(p["name"] + "==" + p["version"]) '
    'for p in tomllib.load(sys.stdin.buffer)["packages"] if "version" in p]\''
)


def _export_command(source: LockSource, constraints: str) -> str:
    folder = source.folder
    if source.tool is LockTool.UV:
        project = f" --project {folder}" if folder else ""
        return (
            f"uv export{project} --frozen --all-packages --all-extras --all-groups --no-hashes "
            f"--no-annotate --no-header --no-emit-local --output-file {constraints}"
        )
    if source.tool is LockTool.POETRY:
        project = f" --project {folder}" if folder else ""
        return (
            f"poetry export{project} --format constraints.txt --all-extras --all-groups "
            f"--without-hashes --without-urls --output {constraints}"
        )
    if source.tool is LockTool.PIPENV:
        pipfile = f"PIPENV_PIPFILE={folder}/Pipfile " if folder else ""
        return f"{pipfile}pipenv requirements --dev | {_SED} > {constraints}"
    if source.tool is LockTool.PYLOCK:
        return f"{_PRINT_PINS} < {source.path} > {constraints}"
    return f"{_SED} {source.path} > {constraints}"


def _source(
    path: str, tool: LockTool, pins: Iterable[SourcePin], unread: Iterable[str] = ()
) -> LockSource:
    ordered = sorted(pins, key=lambda pin: (pin.name, pin.version, pin.markers))
    return LockSource(path, tool, tuple(ordered), tuple(unread))


def _uv_pin(package: Mapping[str, Any]) -> SourcePin:
    source = package["source"]
    return SourcePin(
        normalize_name(package["name"]),
        package.get("version", ""),
        tuple(package.get("resolution-markers", ())),
        origin="" if "registry" in source else _origin(source),
    )


def _poetry_pin(package: Mapping[str, Any]) -> SourcePin:
    source = package.get("source", {})
    kind = source.get("type", "legacy")
    python = package.get("python-versions", "*")
    return SourcePin(
        normalize_name(package["name"]),
        package.get("version", ""),
        _poetry_markers(package),
        "" if python == "*" else python,
        "" if kind == "legacy" else f"{kind} {source.get('url', '')}".strip(),
    )


def _poetry_markers(package: Mapping[str, Any]) -> tuple[str, ...]:
    """The markers of a package, one for all groups or one for each group that has one."""
    markers = package.get("markers", "")
    if isinstance(markers, str):
        return (markers,) if markers else ()
    if set(package.get("groups", ())) - set(markers):
        return ()
    return tuple(sorted(markers.values()))


def _pylock_pins(packages: Sequence[Mapping[str, Any]]) -> Iterator[SourcePin]:
    for package in packages:
        elsewhere = {key: package[key] for key in ("vcs", "directory", "archive") if key in package}
        marker = package.get("marker", "")
        yield SourcePin(
            normalize_name(package["name"]),
            package.get("version", ""),
            (marker,) if marker else (),
            package.get("requires-python", ""),
            next((_origin({key: value}) for key, value in elsewhere.items()), ""),
        )


def _pipenv_pins(document: Mapping[str, Any]) -> Iterator[SourcePin]:
    # The section `default` wins, as it does when Pipenv installs both.
    for name, entry in {**document.get("develop", {}), **document.get("default", {})}.items():
        elsewhere = {key: entry[key] for key in ("git", "path", "file") if key in entry}
        version = entry.get("version", "")
        marker = entry.get("markers", "")
        yield SourcePin(
            normalize_name(name),
            version.lstrip("=") if version.startswith("==") else "",
            (marker,) if marker else (),
            origin=next((_origin({key: value}) for key, value in elsewhere.items()), ""),
        )


def _origin(source: Mapping[str, Any]) -> str:
    """The words for a source table such as `{git = "https://..."}` or `{vcs = {url = "..."}}`."""
    kind, place = next(iter(source.items()))
    if isinstance(place, Mapping):
        kind = place.get("type", kind)
        place = place.get("url") or place.get("path") or ""
    return f"{kind} {place}".strip()


def _read_requirements(content: str) -> tuple[list[SourcePin], list[str]]:
    """Return the pins of a requirements file, and the lines that may hide further pins."""
    pins, unread = [], []
    for line in _logical_lines(content):
        text = re.sub(r"\s--[\w-]+(=|\s+)\S+", "", line)
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            # Options, folders and editable requirements pin nothing. Other files may do.
            if re.match(r"(-r|--requirement)\b", line) or not re.match(r"-|\.|/|[\w+]+:", line):
                unread.append(line)
            continue
        pins.append(
            SourcePin(
                normalize_name(requirement.name),
                _pinned_version(requirement),
                (str(requirement.marker),) if requirement.marker else (),
                origin=f"url {requirement.url}" if requirement.url else "",
            )
        )
    return pins, unread


def _logical_lines(content: str) -> Iterator[str]:
    """Yield the lines of a requirements file, joined, without comments and empty lines."""
    for line in re.sub(r"\\\r?\n", " ", content).splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if text:
            yield text


def _pinned_version(requirement: Requirement) -> str:
    """The version of a requirement with a single `==`, or `""`."""
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator not in ("==", "==="):
        return ""
    version = str(specifiers[0].version)
    return "" if version.endswith(".*") else version


def _may_hold(text: str, platform: CompletePlatform) -> bool:
    """Whether a marker holds on a platform for any extra that it names, or for none."""
    try:
        marker = Marker(text)
        extras = ["", *re.findall(r"""["']([^"']*)["']""", text if "extra" in text else "")]
        return any(marker.evaluate({**platform.markers, "extra": extra}) for extra in extras)
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return True


def _allows(specifiers: str, python: str) -> bool:
    if not specifiers or not python:
        return True
    try:
        return bool(SpecifierSet(specifiers).contains(python, prereleases=True))
    except InvalidSpecifier:
        return True
