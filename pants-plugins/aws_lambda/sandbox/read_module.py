"""Reports what Python files bind and import, as JSON on standard output. It judges nothing.

    python3.X read_module.py REQUEST.json

The request is `{"python": [3, 13], "wanted": [...]}`: the version that will run the code, and what
to read. `{"key": ..., "path": ...}` is a file, with `"entry"` too where it lies in the wheel at
`path`, and with `"module"` (its dotted name) and `"package"` (whether it is an `__init__`) where
they are known. For its key the report says which names the module binds, which ones more it tells
type checkers of, which functions are sure to be coroutine or generator functions, which names come
from which other module, whether it may bind names that reading cannot see, where its syntax is
wrong, whether it lets its package lie in several folders, whether it names its `__path__`, for an
`__init__` a digest of what it means (its syntax tree without docstrings), its imports, the names
that it imports for type checkers alone and which of them a string spells, the names that it sets on
what it imports, whether it is lazy (has a `__getattr__`), the names that it puts into
`sys.modules`, and whether it may change what Python finds in a way that reading cannot see.
It also lists the texts that may name modules, `[text, line]` each, and those that may name files,
`[text, line, whether it is part of a path]` each, and maps each word that a string literal consists
of, alone or in the scheme of a URL, to the first line that has it.

`{"key": ..., "wheel": ...}` is a whole wheel. For its key the report maps each entry that ends in
`.py`, those of tests aside, to its imports outside of functions, to whether it is lazy and, if
there are any, to the names that it puts into `sys.modules`, to whether it may change what Python
finds in a way that reading cannot see, if it mentions how, to whether it mentions entry points, and
to those of boto3 and botocore that it imports anywhere. With `"strings"` (texts) or `"imports"`
(modules) too, it maps each entry that has some of them to these: string literals that are equal to
a text; statements, and calls of anything named for importing, that import a module, those in
functions included.

An import is `[kind, module, names, line]`; its kinds are explained at `ImportReader`.

Run by a Python as new as the code, since an older one could not read it. Standard library only,
CPython 3.9 or newer.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import json
import operator
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any

# What code may call to bind names of its module that nobody can read off.
_BINDING_CALLS = {"__import__", "exec", "global_enum", "globals", "locals", "setattr", "vars"}
# What gets `__name__` in nearly every module, and binds nothing there.
_NAMED_CALLS = {
    *("getLogger", "get_logger", "getChild", "Logger", "Tracer", "Flask", "Blueprint", "Celery"),
    *("import_module", "files"),
}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
# Folders of wheels that handlers hardly ever reach, and that hold a fifth of the code.
_TESTS = {"__pycache__", "test", "tests"}
# What code calls that looks for entry points.
_PLUGIN_WORDS = (b"entry_points", b"entrypoints", b"stevedore")


def main(request_path: str) -> dict[str, Any]:
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    python = tuple(request["python"])
    return {
        wanted["key"]: (wheel_report if "wheel" in wanted else report)(wanted, python)
        for wanted in request["wanted"]
    }


def report(wanted: Mapping[str, Any], python: tuple[int, int]) -> dict[str, Any]:
    content = source(wanted)
    try:
        return module_report(content, wanted, python)
    except SyntaxError as error:
        # An encoding or a NUL byte is no line's fault.
        return {"syntax_error": f"line {error.lineno}: {error.msg}" if error.lineno else error.msg}
    except ValueError as error:  # A NUL byte, before CPython 3.12.
        return {"syntax_error": str(error)}
    except (RecursionError, MemoryError):  # An expression that is too deep for the parser.
        digest = hashlib.sha256(content).hexdigest()
        return {"unread": True, "names": [], "dynamic": True, "essence": digest}


def source(wanted: Mapping[str, Any]) -> bytes:
    if "entry" in wanted:
        import zipfile  # As below.

        with zipfile.ZipFile(wanted["path"]) as wheel:
            return wheel.read(wanted["entry"])
    with open(wanted["path"], "rb") as file:
        return file.read()


def module_report(
    content: bytes, wanted: Mapping[str, Any], python: tuple[int, int]
) -> dict[str, Any]:
    tree = ast.parse(content)
    names = names_bound(tree.body)
    reader = ImportReader(wanted.get("module", ""), wanted.get("package", False), python, content)
    reader.block(tree.body, CERTAIN)
    nodes = list(ast.walk(tree))
    is_lazy = "__getattr__" in names
    return {
        "module_texts": module_texts(nodes, is_settings=bool(_SETTINGS & names)),
        "file_texts": file_texts(nodes),
        "names": sorted(names),
        **handlers(tree.body, reader.package),
        "hinted": sorted(names_bound(tree.body, hints=True) - names),
        "dynamic": is_lazy or any(map(is_dynamic, nodes)),
        "lazy": is_lazy,
        "extends_path": any(map(extends_path, nodes)),
        "names_path": wanted.get("package", True) and names_path(nodes),
        "imports": reader.found,
        **({} if is_lazy else typing_only(tree, nodes, wanted, content)),
        "sets": sorted(attributes_set(nodes)),
        "words": words(nodes),
        # Only packages may be compared by what they mean.
        "essence": essence(tree, nodes) if wanted.get("package", True) else "",
        **finding(nodes),
    }


def wheel_report(wanted: Mapping[str, Any], python: tuple[int, int]) -> dict[str, Any]:
    # It takes long to import, and those who wait for an edit have no wheel to read.
    import zipfile

    with zipfile.ZipFile(wanted["wheel"]) as wheel:
        if "strings" in wanted or "imports" in wanted:
            return mentions_report(wheel, wanted)
        return {
            entry: entry_report(wheel.read(entry), module, is_package, python)
            for entry in wheel.namelist()
            for module, is_package in modules_of(entry)
        }


def mentions_report(wheel: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    texts, modules = set(wanted.get("strings", ())), set(wanted.get("imports", ()))
    words = [each.encode() for each in (*texts, *modules)]
    found: dict[str, Any] = {}
    for entry in wheel.namelist():
        if not any(modules_of(entry)):
            continue
        content = wheel.read(entry)
        if any(word in content for word in words):
            try:
                nodes = ast.walk(ast.parse(content))
                seen = {each for node in nodes for each in mentioned(node)}
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            named = {("s", text) for text in texts} | {("i", module) for module in modules}
            if named & seen:
                found[entry] = sorted(name for _, name in named & seen)
    return found


def mentioned(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The string literal that a node is ("s"), and the modules that it imports ("i")."""
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


