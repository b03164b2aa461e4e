"""What Python could import from the entries of its path, and what was read off each module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from aws_lambda.artifact.contents import ArtifactFile


class ImportKind(Enum):
    """How surely an import runs when its module is imported: the letters of `read_module.py`."""

    CERTAIN = "c"
    GUARDED = "g"
    DEFERRED = "d"
    TYPING = "t"


@dataclass(frozen=True)
class Import:
    """`import module`, or with `names` `from module import names`.

    The module is absolute; it has dots before it only where they lead above the top.
    """

    kind: ImportKind
    module: str
    names: tuple[str, ...]
    line: int

    @property
    def is_above_top(self) -> bool:
        return self.module.startswith(".")


@dataclass(frozen=True)
class PossibleName:
    """A text in a module's source that may name a module, a file or a folder.

    `is_path` says that the code uses it as a path, so that it may name a folder.
    """

    text: str
    line: int
    is_path: bool = False


@dataclass(frozen=True)
class ModuleFacts:
    """The facts that `read_module.py` found in the source of a module.

    The facts of modules in wheels are limited to the imports, `lazy`, `provided_modules`,
    `changes_path`, `loads_plugins` and `sdk`.

    `imports`: all imports, in functions as well.
    `lazy`: the module has a `__getattr__`.
    `names`: the names that it binds, for type checkers at least.
    `dynamic`: it may bind names that its source does not show.
    `extends_path`: its package may be in further folders.
    `is_read`: whether the source could be parsed. If not, `syntax_error` may say why.
    `provided_modules`: modules that it adds to `sys.modules`.
    `changes_path`: Python may find other modules once it has run.
    `assigned_names`: attributes that it sets on modules that it imports.
    `module_texts`, `file_texts`: string literals that may name modules, or files and folders.
    `typing_only_names`: names that it imports for type checkers only.
    `names_in_strings`: those of them, and of the packages above them, that its strings contain.
    `loads_plugins`: it may look for entry points.
    `words`: string literals and URL schemes that may name a plugin, each with its line.
    `sdk`: the modules of boto3 and botocore that it imports, in functions as well.
    """

    imports: tuple[Import, ...] = ()
    lazy: bool = False
    names: frozenset[str] = frozenset()
    dynamic: bool = False
    extends_path: bool = False
    is_read: bool = True
    provided_modules: frozenset[str] = frozenset()
    changes_path: bool = False
    syntax_error: str = ""
    assigned_names: frozenset[str] = frozenset()
    module_texts: tuple[PossibleName, ...] = ()
    file_texts: tuple[PossibleName, ...] = ()
    typing_only_names: frozenset[str] = frozenset()
    names_in_strings: frozenset[str] = frozenset()
    loads_plugins: bool = False
    words: tuple[tuple[str, int], ...] = ()
    sdk: frozenset[str] = frozenset()

    @property
    def is_complete(self) -> bool:
        """Whether what the module does not show is not there."""
        return self.is_read and not (self.dynamic or self.lazy or self.extends_path)


UNREAD_FACTS = ModuleFacts(is_read=False)


def parse_facts(report: Mapping[str, Any]) -> ModuleFacts:
    """What `read_module.py` reports of one file."""
    if "imports" not in report:
        return ModuleFacts(is_read=False, syntax_error=report.get("syntax_error", ""))
    return ModuleFacts(
        tuple(
            Import(ImportKind(kind), module, tuple(names), line)
            for kind, module, names, line in report["imports"]
        ),
        report.get("lazy", False),
        frozenset([*report.get("names", ()), *report.get("hinted", ())]),
        report.get("dynamic", False),
        report.get("extends_path", False) or report.get("names_path", False),
        provided_modules=frozenset(report.get("provides", ())),
        changes_path=report.get("changes_path", False),
        assigned_names=frozenset(report.get("sets", ())),
        module_texts=tuple(PossibleName(*each) for each in report.get("module_texts", ())),
        file_texts=tuple(PossibleName(*each) for each in report.get("file_texts", ())),
        typing_only_names=frozenset(report.get("typed", ())),
        names_in_strings=frozenset(report.get("spelled", ())),
        loads_plugins=report.get("loads_plugins", False),
        words=tuple(sorted(report.get("words", {}).items())),
        sdk=frozenset(report.get("sdk", ())),
    )


def parse_wheel_facts(report: Mapping[str, Mapping[str, Any]]) -> Mapping[str, ModuleFacts]:
    """What `read_module.py` reports of a whole wheel, by entry."""
    return {entry: parse_facts(each) for entry, each in report.items()}


@dataclass(frozen=True)
class PathEntry:
    """An entry of `sys.path`: the files of an artifact, and the folder in it that is the entry.

    Looked through once: functions that attach the same layer do well to share it.
    """

    files: Sequence[ArtifactFile]
    root: str = ""

    @cached_property
    def modules(self) -> Mapping[str, ArtifactFile]:
        """The files that can be imported, by their path below the root without its suffix.

        Of the same name, Python takes an extension, else the source, else bytecode without one.
        """
        extensions: dict[str, ArtifactFile] = {}
        sources: dict[str, ArtifactFile] = {}
        bytecode: dict[str, ArtifactFile] = {}
        for path, file in self._below():
            if path.endswith(".py"):
                sources[path[: -len(".py")]] = file
            elif path.endswith(".so"):
                folder, slash, name = path.rpartition("/")
                extensions[folder + slash + name.partition(".")[0]] = file
            elif path.endswith(".pyc") and "__pycache__/" not in path:
                bytecode[path[: -len(".pyc")]] = file
        return {**bytecode, **sources, **extensions}

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder below the root. Python imports any, whatever it holds."""
        found: set[str] = set()
        for path, _ in self._below():
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def names_in(self, folder: str) -> Iterator[str]:
        """What can be imported from a folder below the root."""
        for path in (*self.modules, *self.folders):
            parent, _, name = path.rpartition("/")
            if parent == folder and name.isidentifier():
                yield name

    def _below(self) -> Iterator[tuple[str, ArtifactFile]]:
        start = f"{self.root}/" if self.root else ""
        for file in self.files:
            if file.path.startswith(start):
                yield file.path[len(start) :], file


