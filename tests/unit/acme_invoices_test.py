from acme.invoices.handler import handler


def test_invoice_with_tax() -> None:
    """An invoice contains the net and the gross amount, with a tax of 20 %."""
    event = {
        "order": "A-1",
        "lines": [{"quantity": 2, "price": "9.99"}, {"quantity": 1, "price": "0.02"}],
    }

    assert handler(event, None) == {"order": "A-1", "net": "20.00", "gross": "24.00"}