def modules_of(entry: str) -> Iterator[tuple[str, bool]]:
    """The module that an entry of a wheel is installed as, and whether it is a package; if any."""
    *folders, name = entry.split("/")
    if not name.endswith(".py") or _TESTS.intersection(folders):
        return
    if folders and folders[0].endswith(".data"):
        if folders[1:2] not in (["purelib"], ["platlib"]):
            return
        folders = folders[2:]
    is_package = name == "__init__.py"
    yield ".".join(folders if is_package else [*folders, name[: -len(".py")]]), is_package


def entry_report(
    content: bytes, module: str, is_package: bool, python: tuple[int, int]
) -> dict[str, Any]:
    try:
        tree = ast.parse(content)
        body = tree.body
        is_lazy = b"__getattr__" in content and any(
            "__getattr__" in bound_by(node) for node in at_module_level(body)
        )
        reader = ImportReader(module, is_package, python, content, with_functions=False)
        reader.block(body, CERTAIN)
        if reader.computes:
            reader.read_strings(tree)
        # Few do, and a walk takes time.
        mentions = any(word in content for word in _OF_FINDING)
        found = finding(list(ast.walk(tree))) if mentions else {}
        sdk = sdk_imported(tree) if b"boto" in content else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Wheels ship templates, and code for other Pythons.
        return {"unread": True}
    more = {key: value for key, value in found.items() if value}
    if sdk:
        more["sdk"] = sdk
    if any(word in content for word in _PLUGIN_WORDS):
        more["loads_plugins"] = True
    return {"imports": reader.found, "lazy": is_lazy, **more}


