"""Imports of a module, how certain each is to run, and how the module changes what Python finds.

An import is `[kind, module, names, line]`. `ImportReader` explains the kinds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from aws_lambda.sandbox.syntax.conditions import decide, facts_in_lambda, known_value
from aws_lambda.sandbox.syntax.names import absolute_module, dotted_name, last_name

# When a module is imported, Python runs a statement certainly, perhaps, or only after a later call.
# Code for type checkers never runs.
CERTAIN, GUARDED, DEFERRED, TYPING = range(4)
_KINDS = "cgdt"
# Statements at the top of a module that end its run.
_EXITS = {"exit()", "os._exit()", "quit()", "sys.exit()"}
# Parts of a statement that contain statements but are none. `match` is new in Python 3.10.
_CLAUSES = (ast.excepthandler, getattr(ast, "match_case", ast.excepthandler))


class ImportReader:
    """Collects the imports of one module in `found`.

    The kind of an import is "c" if it is certain to run; "g" if it is guarded by a `try` that has
    handlers, by an `if` that cannot be decided, by a loop or by a `with`; "d" if it is deferred by
    a function; and "t" if it is for type checkers.

    Conditions on the platform or the version are decided for Linux and the given version of Python.
    The reader skips the branch that cannot run, and the other branch is as certain as the `if`. A
    relative import that leads above the top of a known module keeps its dots.
    """

    def __init__(
        self, module: str, is_package: bool, python: tuple[int, int], content: bytes
    ) -> None:
        self.found: list[list[Any]] = []
        self.module = module
        self.package = module if is_package else module.rpartition(".")[0]
        self.has_calls = b"import_module" in content or b"__import__" in content
        # Whether a call outside of functions imports a module whose name is computed.
        self.computes_names = False
        # The first and the last patch release, since a condition must hold in all of them.
        self.runtime_cases = [
            facts_in_lambda(module, python, patch, type_checking=False) for patch in (0, 1 << 20)
        ]
        self.checker_cases = [facts_in_lambda(module, python, 0, type_checking=True)]

    def read_block(self, statements: Sequence[ast.stmt], kind: int) -> int:
        """Read statements of this kind, and return the kind of the statements after them."""
        for node in statements:
            if self.has_calls:
                self._read_calls(node, kind)
            read = _READERS.get(type(node))
            if read is not None:
                kind = read(self, node, kind)
        return kind

    def add(self, kind: int, module: str, names: list[str], line: int) -> None:
        if module and module != "__future__":
            self.found.append([_KINDS[kind], module, names, line])

    def read_import(self, node: ast.Import, kind: int) -> int:
        for alias in node.names:
            self.add(kind, alias.name, [], node.lineno)
        return kind

    def read_import_from(self, node: ast.ImportFrom, kind: int) -> int:
        module = absolute_module(node.level, node.module or "", self.package)
        if self.module and not module:
            module = "." * node.level + (node.module or "")
        self.add(kind, module, [alias.name for alias in node.names], node.lineno)
        return kind

    def read_if(self, node: ast.If, kind: int) -> int:
        holds = decide(node.test, self.runtime_cases)
        if holds is None:
            return self.read_guarded(node, kind)
        taken, other = (node.body, node.orelse) if holds else (node.orelse, node.body)
        if decide(node.test, self.checker_cases) is not holds:
            self.read_block(other, TYPING)
        return self.read_block(taken, kind)

    def read_try(self, node: ast.Try, kind: int) -> int:
        if node.handlers:
            self.read_guarded(node, kind)
        else:
            kind = self.read_block(node.body, kind)
        return self.read_block(node.finalbody, kind)

    def read_guarded(self, node: ast.AST, kind: int) -> int:
        for field in ("body", "handlers", "cases", "orelse"):
            for each in getattr(node, field, ()):
                inner = [each] if isinstance(each, ast.stmt) else each.body
                self.read_block(inner, max(kind, GUARDED))
        return kind

    def read_class(self, node: ast.ClassDef, kind: int) -> int:
        return self.read_block(node.body, kind)

    def read_function(self, node: ast.FunctionDef, kind: int) -> int:
        self.read_block(node.body, max(kind, DEFERRED))
        return kind

    def read_exit(self, node: ast.stmt, kind: int) -> int:
        # `read_guarded` ignores the result: where a guarded exit runs, the import fails anyway.
        is_exit = isinstance(node, ast.Raise) or dotted_name(getattr(node, "value", None)) in _EXITS
        return max(kind, GUARDED) if is_exit else kind

    def _read_calls(self, node: ast.stmt, kind: int) -> None:
        """Read calls such as `import_module("x")` in a statement, without the blocks inside it."""
        waiting: list[ast.AST] = [node]
        while waiting:
            for child in ast.iter_child_nodes(waiting.pop()):
                if isinstance(child, (ast.stmt, *_CLAUSES)):
                    continue
                waiting.append(child)
                if isinstance(child, ast.Call) and _is_import(child):
                    module = _module_of_call(child, self.module, self.package)
                    self.add(max(kind, GUARDED), module, [], child.lineno)
                    self.computes_names |= not module and kind < DEFERRED

    def read_strings(self, tree: ast.Module) -> None:
        """Add each string of a module that computes the names of imports, as in:

            for name in ("a", "b"):
                __import__(name)

        The name may be absolute, or relative to the package.
        """
        found = {
            (node.value, node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        for text, line in sorted(found):
            name = text.lstrip(".")
            if all(map(str.isidentifier, name.split("."))):
                self.add(GUARDED, name, [], line)
                self.add(GUARDED, f"{self.package}.{name}" if self.package else "", [], line)


_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)
_COMPOUND = (*_LOOPS, getattr(ast, "Match", ast.While))  # `match` is new in Python 3.10.
_READERS: dict[type, Any] = {
    ast.Import: ImportReader.read_import,
    ast.ImportFrom: ImportReader.read_import_from,
    ast.If: ImportReader.read_if,
    ast.Try: ImportReader.read_try,
    getattr(ast, "TryStar", ast.Try): ImportReader.read_try,  # New in Python 3.11.
    ast.ClassDef: ImportReader.read_class,
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), ImportReader.read_function),
    **dict.fromkeys((ast.Raise, ast.Expr), ImportReader.read_exit),
    **dict.fromkeys(_COMPOUND, ImportReader.read_guarded),
}


def _is_import(node: ast.Call) -> bool:
    called = dotted_name(node.func).rpartition(".")[2]
    return called in ("import_module", "__import__") and bool(node.args)


def _module_of_call(node: ast.Call, module: str, package: str) -> str:
    """Return the module that a call imports by a literal name, and "" if it is unknown."""
    name = getattr(node.args[0], "value", None)
    if not isinstance(name, str) or not isinstance(node.args[0], ast.Constant):
        return ""
    relative = name.lstrip(".")
    if relative == name:
        return name
    anchors = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "package")]
    facts = {"__name__": module, "__package__": package}
    anchor = known_value(anchors[0], facts) if anchors else ""
    level = len(name) - len(relative)
    return absolute_module(level, relative, anchor if isinstance(anchor, str) else "")


def typing_only_imports(
    tree: ast.Module, nodes: Sequence[ast.AST], wanted: Mapping[str, Any], content: bytes
) -> dict[str, list[str]]:
    """Return the names that only type checkers import, and those of them that strings contain.

    The first are under "typed": `a` for `import a`, and `a.b` for `from a import b`. Conditions on
    the version or the platform are not decided, so that the answer holds for every Python that may
    run the module. The second are under "spelled", because a string can import a name at run time,
    as in `lazy_import("a")`.
    """
    if b"TYPE_CHECKING" not in content and b"MYPY" not in content:
        return {}
    reader = ImportReader(wanted.get("module", ""), wanted.get("package", False), (0, 0), content)
    flags = _type_checking_flags(nodes)
    reader.runtime_cases = [dict.fromkeys(flags, False)]
    reader.checker_cases = [dict.fromkeys(flags, True)]
    reader.read_block(tree.body, CERTAIN)
    typed: set[str] = set()
    at_run_time: set[str] = set()
    for kind, module, names, _ in reader.found:
        found = typed if kind == _KINDS[TYPING] else at_run_time
        found.update([module, *(f"{module}.{name}" for name in names)])
    strings: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.lstrip(".").partition(":")[0]
            strings.update([text, f"{reader.package}.{text}"])
    # A string can also name a package above the module.
    prefixes = {start for name in typed for start in accumulate(name.split("."), "{}.{}".format)}
    return {"typed": sorted(typed - at_run_time), "spelled": sorted(prefixes & strings)}


def _type_checking_flags(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names in a module that are false at run time and true for type checkers."""
    found = {"TYPE_CHECKING"}
    others: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found.update(a.asname for a in node.names if a.name == "TYPE_CHECKING" and a.asname)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {each.id for each in targets if isinstance(each, ast.Name)}
            is_false = isinstance(node.value, ast.Constant) and not node.value.value
            # mypy considers `MYPY` and `TYPE_CHECKING` true, whatever the module assigns to them.
            found.update(names & {"MYPY"} if is_false else ())
            others.update(() if is_false else names)
    return found - others


