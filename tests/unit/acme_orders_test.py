from acme.orders.handler import handler


def test_an_order_is_totalled_to_the_cent() -> None:
    """Prices are decimal numbers, so ten times 0.10 is 1.00."""
    event = {"order": "A-1", "lines": [{"quantity": 10, "price": "0.10"}]}

    assert handler(event, None) == {"order": "A-1", "total": "1.00"}