def sdk_imported(tree: ast.AST) -> list[str]:
    """Those of boto3 and botocore that a module imports, in functions as well."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return sorted(found & {"boto3", "botocore"})


def names_bound(body: Sequence[ast.AST], *, hints: bool = False) -> set[str]:
    return {name for node in at_module_level(body, hints=hints) for name in bound_by(node)}


def at_module_level(body: Sequence[ast.AST], *, hints: bool = False) -> Iterator[ast.AST]:
    """Every node that importing the module runs in its own scope.

    With `hints`, those too that only type checkers heed.
    """
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.ClassDef):
            waiting.extend([*node.decorator_list, *node.bases, *node.keywords])
        elif isinstance(node, _FUNCTIONS):
            waiting.extend([*node.decorator_list, node.args])
            waiting.extend([node.returns] if node.returns else [])
        elif isinstance(node, ast.Lambda):
            waiting.append(node.args)
        elif isinstance(node, _COMPREHENSIONS):
            waiting.extend(assigned_within(node))
        elif isinstance(node, ast.If) and is_never_true(node.test):
            waiting.extend(node.orelse)
            if hints and not isinstance(node.test, ast.Compare):
                waiting.extend(node.body)
        elif isinstance(node, ast.AnnAssign) and node.value is None and not hints:
            continue  # An annotation alone binds nothing.
        else:
            waiting.extend(ast.iter_child_nodes(node))


def assigned_within(comprehension: ast.AST) -> Iterator[ast.expr]:
    """What `:=` in a comprehension binds: names of the scope around it, as PEP 572 has it."""
    waiting = [comprehension]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.NamedExpr):
            yield node.target
        waiting.extend(ast.iter_child_nodes(node.args if isinstance(node, ast.Lambda) else node))


def is_never_true(test: ast.expr) -> bool:
    """Whether a condition is false in an imported module: `TYPE_CHECKING`, or being `__main__`."""
    if isinstance(test, ast.Compare):
        return ast.unparse(test) == "__name__ == '__main__'"
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _DEFINITIONS):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if name:
            yield name


def handlers(body: Sequence[ast.stmt], package: str) -> dict[str, Any]:
    """What is known of names that a handler may have: those bound in one way only.

    Undecorated functions that return a coroutine or a generator, by kind and line; and names that
    one `from module import name` binds, by that module and name.
    """
    bound: dict[str, list[ast.AST]] = {}
    for node in at_module_level(body):
        for name in bound_by(node):
            bound.setdefault(name, []).append(node)
    kinds = {
        name: (kind_of(nodes[0]), getattr(nodes[0], "lineno", 0))
        for name, nodes in bound.items()
        if len(set(map(kind_of, nodes))) == 1
    }
    return {
        "unanswering": {name: [kind, line] for name, (kind, line) in kinds.items() if kind},
        "borrowed": {
            name: [module, alias.name]
            for name, nodes in bound.items()
            if len(nodes) == 1 and isinstance(nodes[0], ast.ImportFrom)
            for alias in nodes[0].names
            for module in [absolute(nodes[0].level, nodes[0].module or "", package)]
            if module and name == (alias.asname or alias.name)
        },
    }


def kind_of(node: ast.AST) -> str:
    """What an undecorated function is that returns something else than its answer; else nothing."""
    if not isinstance(node, _FUNCTIONS) or node.decorator_list:
        return ""
    is_async = isinstance(node, ast.AsyncFunctionDef)
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, (ast.Yield, ast.YieldFrom)):
            return "asynchronous generator function" if is_async else "generator function"
        if not isinstance(inner, (*_DEFINITIONS, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(inner))
    return "coroutine function" if is_async else ""


def is_dynamic(node: ast.AST) -> bool:
    """Whether this may bind names of the module that are not written down."""
    if isinstance(node, ast.Global):
        return True
    if isinstance(node, ast.ImportFrom):
        return any(each.name in ("*", "modules", *_BINDING_CALLS) for each in node.names)
    if isinstance(node, ast.Call):
        given = [*node.args, *(each.value for each in node.keywords)]
        is_named = any(getattr(each, "id", "") == "__name__" for each in given)
        return is_named and last_name(node.func) not in _NAMED_CALLS
    if isinstance(node, ast.Subscript):
        return last_name(node.value) == "modules"
    if isinstance(node, ast.Attribute):
        # `sys.modules[__name__] = …`
        return node.attr in ("modules", "__dict__", *_BINDING_CALLS)
    # Under another name, it may be called anywhere.
    return isinstance(node, ast.Name) and node.id in _BINDING_CALLS


def names_path(nodes: Sequence[ast.AST]) -> bool:
    return any(getattr(node, "id", "") == "__path__" for node in nodes)


def last_name(node: ast.AST) -> str:
    name: str = getattr(node, "attr", getattr(node, "id", ""))
    return name


def extends_path(node: ast.AST) -> bool:
    """Whether this makes a package lie in several folders, as `pkgutil` and `pkg_resources` do."""
    if not isinstance(node, ast.Call):
        return False
    return last_name(node.func) in ("extend_path", "declare_namespace")


# What of `sys` says where Python looks for modules.
_FINDERS = {"meta_path", "path", "path_hooks"}
# What code mentions that does anything of this, changes of `sys.path` aside.
_OF_FINDING = (b".modules", b"import modules", b"addsitedir", b"meta_path", b"path_hooks")
# What may be asked of `sys.modules` without a change to it; the changes are read off.
_KNOWN_METHODS = {"copy", "get", "items", "keys", "pop", "setdefault", "update", "values"}


def attributes_set(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that a module sets on what it imports, which may be modules."""
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and spelled(node.value).partition(".")[0] in imported
    }


