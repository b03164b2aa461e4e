"""Names that importing a module binds, and a digest of what its code means."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from aws_lambda.sandbox.syntax.names import absolute_module, dotted_name, last_name

# Calls that may bind names which the source does not contain.
_BINDING_CALLS = {"__import__", "exec", "global_enum", "globals", "locals", "setattr", "vars"}
# Calls that often get `__name__`, and that bind nothing in its module.
_CALLS_WITH_NAME = {
    *("getLogger", "get_logger", "getChild", "Logger", "Tracer", "Flask", "Blueprint", "Celery"),
    *("import_module", "files"),
}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)


def bound_names(body: Sequence[ast.AST], *, type_checking: bool = False) -> set[str]:
    """Return the names that importing a module binds, given the statements of the module.

    With `type_checking`, add the names that only type checkers see.
    """
    nodes = nodes_in_module_scope(body, type_checking=type_checking)
    return {name for node in nodes for name in names_bound_by(node)}


def nodes_in_module_scope(
    body: Sequence[ast.AST], *, type_checking: bool = False
) -> Iterator[ast.AST]:
    """Yield every node that importing the module evaluates in the scope of the module.

    With `type_checking`, yield the nodes that only type checkers evaluate as well.
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
            waiting.extend(_named_expression_targets(node))
        elif isinstance(node, ast.If) and _is_never_true(node.test):
            waiting.extend(node.orelse)
            if type_checking and not isinstance(node.test, ast.Compare):
                waiting.extend(node.body)
        elif isinstance(node, ast.AnnAssign) and node.value is None and not type_checking:
            continue  # An annotation without a value binds nothing.
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _named_expression_targets(comprehension: ast.AST) -> Iterator[ast.expr]:
    """Yield the targets of `:=` in a comprehension. PEP 572 puts them into the scope around it."""
    waiting = [comprehension]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.NamedExpr):
            yield node.target
        waiting.extend(ast.iter_child_nodes(node.args if isinstance(node, ast.Lambda) else node))


def _is_never_true(test: ast.expr) -> bool:
    """Return whether a condition is `TYPE_CHECKING`, or that the module is the main program."""
    if isinstance(test, ast.Compare):
        return ast.unparse(test) == "__name__ == '__main__'"
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node binds itself, without those that its parts bind."""
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


def handler_facts(body: Sequence[ast.stmt], package: str) -> dict[str, Any]:
    """Return facts about names that may be handlers, if the module binds each in a single way.

    "unanswering" has the kind and the line of each undecorated function that returns a coroutine or
    a generator. "borrowed" has the module and the original name of each name that a single
    `from module import name` binds.
    """
    bound: dict[str, list[ast.AST]] = {}
    for node in nodes_in_module_scope(body):
        for name in names_bound_by(node):
            bound.setdefault(name, []).append(node)
    kinds = {
        name: (_unanswering_kind(nodes[0]), getattr(nodes[0], "lineno", 0))
        for name, nodes in bound.items()
        if len(set(map(_unanswering_kind, nodes))) == 1
    }
    return {
        "unanswering": {name: [kind, line] for name, (kind, line) in kinds.items() if kind},
        "borrowed": {
            name: [module, alias.name]
            for name, nodes in bound.items()
            if len(nodes) == 1 and isinstance(nodes[0], ast.ImportFrom)
            for alias in nodes[0].names
            for module in [absolute_module(nodes[0].level, nodes[0].module or "", package)]
            if module and name == (alias.asname or alias.name)
        },
    }


def _unanswering_kind(node: ast.AST) -> str:
    """Return the kind of an undecorated function that returns a coroutine or a generator.

    It is "" for every other node.
    """
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
    """Return whether a node may bind names of the module that the source does not contain."""
    if isinstance(node, ast.Global):
        return True
    if isinstance(node, ast.ImportFrom):
        return any(each.name in ("*", "modules", *_BINDING_CALLS) for each in node.names)
    if isinstance(node, ast.Call):
        arguments = [*node.args, *(each.value for each in node.keywords)]
        gets_name = any(getattr(each, "id", "") == "__name__" for each in arguments)
        return gets_name and last_name(node.func) not in _CALLS_WITH_NAME
    if isinstance(node, ast.Subscript):
        return last_name(node.value) == "modules"
    if isinstance(node, ast.Attribute):
        # For example `sys.modules[__name__] = …`.
        return node.attr in ("modules", "__dict__", *_BINDING_CALLS)
    # A name without a call counts, because the module may call it by another name.
    return isinstance(node, ast.Name) and node.id in _BINDING_CALLS


def mentions_package_path(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a module mentions its `__path__`."""
    return any(getattr(node, "id", "") == "__path__" for node in nodes)


def extends_path(node: ast.AST) -> bool:
    """Return whether a call extends a package over several folders.

    `pkgutil.extend_path` and `pkg_resources.declare_namespace` do.
    """
    if not isinstance(node, ast.Call):
        return False
    return last_name(node.func) in ("extend_path", "declare_namespace")


def attributes_set(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names of attributes that a module sets on its imports, which may be modules."""
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
        and dotted_name(node.value).partition(".")[0] in imported
    }


def syntax_digest(tree: ast.Module, nodes: Sequence[ast.AST]) -> str:
    """Return the SHA-256 of a tree without its docstrings.

    `nodes` are all nodes of the tree. Their docstrings are removed in place.
    """
    for node in nodes:
        if (
            isinstance(node, (ast.Module, *_DEFINITIONS))
            and ast.get_docstring(node, clean=False) is not None
        ):
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
