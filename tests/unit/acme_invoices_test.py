from acme.invoices.handler import handler


def test_an_invoice_shows_the_amount_with_and_without_tax() -> None:
    """Tax is a fifth of the net amount."""
    event = {
        "order": "A-1",
        "lines": [{"quantity": 2, "price": "9.99"}, {"quantity": 1, "price": "0.02"}],
    }

    assert handler(event, None) == {"order": "A-1", "net": "20.00", "gross": "24.00"}