# A dotted name alone, or as SQLAlchemy and others have it in a URL: `dialect+driver://…`.
_WORD = re.compile(r"(?:\w+\+)?([A-Za-z_]\w*(?:\.\w+)*)(?:://.*)?", re.DOTALL)


def words(nodes: Sequence[ast.AST]) -> dict[str, int]:
    """Words that may name a plug-in, each with its first line."""
    found: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = _WORD.fullmatch(node.value)
            if match:
                found[match[1]] = min(node.lineno, found.get(match[1], node.lineno))
    return found


def finding(nodes: Sequence[ast.AST]) -> dict[str, Any]:
    """What a module does to how Python finds modules, its own `__path__` aside."""
    of_sys = {
        alias.asname or alias.name: alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "sys"
        for alias in node.names
    }
    systems = {"sys", "_sys"}
    for node in nodes:
        if isinstance(node, ast.Import):
            systems.update(each.asname or "" for each in node.names if each.name == "sys")

    def meant(node: ast.AST) -> str:
        """The name of `sys` that a node means; empty if it is none."""
        if isinstance(node, ast.Attribute):
            return node.attr if last_name(node.value) in systems else ""
        return of_sys.get(node.id, "") if isinstance(node, ast.Name) else ""

    modules = [node for node in nodes if meant(node) == "modules"]
    known: set[ast.AST] = set()
    keys: list[ast.AST | None] = []
    for node in nodes if modules else ():
        known.update(each for each in plainly_used(node) if meant(each) == "modules")
        keys.extend(keys_set(node) if known.intersection(plainly_used(node)) else ())
    provided = {key.value for key in keys if isinstance(key, ast.Constant)}
    return {
        "provides": sorted(key for key in provided if isinstance(key, str)),
        "changes_path": not known.issuperset(modules)
        or _FINDERS.intersection(of_sys.values()) != set()
        or any(meant(node) in _FINDERS or last_name(node) == "addsitedir" for node in nodes)
        or any(not isinstance(key, ast.Constant) and spelled(key) != "__name__" for key in keys),
    }


def plainly_used(node: ast.AST) -> list[ast.expr]:
    """The parts of a node that it asks for an item, calls a known method of, or compares with."""
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return [node.func.value] if node.func.attr in _KNOWN_METHODS else []
    return node.comparators if isinstance(node, ast.Compare) else []


def keys_set(node: ast.AST) -> Sequence[ast.AST | None]:
    """The keys that an assignment or a call sets; `None` is one that cannot be told."""
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


# Calls that import a module by its name, apart from those that `ImportReader` reads: Django's and
# Werkzeug's.
_CALLS_WITH_MODULES = {"import_string", "include"}
# Names of variables, of the environment too, whose texts name a module.
_NAMES_WITH_MODULES = ("CONFIG_MODULE", "FLASK_APP", "SETTINGS_MODULE")
# A module that assigns one of these has Django's settings, and all its texts may name modules.
_SETTINGS = {"INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF"}


