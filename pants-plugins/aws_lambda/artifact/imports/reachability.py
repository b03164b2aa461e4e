"""The modules that a handler may import, and the imports among them that fail: L005 and L006.

Imports form one graph, whose edges are certain or possible. Findings follow certain edges only:
following all of them gave 282 false findings on 13 correct handlers (November 2026).
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.imports.module_index import (
    Import,
    ImportableModules,
    ImportKind,
    Module,
    ModuleFacts,
    dotted_prefixes,
)
from aws_lambda.artifact.imports.pth_files import EMPTY_SEARCH_PATH, SearchPath
from aws_lambda.artifact.standard_library import public_standard_library, standard_library

# Import names that the runtime provides: AWS's page `lambda-python` and the runtime interface
# client, read 2026-11-21. `bootstrap` is the program that runs the handler.
RUNTIME_MODULES = frozenset(
    {
        *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
        *("awslambdaric", "simplejson", "snapshot_restore_py", "bootstrap", "__main__"),
    }
)
# Modules that CPython's `ensurepip` installs up to 3.11. AWS does not document whether Lambda has
# them, and a doubt must not fail a build.
_ENSUREPIP_MODULES = frozenset({"_distutils_hack", "pip", "pkg_resources", "setuptools"})
_LAST_WITH_SETUPTOOLS = (3, 11)
# CPython's own tests, which are not in `sys.stdlib_module_names` nor in many builds.
_TEST_MODULES = frozenset({"test"})

# The packages of the standard library in 3.9 to 3.15. All other names are plain modules.
_STANDARD_PACKAGES = frozenset(
    {
        *("_pyrepl", "asyncio", "collections", "compression", "concurrent", "ctypes", "curses"),
        *("dbm", "distutils", "email", "encodings", "ensurepip", "html", "http", "idlelib"),
        *("importlib", "json", "lib2to3", "logging", "math", "msilib", "multiprocessing", "os"),
        *("pathlib", "profiling", "pydoc_data", "re", "sqlite3", "string", "sys", "sysconfig"),
        *("tkinter", "tomllib", "turtledemo", "unittest", "urllib", "venv", "wsgiref", "xml"),
        *("xmlrpc", "zipfile", "zoneinfo"),
    }
)

# Attributes that Python sets on every module or package.
_MODULE_ATTRIBUTES = frozenset(
    {
        *("__name__", "__file__", "__doc__", "__path__", "__spec__", "__package__", "__loader__"),
        *("__dict__", "__builtins__", "__annotations__", "__cached__"),
    }
)

# The least ratio of `difflib` for similar names. Its default, 0.6, suggests `colorsys` for
# `colorama`.
_MIN_SIMILARITY = 0.75


@dataclass(frozen=True)
class ReachedModule:
    """A module that may be imported. `importer` is the module that imports it first in a
    breadth-first walk, and `""` for an entry of the walk.
    """

    module: Module
    importer: str


def follow_imports(modules: ImportableModules, entries: Iterable[str]) -> tuple[Module, ...]:
    """The modules with a file that `trace_imports` finds."""
    found = trace_imports(modules, entries)
    return tuple(each.module for each in found.values() if each.module.file)


def follow_calls(modules: ImportableModules, entries: Iterable[str]) -> tuple[Module, ...]:
    """The modules that `follow_imports` finds, and those that it finds from functions in these.

    An import often calls such functions. In 18 stacks, they imported up to half of the code that an
    import ran: a sixth in FastAPI's, half in httpx's. Following functions of the modules that are
    found only then helped Django alone (November 2026).
    """
    found = follow_imports(modules, entries)
    deferred = (
        name
        for module in found
        for each in modules.facts(module).imports
        if each.kind is ImportKind.DEFERRED and not each.is_above_top
        for name in _names(each)
    )
    return follow_imports(modules, [*entries, *deferred])


def trace_imports(
    modules: ImportableModules, entries: Iterable[str]
) -> Mapping[str, ReachedModule]:
    """The modules that may be imported once `entries` are imported, by name, the nearest first.

    Follow every import in first-party code. In third-party code, do not follow imports in
    functions, and follow imports for type checkers only in lazy modules, which list their parts
    there. These rules were measured on 82 distributions (November 2026).
    """
    found: dict[str, ReachedModule | None] = {}
    waiting = deque((each, "") for each in entries)
    while waiting:
        name, importer = waiting.popleft()
        for step in dotted_prefixes(name):
            if step in found:
                continue
            module = modules.find(step)
            if module is None:
                found[step] = None
                break
            found[step] = ReachedModule(module, importer)
            waiting.extend((each, step) for each in _possible(module, modules.facts(module)))
    return {name: each for name, each in found.items() if each}


def _possible(module: Module, facts: ModuleFacts) -> Iterator[str]:
    kinds = set(ImportKind)
    if not module.is_first_party:
        kinds -= {ImportKind.DEFERRED} if facts.lazy else {ImportKind.DEFERRED, ImportKind.TYPING}
    for each in facts.imports:
        if each.kind in kinds and not each.is_above_top:
            yield from _names(each)


def _names(each: Import) -> Iterator[str]:
    """The modules that an import names, and the names that may be modules."""
    yield each.module
    yield from (f"{each.module}.{name}" for name in each.names)


class ImportFailure(Enum):
    """The reason why an import fails."""

    MISSING = "neither the artifact nor the runtime contains it"
    MISSING_HANDLER = "the artifact does not contain the handler's module"
    ABOVE_TOP = "it is relative and leads above the top-level package"
    SYNTAX_ERROR = "its source has a syntax error"
    HIDDEN = "Python or the runtime has a module with the name of its folder"
    IN_MODULE = "it is in a module that is not a package"


@dataclass(frozen=True)
class MissingImport:
    """A module or an attribute whose import is certain to run and to fail.

    `importer` is `None` if Lambda itself imports it, as the handler's module, and `line` is a line
    of the importer. `chain` lists the modules from the handler's to the importer, and `more_places`
    counts the other places with the same import. `imported_name` is the module in the import
    statement. `blamed_file` is the file that should define the name, or that hides it.
    `may_be_elsewhere` says that an unknown layer could contain it. `doubts` are sentences.
    """

    name: str
    importer: Module | None
    line: int
    chain: tuple[str, ...]
    blamed_file: ArtifactFile | None
    similar_names: tuple[str, ...]
    more_places: int = 0
    failure: ImportFailure = ImportFailure.MISSING
    imported_name: str = ""
    may_be_elsewhere: bool = False
    detail: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def project(self) -> str:
        """The distribution that imports it; empty for first-party code."""
        if self.importer is None or self.importer.is_first_party or self.importer.file is None:
            return ""
        return self.importer.file.owner.name


def find_missing_imports(
    modules: ImportableModules,
    entries: Iterable[str],
    *,
    python: tuple[int, int],
    provided: Iterable[str] = (),
    unknown_sources: Sequence[str] = (),
    start: SearchPath = EMPTY_SEARCH_PATH,
) -> tuple[MissingImport, ...]:
    """The imports that are certain to fail when Lambda imports `entries`, sorted by name.

    Follow only imports that run whenever their module does, and report each name once for each
    distribution that imports it. `provided` are import names that the runtime or other layers
    provide. `unknown_sources` are layers and distributions whose modules are unknown. They cause
    doubts, and doubtful imports of third-party code are left out.
    """
    entries = tuple(entries)
    candidates = tuple(_Search(modules, python, provided).run(entries))
    if not candidates:
        return ()
    running = follow_imports(modules, (*entries, *start.modules))
    every = [(module, modules.facts(module)) for module in running]
    added = start.findable_modules(modules, (module.name for module in running)).union(
        *(facts.provided_modules for _, facts in every)
    )
    own = [(m.file.source, facts) for m, facts in every if m.is_first_party and m.file]
    changing = [*start.path_changing_files(modules), *(s for s, facts in own if facts.changes_path)]
    # Such as setuptools, which adds a folder with vendored distributions to the path.
    vendoring = {
        module.file.owner.project
        for module, facts in every
        if module.file and not module.is_first_party and facts.changes_path
    }
    unknown_sources = (*unknown_sources, *start.archives)
    found: dict[tuple[str, str, str], MissingImport] = {}
    for each in candidates:
        if each.project in vendoring or not added.isdisjoint(dotted_prefixes(each.imported_name)):
            continue
        name = each.name.rpartition(".")[2]
        is_name = each.blamed_file is not None and each.failure is ImportFailure.MISSING
        setting = [source for source, facts in own if is_name and name in facts.assigned_names]
        each = replace(
            each, doubts=tuple(_doubts(each, unknown_sources, changing[:1], setting[:1]))
        )
        if each.doubts and each.project:
            continue
        key = (each.name, each.project, each.failure.value)
        found[key] = (
            replace(found[key], more_places=found[key].more_places + 1) if key in found else each
        )
    return tuple(found[key] for key in sorted(found))


def find_sdk_import(
    modules: ImportableModules,
    entries: Iterable[str],
    *,
    python: tuple[int, int],
    provided: Iterable[str] = (),
) -> MissingImport | None:
    """The first import of the SDK that third-party code is certain to run, if the SDK is missing.

    Prefer an import of boto3, which requires botocore. Return `None` if the artifact or a layer
    contains boto3, or `provided` lists it.
    """
    if modules.find("boto3"):
        return None
    search = _Search(modules, python, provided)
    search.available -= {"boto3", "botocore"}
    found: dict[str, MissingImport] = {}
    for each in search.run(entries):
        if each.project and each.name in ("boto3", "botocore"):
            found.setdefault(each.name, each)
    return found.get("boto3") or found.get("botocore")


def _doubts(
    each: MissingImport,
    unknown_sources: Sequence[str],
    changing: Sequence[str],
    setting: Sequence[str],
) -> Iterator[str]:
    if each.failure is ImportFailure.SYNTAX_ERROR:
        return
    if each.detail:
        yield each.detail
    if unknown_sources and each.may_be_elsewhere:
        yield f"{', '.join(unknown_sources)} may contain it."
    yield from (f"{source} may define it." for source in setting)
    in_module = each.blamed_file is not None and not each.blamed_file.path.endswith("/__init__.py")
    if not in_module or each.failure is not ImportFailure.MISSING:
        yield from (f"{source} may change how Python finds modules." for source in changing)


def _normalize(name: str) -> str:
    """The one spelling to compare import names and names of distributions in."""
    return name.casefold().replace("-", "_").replace(".", "_")


class _Search:
    """A breadth-first walk along imports that are certain to run.

    Report each import that fails, in the order of the walk, so that the first report of a name has
    the shortest chain from the handler.
    """

    def __init__(
        self, modules: ImportableModules, python: tuple[int, int], provided: Iterable[str]
    ) -> None:
        self.modules = modules
        self.python = python
        names = set(provided)
        self.provided = set(map(_normalize, names))
        self.provided |= {_normalize(name.partition(".")[0]) for name in names}
        self.provided |= _TEST_MODULES
        if python <= _LAST_WITH_SETUPTOOLS:
            self.provided |= _ENSUREPIP_MODULES
        self.available = standard_library(python) | RUNTIME_MODULES
        self.followed: set[str] = set()
        self.similar_names: dict[str, tuple[str, ...]] = {}
        self.imported_by: dict[str, str] = {}
        self.queue: deque[Module] = deque()

    def run(self, entries: Iterable[str]) -> Iterator[MissingImport]:
        for entry in entries:
            yield from self.check(None, Import(ImportKind.CERTAIN, entry, (), 0))
            self.follow(entry, "")
        while self.queue:
            importer = self.queue.popleft()
            facts = self.modules.facts(importer)
            if facts.syntax_error and importer.is_first_party:
                broken = Import(ImportKind.CERTAIN, importer.name, (), 0)
                missing = self.missing(
                    importer.name, importer, broken, importer.file, ImportFailure.SYNTAX_ERROR
                )
                yield replace(missing, detail=facts.syntax_error, similar_names=())
            for each in facts.imports:
                if each.kind is not ImportKind.CERTAIN:
                    continue
                yield from self.check(importer, each)
                if each.is_above_top:
                    continue
                self.follow(each.module, importer.name)
                for name in self.submodules(each):
                    self.follow(name, importer.name)

    def follow(self, name: str, importer: str) -> None:
        """Add the modules that importing this one runs to the queue, unless they were there."""
        if name in self.followed or not self.is_found(name.partition(".")[0]):
            return
        self.followed.add(name)
        for step in dotted_prefixes(name):
            if step in self.imported_by:
                continue
            module = self.modules.find(step)
            if module is None:
                return
            self.imported_by[step] = importer
            self.queue.append(module)

    def submodules(self, each: Import) -> Iterator[str]:
        """The names in `from package import names` that are certain to be modules."""
        package = self.modules.find(each.module) if each.names else None
        if package is None or not package.folders:
            return
        facts = self.modules.facts(package)
        # A name that the package binds takes precedence over its module of that name.
        if facts.is_complete:
            yield from (f"{each.module}.{n}" for n in each.names if n not in facts.names)

    def check(self, importer: Module | None, each: Import) -> Iterator[MissingImport]:
        is_own = importer is None or importer.is_first_party
        if each.is_above_top:
            if is_own:
                base = each.module.rstrip(".") or not each.names
                name = each.module if base else each.module + each.names[0]
                yield self.missing(name, importer, each, failure=ImportFailure.ABOVE_TOP)
            return
        top = each.module.partition(".")[0]
        if self.modules.find(top) is None:
            if top not in self.available and not self.is_provided(each.module):
                yield self.missing(top, importer, each)
        elif is_own and not self.is_provided(each.module):
            check = self.check_found if self.is_found(top) else self.check_hidden
            yield from check(importer, each)

    def check_found(self, importer: Module | None, each: Import) -> Iterator[MissingImport]:
        """Check an import in first-party code whose top-level module the artifact contains."""
        for step in dotted_prefixes(each.module):
            module = self.modules.find(step)
            if module is None:
                yield self.missing_in_package(step, importer, each)
                return
            if not self.is_complete(module):
                return
            if step == each.module:
                for name in self.undefined_names(module, each.names):
                    missing = self.missing(f"{step}.{name}", importer, each, module.file)
                    yield replace(missing, imported_name=missing.name)

    def missing_in_package(self, name: str, importer: Module | None, each: Import) -> MissingImport:
        package, _, last = name.rpartition(".")
        module = self.modules.find(package)
        is_module = importer and module and module.file and not module.folders
        if module and is_module and last in self.modules.facts(module).names:
            return self.missing(name, importer, each, module.file, ImportFailure.IN_MODULE)
        return self.missing(name, importer, each)

    def check_hidden(self, importer: Module | None, each: Import) -> Iterator[MissingImport]:
        """Check an import of first-party code that a standard or runtime module hides.

        Python prefers that module to a folder without an `__init__.py`.
        """
        top, dot, _ = each.module.partition(".")
        names = [each.module, *(f"{each.module}.{name}" for name in each.names)] if dot else []
        files = [m.file for m in map(self.modules.find, names) if m and m.is_first_party]
        if not files:
            return
        missing = self.missing(each.module, importer, each, files[0], ImportFailure.HIDDEN)
        # The other package may contain a module of the same name.
        has_modules = top in RUNTIME_MODULES or top in _STANDARD_PACKAGES
        detail = (
            f"If `{top}` contains a module of this name, Python imports that one."
            if has_modules
            else ""
        )
        yield replace(missing, detail=detail)

    def is_provided(self, name: str) -> bool:
        return any(_normalize(step) in self.provided for step in dotted_prefixes(name))

    def undefined_names(self, module: Module, names: Iterable[str]) -> Iterator[str]:
        """The names that a module neither binds nor contains as modules."""
        facts = self.modules.facts(module)
        bound = facts.names | _MODULE_ATTRIBUTES | {"*"}
        # Another module may assign the names that this one imports for type checkers.
        for each in facts.imports:
            if each.kind is ImportKind.TYPING:
                bound = bound.union(each.names)
        for name in names:
            whole = f"{module.name}.{name}"
            if name not in bound and not self.modules.find(whole) and not self.is_provided(whole):
                yield name

    def is_found(self, top: str) -> bool:
        """Whether Python finds the artifact's module of this name.

        It prefers a module of the runtime to a folder without an `__init__.py`.
        """
        module = self.modules.find(top)
        if module is None or module.file is not None:
            return True
        return top not in self.available and _normalize(top) not in self.provided

    def is_complete(self, module: Module) -> bool:
        """Whether the files and facts show everything that can be imported from a module.

        Third-party packages may create modules at run time, such as `six.moves`. Folders cannot.
        """
        if module.file is None:
            return True
        return module.is_first_party and self.modules.facts(module).is_complete

    def missing(
        self,
        name: str,
        importer: Module | None,
        each: Import,
        blamed_file: ArtifactFile | None = None,
        failure: ImportFailure = ImportFailure.MISSING,
    ) -> MissingImport:
        package = self.modules.find(name.rpartition(".")[0]) if "." in name else None
        may_be_elsewhere = failure is ImportFailure.HIDDEN or (
            failure is ImportFailure.MISSING and (package is None or package.file is None)
        )
        if importer is None:
            return MissingImport(
                name=each.module,
                importer=None,
                line=0,
                chain=(),
                blamed_file=blamed_file,
                similar_names=(),
                failure=(
                    ImportFailure.MISSING_HANDLER if failure is ImportFailure.MISSING else failure
                ),
                imported_name=each.module,
                may_be_elsewhere=may_be_elsewhere,
            )
        chain = [importer.name]
        while self.imported_by[chain[-1]]:
            chain.append(self.imported_by[chain[-1]])
        has_suggestions = importer.is_first_party and failure is ImportFailure.MISSING
        return MissingImport(
            name=name,
            importer=importer,
            line=each.line,
            chain=tuple(reversed(chain)),
            blamed_file=blamed_file,
            similar_names=self.find_similar_names(name) if has_suggestions else (),
            failure=failure,
            imported_name=each.module,
            may_be_elsewhere=may_be_elsewhere,
        )

    def find_similar_names(self, name: str) -> tuple[str, ...]:
        """Importable names that are similar to a missing one."""
        if name in self.similar_names:
            return self.similar_names[name]
        package, dot, last = name.rpartition(".")
        known = set(self.modules.names_in(package))
        module = self.modules.find(package) if package else None
        if module is not None:
            known |= self.modules.facts(module).names
        if not package:
            known |= public_standard_library(self.python) | RUNTIME_MODULES
        known -= {"__init__", last}
        similar = difflib.get_close_matches(last, sorted(known), cutoff=_MIN_SIMILARITY)
        self.similar_names[name] = tuple(package + dot + each for each in similar)
        return self.similar_names[name]
