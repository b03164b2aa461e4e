from acme.orders.handler import handler


def test_total_of_an_order() -> None:
    """Prices are decimal numbers: ten times 0.10 is exactly 1.00."""
    event = {"order": "A-1", "lines": [{"quantity": 10, "price": "0.10"}]}

    assert handler(event, None) == {"order": "A-1", "total": "1.00"}
