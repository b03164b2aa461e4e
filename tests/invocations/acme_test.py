from typing import Any

LINES = [{"quantity": 3, "price": "1.10"}]


def test_price_of_an_order(lambda_function: Any) -> None:
    """The code for prices comes from the layer that both functions share."""
    orders = lambda_function("src/acme/orders:fn")

    assert orders.invoke({"order": "1", "lines": LINES}).response == {"order": "1", "total": "3.30"}


def test_tax_of_an_invoice(lambda_function: Any) -> None:
    """The net and the gross amount are exact to the cent."""
    invoices = lambda_function("src/acme/invoices:fn")

    assert invoices.invoke({"order": "1", "lines": LINES}).response == {
        "order": "1",
        "net": "3.30",
        "gross": "3.96",
    }
