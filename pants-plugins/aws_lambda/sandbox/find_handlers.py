"""Finds the Lambda handlers in Python files, and prints them as JSON on standard output.

    python3.X find_handlers.py REQUEST.json

REQUEST is a list of paths. The output maps each path to the names of its handlers, in the order of
their lines. A file that does not parse has none. The program does not run the files.

Handlers are public names that a module binds at its top level:

- a function `lambda_handler` with two required parameters
- a function whose two required parameters are called `event` and `context`, or have the types that
  AWS's libraries give them
- an object that a web framework's adapter creates, such as `handler = Mangum(app)`

A handler that another handler of the module calls, or passes to a call, is no handler of its own.

Pants runs this program with the newest Python of the machine, because an older parser rejects newer
syntax. It requires CPython 3.9 or newer and the standard library.
"""

from __future__ import annotations

import ast
import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence

from aws_lambda.sandbox.syntax.bindings import nodes_in_module_scope
from aws_lambda.sandbox.syntax.names import dotted_name, last_name

_HANDLER = "lambda_handler"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Names of parameters, without underscores at their ends.
_EVENTS = {"event", "evt"}
_CONTEXTS = {"aws_context", "context", "ctx", "lambda_context"}
# Packages with types of events, and with a `Context` or `LambdaContext`.
_TYPE_PACKAGES = (
    "aws_lambda_context",
    "aws_lambda_powertools",
    "aws_lambda_typing",
    "awslambdaric",
)
# Callables that return a handler, by package.
_ADAPTERS = {
    "apig_wsgi": "make_lambda_handler",
    "chalice": "Chalice",
    "flask_lambda": "FlaskLambda",
    "mangum": "Mangum",
}


def main(request_path: str) -> dict[str, list[str]]:
    with open(request_path, encoding="utf-8") as file:
        paths = json.load(file)
    return {path: handlers_in_file(path) for path in paths}


def handlers_in_file(path: str) -> list[str]:
    with open(path, "rb") as file:
        content = file.read()
    try:
        return handlers_in(ast.parse(content))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def handlers_in(tree: ast.Module) -> list[str]:
    """Return the names of the handlers in the order of their lines."""
    origins = imported_names(tree)
    found: dict[str, ast.AST] = {}
    nodes = [node for node in nodes_in_module_scope(tree.body) if isinstance(node, ast.stmt)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        if isinstance(node, _FUNCTIONS):
            if is_handler(node.name, node.args, origins):
                found[node.name] = node
        else:
            for name, value in assigned_names(node):
                if returns_handler(name, value, origins):
                    found[name] = value
    public = {name: node for name, node in found.items() if not name.startswith("_")}
    helpers = {
        called
        for name, node in public.items()
        for called in names_called_in(node)
        if called != name
    }
    return [name for name in public if name not in helpers] or list(public)


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return the dotted names of imports by the names that they bind, anywhere in the module."""
    return {
        alias.asname
        or alias.name.partition(".")[0]: (
            f"{node.module}.{alias.name}"
            if isinstance(node, ast.ImportFrom)
            else alias.name if alias.asname else alias.name.partition(".")[0]
        )
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def assigned_names(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield each plain name that a statement assigns, with the value."""
    targets: Sequence[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    value = getattr(node, "value", None)
    for target in targets:
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, value


def returns_handler(name: str, value: ast.expr, origins: Mapping[str, str]) -> bool:
    """Return whether a value that the module assigns to this name is a handler."""
    if isinstance(value, ast.Lambda):
        return is_handler(name, value.args, origins)
    if not isinstance(value, ast.Call):
        return False
    if _HANDLER in (name, last_name(value.func)):  # `SkillBuilder().lambda_handler()`
        return True
    package, _, called = full_name(value.func, origins).partition(".")
    return package in _ADAPTERS and called.rpartition(".")[2] == _ADAPTERS[package]


def is_handler(name: str, parameters: ast.arguments, origins: Mapping[str, str]) -> bool:
    """Return whether Lambda could call a function with these parameters."""
    positional = [*parameters.posonlyargs, *parameters.args]
    required = positional[: len(positional) - len(parameters.defaults)]
    if len(required) != 2 or any(default is None for default in parameters.kw_defaults):
        return False
    if name == _HANDLER:
        return True
    event, context = required
    event_name, context_name = (each.arg.strip("_").lower() for each in required)
    if any(is_context_type(each) for each in types_in(context.annotation, origins)):
        return True
    if context_name in _CONTEXTS:
        return event_name in {*_EVENTS, ""} or any(
            each.partition(".")[0] in _TYPE_PACKAGES for each in types_in(event.annotation, origins)
        )
    # `def handler(event, _)`
    return event_name in _EVENTS and not context_name and "handler" in name


def is_context_type(name: str) -> bool:
    package, last = name.partition(".")[0], name.rpartition(".")[2]
    return last == "LambdaContext" or (last == "Context" and package in _TYPE_PACKAGES)


def types_in(annotation: ast.expr | None, origins: Mapping[str, str]) -> Iterator[str]:
    """Yield the dotted names in an annotation, which may be a string."""
    for node in ast.walk(annotation) if annotation else ():
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield full_name(node, origins)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield from types_in(ast.parse(node.value, mode="eval").body, origins)
            except SyntaxError:
                continue


def full_name(node: ast.expr, origins: Mapping[str, str]) -> str:
    """Return the dotted name of an expression, beginning with the package that it comes from."""
    first, dot, rest = dotted_name(node).partition(".")
    return f"{origins.get(first, first)}{dot}{rest}"


def names_called_in(node: ast.AST) -> Iterator[str]:
    """Yield the plain names that a function or an expression calls, or passes to a call.

    Decorators do not count: `@app.lambda_function()` creates another handler than `app`.
    """
    body = node.body if isinstance(node, _FUNCTIONS) else [node]
    for each in (each for part in body for each in ast.walk(part)):
        if isinstance(each, ast.Call):
            for name in (each.func, *each.args, *(keyword.value for keyword in each.keywords)):
                if isinstance(name, ast.Name):
                    yield name.id


if __name__ == "__main__":
    # Newer versions of Python warn of invalid escapes in strings, which do not matter here.
    warnings.simplefilter("ignore")
    json.dump(main(sys.argv[1]), sys.stdout, sort_keys=True, separators=(",", ":"))
