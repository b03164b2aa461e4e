"""Counts the words of a report."""

from collections import Counter
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    return dict(Counter(event["report"].lower().split()).most_common())
