"""Reports the nodes of YAML and JSON files with their lines, as JSON on standard output.

    python3 read_template.py PATH...

For each path, the report contains a node, or `{"unreadable": reason}`. A node is one of these:

    {"line": 1, "kind": "str", "text": "..."}                 a scalar, with its text as written
    {"line": 1, "entries": [["key", 1, {node}], ...]}         a mapping, with the line of each key
    {"line": 1, "items": [{node}, ...]}                       a list

CloudFormation's short tags are reported in their long form: `!Ref x` as `{"Ref": "x"}`, and
`!Sub x` as `{"Fn::Sub": "x"}`. Merge keys (`<<`) are applied. The program does not know what the
keys mean. It requires CPython 3.9 or newer and ruamel.yaml.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

# Aliases can make a small file expand to any size. The largest templates of CloudFormation, which
# have 1 MB, contain fewer nodes.
_MAX_NODES = 500_000
_CORE = "tag:yaml.org,2002:"
# The short tags whose long form has no prefix "Fn::".
_WITHOUT_PREFIX = ("Ref", "Condition")


class Unreadable(Exception):
    """A file that is not a single document of a reasonable size."""


class Document:
    """The nodes of one file."""

    def __init__(self) -> None:
        self.left = _MAX_NODES

    def facts(self, node: Node) -> dict[str, Any]:
        self.left -= 1
        if self.left < 0:
            raise Unreadable(f"it has more than {_MAX_NODES} nodes")
        plain = self.plain(node)
        tag = str(node.tag or "")
        if not tag.startswith("!") or tag == "!":
            return plain
        line = plain["line"]
        return {"line": line, "entries": [[_long_form(tag), line, plain]]}

    def plain(self, node: Node) -> dict[str, Any]:
        """Return the facts about a node without its short tag."""
        line = node.start_mark.line + 1
        if isinstance(node, ScalarNode):
            return {"line": line, "kind": _kind(node), "text": node.value}
        if isinstance(node, SequenceNode):
            return {"line": line, "items": [self.facts(each) for each in node.value]}
        return {"line": line, "entries": self.entries(node)}

    def entries(self, node: Any) -> list[list[Any]]:
        """Return the entries of a mapping. The last of equal keys wins, as in CloudFormation."""
        own: dict[str, list[Any]] = {}
        merged: dict[str, list[Any]] = {}
        for key, value in node.value:
            if str(key.tag) == f"{_CORE}merge":
                sources = value.value if isinstance(value, SequenceNode) else [value]
                for source in sources:
                    if not isinstance(source, MappingNode):
                        raise Unreadable(f"line {key.start_mark.line + 1} merges no mapping")
                    for entry in self.entries(source):
                        merged.setdefault(entry[0], entry)
                continue
            if not isinstance(key, ScalarNode):
                raise Unreadable(f"line {key.start_mark.line + 1} has a key that is no text")
            own[key.value] = [key.value, key.start_mark.line + 1, self.facts(value)]
        return [*(entry for name, entry in merged.items() if name not in own), *own.values()]


def _kind(node: ScalarNode) -> str:
    tag = str(node.tag or "")
    return tag[len(_CORE) :] if tag.startswith(_CORE) else "str"


def _long_form(tag: str) -> str:
    name = tag[1:]
    return name if name in _WITHOUT_PREFIX else f"Fn::{name}"


def read(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        try:
            text = file.read()
        except UnicodeDecodeError:
            return {"unreadable": "it is not encoded in UTF-8"}
    if text.lstrip().startswith(("{", "[")):
        # YAML refuses some of the tabs that JSON allows. A text in JSON contains no tab.
        text = text.replace("\t", " ")
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        if node is None:
            return {"unreadable": "it is empty"}
        return Document().facts(node)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}: " if mark else ""
        return {"unreadable": f"{place}{error.problem or error.context}"}
    except YAMLError as error:
        return {"unreadable": str(error).partition("\n")[0]}
    except RecursionError:
        return {"unreadable": "it is nested too deeply, or contains itself"}
    except Unreadable as error:
        return {"unreadable": str(error)}


def main(paths: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {path: read(path) for path in paths}


if __name__ == "__main__":
    json.dump(main(sys.argv[1:]), sys.stdout)