def module_texts(nodes: Sequence[ast.AST], *, is_settings: bool) -> list[list[Any]]:
    """The texts from which a framework imports modules, with an attribute after the name or not."""
    found = {
        (name, each.lineno)
        for node in nodes
        for value in values_with_modules(node, is_settings)
        for each in ast.walk(value)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
        for name in [each.value.partition(":")[0]]
        if all(map(str.isidentifier, name.split(".")))
    }
    return [list(each) for each in sorted(found)]


def values_with_modules(node: ast.AST, is_settings: bool) -> Iterator[ast.AST]:
    """The expressions of a node whose texts name modules."""
    if is_settings and isinstance(node, ast.Module):
        yield from (each.value for each in node.body if isinstance(each, ast.Assign))
    elif isinstance(node, ast.Call):
        if last_name(node.func) in _CALLS_WITH_MODULES:
            yield from node.args
        elif len(node.args) == 2 and names_modules(node.args[0]):  # `os.environ.setdefault(…)`
            yield node.args[1]
        yield from (each.value for each in node.keywords if names_modules(each.arg))
    elif isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values) if names_modules(key))
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(names_modules(getattr(each, "slice", each)) for each in targets):
            yield node.value


def names_modules(name: ast.AST | str | None) -> bool:
    if isinstance(name, ast.AST):
        name = getattr(name, "value", None) or last_name(name)
    return isinstance(name, str) and name.endswith(_NAMES_WITH_MODULES)


# Calls that take the parts of a path, and calls whose first text is a package that has the file.
_CALLS_WITH_PARTS = {"Path", "PurePath", "PurePosixPath", "join", "joinpath"}
_CALLS_WITH_PACKAGE = {
    *("PackageLoader", "files", "get_data", "open_binary", "open_text", "read_binary", "read_text"),
    *("resource_filename", "resource_listdir", "resource_stream", "resource_string"),
}
_CALLS_WITH_PATH = {"FileSystemLoader", "glob", "iglob", "listdir", "open", "rglob", "scandir"}
_PATH = re.compile(r"[\w@+-][\w@+.-]*(/[\w@+.-]+)*")
# A file name with an extension that is no module's.
_FILE = re.compile(r".*[\w@+-]\.(?!py$|pyc$)\w{0,9}[A-Za-z]\w{0,9}")
_TASK = "var/task/"


def file_texts(nodes: Sequence[ast.AST]) -> list[list[Any]]:
    """The texts that may name a file or a folder: those of paths, and others that look like one."""
    found: dict[str, list[Any]] = {}
    seen: set[ast.AST] = set()
    for node in nodes:  # What is around an expression comes before it.
        if node in seen:
            continue
        parts = path_parts(node)
        is_path = len(parts) > 1 or (parts[0] or "").endswith("/")
        if is_path:
            seen.update(ast.walk(node))
        elif isinstance(node, ast.Call) and last_name(node.func) in _CALLS_WITH_PATH:
            parts = [part for each in node.args for part in path_parts(each)]
            is_path = True
        for text in joined(parts):
            text = text.lstrip("./")
            text = text[len(_TASK) :] if text.startswith(_TASK) else text
            is_named = _PATH.fullmatch(text) and (is_path or _FILE.fullmatch(text))
            if is_named and len(text) < 200 and not found.get(text, ["", 0, False])[2]:
                found[text] = [text, getattr(node, "lineno", 0), is_path]
    return [found[text] for text in sorted(found)]


