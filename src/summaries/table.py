"""What the numbers of a table come to."""

import csv
from collections.abc import Iterable
from typing import Any


def summarise(lines: Iterable[str]) -> dict[str, Any]:
    """How many rows there are, and the sum of each column that holds nothing but numbers."""
    rows = list(csv.DictReader(lines))
    sums = {}
    for column in rows[0] if rows else ():
        try:
            sums[column] = sum(float(row[column]) for row in rows)
        except ValueError:
            continue
    return {"rows": len(rows), "sums": sums}
