"""Summaries of tables."""

import csv
from collections.abc import Iterable
from typing import Any


def summarize(lines: Iterable[str]) -> dict[str, Any]:
    """The number of rows, and the sum of each column that contains only numbers."""
    rows = list(csv.DictReader(lines))
    sums = {}
    for column in rows[0] if rows else ():
        try:
            sums[column] = sum(float(row[column]) for row in rows)
        except ValueError:
            continue
    return {"rows": len(rows), "sums": sums}
