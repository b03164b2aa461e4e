"""Applies the `Globals` of a SAM template to a function, as SAM does.

SAM merges mappings, appends the function's lists to the global ones, and lets any other value of
the function replace the global one (aws-sam-translator 1.110.0, `plugins/globals/globals.py`). A
call of an intrinsic function is a value like a text.
"""

from __future__ import annotations

from aws_lambda.templates.documents import Entry, ListNode, MappingNode, Node, ScalarNode
from aws_lambda.templates.references import intrinsic


def apply_globals(document: MappingNode, resource: MappingNode, section: str) -> MappingNode:
    """Return the properties of a resource with those that `Globals` has in a section."""
    own = resource.mapping("Properties")
    shared = document.mapping("Globals", section)
    ignored = resource.get("IgnoreGlobals")
    if isinstance(ignored, ScalarNode) and ignored.text == "*":
        return own
    if isinstance(ignored, ListNode):
        names = {each.text for each in ignored.items if isinstance(each, ScalarNode)}
        kept = tuple(each for each in shared if each.key not in names)
        shared = MappingNode(kept, shared.line)
    return _merged_mappings(shared, own)


def _merged(shared: Node, own: Node) -> Node:
    if intrinsic(shared) or intrinsic(own):
        return own
    if isinstance(shared, MappingNode) and isinstance(own, MappingNode):
        return _merged_mappings(shared, own)
    if isinstance(shared, ListNode) and isinstance(own, ListNode):
        return ListNode((*shared.items, *own.items), own.line)
    return own


def _merged_mappings(shared: MappingNode, own: MappingNode) -> MappingNode:
    names = {each.key for each in shared}
    merged = (
        (
            Entry(each.key, each.line, each.value)
            if (value := own.get(each.key)) is None
            else Entry(each.key, _line_of(own, each.key), _merged(each.value, value))
        )
        for each in shared
    )
    return MappingNode((*merged, *(each for each in own if each.key not in names)), own.line)


def _line_of(node: MappingNode, key: str) -> int:
    return next(each.line for each in node if each.key == key)
