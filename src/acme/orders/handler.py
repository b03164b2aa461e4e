"""Totals an order."""

from typing import Any

from acme.shared.money import total


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    return {"order": event["order"], "total": str(total(event["lines"]))}
