"""Zones and prices."""

import csv
from collections.abc import Mapping


def zones(table: bytes) -> dict[str, str]:
    """The zone of each country code, from CSV with the columns `country` and `zone`."""
    return {row["country"]: row["zone"] for row in csv.DictReader(table.decode().splitlines())}


def price(kilograms: float, zone: str, prices: Mapping[str, float]) -> float:
    return round(kilograms * prices[zone], 2)