def path_parts(node: ast.AST) -> list[str | None]:
    """The texts of which an expression makes a path, in order; `None` for each unknown part."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else [None]
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Div)):
        return [*path_parts(node.left), *path_parts(node.right)]
    if not isinstance(node, ast.Call):
        return [None]
    name = last_name(node.func)
    before = getattr(node.func, "value", None)
    given = [part for each in node.args for part in path_parts(each)]
    if name in _CALLS_WITH_PACKAGE and given and given[0]:
        return [None, given[0].replace(".", "/"), *given[1:]]
    if name not in _CALLS_WITH_PARTS or isinstance(before, ast.Constant):
        return [None]
    return [*(path_parts(before) if name == "joinpath" and before else [None]), *given]


def joined(parts: Sequence[str | None]) -> Iterator[str]:
    """The paths that known parts make which follow each other."""
    for is_known, group in groupby(parts, lambda part: part is not None):
        if is_known:
            yield "/".join(part.strip("/") for part in group if part)


def essence(tree: ast.Module, nodes: Sequence[ast.AST]) -> str:
    """A digest of the tree whose nodes these are, after their docstrings are taken out."""
    for node in nodes:
        if (
            isinstance(node, (ast.Module, *_DEFINITIONS))
            and ast.get_docstring(node, clean=False) is not None
        ):
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


# How surely importing a module runs a statement of it: always; as far as one can see, maybe; not
# before something is called; only in the mind of a type checker.
CERTAIN, GUARDED, DEFERRED, TYPING = range(4)
_KINDS = "cgdt"
_UNKNOWN = object()
# A module-level statement that ends the run of the module.
_EXITS = {"exit()", "os._exit()", "quit()", "sys.exit()"}
# Parts of a statement that have a body and are no statements; the latter is new in 3.10.
_CLAUSES = (ast.excepthandler, getattr(ast, "match_case", ast.excepthandler))


class ImportReader:
    """Collects the imports of one module, in `found`.

    Their kinds: "c" for certain; "g" for guarded by a `try` that has handlers, an undecided `if`, a
    loop or a `with`; "d" for deferred by a function; "t" for typing. A condition on the platform or
    the version is decided for Linux and the given Python: a branch that cannot run is not read, and
    the one that must is as certain as what is around it. A relative import that leads above the top
    of a known module keeps its dots.
    """

    def __init__(
        self,
        module: str,
        is_package: bool,
        python: tuple[int, int],
        content: bytes,
        *,
        with_functions: bool = True,
    ) -> None:
        self.found: list[list[Any]] = []
        self.module = module
        self.package = module if is_package else module.rpartition(".")[0]
        self.with_functions = with_functions
        self.has_calls = b"import_module" in content or b"__import__" in content
        # Whether some call imports by a name that is worked out.
        self.computes = False
        # What holds in any patch release, and what type checkers believe.
        self.worlds = [facts(module, python, patch, False) for patch in (0, 1 << 20)]
        self.believed = [facts(module, python, 0, True)]

    def block(self, statements: Sequence[ast.stmt], kind: int) -> int:
        """Read statements that run as surely as `kind` says; tells how surely what follows does."""
        for node in statements:
            if self.has_calls:
                self.read_calls(node, kind)
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
        module = absolute(node.level, node.module or "", self.package)
        if self.module and not module:
            module = "." * node.level + (node.module or "")
        self.add(kind, module, [alias.name for alias in node.names], node.lineno)
        return kind

    def read_if(self, node: ast.If, kind: int) -> int:
        runs = decided(node.test, self.worlds)
        if runs is None:
            return self.read_guarded(node, kind)
        taken, other = (node.body, node.orelse) if runs else (node.orelse, node.body)
        if decided(node.test, self.believed) is not runs:
            self.block(other, TYPING)
        return self.block(taken, kind)

    def read_try(self, node: ast.Try, kind: int) -> int:
        if node.handlers:
            self.read_guarded(node, kind)
        else:
            kind = self.block(node.body, kind)
        return self.block(node.finalbody, kind)

    def read_guarded(self, node: ast.AST, kind: int) -> int:
        for field in ("body", "handlers", "cases", "orelse"):
            for each in getattr(node, field, ()):
                inner = [each] if isinstance(each, ast.stmt) else each.body
                self.block(inner, max(kind, GUARDED))
        return kind

    def read_class(self, node: ast.ClassDef, kind: int) -> int:
        return self.block(node.body, kind)

    def read_function(self, node: ast.FunctionDef, kind: int) -> int:
        if self.with_functions:
            self.block(node.body, max(kind, DEFERRED))
        return kind

    def read_end(self, node: ast.stmt, kind: int) -> int:
        # One under an undecided `if` changes nothing: where it runs, the import fails as well.
        ends = isinstance(node, ast.Raise) or spelled(getattr(node, "value", None)) in _EXITS
        return max(kind, GUARDED) if ends else kind

    def read_calls(self, node: ast.stmt, kind: int) -> None:
        """Literal `import_module("x")` and `__import__("x")`, those in the blocks aside."""
        waiting: list[ast.AST] = [node]
        while waiting:
            for child in ast.iter_child_nodes(waiting.pop()):
                if isinstance(child, (ast.stmt, *_CLAUSES)):
                    continue
                waiting.append(child)
                if isinstance(child, ast.Call) and is_import(child):
                    module = imported_by_call(child, self.module, self.package)
                    self.add(max(kind, GUARDED), module, [], child.lineno)
                    self.computes |= not module

    def read_strings(self, tree: ast.Module) -> None:
        """What a name that is worked out may be, as in `for name in ("a", "b"): __import__(name)`.

        It may be any string of the module, from the top or from the package on.
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


