from pathlib import Path

import pytest

import my_lambda
from my_lambda.handler import lambda_handler


@pytest.mark.parametrize(("country", "price"), [("AT", 5.0), ("NZ", 19.5)])
def test_price_of_a_parcel(country: str, price: float) -> None:
    """The zone comes from the CSV table, and the price and the currency from the YAML file."""
    assert lambda_handler({"country": country, "kilograms": 2}, None) == {
        "country": country,
        "price": price,
        "currency": "EUR",
    }


def test_unknown_country(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer lists the known countries, read from a path relative to the working folder."""
    monkeypatch.chdir(Path(my_lambda.__file__).parents[1])

    assert lambda_handler({"country": "XX", "kilograms": 1}, None) == {
        "error": "No parcels to XX.",
        "countries": ["AT", "CH", "NZ"],
    }
