"""Compares the files of two builds of a function, and explains the differences.

The old build may be one of any tool. The reasons come from the facts that decided what the new
build contains. A difference for which no fact is known has no reason.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.errors import columns
from aws_lambda.artifact.output.manifest import format_bytes

# The owner of files with which PEX and Lambdex start the code.
STARTUP = "PEX and Lambdex"
_STARTUP_FILES = {"PEX-INFO", "LAMBDEX-INFO", "lambdex_handler.py", "__main__.py", ".layout.json"}
_STARTUP_FOLDERS = {".bootstrap", "__pex__"}
# The folder of a PEX that contains a folder for each wheel.
_WHEELS_OF_PEX = ".deps/"
_SCRIPTS_OF_PEX = ".prefix/bin/"
_ENTRY_POINT = "lambda_function.py"
_OWN_CODE = "your own code"
# Files that installers add to `*.dist-info`, or rewrite.
_INSTALLER_FILES = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_DIST_INFO = re.compile(r"^([^/]+?)-([^/-]+)\.dist-info/")
# What the page shows: rows for each reason, and paths for each row.
_MOST_ROWS = 12
_MOST_PATHS = 3

_UNKNOWN = "The comparison cannot tell why."
_BYTECODE = "Bytecode, which each tool compiles or leaves out by its own rules."
_ENTRY = "The entry point, which each tool writes itself."
_INSTALLER = "Metadata that installers add, each in its own way."
_NOT_NEEDED = "The new target neither imports nor requires it."
_SCRIPTS = "Scripts, which an artifact contains if `scripts` names them."
_STARTUP_REASON = "The old tool starts the code with these files."
_NO_REQUIREMENTS = "The old build contains no third-party code."
_TYPING = "Only type checkers need it."
_PROVIDED = "The runtime contains it, according to `provided`."
_NAMESPACE = "An empty `__init__.py` of a package in `namespace_packages`."

# Reasons that hold for files of all owners alike.
_NOT_BY_OWNER = (_BYTECODE, _INSTALLER)


@dataclass(frozen=True)
class PackedFile:
    """A file of a build. `owner` is a distribution such as `click 8.1.7`, `STARTUP`, or `""`.

    `size` is in bytes, and `crc` is the CRC-32 of the content.
    """

    path: str
    size: int
    crc: int
    owner: str = ""

    @property
    def project(self) -> str:
        """The normalized name of the distribution; `""` for other owners."""
        return "" if self.owner == STARTUP else self.owner.partition(" ")[0]

    @property
    def version(self) -> str:
        return "" if self.owner == STARTUP else self.owner.partition(" ")[2]


@dataclass(frozen=True)
class SplitFacts:
    """What decided the contents of the new build.

    `closure` are the paths of the closure before layers, and `closure_projects` its distributions.
    `layer_files` maps paths of first-party files to the address of a layer, and `layer_projects`
    maps distributions to a layer. `provided` and `typing_projects` are names of distributions.
    `excluded` maps paths to the entry of `exclude` or `collisions`. `winners` maps paths of
    collisions to the owner whose file won. `appended` are paths whose file got another line.
    `namespace_files` are paths of first-party files that may be left out, and `typing_sources` are
    paths in the repository that were.
    """

    closure: frozenset[str] = frozenset()
    closure_projects: frozenset[str] = frozenset()
    layer_files: Mapping[str, str] = field(default_factory=dict)
    layer_projects: Mapping[str, str] = field(default_factory=dict)
    provided: frozenset[str] = frozenset()
    typing_projects: frozenset[str] = frozenset()
    typing_sources: frozenset[str] = frozenset()
    namespace_files: frozenset[str] = frozenset()
    excluded: Mapping[str, str] = field(default_factory=dict)
    winners: Mapping[str, str] = field(default_factory=dict)
    appended: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Build:
    """The files of the artifact of a target."""

    address: str
    files: tuple[PackedFile, ...]

    def __str__(self) -> str:
        size = format_bytes(sum(file.size for file in self.files))
        return f"{_count(len(self.files))}, {size}"


@dataclass(frozen=True)
class Difference:
    """Files of one owner that differ for one reason."""

    reason: str
    owner: str
    files: tuple[PackedFile, ...]


@dataclass(frozen=True)
class Comparison:
    """The differences of two builds. Files with the same path and content are equal."""

    old: Build
    new: Build
    only_old: tuple[Difference, ...]
    only_new: tuple[Difference, ...]
    different: tuple[Difference, ...]
    equal: int


def unpack_pex(files: Iterable[PackedFile]) -> tuple[PackedFile, ...]:
    """Give the files of a PEX, as Lambdex packs it, the paths from which Python imports them.

    A PEX contains each wheel in a folder of its own. Files without a wheel keep their owner.
    """
    every = tuple(files)
    is_pex = any(file.path == "PEX-INFO" for file in every)
    return tuple(map(_unpack, every)) if is_pex else every


def _unpack(file: PackedFile) -> PackedFile:
    first, _, rest = file.path.partition("/")
    if file.path.startswith(_WHEELS_OF_PEX) and "/" in rest:
        wheel, _, path = rest.partition("/")
        if path in _STARTUP_FILES or path.partition("/")[0].endswith(".pex-info"):
            return replace(file, owner=STARTUP)
        if path.startswith(_SCRIPTS_OF_PEX):
            path = path[len(_SCRIPTS_OF_PEX) - len("bin/") :]
        name, version = wheel.split("-")[:2] if wheel.count("-") > 1 else (wheel, "")
        return replace(file, path=path, owner=f"{normalize_name(name)} {version}")
    if first in _STARTUP_FOLDERS or file.path in _STARTUP_FILES:
        return replace(file, owner=STARTUP)
    return file


def owners_by_record(records: Mapping[str, str]) -> dict[str, str]:
    """Return the distribution of each installed file, by path.

    `records` maps the paths of `RECORD` files to their contents.
    """
    owners: dict[str, str] = {}
    for record, content in records.items():
        found = _DIST_INFO.match(record)
        if found:
            owner = f"{normalize_name(found[1])} {found[2]}"
            for line in content.splitlines():
                # The last two columns are a hash and a size. A path may contain a comma.
                path = line.rsplit(",", 2)[0].strip('"')
                while path.startswith("../"):
                    path = path[len("../") :]
                owners[path] = owner
    return owners


def with_owners(files: Iterable[PackedFile], owners: Mapping[str, str]) -> tuple[PackedFile, ...]:
    """Add the owners of files, by path, and give bytecode and metadata that of its distribution."""
    infos = {path.partition("/")[0]: owner for path, owner in owners.items() if _is_info(path)}
    return tuple(
        file if file.owner else replace(file, owner=_owner_of(file.path, owners, infos))
        for file in files
    )


def _owner_of(path: str, owners: Mapping[str, str], infos: Mapping[str, str]) -> str:
    if path in owners:
        return owners[path]
    return owners.get(_source_of(path), infos.get(path.partition("/")[0], ""))


def _is_info(path: str) -> bool:
    return _DIST_INFO.match(path) is not None


def _source_of(path: str) -> str:
    """Return the path of the module of a bytecode file, or the path itself."""
    folder, found, name = path.rpartition("__pycache__/")
    return f"{folder}{name.partition('.')[0]}.py" if found else path


def _is_bytecode(path: str) -> bool:
    return path.endswith(".pyc")


def compare_builds(old: Build, new: Build, facts: SplitFacts) -> Comparison:
    """Find the files that only one of the builds contains, or that differ, and say why."""
    olds, news = ({file.path: file for file in build.files} for build in (old, new))
    versions = {file.project: file.version for file in new.files if file.project}
    old_versions = {file.project: file.version for file in old.files if file.project}
    upgraded = {
        project
        for project, version in old_versions.items()
        if versions.get(project, version) != version
    }

    def is_equal(file: PackedFile) -> bool:
        other = olds.get(file.path)
        return other is not None and (other.size, other.crc) == (file.size, file.crc)

    only_old = [file for path, file in olds.items() if path not in news]
    only_new = [file for path, file in news.items() if path not in olds]
    both = [file for path, file in news.items() if path in olds and not is_equal(file)]

    def why_different(file: PackedFile) -> str:
        if file.project in upgraded and not _is_bytecode(file.path):
            return f"The builds contain different versions: {old_versions[file.project]} is old."
        return _why_different(file, facts)

    # All files of a distribution with another version are one difference.
    replaced = [file for file in only_new if file.project in upgraded]
    return Comparison(
        old,
        new,
        only_old=_grouped(
            (_why_only_old(file, facts, versions), file)
            for file in only_old
            if file.project not in upgraded
        ),
        only_new=_grouped(
            (_why_only_new(file, facts, old_versions), file)
            for file in only_new
            if file.project not in upgraded
        ),
        different=_grouped((why_different(file), file) for file in (*both, *replaced)),
        equal=sum(map(is_equal, new.files)),
    )


def _why_only_old(file: PackedFile, facts: SplitFacts, versions: Mapping[str, str]) -> str:
    path = file.path
    if file.owner == STARTUP:
        return _STARTUP_REASON
    if path in facts.excluded:
        return f"The entry `{facts.excluded[path]}` leaves it out."
    if path in facts.winners:
        return f"Another owner of the path won: {facts.winners[path]}."
    if file.project:
        return _why_without_project(file, facts, versions)
    if _is_bytecode(path):
        return _BYTECODE
    if path in facts.layer_files:
        return f"The layer {facts.layer_files[path]} contains it."
    if any(f"/{source}".endswith(f"/{path}") for source in facts.typing_sources):
        return _TYPING
    if path in facts.namespace_files:
        return _NAMESPACE
    if path == _ENTRY_POINT:
        return _ENTRY
    return _UNKNOWN if path in facts.closure or not path.endswith(".py") else _NOT_NEEDED


def _why_without_project(file: PackedFile, facts: SplitFacts, versions: Mapping[str, str]) -> str:
    """Say why the new build lacks a file of a distribution."""
    project = file.project
    if project in facts.layer_projects:
        return f"The layer {facts.layer_projects[project]} contains it."
    if project in facts.provided:
        return _PROVIDED
    if project in versions:
        if _is_bytecode(file.path):
            return _BYTECODE
        if file.path.startswith("bin/"):
            return _SCRIPTS
        is_installers = file.path.rpartition("/")[2] in _INSTALLER_FILES and _is_info(file.path)
        return _INSTALLER if is_installers else _UNKNOWN
    if project in facts.typing_projects:
        return _TYPING
    return _UNKNOWN if project in facts.closure_projects else _NOT_NEEDED


def _why_only_new(file: PackedFile, facts: SplitFacts, old_versions: Mapping[str, str]) -> str:
    if _is_bytecode(file.path):
        return _BYTECODE
    if file.path == _ENTRY_POINT or file.path in facts.appended:
        return _ENTRY
    if not file.project:
        return _UNKNOWN
    if file.project in old_versions:
        is_installers = file.path.rpartition("/")[2] in _INSTALLER_FILES and _is_info(file.path)
        return _INSTALLER if is_installers else _UNKNOWN
    return _UNKNOWN if old_versions else _NO_REQUIREMENTS


def _why_different(file: PackedFile, facts: SplitFacts) -> str:
    if _is_bytecode(file.path):
        return _BYTECODE
    if file.path in facts.winners:
        return f"Another owner of the path won: {facts.winners[file.path]}."
    if file.path == _ENTRY_POINT or file.path in facts.appended:
        return _ENTRY
    if _is_info(file.path) and file.path.rpartition("/")[2] in _INSTALLER_FILES:
        return _INSTALLER
    return _UNKNOWN


def _grouped(found: Iterable[tuple[str, PackedFile]]) -> tuple[Difference, ...]:
    """Group files by reason and owner: own code first, and unknown reasons last."""
    groups: dict[tuple[str, str], list[PackedFile]] = defaultdict(list)
    for reason, file in found:
        groups[reason, file.owner].append(file)
    return tuple(
        Difference(reason, owner, tuple(sorted(files, key=lambda file: file.path)))
        for (reason, owner), files in sorted(
            groups.items(), key=lambda each: (each[0][0] == _UNKNOWN, each[0])
        )
    )


def describe_comparison(comparison: Comparison) -> str:
    """The comparison as a page: differences by reason and owner."""
    old, new = comparison.old, comparison.new
    sections = [
        (f"Only in {old.address}", comparison.only_old),
        (f"Only in {new.address}", comparison.only_new),
        ("Different in both", comparison.different),
    ]
    return "\n\n".join(
        [
            "\n".join(columns([(old.address, str(old)), (new.address, str(new))])),
            *(_section(title, found) for title, found in sections if found),
            f"Equal in both: {_count(comparison.equal)}.",
        ]
    )


def _section(title: str, differences: Sequence[Difference]) -> str:
    by_reason: dict[str, list[Difference]] = defaultdict(list)
    for each in differences:
        by_reason[each.reason].append(each)
    every = [file for each in differences for file in each.files]
    blocks = [f"{title}: {_count(len(every))}, {format_bytes(sum(f.size for f in every))}"]
    for reason, found in by_reason.items():
        if reason in _NOT_BY_OWNER:
            found = [_merged(found)]
        shown = sorted(found, key=_weight, reverse=True)[:_MOST_ROWS]
        rest = [file for each in found if each not in shown for file in each.files]
        rows = columns([_row(each) for each in shown])
        more = [f"{len(found) - len(shown)} more: {_count(len(rest))}"] if rest else []
        blocks.append("\n".join([f"  {reason}", *(f"    {row}" for row in (*rows, *more))]))
    return "\n".join(blocks)


def _merged(differences: Sequence[Difference]) -> Difference:
    """One difference for the files of all owners."""
    files = tuple(file for each in differences for file in each.files)
    owners = len(differences)
    owner = f"{owners} owners" if owners > 1 else differences[0].owner
    return Difference(differences[0].reason, owner, files)


def _weight(difference: Difference) -> int:
    return sum(file.size for file in difference.files)


def _row(difference: Difference) -> tuple[str, ...]:
    files = difference.files
    count, size = _count(len(files)), format_bytes(_weight(difference))
    # The name of a distribution is enough, unless only one of its files differs.
    is_named = difference.owner and len(files) > 1
    paths = [file.path for file in files[: 0 if is_named else _MOST_PATHS]]
    if paths and len(files) > len(paths):
        paths.append("…")
    return difference.owner or _OWN_CODE, count, size, ", ".join(paths)


def _count(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"
