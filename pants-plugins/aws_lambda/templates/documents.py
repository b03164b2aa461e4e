"""The nodes of a YAML or JSON document, as `sandbox/read_template.py` reports them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union


@dataclass(frozen=True)
class ScalarNode:
    """A text, a number or another scalar. `text` is as written, and `kind` is YAML's type."""

    text: str
    line: int
    kind: str = "str"


@dataclass(frozen=True)
class ListNode:
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True)
class Entry:
    """A key of a mapping, its line and its value."""

    key: str
    line: int
    value: Node


@dataclass(frozen=True)
class MappingNode:
    """A mapping with unique keys, in the order of the file."""

    entries: tuple[Entry, ...]
    line: int

    def get(self, *keys: str) -> Node | None:
        """Return the value at a path of keys, or None."""
        node: Node | None = self
        for key in keys:
            if not isinstance(node, MappingNode):
                return None
            node = next((each.value for each in node.entries if each.key == key), None)
        return node

    def text(self, *keys: str) -> str | None:
        """Return the text at a path of keys, or None if no scalar is there."""
        node = self.get(*keys)
        return node.text if isinstance(node, ScalarNode) and node.kind != "null" else None

    def mapping(self, *keys: str) -> MappingNode:
        """Return the mapping at a path of keys, which is empty if no mapping is there."""
        node = self.get(*keys)
        return node if isinstance(node, MappingNode) else MappingNode((), self.line)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)


Node = Union[ScalarNode, ListNode, MappingNode]


def parse_node(facts: Mapping[str, Any]) -> Node:
    """Return the node of a report of `read_template.py`."""
    line = facts["line"]
    if "entries" in facts:
        entries: Sequence[Any] = facts["entries"]
        return MappingNode(
            tuple(Entry(key, at, parse_node(value)) for key, at, value in entries), line
        )
    if "items" in facts:
        return ListNode(tuple(parse_node(each) for each in facts["items"]), line)
    return ScalarNode(facts["text"], line, facts["kind"])
