"""The modules that Python can import from the entries of its path, and the facts about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from aws_lambda.artifact.contents import ArtifactFile


class ImportKind(Enum):
    """When an import runs. The values are those of `sandbox/read_module.py`.

    `CERTAIN` imports run whenever their module does. `GUARDED` ones are in a `try`, `if`, loop
    or `with`, `DEFERRED` ones in functions, and `TYPING` ones are for type checkers only.
    """

    CERTAIN = "c"
    GUARDED = "g"
    DEFERRED = "d"
    TYPING = "t"


@dataclass(frozen=True)
class Import:
    """The statement `import module`, or `from module import names` if there are `names`.

    `module` is absolute. It starts with dots only if they lead above the top-level package.
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
    """A string literal in a module that may name a module, a file or a folder.

    `is_path` says that the code uses it as a path, so it may name a folder.
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
        """Whether the module binds no other names than the facts show."""
        return self.is_read and not (self.dynamic or self.lazy or self.extends_path)


UNREAD_FACTS = ModuleFacts(is_read=False)


def parse_facts(report: Mapping[str, Any]) -> ModuleFacts:
    """The facts in the report of `sandbox/read_module.py` on one file."""
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
    """The facts in the report of `sandbox/read_module.py` on a whole wheel, by entry."""
    return {entry: parse_facts(each) for entry, each in report.items()}


@dataclass(frozen=True)
class PathEntry:
    """An entry of `sys.path`: the files of an artifact, and the folder `root` in it.

    The modules are computed once, so functions that attach the same layer should share the object.
    """

    files: Sequence[ArtifactFile]
    root: str = ""

    @cached_property
    def modules(self) -> Mapping[str, ArtifactFile]:
        """The files that Python can import, by their path below the root without the suffix.

        Python prefers an extension module to a source file, and a source file to bytecode.
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
        """The folders below the root. Python can import any of them as a namespace package."""
        found: set[str] = set()
        for path, _ in self._below():
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def names_in(self, folder: str) -> Iterator[str]:
        """The names of modules and folders in a folder below the root, `""` for the root."""
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
    """A module that Python finds under a dotted name.

    `file` is `None` for a namespace package (PEP 420). `entry_index` is the index of its path
    entry. `folders` are the folders in which Python looks for modules of a package, in order, each
    with the index of its path entry.
    """

    name: str
    file: ArtifactFile | None
    entry_index: int
    folders: tuple[tuple[int, str], ...]

    @property
    def is_first_party(self) -> bool:
        return self.file is not None and not self.file.is_third_party


@dataclass(frozen=True)
class ImportableModules:
    """The modules that Python finds in path entries, in order, and the facts about them.

    `read` returns the facts about a file, or `None` if they are unknown.
    """

    path_entries: Sequence[PathEntry]
    read: Callable[[ArtifactFile], ModuleFacts | None]
    _found: dict[str, Module | None] = field(default_factory=dict, repr=False)

    def find(self, name: str) -> Module | None:
        """The module that `import name` finds, or `None`.

        Prefer the first regular package or module to a namespace package of all folders.
        """
        if name not in self._found:
            self._found[name] = self._look_for(name)
        return self._found[name]

    def facts(self, module: Module) -> ModuleFacts:
        """The facts about a module, `UNREAD_FACTS` if they are unknown."""
        if module.file is None:
            return ModuleFacts()
        return self.read(module.file) or UNREAD_FACTS

    def names_in(self, package: str) -> frozenset[str]:
        """The names of the modules in a package, or at the top level for `""`."""
        return frozenset(
            name
            for index, folder in self._folders_of(package)
            for name in self.path_entries[index].names_in(folder)
        )

    def _look_for(self, name: str) -> Module | None:
        package, _, last = name.rpartition(".")
        portions: list[tuple[int, str]] = []
        for index, folder in self._folders_of(package):
            entry = self.path_entries[index]
            path = f"{folder}/{last}" if folder else last
            if f"{path}/__init__" in entry.modules:
                return Module(name, entry.modules[f"{path}/__init__"], index, ((index, path),))
            if path in entry.modules:
                return Module(name, entry.modules[path], index, ())
            if path in entry.folders:
                portions.append((index, path))
        return Module(name, None, portions[0][0], tuple(portions)) if portions else None

    def _folders_of(self, package: str) -> Sequence[tuple[int, str]]:
        if not package:
            return [(index, "") for index in range(len(self.path_entries))]
        module = self.find(package)
        return module.folders if module else ()


def dotted_prefixes(name: str) -> Iterator[str]:
    """The modules that an import of `name` imports: `a`, `a.b` and `a.b.c` for `a.b.c`."""
    end = name.find(".")
    while end != -1:
        yield name[:end]
        end = name.find(".", end + 1)
    yield name
