"""Evaluates conditions on the platform and the version of Python, as far as they are known.

An expression is evaluated with facts, which map an expression such as `sys.platform` to its value.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda.sandbox.syntax.names import dotted_name

_UNKNOWN = object()


def facts_in_lambda(
    module: str, python: tuple[int, int], patch: int, *, type_checking: bool
) -> dict[str, Any]:
    """Return the values of expressions in a module that Lambda runs on this version of Python."""
    return {
        "sys.platform": "linux",
        "os.name": "posix",
        "platform.system()": "Linux",
        "platform.python_implementation()": "CPython",
        "sys.implementation.name": "cpython",
        "sys.version_info": (*python, patch, "final", 0),
        "sys.version_info.major": python[0],
        "sys.version_info.minor": python[1],
        "TYPE_CHECKING": type_checking,
        "__name__": module,
    }


def decide(test: ast.expr, cases: Sequence[Mapping[str, Any]]) -> bool | None:
    """Return whether a condition holds with each of these sets of facts.

    It is `None` if a value is unknown, or if the condition holds in some cases only.
    """
    try:
        values = [_evaluate(test, facts) for facts in cases]
    except (AttributeError, IndexError, TypeError):  # For example, a version compared with text.
        return None
    if _UNKNOWN in values or len(set(map(bool, values))) > 1:
        return None
    return bool(values[0])


def known_value(node: ast.expr, facts: Mapping[str, Any]) -> Any:
    """Return the value of an expression of facts and literals, and `None` if it is unknown."""
    value = _evaluate(node, facts)
    return None if value is _UNKNOWN else value


def _evaluate(node: ast.expr | None, facts: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        items = tuple(_evaluate(each, facts) for each in node.elts)
        return _UNKNOWN if _UNKNOWN in items else items
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        operand = _evaluate(node.operand, facts)
        return operand if operand is _UNKNOWN else not operand
    if isinstance(node, ast.BoolOp):
        # A single operand can decide the result even if others are unknown.
        decisive = isinstance(node.op, ast.Or)
        operands = [_evaluate(each, facts) for each in node.values]
        if any(each is not _UNKNOWN and bool(each) is decisive for each in operands):
            return decisive
        return _UNKNOWN if _UNKNOWN in operands else not decisive
    if isinstance(node, ast.Compare):
        return _compare(node, facts)
    if isinstance(node, ast.Subscript):
        return _version_part(node, facts)
    if isinstance(node, ast.Call) and node.args:
        return _starts_with(node, facts)
    return facts.get(dotted_name(node), _UNKNOWN)


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


def _compare(node: ast.Compare, facts: Mapping[str, Any]) -> Any:
    operands = [_evaluate(each, facts) for each in (node.left, *node.comparators)]
    if _UNKNOWN in operands or any(type(each) not in _COMPARISONS for each in node.ops):
        return _UNKNOWN
    pairs = zip(node.ops, operands, operands[1:])
    return all(_COMPARISONS[type(each)](left, right) for each, left, right in pairs)


def _version_part(node: ast.Subscript, facts: Mapping[str, Any]) -> Any:
    """Return the major version, the minor version or both, from `sys.version_info`."""
    version = _evaluate(node.value, facts)
    if not isinstance(version, tuple):
        return _UNKNOWN
    if isinstance(node.slice, ast.Slice):
        upper = _evaluate(node.slice.upper, facts)
        is_known = node.slice.lower is None and node.slice.step is None and upper in (1, 2)
        return version[:upper] if is_known else _UNKNOWN
    index = _evaluate(node.slice, facts)
    return version[index] if index in (0, 1) else _UNKNOWN


def _starts_with(node: ast.Call, facts: Mapping[str, Any]) -> Any:
    """Evaluate a call such as `sys.platform.startswith("win")`."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "startswith":
        return _UNKNOWN
    whole, start = _evaluate(node.func.value, facts), _evaluate(node.args[0], facts)
    return _UNKNOWN if _UNKNOWN in (whole, start) else whole.startswith(start)
