"""Python's search path when Lambda imports the handler, with the effects of `.pth` files.

Lambda calls `site.addsitedir` on `/var/task` and, unless `PYTHONPATH` is set, on the folders of
layers (public copies of AWS's `bootstrap.py`, read in November 2026). CPython's `site` reads the
`.pth` files in each folder. It runs lines that start with `import`, and adds the folders in other
lines to the path.
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
# Modules that add a finder to `sys.meta_path`, with the modules that it finds: setuptools 84.2.1.
_FINDERS: Mapping[str, frozenset[str]] = {
    "_distutils_hack": frozenset({"distutils"}),
    "_distutils_hack.override": frozenset({"distutils"}),
}
_PATH_CHANGES = ("addsitedir", "exec(", "meta_path", "path_hooks", "sys.path")


@dataclass(frozen=True)
class PthLine:
    """A line of code in a `.pth` file."""

    file: ArtifactFile
    line: str

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The dotted modules that it imports, by a statement or a call with a literal name."""
        return tuple(dict.fromkeys(_imported(self.line)))

    @property
    def findable_modules(self) -> frozenset[str]:
        """The top-level modules that Python finds only through this line."""
        return frozenset().union(*(_FINDERS.get(name, frozenset()) for name in self.modules))

    def may_change_path(self, modules: ImportableModules) -> bool:
        """Whether Python may find unknown modules after it ran."""
        if any(word in self.line for word in _PATH_CHANGES):
            return True
        imported = (modules.find(name) for name in self.modules if name not in _FINDERS)
        return any(module and modules.facts(module).changes_path for module in imported)


@dataclass(frozen=True)
class SearchPath:
    """Python's search path when Lambda imports the handler.

    `entries` are in the order of `sys.path`. `code_lines` are the lines of `.pth` files that have
    run. `archives` are files on the path, such as eggs, whose modules are unknown.
    """

    entries: tuple[PathEntry, ...]
    code_lines: tuple[PthLine, ...] = ()
    archives: tuple[str, ...] = ()

    @property
    def modules(self) -> tuple[str, ...]:
        """The dotted modules that `.pth` files import at every start."""
        return tuple(dict.fromkeys(name for hook in self.code_lines for name in hook.modules))

    def findable_modules(
        self, modules: ImportableModules, reached: Iterable[str]
    ) -> frozenset[str]:
        """The top-level modules that finders find once the modules in `reached` have run."""
        ran = {*reached, *self.modules} & {*_FINDERS}
        # `_distutils_hack` adds its finder only when its `.pth` file says so.
        ran -= {"_distutils_hack"} - {*self.modules}
        return frozenset().union(*(_FINDERS[name] for name in ran if modules.find(name)))

    def path_changing_files(self, modules: ImportableModules) -> tuple[str, ...]:
        """The `.pth` files after which Python may find unknown modules."""
        return tuple(hook.file.source for hook in self.code_lines if hook.may_change_path(modules))

    def find_needed_files(
        self, modules: ImportableModules, running: Iterable[Module], python: tuple[int, int]
    ) -> frozenset[ArtifactFile]:
        """The `.pth` files without which an import in one of the `running` modules would fail.

        In first-party code, every import counts except those for type checkers. In third-party
        code, only certain imports count, and a distribution does not depend on its own `.pth` file.
        """
        return frozenset(
            hook.file
            for hook in self.code_lines
            for name in hook.findable_modules - standard_library(python)
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
    """The search path of a function.

    `artifacts` are the function and its layers, in AWS's order. `lines` returns the lines of a
    `.pth` file that `site` does not ignore. `python_path` is the function's `PYTHONPATH`, whose
    folders replace those of the layers, or `None`.
    """
    task, *layers = build_path_entries(artifacts)
    # The folders whose `.pth` files `site` reads.
    sites = {_TASK: task}
    if python_path is None:
        sites.update((f"{_LAYERS}/{layer.root}", layer) for layer in layers)
        path = [*sites]
    else:
        path = [_TASK, *(normpath(join(_TASK, each)) for each in python_path.split(":") if each)]
    code_lines: list[PthLine] = []
    for folder, site in sites.items():
        for file in _pth_files_in(site):
            for line in lines(file):
                if is_pth_code(line):
                    code_lines.append(PthLine(file, line))
                else:
                    path.append(normpath(join(folder, line)))
    known = {f"{_LAYERS}/{layer.root}": layer for layer in layers} | sites
    entries: list[PathEntry] = []
    archives: list[str] = []
    for folder in dict.fromkeys(path):
        entry = known.get(folder) or _entry_at(folder, task, layers)
        if entry is not None:
            entries.append(entry)
            archives.extend(file.source for file in entry.files if file.path == entry.root)
    return SearchPath(tuple(entries), tuple(code_lines), tuple(archives))


def _imports(module: Module, name: str, modules: ImportableModules, pth_owner: Owner) -> bool:
    """Whether a module of another owner than the `.pth` file's imports this top-level name."""
    if module.file is None or module.file.owner == pth_owner:
        return False
    return any(
        each.module.partition(".")[0] == name
        and each.kind is not ImportKind.TYPING
        and (module.is_first_party or each.kind is ImportKind.CERTAIN)
        for each in modules.facts(module).imports
    )


def _pth_files_in(site: PathEntry) -> Iterator[ArtifactFile]:
    start = f"{site.root}/" if site.root else ""
    for file in sorted(site.files, key=lambda each: each.path):
        name = file.path[len(start) :]
        # CPython skips hidden files since the security releases of 2024 (3.8 and newer).
        is_at_top = file.path.startswith(start) and "/" not in name
        if is_at_top and name.endswith(".pth") and not name.startswith("."):
            yield file


def _entry_at(path: str, task: PathEntry, layers: Sequence[PathEntry]) -> PathEntry | None:
    """The path entry for a folder in Lambda, or `None` if no artifact is unpacked there."""
    for folder, files in ((_TASK, task.files), (_LAYERS, layers[0].files if layers else ())):
        if path.startswith(f"{folder}/"):
            return PathEntry(files, path[len(folder) + 1 :])
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
