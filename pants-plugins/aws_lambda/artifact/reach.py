"""Which modules a handler reaches, and which imports on the way nobody provides: L005 and L006.

One graph, whose edges are certain or possible. Findings follow the certain ones: reporting every
import in reach that is not there gave 282 false findings on 13 correct handlers (November 2026).
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.importable import (
    Import,
    ImportKind,
    Module,
    ModuleFacts,
    Modules,
    Place,
    steps,
)
from aws_lambda.artifact.stdlib import STANDARD_LIBRARY, public_names, standard_library

# What the runtime brings, by import name: AWS's page `lambda-python` and the runtime's own client,
# read 2026-11-21. `bootstrap` is the program that runs the handler.
RUNTIME_MODULES = frozenset(
    {
        *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
        *("awslambdaric", "simplejson", "snapshot_restore_py", "bootstrap", "__main__"),
    }
)
# What CPython's `ensurepip` installs up to 3.11. Whether Lambda keeps it is written nowhere, and a
# doubt is no reason to fail a build.
_PERHAPS = frozenset({"_distutils_hack", "pip", "pkg_resources", "setuptools"})
_LAST_WITH_SETUPTOOLS = (3, 11)

# What Python sets on every module or package.
_SET_BY_PYTHON = frozenset(
    {
        *("__name__", "__file__", "__doc__", "__path__", "__spec__", "__package__", "__loader__"),
        *("__dict__", "__builtins__", "__annotations__", "__cached__"),
    }
)

# Of `difflib`'s ratio: its own 0.6 takes `colorsys` for `colorama`.
_SIMILAR = 0.75


def reached(modules: Modules, entries: Iterable[str]) -> tuple[Module, ...]:
    """The modules with a file that importing `entries` may import, sooner or later.

    In first-party code every import counts. In third-party code, those in functions do not, and
    those for type checkers only in lazy modules, which name their parts there: so measured on 82
    distributions (November 2026).
    """
    found: dict[str, Module | None] = {}
    waiting = deque(entries)
    while waiting:
        for step in steps(waiting.popleft()):
            if step in found:
                continue
            module = found[step] = modules.find(step)
            if module is None:
                break
            waiting.extend(_possible(module, modules.facts(module)))
    return tuple(module for module in found.values() if module and module.file)


def _possible(module: Module, facts: ModuleFacts) -> Iterator[str]:
    kinds = set(ImportKind)
    if not module.is_first_party:
        kinds -= {ImportKind.DEFERRED} if facts.lazy else {ImportKind.DEFERRED, ImportKind.TYPING}
    for each in facts.imports:
        if each.kind in kinds:
            yield each.module
            yield from (f"{each.module}.{name}" for name in each.names)


@dataclass(frozen=True)
class Missing:
    """A module or an attribute that a module imports for certain, and that nobody provides.

    `lacking` is the file that should define it, where it is one. `chain` names the modules from an
    entry to the importer; `more` counts the further places that import the same.
    """

    name: str
    importer: Module
    line: int
    chain: tuple[str, ...]
    lacking: ArtifactFile | None
    near: tuple[str, ...]
    more: int = 0

    @property
    def project(self) -> str:
        """The distribution that imports it; empty for first-party code."""
        if self.importer.is_first_party or self.importer.file is None:
            return ""
        return self.importer.file.owner.name.partition(" ")[0]


def missing(
    modules: Modules,
    entries: Iterable[str],
    *,
    python: tuple[int, int],
    provided: Iterable[str] = (),
) -> tuple[Missing, ...]:
    """What is certain to fail when `entries` are imported, each once for every distribution.

    `provided` are import names that somebody else brings.
    """
    found: dict[tuple[str, str], Missing] = {}
    for each in _Search(modules, python, provided).run(entries):
        key = (each.name, each.project)
        found[key] = replace(found[key], more=found[key].more + 1) if key in found else each
    return tuple(found[key] for key in sorted(found))


class _Search:
    """One walk along certain edges, the nearest modules first."""

    def __init__(self, modules: Modules, python: tuple[int, int], provided: Iterable[str]) -> None:
        self.modules = modules
        self.python = python
        self.provided = {name.partition(".")[0] for name in provided}
        if python <= _LAST_WITH_SETUPTOOLS:
            self.provided |= _PERHAPS
        if modules.find("_distutils_hack"):  # Comes with setuptools, whose .pth file runs it.
            self.provided.add("distutils")
        self.brought = standard_library(python) | RUNTIME_MODULES
        self.followed: set[str] = set()
        self.similar: dict[str, tuple[str, ...]] = {}
        self.imported_by: dict[str, str] = {}
        self.waiting: deque[Module] = deque()

    def run(self, entries: Iterable[str]) -> Iterator[Missing]:
        for entry in entries:
            self.follow(entry, "")
        while self.waiting:
            importer = self.waiting.popleft()
            for each in self.modules.facts(importer).imports:
                if each.kind is not ImportKind.CERTAIN:
                    continue
                yield from self.judge(importer, each)
                self.follow(each.module, importer.name)
                for name in self.submodules(each):
                    self.follow(name, importer.name)

    def follow(self, name: str, importer: str) -> None:
        """Wait for the modules that importing this one runs, unless they have been seen."""
        if name in self.followed:
            return
        self.followed.add(name)
        for step in steps(name):
            if step in self.imported_by:
                continue
            module = self.modules.find(step)
            if module is None:
                return
            self.imported_by[step] = importer
            self.waiting.append(module)

    def submodules(self, each: Import) -> Iterator[str]:
        """The names of `from package import names` that are certain to be modules."""
        package = self.modules.find(each.module) if each.names else None
        if package is None or not package.folders:
            return
        facts = self.modules.facts(package)
        # What a package binds itself goes before its modules.
        if facts.is_whole:
            yield from (f"{each.module}.{n}" for n in each.names if n not in facts.names)

    def judge(self, importer: Module, each: Import) -> Iterator[Missing]:
        top = each.module.partition(".")[0]
        if self.modules.find(top) is None:
            if top not in self.brought and top not in self.provided:
                yield self.lack(top, importer, each)
            return
        if not importer.is_first_party or not self.is_judged(top):
            return
        for step in steps(each.module):
            module = self.modules.find(step)
            if module is None:
                yield self.lack(step, importer, each)
                return
            if not self.shows_all(module):
                return
            if step == each.module:
                for name in self.lacked_by(module, each.names):
                    yield self.lack(f"{step}.{name}", importer, each, module.file)

    def lacked_by(self, module: Module, names: Iterable[str]) -> Iterator[str]:
        """Those of the names that are neither bound in a module nor modules in it."""
        facts = self.modules.facts(module)
        bound = facts.names | _SET_BY_PYTHON | {"*"}
        # What a module tells type checkers to find in it, another module may put there.
        for each in facts.imports:
            if each.kind is ImportKind.TYPING:
                bound = bound.union(each.names)
        for name in names:
            if name not in bound and not self.modules.find(f"{module.name}.{name}"):
                yield name

    def is_judged(self, top: str) -> bool:
        """Whether nobody but the places has parts of a package that they have."""
        if top in self.provided:
            return False
        module = self.modules.find(top)
        # Before a mere folder, Python takes the package that it or the runtime has.
        return top not in self.brought or (module is not None and module.file is not None)

    def shows_all(self, module: Module) -> bool:
        """Whether what is not seen in a module is not there.

        Third-party packages make modules at run time, as `six.moves`; folders cannot.
        """
        if module.file is None:
            return True
        return module.is_first_party and self.modules.facts(module).is_whole

    def lack(
        self, name: str, importer: Module, each: Import, lacking: ArtifactFile | None = None
    ) -> Missing:
        chain = [importer.name]
        while self.imported_by[chain[-1]]:
            chain.append(self.imported_by[chain[-1]])
        near = self.near(name) if importer.is_first_party else ()
        return Missing(name, importer, each.line, tuple(reversed(chain)), lacking, near)

    def near(self, name: str) -> tuple[str, ...]:
        """Names like this one that could be imported; looked for once, however often missed."""
        if name in self.similar:
            return self.similar[name]
        package, dot, last = name.rpartition(".")
        known = set(self.modules.names_in(package))
        module = self.modules.find(package) if package else None
        if module is not None:
            known |= self.modules.facts(module).names
        if not package:
            known |= public_names(self.python) | RUNTIME_MODULES
        known -= {"__init__"}
        similar = difflib.get_close_matches(last, sorted(known), cutoff=_SIMILAR)
        self.similar[name] = tuple(package + dot + each for each in similar)
        return self.similar[name]


def check_imports(
    places: Sequence[Place],
    facts: Callable[[ArtifactFile], ModuleFacts | None],
    entries: Iterable[str],
    *,
    python: tuple[int, int],
    provided: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """L005 for each thing that first-party code imports in vain, and L006 for third-party code.

    `places` are the function's own files and its layers', as Python tries them; `entries` the
    modules that Lambda imports, that of the handler first.
    """
    found = missing(Modules(places, facts), entries, python=python, provided=provided)
    return tuple(_finding(each, python) for each in found)


def _finding(each: Missing, python: tuple[int, int]) -> Finding:
    version = f"{python[0]}.{python[1]}"
    package, _, last = each.name.rpartition(".")
    more = f" and {each.more} more {'places' if each.more > 1 else 'place'}" if each.more else ""
    start = f"{_where(each)}{more} {'import' if each.more else 'imports'}"
    way = f" (reached by {' -> '.join(each.chain)})" if len(each.chain) > 1 else ""
    near = f" Near names: {', '.join(each.near)}." if each.near else ""
    if each.name.partition(".")[0] in STANDARD_LIBRARY:
        near = " Other versions of Python have it."
    if each.lacking is not None:
        nor = ", nor is it a module" if each.lacking.path.endswith("/__init__.py") else ""
        sentence = (
            f"{start} {last} from {package}, and {each.lacking.source} does not define it{nor}"
        )
        fix = f"correct the import, or define `{last}` at the top level of {each.lacking.source}."
        return Finding("L005", each.name, f"{sentence}{way}.{near}", fix)
    sentence = (
        f"{start} {each.name}, which neither the artifact nor its layers, `provided`, the runtime "
        f"or Python {version} has{way}.{near}"
    )
    listed = "what an ARN layer has is listed in `provided`."
    if each.project:
        fix = f"add what has it to the lockfile's requirements; {listed}"
        return Finding("L006", each.project, sentence, fix)
    fix = (
        "correct the import, or let a target own what it names (for third-party code, add it to "
        f"the lockfile's requirements); {listed}"
    )
    return Finding("L005", each.name, sentence, fix)


def _where(each: Missing) -> str:
    """The file and the line, in the words of the repository or of a distribution."""
    file = each.importer.file
    if file is None:
        return each.importer.name
    if each.project:
        return f"{file.path}:{each.line} of {file.owner}"
    return f"{file.source}:{each.line}"
