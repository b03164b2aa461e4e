from typing import Any

LINES = [{"quantity": 3, "price": "1.10"}]


def test_an_order_is_priced(lambda_function: Any) -> None:
    """The prices come from the layer that both functions share."""
    orders = lambda_function("src/acme/orders:fn")

    assert orders.invoke({"order": "1", "lines": LINES}).response == {"order": "1", "total": "3.30"}


def test_an_invoice_adds_the_tax(lambda_function: Any) -> None:
    """Net and gross, to the cent."""
    invoices = lambda_function("src/acme/invoices:fn")

    assert invoices.invoke({"order": "1", "lines": LINES}).response == {
        "order": "1",
        "net": "3.30",
        "gross": "3.96",
    }
