"""Resolves CloudFormation's references to the values that the template itself contains.

A parameter has the value of its `Default`. Conditions, attributes of resources, exports of other
stacks and pseudo parameters are only known at deployment, and are reported as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aws_lambda.templates.declared_functions import Literal
from aws_lambda.templates.documents import ListNode, MappingNode, Node, ScalarNode

# The names that `!Sub` replaces. `${!Name}` is the text `${Name}`.
_SUBSTITUTED = re.compile(r"\$\{(!?)([^}]*)\}")
_NO_VALUE = "AWS::NoValue"


@dataclass(frozen=True)
class Unknown:
    """A value that the template does not contain. `reason` completes "it is ..."."""

    reason: str
    line: int


class UnknownValue(Exception):
    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.unknown = Unknown(reason, line)


def intrinsic(node: Node | None) -> str | None:
    """Return the name of the intrinsic function that a node calls, such as "Fn::Sub", or None."""
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        [entry] = node.entries
        if entry.key in ("Ref", "Condition") or entry.key.startswith("Fn::"):
            return entry.key
    return None


def is_no_value(node: Node | None) -> bool:
    """Return whether a property is absent: null, or a reference to `AWS::NoValue`."""
    if isinstance(node, ScalarNode):
        return node.kind == "null"
    return node is None or (intrinsic(node) == "Ref" and _argument_text(node) == _NO_VALUE)


@dataclass(frozen=True)
class References:
    """Everything in a template that a reference can name.

    `resources` maps logical IDs to types. References to resources whose type is in `named` resolve
    to the logical ID.
    """

    parameters: MappingNode
    mappings: MappingNode
    resources: dict[str, str] = field(default_factory=dict, hash=False)
    named: tuple[str, ...] = ()

    def resolve(self, node: Node) -> Literal | Unknown:
        """Return the text of a node. A list of texts is joined with commas."""
        try:
            return Literal(self._text(node), node.line)
        except UnknownValue as error:
            return Unknown(error.unknown.reason, node.line)

    def resolve_items(self, node: Node) -> tuple[Literal | Unknown, ...]:
        """Return the texts of a list, without items that are absent."""
        if isinstance(node, ListNode):
            return tuple(self.resolve(each) for each in node.items if not is_no_value(each))
        resolved = self.resolve(node)
        if isinstance(resolved, Unknown):
            return (resolved,)
        # A parameter of the type CommaDelimitedList.
        texts = (each.strip() for each in resolved.value.split(","))
        return tuple(Literal(text, node.line) for text in texts if text)

    def _text(self, node: Node) -> str:
        if isinstance(node, ScalarNode):
            if "{{resolve:" in node.text:
                raise UnknownValue("a dynamic reference", node.line)
            return node.text
        if isinstance(node, ListNode):
            return ",".join(map(self._text, node.items))
        name = intrinsic(node)
        argument = node.entries[0].value if name else node
        if name == "Ref":
            return self._referenced(_text_of(argument), node.line)
        if name == "Fn::Sub":
            return self._substituted(argument)
        if name == "Fn::Join":
            separator, texts = _items(argument, 2)
            return self._text(separator).join(map(self._text, _all_items(texts)))
        if name == "Fn::Select":
            index, texts = _items(argument, 2)
            return self._selected(self._text(index), list(_all_items(texts)), node.line)
        if name == "Fn::FindInMap":
            return self._mapped([self._text(each) for each in _all_items(argument)[:3]], node.line)
        raise UnknownValue(f"`{name}`" if name else "a mapping", node.line)

    def _referenced(self, name: str, line: int) -> str:
        parameter = self.parameters.get(name)
        if isinstance(parameter, MappingNode):
            return self._default(name, parameter, line)
        if self.resources.get(name) in self.named:
            return name
        kind = "the resource" if name in self.resources else "a reference to"
        raise UnknownValue(f"{kind} `{name}`", line)

    def _default(self, name: str, parameter: MappingNode, line: int) -> str:
        default = parameter.text("Default")
        if default is None:
            raise UnknownValue(f"the parameter `{name}`, which has no `Default`", line)
        if (parameter.text("Type") or "").startswith("AWS::SSM::"):
            raise UnknownValue(f"the parameter `{name}`, whose value is in SSM", line)
        if (parameter.text("NoEcho") or "").lower() == "true":
            raise UnknownValue(f"the parameter `{name}`, which is secret", line)
        return default

    def _substituted(self, argument: Node) -> str:
        own = MappingNode((), argument.line)
        if isinstance(argument, ListNode):
            argument, names = _items(argument, 2)
            if isinstance(names, MappingNode):
                own = names
        text = _text_of(argument)

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            name = name.strip()
            value = own.get(name)
            return self._referenced(name, argument.line) if value is None else self._text(value)

        return _SUBSTITUTED.sub(replacement, text)

    def _selected(self, index: str, items: list[Node], line: int) -> str:
        if not index.isdigit() or int(index) >= len(items):
            raise UnknownValue("`Fn::Select`", line)
        return self._text(items[int(index)])

    def _mapped(self, keys: list[str], line: int) -> str:
        value = self.mappings.get(*keys)
        if value is None or len(keys) < 3:
            raise UnknownValue(f"`Fn::FindInMap` of {', '.join(keys)}, which no mapping has", line)
        return self._text(value)


def _argument_text(node: Node) -> str | None:
    value = node.entries[0].value if isinstance(node, MappingNode) else node
    return value.text if isinstance(value, ScalarNode) else None


def _text_of(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise UnknownValue("a reference without a name", node.line)
    return node.text


def _items(node: Node, count: int) -> tuple[Node, ...]:
    items = _all_items(node)
    if len(items) != count:
        raise UnknownValue("an intrinsic function with unusual arguments", node.line)
    return items


def _all_items(node: Node) -> tuple[Node, ...]:
    if not isinstance(node, ListNode):
        raise UnknownValue(f"`{intrinsic(node) or 'a value'}`", node.line)
    return node.items