def typing_only(
    tree: ast.Module, nodes: Sequence[ast.AST], wanted: Mapping[str, Any], content: bytes
) -> dict[str, list[str]]:
    """The names that a module imports for type checkers alone, and those of them in its strings.

    The names are `a` for `import a`, and `a.b` for `from a import b`. Conditions on the version or
    the platform are not decided, so that the answer holds for every Python that runs the module. A
    string may import a name at run time, as in `lazy_import("a")`; so may `__getattr__`.
    """
    if b"TYPE_CHECKING" not in content and b"MYPY" not in content:
        return {}
    reader = ImportReader(wanted.get("module", ""), wanted.get("package", False), (0, 0), content)
    checking = checking_names(nodes)
    reader.worlds, reader.believed = ([dict.fromkeys(checking, is_so)] for is_so in (False, True))
    reader.block(tree.body, CERTAIN)
    hinted: set[str] = set()
    run: set[str] = set()
    for kind, module, names, _ in reader.found:
        found = hinted if kind == _KINDS[TYPING] else run
        found.update([module, *(f"{module}.{name}" for name in names)])
    strings: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.lstrip(".").partition(":")[0]
            strings.update([text, f"{reader.package}.{text}"])
    # Who owns `a.b` may also be found by `a`.
    steps = {start for name in hinted for start in accumulate(name.split("."), "{}.{}".format)}
    return {"typed": sorted(hinted - run), "spelled": sorted(steps & strings)}


