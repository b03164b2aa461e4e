"""Sets values in a deployment template, and changes no other character. It judges nothing.

    python3 edit_template.py TEMPLATE EDITS.json

`templates/template_edits.py` decides the edits, and describes their format. The program prints
JSON: `text`, the new content of the template, and `refused`, the indexes of edits that it cannot
make: other places share the value through an anchor, or the value is computed.

ruamel.yaml reports where each value begins and ends. Its emitter is not used, because it indents
sequences and breaks lines in its own way. JSON is YAML as well.

It requires CPython 3.9 or newer and ruamel.yaml.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML  # pants: no-infer-dep
from ruamel.yaml.nodes import (  # pants: no-infer-dep
    CollectionNode,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)

# Texts that need no quotes in any place, if YAML reads them as strings.
_PLAIN = re.compile(r"[A-Za-z./_][A-Za-z0-9:./_@=+-]*(?<!:)")
_NOT_STRINGS = re.compile(r"(?i)(true|false|yes|no|on|off|y|n|null|[.+-]?[0-9_.]+(e[0-9]*)?|\.)")
_MERGE = "<<"


@dataclass(frozen=True)
class Splice:
    """A new text for the characters from `start` to `end`."""

    start: int
    end: int
    text: str


class Refusal(Exception):
    """An edit would change values at other places of the template, or lose a computed value."""


def main(template: str, edits: str) -> str:
    with open(template, encoding="utf-8", newline="") as file:
        text = file.read()
    with open(edits, encoding="utf-8") as file:
        wanted: list[dict[str, Any]] = json.load(file)
    return json.dumps(edit(text, wanted), sort_keys=True)


def edit(text: str, edits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    document = Document(text)
    splices: list[Splice] = []
    refused: list[int] = []
    for index, each in enumerate(edits):
        try:
            splices.extend(document.set(each))
        except Refusal:
            refused.append(index)
    # The last place first, so that the offsets of the others stay valid.
    splices.sort(key=lambda each: each.start)
    for splice in reversed(splices):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return {"text": text, "refused": refused}


class Document:
    """The text of a template and the tree of its nodes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._root: Node = YAML().compose(text)
        self._is_json = bool(getattr(self._root, "flow_style", False))
        self._step, self._sequence_step = self._indentation()

    def set(self, edit: Mapping[str, Any]) -> Iterator[Splice]:
        """Set the value at a path of keys. A new key follows the first key of `after` that exists,
        or the last key.
        """
        path, value, after = edit["path"], edit["value"], edit["after"]
        if isinstance(value, list):
            value = self._own_items(value, edit["inherited"])
        node = self._root
        for depth, name in enumerate(path):
            if not isinstance(node, MappingNode):
                raise Refusal
            child = _find(node, name)
            if child is None:
                rest = path[depth + 1 :]
                if rest and _find(node, _MERGE) is not None:
                    raise Refusal
                for key in reversed(rest):
                    value = {key: value}
                yield self._insert(node, name, value, after if not rest else ())
                return
            if child.start_mark.index < _key(node, name).start_mark.index:
                # An alias of a value above.
                raise Refusal
            parent, node = node, child
        if isinstance(value, list):
            if not isinstance(node, SequenceNode) or str(node.tag).startswith("!"):
                # A parameter, or a condition, such as `!If`.
                raise Refusal
            if edit["replaceable"] is not None:
                value = _merge_items([*map(_data, node.value)], value, edit["replaceable"])
        if self._text[node.start_mark.index : node.start_mark.index + 1] == "&":
            raise Refusal
        yield from self._replace(parent, path[-1], node, value)

    def _own_items(self, value: list[Any], inherited: Sequence[str]) -> list[Any]:
        """The items of a list without those of the list at `inherited`, which precedes it."""
        node: Node | None = self._root
        for name in inherited:
            node = _find(node, name) if isinstance(node, MappingNode) else None
        if not inherited or node is None:
            return value
        before = _data(node)
        if not isinstance(before, list) or value[: len(before)] != before:
            raise Refusal
        return value[len(before) :]

    def _replace(self, parent: MappingNode, name: str, node: Node, value: Any) -> Iterator[Splice]:
        start, end = node.start_mark.index, self._end(node)
        if (
            isinstance(node, SequenceNode)
            and isinstance(value, list)
            and not node.flow_style
            and value
        ):
            yield Splice(start, end, self._items(node, value))
            return
        key = _key(parent, name)
        if isinstance(value, str) and isinstance(node, ScalarNode):
            text = self._scalar(value, node.style)
        elif parent.flow_style or (isinstance(node, CollectionNode) and node.flow_style):
            text = self._flow(value)
        else:
            text = self._block(value, self._column(key.start_mark.index))
        if start == end or text.startswith(self._newline):
            # An empty value, or a value that begins on the next line.
            start = key.end_mark.index + 1
            text = text if text.startswith(self._newline) else f" {text}"
        yield Splice(start, max(start, end), text)

    def _items(self, node: SequenceNode, value: Sequence[Any]) -> str:
        """The lines of a block sequence. Items that it has already keep their text."""
        known: dict[str, str] = {}
        column = self._column(node.start_mark.index)
        starts = [self._text.rindex("-", 0, each.start_mark.index) for each in node.value]
        ends = [*starts[1:], self._end(node)]
        for item, start, end in zip(node.value, starts, ends):
            known[_identity(_data(item))] = self._text[start:end].rstrip()
        lines = [
            known.get(_identity(each)) or f"- {self._inline(each, flow=False)}" for each in value
        ]
        return f"{self._newline}{' ' * column}".join(lines)

    def _insert(self, parent: MappingNode, name: str, value: Any, after: Sequence[str]) -> Splice:
        pairs = parent.value
        if parent.flow_style:
            pair = f"{self._flow(name, is_key=True)}: {self._flow(value)}"
            if not pairs:
                return Splice(parent.start_mark.index + 1, parent.start_mark.index + 1, pair)
            end = self._end(pairs[-1][1])
            lines = {key.start_mark.line for key, _ in pairs}
            first = pairs[0][0].start_mark
            if len(lines) == len(pairs) and first.line != parent.start_mark.line:
                indent = " " * first.column
                pair = (
                    f"{self._flow(name, is_key=True)}: "
                    f"{self._flow(value, indent=first.column if self._is_json else None)}"
                )
                return Splice(end, end, f",{self._newline}{indent}{pair}")
            return Splice(end, end, f", {pair}")
        column = pairs[0][0].start_mark.column
        names = [key.value for key, _ in pairs]
        previous = next((each for each in after if each in names), names[-1])
        key, last = pairs[names.index(previous)]
        end = self._end_of_lines(max(self._end(last), key.end_mark.index + 1), column)
        text = self._block(value, column)
        separator = "" if text.startswith(self._newline) else " "
        name = self._inline(name, flow=False)
        return Splice(end, end, f"{self._newline}{' ' * column}{name}:{separator}{text}")

    def _block(self, value: Any, column: int) -> str:
        """A value below a key at this column: a scalar, or lines that begin with a line break."""
        if _reference(value) or not isinstance(value, (dict, list)):
            return self._inline(value, flow=False)
        if isinstance(value, list) and not value:
            return "[]"
        if isinstance(value, list):
            indent = f"{self._newline}{' ' * (column + self._sequence_step)}"
            return "".join(f"{indent}- {self._inline(each, flow=False)}" for each in value)
        lines = []
        for name, each in value.items():
            text = self._block(each, column + self._step)
            separator = "" if text.startswith(self._newline) else " "
            indent = " " * (column + self._step)
            name = self._inline(name, flow=False)
            lines.append(f"{self._newline}{indent}{name}:{separator}{text}")
        return "".join(lines)

    def _flow(self, value: Any, *, is_key: bool = False, indent: int | None = None) -> str:
        if indent is not None and isinstance(value, dict) and not _reference(value):
            inner = self._newline + " " * (indent + self._step)
            pairs = (
                f"{inner}{self._flow(name, is_key=True)}: "
                f"{self._flow(each, indent=indent + self._step)}"
                for name, each in value.items()
            )
            return f"{{{','.join(pairs)}{self._newline}{' ' * indent}}}"
        if isinstance(value, dict) and (self._is_json or not _reference(value)):
            pairs = (
                f"{self._flow(name, is_key=True)}: {self._flow(each)}"
                for name, each in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(self._flow, value))}]"
        return self._inline(value, flow=True)

    def _inline(self, value: Any, *, flow: bool) -> str:
        """A scalar or a reference."""
        name = _reference(value)
        if name:
            return f'{{"Ref": {json.dumps(name)}}}' if self._is_json else f"!Ref {name}"
        if not isinstance(value, str):
            return json.dumps(value)
        return self._scalar(value, '"' if flow and self._is_json else None)

    def _scalar(self, value: str, style: str | None) -> str:
        if self._is_json or style == '"':
            return json.dumps(value, ensure_ascii=False)
        if style == "'":
            return "'" + value.replace("'", "''") + "'"
        if _PLAIN.fullmatch(value) and not _NOT_STRINGS.fullmatch(value):
            return value
        return json.dumps(value, ensure_ascii=False)

    def _end(self, node: Node) -> int:
        """The end of the text of a node, without the comments after it."""
        if isinstance(node, CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            if isinstance(last, tuple):
                key, value = last
                # An empty value begins after the colon.
                return max(self._end(value), int(key.end_mark.index) + 1)
            return self._end(last)
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        return start + len(self._text[start:end].rstrip())

    def _end_of_lines(self, end: int, column: int) -> int:
        """The end of the line at `end`, and of comments after it that are indented deeper."""
        stop = self._line_end(end)
        following = stop
        while following < len(self._text):
            begin = following + (2 if self._text.startswith("\r\n", following) else 1)
            following = self._line_end(begin)
            line = self._text[begin:following]
            content = line.lstrip(" ")
            if content.strip() and not (
                content.startswith("#") and len(line) - len(content) > column
            ):
                break
            if content.strip():
                stop = following
        return stop

    def _line_end(self, index: int) -> int:
        found = re.compile(r"\r?\n|\Z").search(self._text, index)
        return found.start() if found else len(self._text)

    def _column(self, index: int) -> int:
        return index - max(self._text.rfind("\n", 0, index), self._text.rfind("\ufeff", 0, 1)) - 1

    def _indentation(self) -> tuple[int, int]:
        """The indentation of mappings, and of sequences, in a mapping."""
        step: int | None = None
        sequence_step: int | None = None
        waiting = [self._root]
        seen: set[int] = set()
        while waiting and (step is None or sequence_step is None):
            node = waiting.pop(0)
            if id(node) in seen or not isinstance(node, MappingNode):
                continue
            seen.add(id(node))
            for key, value in node.value:
                waiting.append(value)
                if not isinstance(value, CollectionNode) or not value.value:
                    continue
                deeper = self._deeper(key, value)
                if deeper is None:
                    continue
                if isinstance(value, MappingNode):
                    step = deeper if step is None and deeper > 0 else step
                elif sequence_step is None and not value.flow_style:
                    sequence_step = deeper
        return step or 2, (step or 2) if sequence_step is None else sequence_step

    def _deeper(self, key: Node, value: CollectionNode) -> int | None:
        """The columns between a key and its value, if the value begins on a line of its own."""
        first = value.value[0]
        first = first[0] if isinstance(first, tuple) else first
        begin = first if value.flow_style else value
        start = begin.start_mark.index
        line = self._text.rfind("\n", 0, start) + 1
        if start < key.start_mark.index or self._text[line:start].strip():
            return None
        return int(begin.start_mark.column - key.start_mark.column)


def _find(node: MappingNode, name: str) -> Node | None:
    return next((value for key, value in node.value if key.value == name), None)


def _key(node: MappingNode, name: str) -> Node:
    key: Node = next(key for key, _ in node.value if key.value == name)
    return key


def _merge_items(present: list[Any], value: list[Any], replaceable: list[Any]) -> list[Any]:
    """Replace items of a list. Items that are not in `replaceable` stay at their places."""
    merged: list[Any] = []
    coming = iter(value)
    others = [each for each in present if each not in replaceable]
    if others and any(isinstance(each, str) and each not in present for each in value):
        # A computed item may be this text already.
        raise Refusal
    last = max((at for at, each in enumerate(present) if each in replaceable), default=-1)
    for at, each in enumerate(present):
        merged.extend([each] if each not in replaceable else itertools.islice(coming, 1))
        if at == last:
            merged.extend(coming)
    return [*merged, *coming]


def _reference(value: Any) -> str:
    """The name in a value such as `{"Ref": "Layer"}`, or `""`."""
    return value["Ref"] if isinstance(value, dict) and [*value] == ["Ref"] else ""


def _data(node: Node) -> Any:
    """The value of a scalar or a reference, in the form of the edits."""
    if isinstance(node, ScalarNode):
        return {"Ref": node.value} if str(node.tag) == "!Ref" else node.value
    if isinstance(node, MappingNode):
        return {key.value: _data(value) for key, value in node.value}
    return [_data(each) for each in node.value]


def _identity(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]))
