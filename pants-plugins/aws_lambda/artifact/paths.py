"""The paths that an artifact may contain: those that unpack to the same place on every system."""

from __future__ import annotations

import re

_DRIVE = re.compile(r"^[A-Za-z]:")


def unsafe_path_reason(path: str) -> str:
    """Return why a path is unsafe to unpack, as a clause; `""` for a plain relative path."""
    steps = path.split("/")
    if not path:
        return "it is empty"
    if path.startswith("/"):
        return "it is absolute"
    if _DRIVE.match(path):
        return "it starts with a drive letter"
    if "\\" in path:
        return "it contains a backslash"
    if ".." in steps:
        return "it leaves its folder"
    if "" in steps or "." in steps:
        return "it is not normalized"
    if any(ord(each) < 32 or 127 <= ord(each) < 160 for each in path):
        return "it contains a control character"
    return ""
