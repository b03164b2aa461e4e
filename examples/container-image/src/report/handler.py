"""Counts the words of a report."""

from collections import Counter
from typing import Any

from humanize import intcomma


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    counts = Counter(event["report"].lower().split())
    return {word: intcomma(count) for word, count in counts.most_common()}
