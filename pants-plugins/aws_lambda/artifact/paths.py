"""Which paths an artifact may hold."""

from __future__ import annotations

import re

_DRIVE = re.compile(r"^[A-Za-z]:")


def unsafe_path_reason(path: str) -> str:
    """Why a path must not be unpacked, in a few words; `""` for a plain relative path."""
    steps = path.split("/")
    if not path:
        return "it is empty"
    if path.startswith("/"):
        return "it is absolute"
    if _DRIVE.match(path):
        return "it names a drive"
    if "\\" in path:
        return "it holds a backslash"
    if ".." in steps:
        return "it leads out of its folder"
    if "" in steps or "." in steps:
        return "it is not in its shortest form"
    if any(ord(each) < 32 or 127 <= ord(each) < 160 for each in path):
        return "it holds a control character"
    return ""
