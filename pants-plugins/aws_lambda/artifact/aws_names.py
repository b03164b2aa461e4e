"""Names of functions and layers in AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Of names that are not ARNs: botocore 1.44.5, `FunctionName` and `LayerName`.
_CHARACTERS = re.compile(r"[a-zA-Z0-9_-]+")
LONGEST_NAMES: Mapping[str, int] = {"function": 64, "layer": 140}


def invalid_name_reason(kind: str, name: str) -> str:
    """The rule that the name of a "function" or "layer" breaks. Empty if it is valid."""
    longest = LONGEST_NAMES[kind]
    if _CHARACTERS.fullmatch(name) and len(name) <= longest:
        return ""
    return f"A name has 1 to {longest} letters, digits, hyphens and underscores."
