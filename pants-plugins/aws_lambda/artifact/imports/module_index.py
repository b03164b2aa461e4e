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
class Text:
    """A text in a module's source that may name a module, a file or a folder.

    `is_path` says that the code uses it as a path, so that it may name a folder.
    """

    text: str
    line: int
    is_path: bool = False


@dataclass(frozen=True)
class ModuleFacts:
    """What was read off a module; of a wheel's, only imports, laziness and what it provides.

    `lazy` says that it has a `__getattr__`, `dynamic` that it may bind names which are not written
    down, and `extends_path` that its package may lie in folders which nobody sees. `names` are
    bound, if only in the mind of a type checker. `sets` are names that it sets on what it imports,
    `provides` modules that it puts into `sys.modules`; `changes_path` says that Python may find
    others too once it ran. `typed` are the names that it imports for type checkers alone; `spelled`
    are those of them, and of the packages above them, that its strings name. `module_texts` and
    `file_texts` may name modules and files. `loads_plugins` says that it may look for entry points.
    `words` are string literals, and schemes of URLs, that may name a plug-in, each with its line.
    `sdk` are those of boto3 and botocore that a wheel's module imports, in functions as well.
    """

    imports: tuple[Import, ...] = ()
    lazy: bool = False
    names: frozenset[str] = frozenset()
    dynamic: bool = False
    extends_path: bool = False
    is_read: bool = True
    provides: frozenset[str] = frozenset()
    changes_path: bool = False
    syntax_error: str = ""
    sets: frozenset[str] = frozenset()
    module_texts: tuple[Text, ...] = ()
    file_texts: tuple[Text, ...] = ()
    typed: frozenset[str] = frozenset()
    spelled: frozenset[str] = frozenset()
    loads_plugins: bool = False
    words: tuple[tuple[str, int], ...] = ()
    sdk: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
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
        provides=frozenset(report.get("provides", ())),
        changes_path=report.get("changes_path", False),
        sets=frozenset(report.get("sets", ())),
        module_texts=tuple(Text(*each) for each in report.get("module_texts", ())),
        file_texts=tuple(Text(*each) for each in report.get("file_texts", ())),
        typed=frozenset(report.get("typed", ())),
        spelled=frozenset(report.get("spelled", ())),
        loads_plugins=report.get("loads_plugins", False),
        words=tuple(sorted(report.get("words", {}).items())),
        sdk=frozenset(report.get("sdk", ())),
    )


def parse_wheel_facts(report: Mapping[str, Mapping[str, Any]]) -> Mapping[str, ModuleFacts]:
    """What `read_module.py` reports of a whole wheel, by entry."""
    return {entry: parse_facts(each) for entry, each in report.items()}


@dataclass(frozen=True)
class Place:
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
class Modules:
    """The modules that Python finds in some places, tried in order, and what is known of them."""

    places: Sequence[Place]
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
            for name in self.places[place].names_in(folder)
        )

    def _look_for(self, name: str) -> Module | None:
        package, _, last = name.rpartition(".")
        portions: list[tuple[int, str]] = []
        for number, folder in self._folders_of(package):
            place = self.places[number]
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
            return [(number, "") for number in range(len(self.places))]
        module = self.find(package)
        return module.folders if module else ()


def steps(name: str) -> Iterator[str]:
    """The modules that `import a.b.c` imports: `a`, `a.b` and `a.b.c`."""
    end = name.find(".")
    while end != -1:
        yield name[:end]
        end = name.find(".", end + 1)
    yield name