def checking_names(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that are false at run time and true for type checkers in this module."""
    found = {"TYPE_CHECKING"}
    others: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found.update(a.asname for a in node.names if a.name == "TYPE_CHECKING" and a.asname)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {each.id for each in targets if isinstance(each, ast.Name)}
            is_false = isinstance(node.value, ast.Constant) and not node.value.value
            # mypy takes both names for true, wherever they come from.
            found.update(names & {"MYPY"} if is_false else ())
            others.update(() if is_false else names)
    return found - others


_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)
_COMPOUND = (*_LOOPS, getattr(ast, "Match", ast.While))  # The last is new in 3.10.
_READERS: dict[type, Any] = {
    ast.Import: ImportReader.read_import,
    ast.ImportFrom: ImportReader.read_import_from,
    ast.If: ImportReader.read_if,
    ast.Try: ImportReader.read_try,
    getattr(ast, "TryStar", ast.Try): ImportReader.read_try,  # New in 3.11.
    ast.ClassDef: ImportReader.read_class,
    **dict.fromkeys(_FUNCTIONS, ImportReader.read_function),
    **dict.fromkeys((ast.Raise, ast.Expr), ImportReader.read_end),
    **dict.fromkeys(_COMPOUND, ImportReader.read_guarded),
}


def absolute(level: int, module: str, package: str) -> str:
    """The absolute name that a relative import means; empty where that cannot be told."""
    if not level:
        return module
    steps = package.split(".") if package else []
    steps = steps[: len(steps) - level + 1] if level <= len(steps) else []
    return ".".join([*steps, module] if module else steps) if steps else ""


def is_import(node: ast.Call) -> bool:
    called = spelled(node.func).rpartition(".")[2]
    return called in ("import_module", "__import__") and bool(node.args)


def imported_by_call(node: ast.Call, module: str, package: str) -> str:
    """The module that such a call imports by a literal name; empty if that cannot be told."""
    name = getattr(node.args[0], "value", None)
    if not isinstance(name, str) or not isinstance(node.args[0], ast.Constant):
        return ""
    relative = name.lstrip(".")
    if relative == name:
        return name
    anchors = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "package")]
    known = {"__name__": module, "__package__": package}
    anchor = value(anchors[0], known) if anchors else ""
    return absolute(len(name) - len(relative), relative, anchor if isinstance(anchor, str) else "")


def facts(module: str, python: tuple[int, int], patch: int, typing: bool) -> dict[str, Any]:
    """What conditions may ask for, by the words in which they do."""
    return {
        "sys.platform": "linux",
        "os.name": "posix",
        "platform.system()": "Linux",
        "platform.python_implementation()": "CPython",
        "sys.implementation.name": "cpython",
        "sys.version_info": (*python, patch, "final", 0),
        "sys.version_info.major": python[0],
        "sys.version_info.minor": python[1],
        "TYPE_CHECKING": typing,
        "__name__": module,
    }


def decided(test: ast.expr, worlds: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether a condition holds, if it does or does not in all these worlds."""
    try:
        values = [value(test, world) for world in worlds]
    except (AttributeError, IndexError, TypeError):  # A version and a text, say.
        return None
    if _UNKNOWN in values or len(set(map(bool, values))) > 1:
        return None
    return bool(values[0])


def value(node: ast.expr | None, world: Mapping[str, Any]) -> Any:
    """What an expression gives, as far as it is made of facts and literals."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        items = tuple(value(each, world) for each in node.elts)
        return _UNKNOWN if _UNKNOWN in items else items
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        operand = value(node.operand, world)
        return operand if operand is _UNKNOWN else not operand
    if isinstance(node, ast.BoolOp):
        # One operand can settle it, whatever the others are.
        settles = isinstance(node.op, ast.Or)
        operands = [value(each, world) for each in node.values]
        if any(each is not _UNKNOWN and bool(each) is settles for each in operands):
            return settles
        return _UNKNOWN if _UNKNOWN in operands else not settles
    if isinstance(node, ast.Compare):
        return compared(node, world)
    if isinstance(node, ast.Subscript):
        return part(node, world)
    if isinstance(node, ast.Call) and node.args:
        return starts_with(node, world)
    return world.get(spelled(node), _UNKNOWN)


_COMPARISONS: dict[type, Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def compared(node: ast.Compare, world: Mapping[str, Any]) -> Any:
    operands = [value(each, world) for each in (node.left, *node.comparators)]
    if _UNKNOWN in operands or any(type(each) not in _COMPARISONS for each in node.ops):
        return _UNKNOWN
    pairs = zip(node.ops, operands, operands[1:])
    return all(_COMPARISONS[type(each)](left, right) for each, left, right in pairs)


def part(node: ast.Subscript, world: Mapping[str, Any]) -> Any:
    """The major version, the minor, or both, out of `sys.version_info`."""
    version = value(node.value, world)
    if not isinstance(version, tuple):
        return _UNKNOWN
    if isinstance(node.slice, ast.Slice):
        upper = value(node.slice.upper, world)
        is_known = node.slice.lower is None and node.slice.step is None and upper in (1, 2)
        return version[:upper] if is_known else _UNKNOWN
    index = value(node.slice, world)
    return version[index] if index in (0, 1) else _UNKNOWN


def starts_with(node: ast.Call, world: Mapping[str, Any]) -> Any:
    """`sys.platform.startswith("win")`, and the same of other facts."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "startswith":
        return _UNKNOWN
    whole, start = value(node.func.value, world), value(node.args[0], world)
    return _UNKNOWN if _UNKNOWN in (whole, start) else whole.startswith(start)


def spelled(node: ast.AST | None) -> str:
    """The words of a dotted name, or of a call of one without arguments; else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr if node.attr == "TYPE_CHECKING" else f"{spelled(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{spelled(node.func)}()"
    return ""


if __name__ == "__main__":
    # What strange escapes in strings of users deserve is not said here.
    warnings.simplefilter("ignore")
    # Trees have no circles; looking for some takes time.
    gc.disable()
    json.dump(main(sys.argv[1]), sys.stdout, sort_keys=True, separators=(",", ":"))
