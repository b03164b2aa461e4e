"""Reports what Python files bind at their top level, as JSON on standard output. It judges nothing.

    python3.X read_module.py REQUEST.json

The request is a list of `{"key": ..., "path": ...}`, with `"entry"` too where the file lies in the
wheel at `path`. For each key the report says which names the module binds, whether it may bind
names that reading cannot see, where its syntax is wrong, whether it holds nothing but comments,
whether it lets its package lie in several folders, and a digest of what it means: its syntax tree
without docstrings.

Run by a Python as new as the code, since an older one could not read it. Standard library only,
CPython 3.9 or newer.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

# What code may call to bind names of its module that nobody can read off.
_BINDING_CALLS = {"__import__", "exec", "globals", "setattr", "vars"}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Their bodies have names of their own.
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def main(request_path: str) -> dict[str, Any]:
    with open(request_path, encoding="utf-8") as file:
        request: list[dict[str, str]] = json.load(file)
    return {wanted["key"]: report(wanted) for wanted in request}


def report(wanted: dict[str, str]) -> dict[str, Any]:
    try:
        tree = ast.parse(source(wanted))
    except SyntaxError as error:
        # An encoding or a NUL byte is no line's fault.
        return {"syntax_error": f"line {error.lineno}: {error.msg}" if error.lineno else error.msg}
    except ValueError as error:  # A NUL byte, before CPython 3.12.
        return {"syntax_error": str(error)}
    names: set[str] = set()
    for node in at_module_level(tree.body):
        names.update(bound_by(node))
    return {
        "names": sorted(names),
        "dynamic": "__getattr__" in names or any(map(is_dynamic, ast.walk(tree))),
        "empty": not tree.body,
        "extends_path": any(map(extends_path, ast.walk(tree))),
        "essence": hashlib.sha256(ast.dump(without_docstrings(tree)).encode()).hexdigest(),
    }


def source(wanted: dict[str, str]) -> bytes:
    if "entry" in wanted:
        with zipfile.ZipFile(wanted["path"]) as wheel:
            return wheel.read(wanted["entry"])
    with open(wanted["path"], "rb") as file:
        return file.read()


def at_module_level(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Every node that importing the module runs in its own scope."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _DEFINITIONS):
            waiting.extend(node.decorator_list)
        elif isinstance(node, ast.If) and is_never_true(node.test):
            waiting.extend(node.orelse)
        elif isinstance(node, ast.AnnAssign) and node.value is None:
            continue  # An annotation alone binds nothing.
        elif not isinstance(node, _SCOPES):
            waiting.extend(ast.iter_child_nodes(node))


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


def is_dynamic(node: ast.AST) -> bool:
    """Whether this may bind names of the module that are not written down."""
    if isinstance(node, ast.Global):
        return True
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in _BINDING_CALLS
    if isinstance(node, ast.Attribute):
        # `sys.modules[__name__] = …`
        return node.attr == "modules" and getattr(node.value, "id", "") == "sys"
    return False


def extends_path(node: ast.AST) -> bool:
    """Whether this makes a package lie in several folders, as `pkgutil` and `pkg_resources` do."""
    if not isinstance(node, ast.Call):
        return False
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return called in ("extend_path", "declare_namespace")


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, *_DEFINITIONS))
            and ast.get_docstring(node, clean=False) is not None
        ):
            del node.body[0]
    return tree


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout, sort_keys=True)
