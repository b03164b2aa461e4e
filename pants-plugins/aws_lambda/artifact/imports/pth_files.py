"""What `.pth` files make of Python's path before Lambda imports the handler.

Lambda calls `site.addsitedir` on `/var/task` and, unless `PYTHONPATH` is set, on the folders of
layers (public copies of AWS's `bootstrap.py`, read in November 2026). CPython's `site` reads the
`.pth` files in each: it runs lines that start with `import`, and appends the folders that others
name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from posixpath import join, normpath

from aws_lambda.artifact.contents import ArtifactFile, Owner
from aws_lambda.artifact.imports.artifact_view import ArtifactView, build_path_entries
from aws_lambda.artifact.imports.module_index import (
    ImportableModules,
    ImportKind,
    Module,
    PathEntry,
)
from aws_lambda.artifact.standard_library import standard_library
from aws_lambda.artifact.wheels.wheel import is_pth_code

_TASK, _LAYERS = "/var/task", "/opt"
# Modules that put a finder on `sys.meta_path`, and what that one finds: setuptools 84.2.1.
_FINDERS: Mapping[str, frozenset[str]] = {
    "_distutils_hack": frozenset({"distutils"}),
    "_distutils_hack.override": frozenset({"distutils"}),
}
_CHANGE_FINDING = ("addsitedir", "exec(", "meta_path", "path_hooks", "sys.path")


@dataclass(frozen=True)
class PthLine:
    """A line of code in a `.pth` file."""

    file: ArtifactFile
    line: str

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The modules that it imports, by a statement or by a call with a literal name."""
        return tuple(dict.fromkeys(_imported(self.line)))

    @property
    def found(self) -> frozenset[str]:
        """The top-level modules that Python finds through it."""
        return frozenset().union(*(_FINDERS.get(name, frozenset()) for name in self.modules))

    def may_change_path(self, modules: ImportableModules) -> bool:
        """Whether it may let Python find modules that reading cannot know."""
        if any(word in self.line for word in _CHANGE_FINDING):
            return True
        imported = (modules.find(name) for name in self.modules if name not in _FINDERS)
        return any(module and modules.facts(module).changes_path for module in imported)


@dataclass(frozen=True)
class SearchPath:
    """What Python's path is when Lambda imports the handler: its entries in order, and hooks.

    `archives` are files of the artifacts on the path, such as eggs, whose content is not known.
    """

    entries: tuple[PathEntry, ...]
    code_lines: tuple[PthLine, ...] = ()
    archives: tuple[str, ...] = ()

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that run at every start."""
        return tuple(dict.fromkeys(name for hook in self.code_lines for name in hook.modules))

    def found(self, modules: ImportableModules, reached: Iterable[str]) -> frozenset[str]:
        """The top-level modules that finders find, once the modules in `reached` have run."""
        ran = {*reached, *self.modules} & {*_FINDERS}
        # `_distutils_hack` itself waits for its hook.
        ran -= {"_distutils_hack"} - {*self.modules}
        return frozenset().union(*(_FINDERS[name] for name in ran if modules.find(name)))

    def changing(self, modules: ImportableModules) -> tuple[str, ...]:
        """The `.pth` files that may let Python find what reading cannot know."""
        return tuple(hook.file.source for hook in self.code_lines if hook.may_change_path(modules))

    def find_needed_files(
        self, modules: ImportableModules, running: Iterable[Module], python: tuple[int, int]
    ) -> frozenset[ArtifactFile]:
        """The `.pth` files without which an import would fail in a module that is `running`.

        In first-party code every import counts that runs at all, in third-party code those that are
        certain. A distribution's own modules are thought to do without its `.pth` file.
        """
        return frozenset(
            hook.file
            for hook in self.code_lines
            for name in hook.found - standard_library(python)
            if modules.find(name) is None
            and any(_imports(module, name, modules, hook.file.owner) for module in running)
        )


EMPTY_SEARCH_PATH = SearchPath(())


def build_search_path(
    artifacts: Sequence[ArtifactView],
    lines: Callable[[ArtifactFile], Sequence[str]],
    *,
    python_path: str | None = None,
) -> SearchPath:
    """The path of a function, given with its layers in AWS's order.

    `lines` gives the lines of a `.pth` file that `site` heeds. `python_path` is `PYTHONPATH`
    if the function sets it: its folders are then on the path instead of the layers'.
    """
    task, *layers = build_path_entries(artifacts)
    of_sites = {_TASK: task}
    if python_path is None:
        of_sites.update((f"{_LAYERS}/{place.root}", place) for place in layers)
        path = [*of_sites]
    else:
        path = [_TASK, *(normpath(join(_TASK, each)) for each in python_path.split(":") if each)]
    hooks: list[PthLine] = []
    for folder, place in of_sites.items():
        for file in _read_at_start(place):
            for line in lines(file):
                if is_pth_code(line):
                    hooks.append(PthLine(file, line))
                else:
                    path.append(normpath(join(folder, line)))
    known = {f"{_LAYERS}/{place.root}": place for place in layers} | of_sites
    places: list[PathEntry] = []
    archives: list[str] = []
    for entry in dict.fromkeys(path):
        place_of_it = known.get(entry) or _place_at(entry, task, layers)
        if place_of_it is not None:
            places.append(place_of_it)
            archives.extend(f.source for f in place_of_it.files if f.path == place_of_it.root)
    return SearchPath(tuple(places), tuple(hooks), tuple(archives))


def _imports(module: Module, name: str, modules: ImportableModules, aside: Owner) -> bool:
    """Whether a module of another owner imports this top-level name, so that it can matter."""
    if module.file is None or module.file.owner == aside:
        return False
    return any(
        each.module.partition(".")[0] == name
        and each.kind is not ImportKind.TYPING
        and (module.is_first_party or each.kind is ImportKind.CERTAIN)
        for each in modules.facts(module).imports
    )


def _read_at_start(place: PathEntry) -> Iterator[ArtifactFile]:
    start = f"{place.root}/" if place.root else ""
    for file in sorted(place.files, key=lambda each: each.path):
        name = file.path[len(start) :]
        # Hidden ones are skipped since CPython 3.8's security releases of 2024.
        is_at_top = file.path.startswith(start) and "/" not in name
        if is_at_top and name.endswith(".pth") and not name.startswith("."):
            yield file


def _place_at(entry: str, task: PathEntry, layers: Sequence[PathEntry]) -> PathEntry | None:
    """The folder of Lambda's that an entry of the path names, where an artifact can have it."""
    for folder, files in ((_TASK, task.files), (_LAYERS, layers[0].files if layers else ())):
        if entry.startswith(f"{folder}/"):
            return PathEntry(files, entry[len(folder) + 1 :])
    return None


def _imported(line: str) -> Iterator[str]:
    try:
        nodes = [*ast.walk(ast.parse(line))]
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            name = getattr(node.args[0], "value", None)
            if called in ("__import__", "import_module") and isinstance(name, str):
                yield name
