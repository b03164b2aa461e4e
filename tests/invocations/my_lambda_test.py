from typing import Any

import pytest

PARCEL = {"country": "NZ", "kilograms": 2}
QUOTE = {"country": "NZ", "price": 19.5, "currency": "EUR"}


@pytest.mark.parametrize("address", ["src/my_lambda:fn", "src/my_lambda:own_name"])
def test_quote_from_package_data(address: str, lambda_function: Any) -> None:
    """The prices are package data below /var/task, with and without the re-export."""
    assert lambda_function(address).invoke(PARCEL).response == QUOTE
