"""Sums up the orders of a day."""

from typing import Any

import numpy as np


def handler(event: dict[str, Any], context: object) -> dict[str, float]:
    amounts = np.array([order["amount"] for order in event["orders"]], dtype=float)
    if not amounts.size:
        return {"total": 0.0, "median": 0.0}

    return {"total": float(amounts.sum()), "median": float(np.median(amounts))}