def sdk_imports(tree: ast.AST) -> list[str]:
    """Return those of boto3 and botocore that a module imports, in functions as well."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return sorted(found & {"boto3", "botocore"})


def mentions_in(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield `("s", text)` for a string literal, and `("i", module)` for each module it imports.

    A call imports a module by a literal name if the name of the function contains `import`.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield "s", node.value
    elif isinstance(node, ast.Import):
        yield from (("i", alias.name.partition(".")[0]) for alias in node.names)
        yield from (("i", alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield "i", (node.module or "").partition(".")[0]
        yield "i", node.module or ""
    elif isinstance(node, ast.Call) and "import" in last_name(node.func):
        names = (getattr(each, "value", None) for each in node.args[:1])
        yield from (("i", name) for name in names if isinstance(name, str))


# Attributes of `sys` that determine where Python looks for modules.
_FINDERS = {"meta_path", "path", "path_hooks"}
# Every module that changes the search contains one of these words, unless it changes `sys.path`.
SEARCH_WORDS = (b".modules", b"import modules", b"addsitedir", b"meta_path", b"path_hooks")
# Methods of `sys.modules` that change nothing, or whose changes `_keys_set` reads.
_KNOWN_METHODS = {"copy", "get", "items", "keys", "pop", "setdefault", "update", "values"}


def search_changes(nodes: Sequence[ast.AST]) -> dict[str, Any]:
    """Return how a module changes which modules Python finds, except through its `__path__`.

    "provides" has the names that it puts into `sys.modules`. "changes_path" says whether it may
    change the search in a way that cannot be read.
    """
    names_from_sys = {
        alias.asname or alias.name: alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "sys"
        for alias in node.names
    }
    names_of_sys = {"sys", "_sys"}
    for node in nodes:
        if isinstance(node, ast.Import):
            names_of_sys.update(each.asname or "" for each in node.names if each.name == "sys")

    def name_in_sys(node: ast.AST) -> str:
        """Return the name of the attribute of `sys` that a node is, and "" for other nodes."""
        if isinstance(node, ast.Attribute):
            return node.attr if last_name(node.value) in names_of_sys else ""
        return names_from_sys.get(node.id, "") if isinstance(node, ast.Name) else ""

    modules = [node for node in nodes if name_in_sys(node) == "modules"]
    known: set[ast.AST] = set()
    keys: list[ast.AST | None] = []
    for node in nodes if modules else ():
        known.update(each for each in _read_parts(node) if name_in_sys(each) == "modules")
        keys.extend(_keys_set(node) if known.intersection(_read_parts(node)) else ())
    provided = {key.value for key in keys if isinstance(key, ast.Constant)}
    return {
        "provides": sorted(key for key in provided if isinstance(key, str)),
        "changes_path": not known.issuperset(modules)
        or _FINDERS.intersection(names_from_sys.values()) != set()
        or any(name_in_sys(node) in _FINDERS or last_name(node) == "addsitedir" for node in nodes)
        or any(
            not isinstance(key, ast.Constant) and dotted_name(key) != "__name__" for key in keys
        ),
    }


def _read_parts(node: ast.AST) -> list[ast.expr]:
    """Return the parts of a node that it indexes, compares, or calls a known method of."""
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return [node.func.value] if node.func.attr in _KNOWN_METHODS else []
    return node.comparators if isinstance(node, ast.Compare) else []


def _keys_set(node: ast.AST) -> Sequence[ast.AST | None]:
    """Return the keys that an assignment or a call sets, with `None` for an unknown key."""
    if isinstance(node, ast.Subscript):
        return [node.slice] if isinstance(node.ctx, ast.Store) else []
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return []
    if node.func.attr == "setdefault":
        return node.args[:1]
    if node.func.attr != "update":
        return []
    given = node.args[0] if node.args else None
    return given.keys if isinstance(given, ast.Dict) and not node.keywords else [None]
