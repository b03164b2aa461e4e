"""Quotes the price of a parcel. Reads its data files in the three common ways."""

from importlib.resources import files
from pkgutil import get_data
from typing import Any

import yaml

from . import utils

CONFIG = yaml.safe_load(files("my_lambda").joinpath("stuff/config.yml").read_text("utf-8"))


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    zones = utils.zones(get_data("my_lambda", "stuff/data.csv") or b"")
    country = event["country"]
    if country not in zones:
        return {"error": f"No parcels to {country}.", "countries": known_countries()}

    return {
        "country": country,
        "price": utils.price(event["kilograms"], zones[country], CONFIG["prices"]),
        "currency": CONFIG["currency"],
    }


def known_countries() -> list[str]:
    """Read a path relative to the working folder, which is the task root in Lambda."""
    with open("my_lambda/stuff/data.csv", "rb") as data:
        return sorted(utils.zones(data.read()))
