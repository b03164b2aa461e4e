"""Amounts of money, exact to the cent."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

CENT = Decimal("0.01")


def total(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """The sum of `quantity` times `price`, which is a decimal number as text."""
    return sum((line["quantity"] * Decimal(line["price"]) for line in lines), Decimal()).quantize(
        CENT
    )


def with_tax(amount: Decimal, percent: int) -> Decimal:
    return (amount * (100 + percent) / 100).quantize(CENT)
