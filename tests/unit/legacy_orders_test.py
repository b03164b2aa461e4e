from legacy_orders.handler import handler


def test_orders_are_summed_up() -> None:
    """The answer holds the total and the median of all amounts."""
    event = {"orders": [{"amount": 1}, {"amount": 2.5}, {"amount": 10}]}

    assert handler(event, None) == {"total": 13.5, "median": 2.5}


def test_a_day_without_orders_comes_to_nothing() -> None:
    """No orders are no error."""
    assert handler({"orders": []}, None) == {"total": 0.0, "median": 0.0}