@dataclass(frozen=True)
class Module:
    """A module by its dotted name. A PEP 420 namespace has no file.

    `place` is its entry of the path, by number; `folders` are where the parts of a package are
    looked for, in order, with the number of their entry each.
    """

    name: str
    file: ArtifactFile | None
    place: int
    folders: tuple[tuple[int, str], ...]

    @property
    def is_first_party(self) -> bool:
        return self.file is not None and not self.file.is_third_party


@dataclass(frozen=True)
class ImportableModules:
    """The modules that Python finds in some places, tried in order, and what is known of them."""

    path_entries: Sequence[PathEntry]
    read: Callable[[ArtifactFile], ModuleFacts | None]
    _found: dict[str, Module | None] = field(default_factory=dict, repr=False)

    def find(self, name: str) -> Module | None:
        """What `import name` finds: the first package or module, else all folders together."""
        if name not in self._found:
            self._found[name] = self._look_for(name)
        return self._found[name]

    def facts(self, module: Module) -> ModuleFacts:
        if module.file is None:
            return ModuleFacts()
        return self.read(module.file) or UNREAD_FACTS

    def names_in(self, package: str) -> frozenset[str]:
        """What can be imported from a package, or at the top for ""."""
        return frozenset(
            name
            for place, folder in self._folders_of(package)
            for name in self.path_entries[place].names_in(folder)
        )

    def _look_for(self, name: str) -> Module | None:
        package, _, last = name.rpartition(".")
        portions: list[tuple[int, str]] = []
        for number, folder in self._folders_of(package):
            place = self.path_entries[number]
            path = f"{folder}/{last}" if folder else last
            if f"{path}/__init__" in place.modules:
                return Module(name, place.modules[f"{path}/__init__"], number, ((number, path),))
            if path in place.modules:
                return Module(name, place.modules[path], number, ())
            if path in place.folders:
                portions.append((number, path))
        return Module(name, None, portions[0][0], tuple(portions)) if portions else None

    def _folders_of(self, package: str) -> Sequence[tuple[int, str]]:
        if not package:
            return [(number, "") for number in range(len(self.path_entries))]
        module = self.find(package)
        return module.folders if module else ()


def dotted_prefixes(name: str) -> Iterator[str]:
    """The modules that `import a.b.c` imports: `a`, `a.b` and `a.b.c`."""
    end = name.find(".")
    while end != -1:
        yield name[:end]
        end = name.find(".", end + 1)
    yield name
