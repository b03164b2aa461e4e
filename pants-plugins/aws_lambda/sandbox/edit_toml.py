"""Adds settings to a TOML file, and keeps its comments, order and other settings.

    python3 edit_toml.py FILE EDITS

EDITS is a JSON file with a list of `[section, key, value, comment]`. A list is added to the list
that the file has, or to `KEY.add` if the file has none and EDITS marks the key as `KEY+`. If EDITS
marks it as `KEY-`, the items are removed from the list, or added to `KEY.remove`. Any other value
is only set if the file has none. The program prints
`{"text": ..., "kept": [[section, key, value]]}`, where `kept` contains the settings that the file
has with other values. It requires CPython 3.9 or newer and tomlkit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError


def main(path: str, edits_path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(edits_path, encoding="utf-8") as file:
        edits = json.load(file)
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        return {"unreadable": str(error)}
    kept = [
        [section, key.rstrip("+-"), value]
        for section, key, wanted, comment in edits
        for value in edit(document, section, key, wanted, comment)
    ]
    return {"text": tomlkit.dumps(document), "kept": kept}


def edit(document: Any, section: str, key: str, wanted: Any, comment: str) -> list[Any]:
    """Apply one edit, and return the value of the file if it differs and is kept."""
    change = {"+": "add", "-": "remove"}.get(key[-1], "")
    key = key.rstrip("+-")
    table = document
    for name in section.split("."):
        if name not in table:
            table[name] = tomlkit.table(is_super_table=True if name != section else None)
        table = table[name]
    if key not in table:
        if isinstance(table, OutOfOrderTableProxy):
            # The parts of the table are in several places. Only assignments find the right one.
            table[key] = {change: wanted} if change else new_value(wanted)
            return []
        if comment:
            table.add(tomlkit.comment(comment))
        table.add(tomlkit.key([key, change]) if change else tomlkit.key(key), new_value(wanted))
        return []
    present = table[key]
    if not isinstance(wanted, list):
        return [] if present == wanted else [plain(present)]
    if isinstance(present, dict):
        name = change or "add"
        if name not in present:
            present[name] = tomlkit.array()
        present = present[name]
    elif change == "remove" and isinstance(present, list):
        for each in wanted:
            if each in present:
                present.remove(each)
        return []
    if not isinstance(present, list):
        return [plain(present)]
    if change:
        add_items(present, [each for each in wanted if each not in present])
        return []
    return [] if list(present) == wanted else [plain(present)]


def add_items(array: Any, items: Sequence[Any]) -> None:
    """Append items to an array, each on its own line if the array has several lines."""
    if "\n" not in array.as_string():
        array.extend(items)
        return
    for item in items:
        array.add_line(item, indent="  ")


def new_value(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    array = tomlkit.array()
    array.extend(value)
    return array.multiline(len(json.dumps(value)) > 80)


def plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
