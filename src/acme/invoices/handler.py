"""Bills an order, including tax."""

from typing import Any

from acme.shared.money import total, with_tax

TAX_PERCENT = 20


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    net = total(event["lines"])
    return {"order": event["order"], "net": str(net), "gross": str(with_tax(net, TAX_PERCENT))}
