"""String literals that may name modules, plug-ins, files or folders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from aws_lambda.sandbox.syntax.names import last_name

# A dotted name, alone or in a URL such as SQLAlchemy's `dialect+driver://…`.
_WORD = re.compile(r"(?:\w+\+)?([A-Za-z_]\w*(?:\.\w+)*)(?:://.*)?", re.DOTALL)


def words(nodes: Sequence[ast.AST]) -> dict[str, int]:
    """Return the words that may name a plug-in, each with its first line."""
    found: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = _WORD.fullmatch(node.value)
            if match:
                found[match[1]] = min(node.lineno, found.get(match[1], node.lineno))
    return found


# Calls of Django and Werkzeug that import a module by its name. `ImportReader` reads others.
_CALLS_WITH_MODULES = {"import_string", "include"}
# Endings of variables, also in the environment, whose texts name a module.
_NAMES_WITH_MODULES = ("CONFIG_MODULE", "FLASK_APP", "SETTINGS_MODULE")
# A module that binds one of these contains Django's settings, whose texts may all name modules.
SETTINGS_OF_DJANGO = {"INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF"}


def module_texts(nodes: Sequence[ast.AST], *, is_settings: bool) -> list[list[Any]]:
    """Return `[module, line]` for each text from which a framework may import a module.

    A text may name an attribute after the module, as in `web.app:create`.
    """
    found = {
        (name, each.lineno)
        for node in nodes
        for value in _values_with_modules(node, is_settings)
        for each in ast.walk(value)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
        for name in [each.value.partition(":")[0]]
        if all(map(str.isidentifier, name.split(".")))
    }
    return [list(each) for each in sorted(found)]


def _values_with_modules(node: ast.AST, is_settings: bool) -> Iterator[ast.AST]:
    """Yield the expressions of a node whose texts name modules."""
    if is_settings and isinstance(node, ast.Module):
        yield from (each.value for each in node.body if isinstance(each, ast.Assign))
    elif isinstance(node, ast.Call):
        if last_name(node.func) in _CALLS_WITH_MODULES:
            yield from node.args
        elif len(node.args) == 2 and _names_module(node.args[0]):  # `os.environ.setdefault(…)`
            yield node.args[1]
        yield from (each.value for each in node.keywords if _names_module(each.arg))
    elif isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values) if _names_module(key))
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(_names_module(getattr(each, "slice", each)) for each in targets):
            yield node.value


def _names_module(variable: ast.AST | str | None) -> bool:
    if isinstance(variable, ast.AST):
        variable = getattr(variable, "value", None) or last_name(variable)
    return isinstance(variable, str) and variable.endswith(_NAMES_WITH_MODULES)


# Calls whose arguments are the parts of a path.
_CALLS_WITH_PARTS = {"Path", "PurePath", "PurePosixPath", "join", "joinpath"}
# Calls whose first argument is the package that contains the file.
_CALLS_WITH_PACKAGE = {
    *("PackageLoader", "files", "get_data", "open_binary", "open_text", "read_binary", "read_text"),
    *("resource_filename", "resource_listdir", "resource_stream", "resource_string"),
}
_CALLS_WITH_PATH = {"FileSystemLoader", "glob", "iglob", "listdir", "open", "rglob", "scandir"}
_PATH = re.compile(r"[\w@+-][\w@+.-]*(/[\w@+.-]+)*")
# A file name with an extension other than those of modules.
_FILE = re.compile(r".*[\w@+-]\.(?!py$|pyc$)\w{0,9}[A-Za-z]\w{0,9}")
_TASK = "var/task/"


def file_texts(nodes: Sequence[ast.AST]) -> list[list[Any]]:
    """Return `[text, line, is_path]` for each text that may name a file or a folder.

    `is_path` says that the code uses the text in a path. Other texts have the form of a file name.
    """
    found: dict[str, list[Any]] = {}
    seen: set[ast.AST] = set()
    for node in nodes:  # An expression comes before its parts.
        if node in seen:
            continue
        parts = _path_parts(node)
        is_path = len(parts) > 1 or (parts[0] or "").endswith("/")
        if is_path:
            seen.update(ast.walk(node))
        elif isinstance(node, ast.Call) and last_name(node.func) in _CALLS_WITH_PATH:
            parts = [part for each in node.args for part in _path_parts(each)]
            is_path = True
        for text in _joined_paths(parts):
            text = text.lstrip("./")
            text = text[len(_TASK) :] if text.startswith(_TASK) else text
            is_named = _PATH.fullmatch(text) and (is_path or _FILE.fullmatch(text))
            if is_named and len(text) < 200 and not found.get(text, ["", 0, False])[2]:
                found[text] = [text, getattr(node, "lineno", 0), is_path]
    return [found[text] for text in sorted(found)]


def _path_parts(node: ast.AST) -> list[str | None]:
    """Return the parts of the path that an expression makes, with `None` for unknown parts."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else [None]
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Div)):
        return [*_path_parts(node.left), *_path_parts(node.right)]
    if not isinstance(node, ast.Call):
        return [None]
    name = last_name(node.func)
    before = getattr(node.func, "value", None)
    arguments = [part for each in node.args for part in _path_parts(each)]
    if name in _CALLS_WITH_PACKAGE and arguments and arguments[0]:
        return [None, arguments[0].replace(".", "/"), *arguments[1:]]
    if name not in _CALLS_WITH_PARTS or isinstance(before, ast.Constant):
        return [None]
    start = _path_parts(before) if name == "joinpath" and before else [None]
    return [*start, *arguments]


def _joined_paths(parts: Sequence[str | None]) -> Iterator[str]:
    """Yield the path that each run of known parts makes."""
    for is_known, group in groupby(parts, lambda part: part is not None):
        if is_known:
            yield "/".join(part.strip("/") for part in group if part)
