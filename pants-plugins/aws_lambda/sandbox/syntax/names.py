"""Names in syntax trees: dotted names, their last part, and absolute names of modules."""

from __future__ import annotations

import ast


def dotted_name(node: ast.AST | None) -> str:
    """Return a dotted name as text, a call as the name and `()`, and anything else as "".

    `TYPE_CHECKING` loses the module before it.
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        if node.attr == "TYPE_CHECKING":
            return node.attr
        return f"{dotted_name(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted_name(node.func)}()"
    return ""


def last_name(node: ast.AST) -> str:
    """Return the last part of a dotted name, and "" for any other expression."""
    name: str = getattr(node, "attr", getattr(node, "id", ""))
    return name


def absolute_module(level: int, module: str, package: str) -> str:
    """Return the absolute name of the module that `from <level dots>module import` means.

    It is "" if `package`, which contains the import, is unknown or has too few parents.
    """
    if not level:
        return module
    steps = package.split(".") if package else []
    steps = steps[: len(steps) - level + 1] if level <= len(steps) else []
    return ".".join([*steps, module] if module else steps) if steps else ""
